"""Asking labelled questions: of the articles of an index, or of parallel articles."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Self

import numpy as np

from faq_bot.answering.answerer import Answerer
from faq_bot.answering.calibration import Calibration
from faq_bot.answering.features import CandidateFinder
from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.article import Article
from faq_bot.core.passage import Passage
from faq_bot.core.progress import track
from faq_bot.core.settings import Settings
from faq_bot.evaluation.labelled import LabelledQuestion
from faq_bot.evaluation.metrics import Result, average_precision, mean, measure
from faq_bot.evaluation.relevance import holds, is_quoted, is_right, paragraphs_that_answer
from faq_bot.evaluation.report import Report, source_commit
from faq_bot.index.passage_index import PassageIndex, build_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.encoder import Encoder
from faq_bot.models.reader import Reader, open_reader

DEPTH = 10
POOLED_DEPTH = 20
_SENTENCE_WEIGHT = 0.1  # of how a sentence scores against the score of its passage
_EVERYTHING = 100_000


class Evaluator:
    """Asks labelled questions with one model and its reader."""

    def __init__(
        self,
        encoder: Encoder,
        reader: Reader | None,
        calibration: Calibration,
        settings: Settings,
        *,
        all_articles: bool,
    ) -> None:
        self._all_articles = all_articles
        self._encoder = encoder
        self._reader = reader
        self._calibration = calibration
        self._settings = settings

    @classmethod
    def from_settings(
        cls, settings: Settings, encoder: Encoder, *, all_articles: bool = False
    ) -> Self:
        """Make one that judges as the bot does with these settings.

        It asks each question of its own article, or else of `all_articles`.
        """
        reader = open_reader(encoder)
        calibration = Calibration.bundled(encoder.model_id, reader=reader is not None)
        return cls(encoder, reader, calibration, settings, all_articles=all_articles)

    def on_index(self, index: PassageIndex, questions: Sequence[LabelledQuestion]) -> Report:
        """Ask questions with and without an answer of their articles in `index`."""
        answerer = self._answerer(index)
        groups: dict[str, list[Result]] = {}
        for asked in track(questions, "Asking", len(questions)):
            groups.setdefault(asked.language, []).append(self._ask(index, answerer, asked))
        return self._report(groups, {})

    def on_translations(
        self, articles: Sequence[Article], questions: Sequence[LabelledQuestion]
    ) -> Report:
        """Ask questions of parallel articles in each direction, and of both languages pooled.

        Each answerable question is asked a second time with the paragraph that answers it left
        out; it is unanswerable then. The mean average precision is that over all articles.
        """
        groups: dict[str, list[Result]] = {}
        precision: dict[str, float | None] = {}
        languages = tuple(dict.fromkeys(article.language for article in articles))
        scopes: dict[str, list[Article]] = {
            tag: [a for a in articles if a.language == tag] for tag in languages
        }
        if len(languages) > 1:
            scopes["both"] = list(articles)
        for name, scope in scopes.items():
            index = build_index(scope, self._encoder, in_memory)
            answerer = self._answerer(index)
            label = f"Asking of passages: {name}"
            for asked in track(questions, label, len(questions)):
                direction = f"{asked.language}→{name}"
                own = groups.setdefault(direction, [])
                own.append(self._ask(index, answerer, asked))
                if own[-1].answerable:
                    own.append(
                        self._ask(index, answerer, asked, paragraphs_that_answer(index, asked))
                    )
            if name == "both":
                for tag in languages:
                    asked_in = [q for q in questions if q.language == tag and q.answerable]
                    precision[f"{tag}→both"] = mean(
                        _average_precision(index, asked, answerer)
                        for asked in track(asked_in, "Ranking sentences", len(asked_in))
                    )
        return self._report(groups, precision)

    def _ask(
        self,
        index: PassageIndex,
        answerer: Answerer,
        asked: LabelledQuestion,
        without: Sequence[str] = (),
    ) -> Result:
        about = None if self._all_articles else asked.article
        articles = None if about is None else (about,)
        query = SearchQuery(asked.text, asked.language, articles, DEPTH, frozenset(without))
        candidates = answerer.candidates(query)
        best = candidates[0]
        return Result(
            answerable=asked.answerable and not without,
            right=tuple(is_right(index, asked, one.passage) for one in candidates),
            quoted=is_quoted(index, asked, best.candidate.quote.cut(best.passage.text)),
            confidence=best.confidence,
            outcome=answerer.thresholds(about).outcome(best.confidence),
        )

    def _answerer(self, index: PassageIndex) -> Answerer:
        finder = CandidateFinder(index, self._encoder, self._reader, _EVERYTHING)
        return Answerer(index, finder, self._calibration, self._settings)

    def _report(
        self, groups: Mapping[str, Sequence[Result]], precision: Mapping[str, float | None]
    ) -> Report:
        return Report(
            version=metadata.version("faq-bot"),
            commit=source_commit(),
            model=self._encoder.model_id,
            reader=self._reader is not None,
            directions={
                name: measure(results, precision.get(name)) for name, results in groups.items()
            },
            results=groups,
        )


def _average_precision(index: PassageIndex, asked: LabelledQuestion, answerer: Answerer) -> float:
    """Return the average precision of sentences in both languages over all articles.

    Sentences are ordered by their passage's score and how much less likely than its best
    sentence they are; a sentence and its translation stand side by side.
    """
    scored: list[tuple[float, bool]] = []
    query = SearchQuery(asked.text, asked.language, limit=POOLED_DEPTH)
    for found in answerer.candidates(query):
        passage, scores = found.passage, found.candidate.sentence_scores
        values = found.score + _SENTENCE_WEIGHT * (np.array(scores) - max(scores))
        other = index.aligned.get(passage.id)
        for version in (passage,) if other is None else (passage, other):
            for sentence in version.sentences:
                place = _place_of(sentence.middle / len(version.text), passage)
                scored.append((float(values[place]), holds(asked, version, sentence)))
    ordered = [right for _, right in sorted(scored, key=lambda pair: pair[0], reverse=True)]
    return average_precision(ordered, sum(map(len, asked.answers.values())))


def _place_of(depth: float, passage: Passage) -> int:
    """Return which sentence stands nearest to a depth of 0 to 1 in the passage."""
    length = len(passage.text)
    distances = [abs(sentence.middle / length - depth) for sentence in passage.sentences]
    return int(np.argmin(distances))
