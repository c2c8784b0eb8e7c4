import pytest

from faq_bot.answering.features import CandidateFinder
from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.article import Span
from faq_bot.core.languages import Language
from faq_bot.index.passage_index import PassageIndex, build_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.reader import Reader, open_reader


@pytest.fixture(scope="module")
def reader(encoder: BundledEncoder) -> Reader:
    opened = open_reader(encoder)
    assert opened is not None
    return opened


@pytest.fixture(scope="module")
def finder(index: PassageIndex, encoder: BundledEncoder, reader: Reader) -> CandidateFinder:
    return CandidateFinder(index, encoder, reader)


def test_the_answer_is_found_word_for_word(finder: CandidateFinder) -> None:
    found = finder.find(SearchQuery("How much has Microsoft put into OpenAI?", "en"))
    best = max(found, key=lambda one: one.features.relevance)
    assert best.answer is not None
    assert "13 billion" in best.answer.cut(best.hit.passage.text)
    assert "13 billion" in best.quote.cut(best.hit.passage.text)


def test_what_is_not_answered_is_less_relevant_than_what_is(finder: CandidateFinder) -> None:
    def relevance(question: str) -> float:
        found = finder.find(SearchQuery(question, "de"))
        return max(one.features.relevance for one in found)

    answered = relevance("Wie viel hat Microsoft in OpenAI gesteckt?")
    assert answered > relevance("Wie viele Mitarbeiter hat OpenAI?")
    assert answered > relevance("Wie viele Trainium-Chips hat OpenAI bestellt?")


def test_reading_together_or_alone_makes_no_difference(finder: CandidateFinder) -> None:
    together = finder.find(SearchQuery("Was ist Trainium?", "de", limit=4))
    alone = finder.find(SearchQuery("Was ist Trainium?", "de", limit=1))[0]
    same = next(one for one in together if one.hit.passage == alone.hit.passage)
    assert same.features.relevance == pytest.approx(alone.features.relevance, abs=1e-3)
    assert (same.quote, same.answer) == (alone.quote, alone.answer)


def test_long_passages_and_questions_are_read(finder: CandidateFinder) -> None:
    question = "Was bedeutet das für Nvidia und " * 25
    for one in finder.find(SearchQuery(question, "de")):
        assert 0 <= one.quote.start < one.quote.end <= len(one.hit.passage.text)
        assert one.answer is None or one.answer.end <= len(one.hit.passage.text)
        assert isinstance(one.quote, Span)


def test_the_likeliest_passages_are_read_in_both_languages(
    finder: CandidateFinder, index: PassageIndex, encoder: BundledEncoder, reader: Reader
) -> None:
    question = "Wie viel hat Microsoft in OpenAI gesteckt?"

    def read_in(language: Language) -> dict[str, float]:
        alone = [one for one in index.articles if one.language == language]
        own = CandidateFinder(build_index(alone, encoder, in_memory), encoder, reader)
        found = own.find(SearchQuery(question, "de"))
        return {one.hit.passage.text: one.features.relevance for one in found}

    german, english = read_in("de"), read_in("en")
    found = finder.find(SearchQuery(question, "de"))
    best = max(found, key=lambda one: one.features.relevance).hit.passage
    other = index.aligned[best.id]
    both = (german[best.text] + english[other.text]) / 2
    assert max(one.features.relevance for one in found) == pytest.approx(both, abs=0.3)
