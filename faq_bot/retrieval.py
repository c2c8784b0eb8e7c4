"""Finding the passages that may answer a question."""

from functools import lru_cache
from typing import Protocol

import numpy as np

from faq_bot.embedding import Encoder, Vectors
from faq_bot.passage_index import PassageIndex
from faq_bot.records import LANGUAGES, Hit, Language, Span
from faq_bot.vector_index import Rows

_WHOLE_PASSAGE_WEIGHT = 1.0
_CANDIDATE_ROWS = 1000


class Retriever(Protocol):
    """What answering needs of retrieval."""

    def search(self, question: str, language: Language, article: str | None) -> tuple[Hit, ...]:
        """Return the passages found for `question`, best first.

        Where an article has aligned versions, each place in it is found once, as the passage
        in `language`. `article` restricts the search to one article.
        """

    def chance(self, language: Language, article: str | None) -> tuple[float, float]:
        """Return mean and standard deviation of the best score of unrelated questions."""


class DenseRetriever:
    """Dense retrieval on two granularities, with the language bias removed.

    A multilingual encoder ranks text in the question's own language higher (Roy et al. 2020,
    arXiv 2004.05484). So the mean question of its language is subtracted from the question and
    the mean passage of its language from each passage, before their inner product is taken.
    The score of a passage is that of its best sentence (or of its Q&A's question) plus that of
    the passage as a whole; versions of one article share the better score of the two.
    """

    def __init__(self, index: PassageIndex, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._rows = lru_cache(maxsize=None)(self._find_rows)
        self._mean_passage = {
            language: index.vectors.vectors(rows).mean(axis=0)
            for language in LANGUAGES
            if len(rows := self._rows(language, None))
        }
        self._chance = lru_cache(maxsize=None)(self._measure_chance)

    def search(self, question: str, language: Language, article: str | None) -> tuple[Hit, ...]:
        """Return the passages found for `question`, best first; see `Retriever.search`."""
        query = self._centre(self._encoder.encode_queries([question])[0], language)
        best: dict[int, float] = {}
        sentences: dict[int, Span] = {}
        for number, (score, best_part) in self._score(query, article).items():
            passage = self._index.passages[number]
            other = self._index.aligned.get(passage.id)
            shown = number
            if other is not None and passage.language != language:
                shown = self._index.number_of[other.id]
            best[shown] = max(score, best.get(shown, score))
            sentences[number] = passage.sentences[best_part]
        order = sorted(best, key=lambda number: best[number], reverse=True)
        return tuple(Hit(self._index.passages[n], best[n], sentences[n]) for n in order)

    def chance(self, language: Language, article: str | None) -> tuple[float, float]:
        """Return mean and spread of the scores of unrelated questions; see `Retriever.chance`."""
        return self._chance(language, article)

    def _measure_chance(self, language: Language, article: str | None) -> tuple[float, float]:
        questions = self._index.background.queries[language]
        best = [
            max(score for score, _ in self._score(self._centre(query, language), article).values())
            for query in questions
        ]
        return float(np.mean(best)), float(np.std(best))

    def _centre(self, query: Vectors, language: Language) -> Vectors:
        return query - self._index.background.query_mean(language)

    def _score(self, query: Vectors, article: str | None) -> dict[int, tuple[float, int]]:
        """Return the score and best sentence of each candidate passage, by its number."""
        index = self._index
        candidates = self._candidates(query, article)
        firsts = index.first_rows[candidates]
        counts = index.first_rows[candidates + 1] - firsts
        vectors = index.vectors.vectors(
            np.concatenate([index.rows_of_passage(number) for number in candidates])
        )
        similarities = vectors @ query
        scored: dict[int, tuple[float, int]] = {}
        for number, similarity in zip(
            candidates.tolist(), np.split(similarities, np.cumsum(counts)[:-1]), strict=True
        ):
            passage = index.passages[number]
            bias = float(self._mean_passage[passage.language] @ query)
            whole, parts = similarity[0], similarity[1:]
            sentences = parts[1:] if passage.question is not None else parts
            nearest = parts.max() if len(parts) else whole
            score = nearest - bias + _WHOLE_PASSAGE_WEIGHT * (whole - bias)
            scored[number] = float(score), int(sentences.argmax()) if len(sentences) else 0
        return scored

    def _candidates(self, query: Vectors, article: str | None) -> Rows:
        """Return the numbers of the passages worth scoring, with their other versions."""
        index = self._index
        numbers: set[int] = set()
        for language in LANGUAGES:
            rows = self._rows(language, article)
            for row in index.vectors.nearest(query, _CANDIDATE_ROWS, rows):
                number = index.rows[row].passage
                numbers.add(number)
                if (other := index.aligned.get(index.passages[number].id)) is not None:
                    numbers.add(index.number_of[other.id])
        return np.array(sorted(numbers), np.int64)

    def _find_rows(self, language: Language, article: str | None) -> Rows:
        passages = self._index.passages
        return np.array(
            [
                number
                for number, row in enumerate(self._index.rows)
                if passages[row.passage].language == language
                and article in (None, passages[row.passage].article)
            ],
            np.int64,
        )
