"""Finding the passages that may answer a question."""

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.article import Span
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.passage import Passage, PassageKind
from faq_bot.index.passage_index import PassageIndex
from faq_bot.index.vectors.base import Rows, mean
from faq_bot.models.encoder import Vectors

_WHOLE_PASSAGE_WEIGHT = 1.0
_CANDIDATE_ROWS = 300
_ARTICLES_KEPT = 10_000  # numbers about each of which are kept, 2 kB
_MOST_RELATED = 5
_RELATED = 0.6  # cosine of the means of two articles' passages


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `score` is a similarity: higher is better, and only comparable within one question.
    `score_in_article` is the same as if there were no other article. `sentence_scores` are the
    similarities of its sentences, `published_score` that of the published question which it
    answers, without what unrelated text has, 0 where there is none.
    """

    passage: Passage
    score: float
    score_in_article: float
    sentence_scores: tuple[float, ...]
    published_score: float = 0.0

    @property
    def best_sentence(self) -> Span:
        """The sentence nearest to the question, as a span of the passage's text."""
        best = max(range(len(self.sentence_scores)), key=self.sentence_scores.__getitem__)
        return self.passage.sentences[best]


class DenseRetriever:
    """Dense retrieval on two granularities, with the language bias removed.

    A multilingual encoder ranks text in the question's own language higher (Roy et al. 2020,
    arXiv 2004.05484). So the mean question of its language is subtracted from the question and
    the mean passage of its language from each passage, before their inner product is taken.
    The score of a passage is that of its best sentence (or of its Q&A's question) plus that of
    the passage as a whole; versions of one article share the better score of the two.
    """

    def __init__(self, index: PassageIndex) -> None:
        self._index = index
        self.mean_question = cache(self._find_mean_question)
        self.mean_passage = lru_cache(_ARTICLES_KEPT)(self._find_mean_passage)
        self._chance = lru_cache(_ARTICLES_KEPT)(self._measure_chance)
        self._related = lru_cache(_ARTICLES_KEPT)(self._find_related)

    def search(self, vector: Vectors, query: SearchQuery) -> tuple[Hit, ...]:
        """Return all passages found for a query, best first.

        `vector` is its embedding, shape (dimension,). Where an article has aligned versions, each
        place in it is found once, as the passage in the query's language.
        """
        language = query.language
        centred = self._centre(vector[None, :], language)
        scopes = (None,) if query.article_ids is None else query.article_ids
        numbers = np.unique(
            np.concatenate([self._candidates(centred[0], language, scope) for scope in scopes])
        )
        article = scopes[0] if len(scopes) == 1 else None
        found = self._similarities(centred, numbers)
        bias = cache(lambda tag, scope: float(self._bias(centred, tag, scope)[0]))
        scores: dict[int, tuple[float, float]] = {}
        sentences: dict[int, tuple[float, ...]] = {}
        published: dict[int, float] = {}
        for place, number in enumerate(numbers.tolist()):
            passage = self._index.passages[number]
            sentences[number] = found.sentences(place, passage)
            similarity = float(found.passages[place, 0])
            score = similarity - bias(passage.language, article)
            in_article = similarity - bias(passage.language, passage.article)
            shown = self._shown(number, language)
            if (similar := found.published(place, passage)) is not None:
                unrelated = bias(passage.language, passage.article) / (1 + _WHOLE_PASSAGE_WEIGHT)
                published[shown] = max(similar - unrelated, published.get(shown, -math.inf))
            scores[shown] = max((score, in_article), scores.get(shown, (score, in_article)))
        order = sorted(scores, key=lambda number: scores[number], reverse=True)
        return tuple(
            Hit(self._index.passages[n], *scores[n], sentences[n], published.get(n, 0.0))
            for n in order
        )

    def chance(self, language: Language, article: str) -> tuple[float, float]:
        """Return mean and standard deviation of the best score of unrelated questions.

        It is to be compared with the `score_in_article` of a hit.
        """
        return self._chance(language, article)

    def _measure_chance(self, language: Language, article: str) -> tuple[float, float]:
        """Score the background questions.

        They are the cohort of a test normalisation (Auckenthaler et al. 2000, "Score
        normalization for text-independent speaker verification systems").
        """
        highest = self._best(self._index.background.queries[language], language, article)
        return float(highest.mean()), float(highest.std())

    def related(self, article: str) -> tuple[str, ...]:
        """Return the ids of the articles most alike in subject, the nearest first.

        Compared are the means of their passages, without what unrelated passages have in common.
        """
        return self._related(article)

    def _find_related(self, article: str) -> tuple[str, ...]:
        nearness: dict[str, list[float]] = {}
        for language in self._index.versions[article]:
            subject = self._subject(language, article)
            among = self._index.subset(language, None)
            own = len(self._index.subset(language, article).rows)
            rows = self._index.vectors.nearest(subject, own + _CANDIDATE_ROWS, among)
            numbers = np.unique(self._index.passage_of_row[rows]).tolist()
            for other in {self._index.passages[number].article for number in numbers} - {article}:
                cosine = float(subject @ self._subject(language, other))
                nearness.setdefault(other, []).append(cosine)
        alike = {other: float(np.mean(cosines)) for other, cosines in nearness.items()}
        near = sorted((other for other in alike if alike[other] > _RELATED), key=alike.__getitem__)
        return tuple(near[::-1][:_MOST_RELATED])

    def _subject(self, language: Language, article: str) -> Vectors:
        """Return what an article is about, a unit vector of the shape (dimension,)."""
        unrelated = self._index.background.passages[language].mean(axis=0)
        own = self.mean_passage(language, article) - unrelated
        subject: Vectors = own / max(float(np.linalg.norm(own)), 1e-6)
        return subject

    def nearness(self, queries: Vectors, language: Language, article: str) -> Vectors:
        """Return how near questions are to an article, shape (questions,).

        It is in standard deviations above the best score of unrelated questions. `queries` has the
        shape (questions, dimension).
        """
        average, deviation = self.chance(language, article)
        near: Vectors = (self._best(queries, language, article) - average) / max(deviation, 1e-6)
        return near

    def _best(self, queries: Vectors, language: Language, article: str) -> Vectors:
        """Return the best score in an article for each query, shape (queries,)."""
        queries = self._centre(queries, language)
        best = []
        for version in LANGUAGES:
            rows = self._index.subset(version, article).rows
            if len(rows):
                numbers = np.unique(self._index.passage_of_row[rows])
                similarities = self._similarities(queries, numbers).passages
                best.append(similarities.max(axis=0) - self._bias(queries, version, article))
        highest: Vectors = np.max(best, axis=0)
        return highest

    def _centre(self, queries: Vectors, language: Language) -> Vectors:
        return queries - self.mean_question(language)

    def _bias(self, queries: Vectors, language: Language, article: str | None) -> Vectors:
        """Return what passages of a language score with each query by their mean alone."""
        bias: Vectors = (1 + _WHOLE_PASSAGE_WEIGHT) * (
            queries @ self.mean_passage(language, article)
        )
        return bias

    def _shown(self, number: int, language: Language) -> int:
        """Return the number of the version of a passage that is in `language`, if there is one."""
        passage = self._index.passages[number]
        other = self._index.aligned.get(passage.id)
        if passage.language == language or other is None:
            return number
        return self._index.number_of[other.id]

    def _similarities(self, queries: Vectors, numbers: Rows) -> "_Similarities":
        """Compare the passages with these numbers with queries, shape (queries, dimension)."""
        index = self._index
        rows = np.concatenate([index.rows_of_passage(number) for number in numbers])
        by_row = index.vectors.vectors(rows) @ queries.T
        counts = index.first_rows[numbers + 1] - index.first_rows[numbers]
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        parts = by_row.copy()
        parts[firsts[counts > 1]] = -np.inf  # where there are parts, the whole is none of them
        passages = np.maximum.reduceat(parts, firsts) + _WHOLE_PASSAGE_WEIGHT * by_row[firsts]
        return _Similarities(passages, by_row, firsts, counts)

    def _candidates(self, query: Vectors, language: Language, article: str | None) -> Rows:
        """Return the numbers of the passages worth scoring, with their other versions."""
        index = self._index
        numbers: set[int] = set()
        for version in LANGUAGES:
            among = self._index.subset(version, article)
            nearest = index.vectors.nearest(query, _CANDIDATE_ROWS, among)
            for number in np.unique(index.passage_of_row[nearest]).tolist():
                numbers |= {number, *(self._shown(number, tag) for tag in LANGUAGES)}
        # Two passages may have the same counterpart, which itself has only one of them.
        numbers |= {self._shown(number, language) for number in numbers}
        return np.array(sorted(numbers), np.int64)

    def _find_mean_question(self, language: Language) -> Vectors:
        found: Vectors = self._index.background.queries[language].mean(axis=0)
        return found

    def _find_mean_passage(self, language: Language, article: str | None) -> Vectors:
        """Return what all passages have in common, those of one article also their subject.

        One unrelated passage counts in, lest the mean of an article of one sentence be all of it.
        """
        rows = self._index.subset(language, article).rows
        unrelated: Vectors = self._index.background.passages[language].mean(axis=0)
        if not len(rows):
            return unrelated
        total: Vectors = mean(self._index.vectors, rows) * len(rows) + unrelated
        return total / np.float32(len(rows) + 1)


@dataclass(frozen=True, slots=True)
class _Similarities:
    """Inner products of passages, and of their rows, with queries.

    `passages` has the shape (passages, queries), `rows` the shape (rows, queries); the rows of
    a passage begin at its entry in `firsts`.
    """

    passages: Vectors
    rows: Vectors
    firsts: Rows
    counts: Rows

    def sentences(self, place: int, passage: Passage) -> tuple[float, ...]:
        """Return how near the sentences of the passage at `place` are to the first query."""
        end = self.firsts[place] + self.counts[place]
        return tuple(self.rows[end - len(passage.sentences) : end, 0].tolist())

    def published(self, place: int, passage: Passage) -> float | None:
        """Return how near a Q&A's question, in any wording, is to the first query."""
        end = self.firsts[place] + self.counts[place] - len(passage.sentences)
        questions = self.rows[self.firsts[place] + 1 : end, 0]
        return (
            float(questions.max()) if passage.kind is PassageKind.FAQ and len(questions) else None
        )
