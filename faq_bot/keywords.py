"""Which of a question's words a passage holds, and which stand nowhere in the article."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from faq_bot.analysis import terms
from faq_bot.passage_index import PassageIndex
from faq_bot.records import LANGUAGES, Language


class Keywords:
    """The terms of each passage, and how rare they are.

    A term weighs its inverse document frequency as BM25 has it (Robertson and Zaragoza 2009).
    BM25's own score was no better than the plain share of the weight (see docs/retrieval.md).
    """

    def __init__(self, index: PassageIndex) -> None:
        self._index = index
        self._passages = [
            frozenset(terms(f"{index.context(passage)} {passage.text}", passage.text_language))
            for passage in index.passages
        ]
        self._frequency = Counter(term for passage in self._passages for term in passage)
        self._articles: dict[str, frozenset[str]] = {}
        for passage, found in zip(index.passages, self._passages, strict=True):
            known = self._articles.get(passage.article, frozenset())
            self._articles[passage.article] = known | found

    def coverage(self, question: str, numbers: Iterable[int]) -> list[float]:
        """Return what share of the weight of the question's words each passage holds, 0 to 1.

        A passage's heading, question or title counts as part of it.
        """
        weights = {language: self._weights(question, language) for language in LANGUAGES}
        passages = self._index.passages
        return [_share(weights[passages[n].language], self._passages[n]) for n in numbers]

    def missing(self, question: str, article: str, without: Collection[str] = ()) -> float:
        """Return what share of the weight of the question's words is nowhere in the article.

        Passages whose ids are in `without` count as if they were not there.
        """
        known = self._articles[article] if not without else self._known(article, without)
        return 1 - max(_share(self._weights(question, tag), known) for tag in LANGUAGES)

    def _weights(self, question: str, language: Language) -> dict[str, float]:
        return {term: self._weight(term) for term in terms(question, language)}

    def _known(self, article: str, without: Collection[str]) -> frozenset[str]:
        kept = [
            found
            for passage, found in zip(self._index.passages, self._passages, strict=True)
            if passage.article == article and passage.id not in without
        ]
        return frozenset().union(*kept)

    def _weight(self, term: str) -> float:
        count, total = self._frequency[term], len(self._passages)
        return float(np.log(1 + (total - count + 0.5) / (count + 0.5)))


def _share(weights: Mapping[str, float], known: frozenset[str]) -> float:
    whole = sum(weights.values())
    return sum(w for term, w in weights.items() if term in known) / whole if whole else 0.0
