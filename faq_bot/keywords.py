"""Which of a question's words a passage holds, and which stand nowhere in the article."""

from collections import Counter
from collections.abc import Collection

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

    def coverage(self, question: str, number: int) -> float:
        """Return what share of the weight of the question's words the passage holds, 0 to 1.

        The passage's heading, question or title counts as part of it.
        """
        return self._share(question, self._index.passages[number].language, self._passages[number])

    def missing(self, question: str, article: str, without: Collection[str] = ()) -> float:
        """Return what share of the weight of the question's words is nowhere in the article.

        Passages whose ids are in `without` count as if they were not there.
        """
        known = self._articles[article] if not without else self._known(article, without)
        return 1 - max(self._share(question, language, known) for language in LANGUAGES)

    def _share(self, question: str, language: Language, known: frozenset[str]) -> float:
        weights = {term: self._weight(term) for term in terms(question, language)}
        whole = sum(weights.values())
        return sum(w for term, w in weights.items() if term in known) / whole if whole else 0.0

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
