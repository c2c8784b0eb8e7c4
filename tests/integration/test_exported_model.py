"""The bundled encoder against PyTorch's computing with the same weights."""

import math
import struct

import numpy as np
import pytest
import torch
from decoded_model import build_tokenizer, decoded_model, network
from sentence_transformers import SentenceTransformer

from faq_bot.core.settings import Settings
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.bundled_model import ensure_bundled_model
from faq_bot.models.export.weights_file import find_weights, read_weights


def raw_tensors(data: bytes) -> dict[str, np.ndarray]:
    """Decode the embeddings and the first layer, block by block as the format is specified."""
    position = 4 + 4 + 7 * 4 + 4 + 4
    pieces, *_ = struct.unpack_from("<5i", data, position)
    (blob,) = struct.unpack_from("<Q", data, position + 20)
    position += 20 + 8 + 4 * (pieces + 1) + 4 * pieces + blob
    _, map_bytes = struct.unpack_from("<iI", data, position)
    position += 8 + map_bytes
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, position)
        name = data[position + 2 : position + 2 + length].decode()
        position += 2 + length
        kind, size, offset, nbytes = struct.unpack_from("<BIQQ", data, position)
        position += 21
        if not name.startswith(("emb.", "l0.")):
            continue
        raw = data[offset : offset + nbytes]
        if nbytes == 4 * size:
            tensors[name] = np.frombuffer(raw, "<f4").astype(np.float64)
            continue
        assert kind != 0
        values = np.empty(size)
        blocks = np.frombuffer(raw, np.uint8).reshape(-1, 18)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float64)
        for j in range(16):
            values[j::32] = (blocks[:, 2 + j] % 16 - 8.0) * scales[:, 0]
            values[j + 16 :: 32] = (blocks[:, 2 + j] // 16 - 8.0) * scales[:, 0]
        tensors[name] = values
    return tensors


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return np.asarray(centred / deviation * weight + bias)


def first_layer(tensors: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """BERT's embeddings and first layer (Devlin et al. 2019) for one sequence."""

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        bias = tensors[f"l0.{name}.b"]
        return np.asarray(x @ tensors[f"l0.{name}.w"].reshape(len(bias), -1).T + bias)

    x = tensors["emb.word"].reshape(-1, 384)[ids]
    x = x + tensors["emb.pos"].reshape(-1, 384)[: len(ids)] + tensors["emb.type"][:384]
    x = layer_norm(x, tensors["emb.ln.w"], tensors["emb.ln.b"])
    q, k, v = (linear(x, name).reshape(len(ids), 12, 32).swapaxes(0, 1) for name in "qkv")
    weights = np.exp(q @ k.swapaxes(1, 2) / math.sqrt(32))
    weights /= weights.sum(-1, keepdims=True)
    attended = (weights @ v).swapaxes(0, 1).reshape(len(ids), 384)
    x = layer_norm(x + linear(attended, "ao"), tensors["l0.aln.w"], tensors["l0.aln.b"])
    inner = linear(x, "fi")
    inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
    return layer_norm(x + linear(inner, "fo"), tensors["l0.oln.w"], tensors["l0.oln.b"])


def test_the_first_layer_computes_what_the_raw_file_says(encoder: BundledEncoder) -> None:
    """The float32 model, with which everything else is compared."""
    ids = encoder.tokenize("query: Was ist Trainium?").ids
    with torch.no_grad():
        states = network()(torch.tensor(ids)[None], output_hidden_states=True).hidden_states
    expected = first_layer(raw_tensors(find_weights().read_bytes()), ids.tolist())
    np.testing.assert_allclose(states[1][0].numpy(), expected, atol=2e-5)


@pytest.fixture(scope="module")
def exact(settings: Settings) -> BundledEncoder:
    """The encoder in float32."""
    return BundledEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))


TEXTS = (
    "Was ist Trainium?",
    "How much has Microsoft put into OpenAI so far, and what did it get for that?",
    "Fußball  im ﬁnalen Stadion 😀",
    "OpenAI lässt seine Modelle künftig auch auf den Chips von Amazon laufen. " * 20,
)


def test_in_float32_the_graph_computes_what_the_decoded_model_does(exact: BundledEncoder) -> None:
    expected = decoded_model().encode(list(TEXTS), prompt_name="query")
    np.testing.assert_allclose(exact.encode_queries(TEXTS), expected, atol=1e-5)


def test_in_int8_it_computes_nearly_the_same(
    encoder: BundledEncoder, exact: BundledEncoder
) -> None:
    for ours, theirs in (
        (encoder.encode_queries(TEXTS), exact.encode_queries(TEXTS)),
        (encoder.encode_passages(TEXTS), exact.encode_passages(TEXTS)),
    ):
        assert (ours * theirs).sum(axis=1).min() > 0.997


def test_the_tokenizer_divides_text_as_xlm_roberta_does(encoder: BundledEncoder) -> None:
    text = "Fußball  im ﬁnalen Stadion "
    tokens = encoder.tokenize(text, "query: ")
    assert tokens.ids[:4].tolist() == [0, 41, 1294, 12]  # <s> ▁que ry :
    assert tokens.ids[-1] == 2  # </s>
    pieces = [text[start:end] for start, end in tokens.spans]
    assert pieces == ["", "", "", "", "Fußball", "im", "ﬁnal", "en", "Stadion", ""]
    theirs = build_tokenizer(read_weights(find_weights()))
    for one in TEXTS:
        assert encoder.tokenize(one, longest=2000).ids.tolist() == theirs(one)["input_ids"]


def test_sentence_transformers_loads_the_same_files(encoder: BundledEncoder) -> None:
    model = SentenceTransformer(str(encoder.directory), device="cpu", trust_remote_code=True)
    assert model.get_embedding_dimension() == 384
    ours = encoder.encode_queries(TEXTS)
    np.testing.assert_allclose(model.encode(list(TEXTS), prompt_name="query"), ours, atol=1e-6)
