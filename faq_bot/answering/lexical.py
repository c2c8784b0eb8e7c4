"""Which of a question's words a passage holds, and which stand nowhere in the article."""

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.passage import Passage
from faq_bot.index.passage_index import PassageIndex
from faq_bot.text.analyser import terms

_Numbers = NDArray[np.int32]


class LexicalIndex:
    """The terms of each passage, and how rare they are.

    A term weighs its inverse document frequency as BM25 has it (Robertson and Zaragoza 2009).
    BM25's own score was no better than the plain share of the weight (see docs/retrieval.md).
    Terms are numbers, those of a passage in a row: 100 bytes a passage, where sets of words take
    two thousand.
    """

    def __init__(self, index: PassageIndex, previous: "LexicalIndex | None" = None) -> None:
        """Take the terms of passages that `previous` has, too, from there."""
        self._index = index
        self.numbers: dict[str, int] = {} if previous is None else previous.numbers
        rows = [self._numbered(passage, previous) for passage in index.passages]
        self._ends = np.cumsum([0, *map(len, rows)])
        self._terms: _Numbers = np.concatenate([np.empty(0, np.int32), *rows])
        self._frequency = np.bincount(self._terms, minlength=len(self.numbers))

    def _numbered(self, passage: Passage, previous: "LexicalIndex | None") -> _Numbers:
        context = self._index.context(passage)
        kept = None if previous is None else previous.terms_of(passage.id, context)
        if kept is not None:
            return kept
        found = set(terms(f"{context} {passage.text}", passage.text_language))
        known = self.numbers
        return np.array([known.setdefault(term, len(known)) for term in found], np.int32)

    def terms_of(self, passage: str, context: str) -> _Numbers | None:
        """Return the terms of a passage by its id, if it is there and below the same words."""
        number = self._index.number_of.get(passage)
        if number is None or self._index.context(self._index.passages[number]) != context:
            return None
        return self._row(number)

    def coverage(self, question: str, numbers: Iterable[int]) -> list[float]:
        """Return what share of the weight of the question's words each passage holds, 0 to 1.

        A passage's heading, question or title counts as part of it.
        """
        weights = {language: self._weights(question, language) for language in LANGUAGES}
        passages = self._index.passages
        return [_share(weights[passages[n].language], self._held(n)) for n in numbers]

    def missing(self, query: SearchQuery, article: str) -> float:
        """Return what share of the weight of the query's words is nowhere in the article."""
        passages = self._index.passages
        numbers = self._index.numbers_of(article)
        rows = [self._row(n) for n in numbers if passages[n].id not in query.exclude]
        known = set(np.concatenate([np.empty(0, np.int32), *rows]).tolist())
        return 1 - max(_share(self._weights(query.text, tag), known) for tag in LANGUAGES)

    def _held(self, number: int) -> set[int]:
        """Return the terms of a passage."""
        return set(self._row(number).tolist())

    def _row(self, number: int) -> _Numbers:
        return self._terms[self._ends[number] : self._ends[number + 1]]

    def _weights(self, question: str, language: Language) -> dict[int, float]:
        """Return the weights of a question's terms; one in no passage has a number below 0."""
        found = dict.fromkeys(terms(question, language))
        numbers = {term: self.numbers.get(term, -1 - place) for place, term in enumerate(found)}
        return {number: self._weight(number) for number in numbers.values()}

    def _weight(self, number: int) -> float:
        # Others who share the numbers may have given out more of them.
        count = int(self._frequency[number]) if 0 <= number < len(self._frequency) else 0
        return float(np.log(1 + (len(self._ends) - 1 - count + 0.5) / (count + 0.5)))


def _share(weights: Mapping[int, float], known: Collection[int]) -> float:
    whole = sum(weights.values())
    return sum(w for term, w in weights.items() if term in known) / whole if whole else 0.0
