"""Readers' questions that mean the same, in whichever language they were asked."""

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq_bot.answering.bot import FaqBot
from faq_bot.core.languages import LANGUAGES
from faq_bot.models.encoder import Vectors
from faq_bot.newsroom.questions import ReaderQuestion

# Chosen on the questions in benchmarks/data that the seed article does not answer: of 42 asked in
# both languages, 35 pairs find each other, and no group holds more than four questions.
SAME_QUESTION = 0.55  # cosine
_MOST_GROUPED = 1_000  # of one article
_BATCH = 32
_APART = 2.0  # the largest distance that there is
# Standard deviations above unrelated questions from which a question surely belongs to the article;
# about half of those that it answers do. Nearer to chance they count less, down to a tenth.
_SURELY_NEAR = 4.0
_LEAST_WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Group:
    """Questions about one article that mean the same; that sent most often comes first.

    `nearness` tells how near they are to the article, in standard deviations above chance.
    """

    questions: tuple[ReaderQuestion, ...]
    nearness: float

    @property
    def times(self) -> int:
        """How often they were sent, all together."""
        return sum(question.times for question in self.questions)

    @property
    def weight(self) -> float:
        """How often they were sent, less where they have little to do with the article."""
        return self.times * min(1.0, max(_LEAST_WEIGHT, self.nearness / _SURELY_NEAR))


class QuestionGroups:
    """Groups questions by meaning, and remembers their embeddings."""

    def __init__(self, bot: FaqBot) -> None:
        self._bot = bot
        self._lock = threading.Lock()
        self._vectors: dict[str, Vectors] = {}  # by the text: ids are given anew

    def group(self, questions: Sequence[ReaderQuestion], seconds: float) -> tuple[list[Group], int]:
        """Return the groups, most asked first, and how many questions are not embedded yet.

        Embedding stops after about so many seconds; a later call goes on. What has little to do
        with its article counts less, so that a flood does not hide what readers ask.
        """
        asked = [question for question in questions if question.text is not None]
        asked = [q for q in asked if self._bot.has(q.article)]
        by_article: dict[str, list[ReaderQuestion]] = defaultdict(list)
        with self._lock:
            self._embed(asked, seconds)
            ready = [question for question in asked if question.text in self._vectors]
            for question in ready:
                by_article[question.article].append(question)
            groups = [
                group for article, some in by_article.items() for group in self._in(article, some)
            ]
        groups.sort(key=lambda group: (-group.weight, -group.nearness))
        return groups, len(asked) - len(ready)

    def _embed(self, questions: Sequence[ReaderQuestion], seconds: float) -> None:
        end = time.monotonic() + seconds
        waiting = {question.text for question in questions}
        self._vectors = {key: vector for key, vector in self._vectors.items() if key in waiting}
        fresh = [q.text for q in questions if q.text and q.text not in self._vectors]
        for start in range(0, len(fresh), _BATCH):
            some = fresh[start : start + _BATCH]
            vectors = self._bot.question_space.embed(some)
            self._vectors |= zip(some, vectors, strict=True)
            if time.monotonic() > end:
                break

    def _in(self, article: str, questions: Sequence[ReaderQuestion]) -> list[Group]:
        """Group the questions about one article."""
        space = self._bot.question_space
        nearness: dict[int, float] = {}
        centred: dict[int, Vectors] = {}
        for language in LANGUAGES:
            some = [question for question in questions if question.language == language]
            if some:
                vectors = np.stack([self._vectors[question.text or ""] for question in some])
                near = space.nearness(vectors, language, article)
                own = space.centred(vectors, language)
                for question, value, vector in zip(some, near.tolist(), own, strict=True):
                    nearness[question.id] = value
                    centred[question.id] = vector
        chosen = sorted(questions, key=lambda q: (-q.times, -nearness[q.id]))[:_MOST_GROUPED]
        labels = _cluster(chosen, np.stack([centred[question.id] for question in chosen]))
        members: dict[int, list[ReaderQuestion]] = defaultdict(list)
        for label, question in zip(labels, chosen, strict=True):
            members[label].append(question)
        return [
            Group(tuple(group), max(nearness[question.id] for question in group))
            for group in members.values()
        ]


def _cluster(questions: Sequence[ReaderQuestion], vectors: Vectors) -> list[int]:
    """Return the number of each question's group: complete linkage, so that all are alike.

    Questions with one answer stay together, those with different ones apart.
    """
    from sklearn.cluster import AgglomerativeClustering  # takes a second, which only editors wait

    if len(questions) == 1:
        return [0]
    distances = 1 - vectors @ vectors.T
    answers = np.array([question.answer or 0 for question in questions])
    same = answers[:, None] == answers[None, :]
    both = (answers[:, None] > 0) & (answers[None, :] > 0)
    distances[both & same] = 0
    distances[both & ~same] = _APART
    clustering = AgglomerativeClustering(
        n_clusters=None,
        metric="precomputed",
        linkage="complete",
        distance_threshold=1 - SAME_QUESTION,
    )
    labels: list[int] = clustering.fit_predict(np.maximum(distances, 0)).tolist()
    return labels
