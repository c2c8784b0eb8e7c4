"""Models of sentence-transformers in the place of the bundled one."""

from pathlib import Path

import pytest
from decoded_model import build_tokenizer
from transformers import BertConfig, BertModel

from faq_bot.core.errors import ModelError
from faq_bot.core.settings import Settings
from faq_bot.models.export.weights_file import find_weights, read_weights
from faq_bot.models.opening import open_encoder
from faq_bot.models.sentence_transformers_encoder import SentenceTransformerEncoder


def test_any_sentence_transformers_model_can_be_used(tmp_path: Path) -> None:
    """A tiny model with random weights: its answers mean nothing, but all parts fit it."""
    from faq_bot.answering.dense import DenseRetriever
    from faq_bot.answering.search_query import SearchQuery
    from faq_bot.index.archive import Archive
    from faq_bot.index.indexing import Indexer

    weights = read_weights(find_weights())
    config = BertConfig(vocab_size=weights.vocabulary, hidden_size=24, num_hidden_layers=1,
                        num_attention_heads=2, intermediate_size=32)  # fmt: skip
    BertModel(config).save_pretrained(tmp_path / "tiny-e5")
    build_tokenizer(weights).save_pretrained(tmp_path / "tiny-e5")
    tiny = open_encoder(Settings(model=str(tmp_path / "tiny-e5")))
    assert tiny.encode_queries(["Was?"]).shape == (1, 24)
    assert isinstance(tiny, SentenceTransformerEncoder)
    assert tiny._model.prompts["query"] == "query: "  # by its name it is an E5 model
    (tmp_path / "a.de.txt").write_text("Titel\n\nEin Satz. Noch einer.\n")
    Indexer(Archive(tmp_path / "index"), tiny).build([tmp_path / "a.de.txt"])
    index = Indexer(Archive(tmp_path / "index"), tiny).open_current()
    assert index.vectors.dimension == 24
    (question,) = tiny.encode_queries(["Ein Satz?"])
    assert DenseRetriever(index).search(question, SearchQuery("Ein Satz?", "de"))
    elsewhere = open_encoder(Settings(model=str(tmp_path / "tiny-e5"), device="nowhere"))
    with pytest.raises(ModelError, match=r"nowhere.*FAQ_BOT_DEVICE"):
        elsewhere.encode_queries(["Was?"])


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no-model' cannot be loaded.*FAQ_BOT_MODEL"):
        open_encoder(Settings(model=str(tmp_path / "no-model"))).encode_queries(["x"])
