import re

import numpy as np
import pytest
import torch
from decoded_model import network
from reader_network import Adapted, ReaderNetwork
from safetensors.torch import load_file

from faq_bot.bundled_encoder import BundledEncoder
from faq_bot.bundled_model import ensure_bundled_model
from faq_bot.evidence import EvidenceFinder
from faq_bot.keywords import Keywords
from faq_bot.model_shape import LOWER_LAYER, MIDDLE_LAYER
from faq_bot.reader import Reader, open_reader
from faq_bot.reader_inputs import Pair, make_batch
from faq_bot.records import Span
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def reader(encoder: BundledEncoder) -> Reader:
    opened = open_reader(encoder)
    assert opened is not None
    return opened


@pytest.fixture(scope="module")
def finder(index, encoder, reader) -> EvidenceFinder:
    return EvidenceFinder(index, encoder, reader)


def test_a_questions_states_hold_its_embedding(encoder: BundledEncoder) -> None:
    question = "Wie viel hat Microsoft investiert?"
    (states,) = encoder.query_states([question])
    assert np.allclose(states.embedding, encoder.encode_queries([question])[0], atol=2e-3)
    start, end = states.spans[states.is_text][[0, -1]].ravel()[[0, -1]]
    assert question[start:end] == question


def test_the_answer_is_found_word_for_word(finder: EvidenceFinder) -> None:
    evidence = finder.find("How much has Microsoft put into OpenAI?", "en", None)
    best = max(evidence, key=lambda one: one.signals.relevance)
    assert best.answer is not None
    assert "13 billion" in best.answer.cut(best.hit.passage.text)
    assert "13 billion" in best.quote.cut(best.hit.passage.text)


def test_what_is_not_answered_is_less_relevant_than_what_is(finder: EvidenceFinder) -> None:
    def relevance(question: str) -> float:
        return max(one.signals.relevance for one in finder.find(question, "de", None))

    answered = relevance("Wie viel hat Microsoft in OpenAI gesteckt?")
    assert answered > relevance("Wie viele Mitarbeiter hat OpenAI?")
    assert answered > relevance("Wie viele Trainium-Chips hat OpenAI bestellt?")


def test_reading_together_or_alone_makes_no_difference(finder: EvidenceFinder) -> None:
    together = finder.find("Was ist Trainium?", "de", None, most=4)
    alone = finder.find("Was ist Trainium?", "de", None, most=1)[0]
    same = next(one for one in together if one.hit.passage == alone.hit.passage)
    assert same.signals.relevance == pytest.approx(alone.signals.relevance, abs=1e-3)
    assert (same.quote, same.answer) == (alone.quote, alone.answer)


def test_a_merged_layer_does_what_the_adapted_one_did() -> None:
    torch.manual_seed(0)
    layer = Adapted(torch.nn.Linear(8, 4))
    torch.nn.init.normal_(layer.up)
    states = torch.randn(3, 8)
    before = layer(states)
    assert not torch.allclose(before, layer.base(states))
    assert torch.allclose(before, layer.merged()(states), atol=1e-6)


def test_in_float32_the_graph_reads_as_the_network_that_was_trained(index, settings) -> None:
    exact = BundledEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))
    reader = Reader(exact)
    question = reader.prepare_question("Wie viel hat Microsoft in OpenAI gesteckt?")
    mean = index.background.queries["de"].mean(axis=0)
    passages = [
        reader.prepare_passage(passage, index.context(passage), index.background.passages["de"][0])
        for passage in index.passages[:8]
    ]
    trained = ReaderNetwork.adapted(network(), load_file(ROOT / "faq_bot" / "reader.safetensors"))
    trained.merge_adapters()
    with torch.inference_mode():
        scores = trained(make_batch([Pair(question, mean, one) for one in passages], LOWER_LAYER))
    read = reader.read(question, mean, passages)
    assert [one.relevance for one in read] == pytest.approx(scores.relevance.tolist(), abs=1e-3)
    best = (scores.start.max(dim=1).values + scores.end.max(dim=1).values).tolist()
    none = (scores.start[:, 0] + scores.end[:, 0]).tolist()
    for reading, most, without in zip(read, best, none, strict=True):
        assert reading.margin <= most - without + 1e-3


def test_another_networks_adapter_is_refused() -> None:
    adapter = ReaderNetwork(network()).adapter()
    for wrong in (
        {"unknown": torch.zeros(1)},
        adapter | {"unknown": torch.zeros(1)},
        {name: tensor for name, tensor in adapter.items() if name != "span.weight"},
    ):
        with pytest.raises(ValueError, match="does not fit"):
            ReaderNetwork.adapted(network(), wrong)


def test_training_can_go_on_from_a_reader_that_joins_the_texts_later() -> None:
    later = ReaderNetwork(network(), rank=2, apart=MIDDLE_LAYER).adapter()
    earlier = ReaderNetwork.adapted(network(), later, LOWER_LAYER).adapter()
    assert all(torch.equal(earlier[name], tensor) for name, tensor in later.items())
    added = {name.split(".")[1] for name in earlier.keys() - later.keys()}
    assert added == {str(number) for number in range(LOWER_LAYER, MIDDLE_LAYER)}


def test_long_passages_and_questions_are_read(finder: EvidenceFinder) -> None:
    question = "Was bedeutet das für Nvidia und " * 25
    for one in finder.find(question, "de", None):
        assert 0 <= one.quote.start < one.quote.end <= len(one.hit.passage.text)
        assert one.answer is None or one.answer.end <= len(one.hit.passage.text)
        assert isinstance(one.quote, Span)


def test_keywords_find_amounts_across_notations_and_know_what_is_missing(index) -> None:
    keywords = Keywords(index)
    coverages = keywords.coverage("6.6bn", range(len(index.passages)))
    best = int(np.argmax(coverages))
    assert re.search(r"6,6 Milliarden|6\.6 billion", index.passages[best].text)
    assert coverages[best] == 1
    assert keywords.missing("Trainium Nvidia", "amazon-openai") == pytest.approx(0)
    assert keywords.missing("Elon Musk", "amazon-openai") == 1
    assert keywords.missing("?", "amazon-openai") == 1
