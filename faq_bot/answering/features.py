"""The features of a passage as the answer to a question, from all that looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from faq_bot.answering.about_article import may_answer
from faq_bot.answering.answer_type import is_unmet
from faq_bot.answering.dense import DenseRetriever, Hit
from faq_bot.answering.lexical import LexicalIndex
from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.article import Span
from faq_bot.core.concurrency import side_by_side
from faq_bot.core.languages import Language
from faq_bot.core.passage import Passage
from faq_bot.index.passage_index import PassageIndex
from faq_bot.models.encoder import Encoder, TokenStates, Vectors
from faq_bot.models.reader import Reader, Reading
from faq_bot.models.reader_features import Question, ReadablePassage

_MOST_MATCHED = 50
_KEYWORD_WEIGHT = 2.0
SENTENCE_WEIGHT = 20.0  # of a sentence's similarity against the reader's logit
_READ_TWICE = 3  # of the passages read, in their other version, too
_PASSAGES_KEPT = 150  # 0.7 MB each


@dataclass(frozen=True, slots=True)
class Features:
    """Numbers that speak for a passage; the higher, the more.

    similarity: dense score in standard deviations above unrelated questions (see `dense`).
    coverage: share of the question's words, by rarity, that the passage holds.
    published: likeness of the published question that the passage answers, 0 where there is none.
    relevance, margin: the reader's logits.
    """

    similarity: float
    coverage: float
    published: float = 0.0
    relevance: float = 0.0
    margin: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that was found, with its features, and where in it the answer is.

    `quote` is the sentence that answers best, `answer` the words that do, as far as a reader
    has marked them; both are spans of the passage's text. `unmet` tells that the question asks
    for an amount or a time and the sentence offers none. `sentence_scores` tell how well each
    sentence answers, by its similarity and the reader.
    """

    hit: Hit
    features: Features
    quote: Span
    answer: Span | None
    unmet: bool
    sentence_scores: tuple[float, ...]


class CandidateFinder:
    """Finds passages and extracts their features."""

    def __init__(
        self,
        index: PassageIndex,
        encoder: Encoder,
        reader: Reader | None = None,
        passages_kept: int = _PASSAGES_KEPT,
        previous: "CandidateFinder | None" = None,
    ) -> None:
        """Take over from `previous` what holds of this index, too."""
        self._index = index
        self._encoder = encoder
        self._reader = reader
        known = None if previous is None else previous.lexical
        self.lexical: LexicalIndex = LexicalIndex(index, known)
        self.retriever = DenseRetriever(index)
        self._readable = lru_cache(passages_kept)(self._make_readable)

    def find(self, query: SearchQuery) -> tuple[Candidate, ...]:
        """Return the likeliest passages, the likeliest by retrieval first."""
        states = None if self._reader is None else self._reader.prepare_question(query.text)
        vector = self._embed(query) if states is None else states.embedding
        found_hits = self.retriever.search(vector, query)
        hits = _possible(found_hits, query)[:_MOST_MATCHED]
        numbers = [self._index.number_of[hit.passage.id] for hit in hits]
        coverages = self.lexical.coverage(query.text, numbers)
        found = [
            Features(self._above_chance(hit, query.language), coverage, hit.published_score)
            for hit, coverage in zip(hits, coverages, strict=True)
        ]
        first = [one.similarity + _KEYWORD_WEIGHT * one.coverage for one in found]
        chosen = np.argsort(first)[::-1][: query.limit].tolist()
        readings = self._read(states, query.language, [hits[place] for place in chosen])
        return tuple(
            _candidate(hits[place], found[place], reading, query)
            for place, reading in zip(chosen, readings, strict=True)
        )

    def articles(self, text: str, language: Language) -> tuple[str, ...]:
        """Return the ids of articles with passages nearer to a text than chance, the best first."""
        query = SearchQuery(text, language)
        hits = self.retriever.search(self._embed(query), query)
        near = [hit for hit in hits[:_MOST_MATCHED] if self._above_chance(hit, language) > 0]
        return tuple(dict.fromkeys(hit.passage.article for hit in near))

    def missing(self, query: SearchQuery, article: str) -> float:
        """Return the share of the question's words, by rarity, that the article does not hold."""
        return self.lexical.missing(query, article)

    def _embed(self, query: SearchQuery) -> Vectors:
        vector: Vectors = self._encoder.encode_queries([query.text])[0]
        return vector

    def similarity(self, one: Passage, other: Passage) -> float:
        """Return the cosine of two passages without what passages of their article share."""
        first, second = (
            self._index.vectors.vectors(
                self._index.rows_of_passage(self._index.number_of[passage.id])[:1]
            )[0]
            - self.retriever.mean_passage(passage.language, passage.article)
            for passage in (one, other)
        )
        return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))

    def _above_chance(self, hit: Hit, language: Language) -> float:
        mean, deviation = self.retriever.chance(language, hit.passage.article)
        return (hit.score_in_article - mean) / max(deviation, 1e-6)

    def _read(
        self, question: TokenStates | None, language: Language, hits: Sequence[Hit]
    ) -> Sequence[Reading | None]:
        reader = self._reader
        if reader is None or question is None:
            return [None] * len(hits)
        asked = Question(question, self.retriever.mean_question(language))

        def read(passage: Passage) -> Reading:
            number = self._index.number_of[passage.id]
            return reader.read(asked, self._readable(reader, number))

        found = list(side_by_side(read, [hit.passage for hit in hits]))
        best = sorted(range(len(hits)), key=lambda place: found[place].relevance, reverse=True)
        aligned = self._index.aligned
        twice = [place for place in best[:_READ_TWICE] if hits[place].passage.id in aligned]
        others = side_by_side(read, [aligned[hits[place].passage.id] for place in twice])
        for place, other in zip(twice, others, strict=True):
            found[place] = _of_both(found[place], other)
        return found

    def _make_readable(self, reader: Reader, number: int) -> ReadablePassage:
        passage = self._index.passages[number]
        mean = self.retriever.mean_passage(passage.language, passage.article)
        return reader.prepare_passage(passage, self._index.context(passage), mean)


def _possible(hits: Sequence[Hit], query: SearchQuery) -> Sequence[Hit]:
    """Return those that may answer; where none may, all that are not excluded."""
    left = [hit for hit in hits if hit.passage.id not in query.exclude]
    return [hit for hit in left if may_answer(hit.passage, query.text)] or left


def _of_both(shown: Reading, other: Reading) -> Reading:
    """Return what is read in two versions of a passage: each errs, but seldom both alike."""
    return replace(
        shown,
        relevance=(shown.relevance + other.relevance) / 2,
        margin=(shown.margin + other.margin) / 2,
    )


def _candidate(
    hit: Hit, features: Features, reading: Reading | None, query: SearchQuery
) -> Candidate:
    quote, answer, sentences = hit.best_sentence, None, hit.sentence_scores
    if reading is not None:
        sentences = tuple(
            read + SENTENCE_WEIGHT * similarity
            for read, similarity in zip(reading.sentences, hit.sentence_scores, strict=True)
        )
        quote, answer = hit.passage.sentences[int(np.argmax(sentences))], reading.span
        features = replace(features, relevance=reading.relevance, margin=reading.margin)
    unmet = is_unmet(query.text, query.language, quote.cut(hit.passage.text))
    return Candidate(hit, features, quote, answer, unmet, sentences)
