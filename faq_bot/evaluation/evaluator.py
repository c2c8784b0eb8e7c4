"""Measuring retrieval, quotation and abstention on labelled questions.

Measures follow their usual definitions: recall@k, mean reciprocal rank and nDCG@10 of passages
with binary relevance; mean average precision of sentences over both languages pooled (Roy et al.
2020, arXiv 2004.05484); AUROC of the confidence in answerable against unanswerable questions;
coverage, the share of answerable questions answered at the threshold where a given share of the
unanswerable ones is; expected calibration error in ten bins (Guo et al. 2017, arXiv 1706.04599).
"""

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Self

import numpy as np
from sklearn.metrics import roc_auc_score

from faq_bot.answering.answerer import Answerer
from faq_bot.answering.calibration import Calibration
from faq_bot.answering.features import CandidateFinder
from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.answer import Outcome
from faq_bot.core.article import BLOCK_SEPARATOR, Article, Span
from faq_bot.core.passage import Passage
from faq_bot.core.progress import track
from faq_bot.core.settings import Settings
from faq_bot.evaluation.labelled import LabelledQuestion
from faq_bot.index.passage_index import PassageIndex, build_index
from faq_bot.models.encoder import Encoder
from faq_bot.models.reader import Reader, open_reader

DEPTH = 10
POOLED_DEPTH = 20
FALSE_RATES = (0.01, 0.05, 0.10)
_BINS = 10
_SENTENCE_WEIGHT = 0.1  # of how a sentence scores against the score of its passage
_EVERYTHING = 100_000


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question: was each passage found right, best first, and how sure.

    `quoted` tells whether the words of an answer stand in the marked sentence.
    """

    answerable: bool
    right: tuple[bool, ...]
    quoted: bool
    confidence: float
    outcome: Outcome

    @property
    def reciprocal_rank(self) -> float:
        """One over the rank of the first right passage, 0 if none was found."""
        return 1 / (self.right.index(True) + 1) if any(self.right) else 0.0

    @property
    def ndcg(self) -> float:
        """Normalised discounted cumulative gain, as if all right passages had been found."""
        discounts = 1 / np.log2(np.arange(len(self.right)) + 2)
        ideal = discounts[: sum(self.right)].sum()
        return float(discounts[list(self.right)].sum() / ideal) if ideal else 0.0


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures for one direction; None where the questions do not tell.

    `answered_right` are the answerable questions with the outcome `answer` and the right passage
    first, `refused` those refused; `false_answers` and `false_hints` are the shares of the
    unanswerable ones with the outcomes `answer` and `unsure`.
    """

    answerable: int
    unanswerable: int
    recall_at_1: float
    recall_at_3: float
    mrr: float
    ndcg_at_10: float
    answer_in_quote: float
    map: float | None
    auroc: float | None
    coverage: dict[str, float]
    calibration_error: float
    answered_right: float
    refused: float
    false_answers: float | None
    false_hints: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Measures by direction, with what they were measured on."""

    version: str
    commit: str | None
    model: str
    reader: bool
    directions: Mapping[str, Measures]
    results: Mapping[str, Sequence[Result]]

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each measure with its figures for the directions, as in a table."""
        columns = [_flat(measures) for measures in self.directions.values()]
        for name in columns[0]:
            values = [column.get(name) for column in columns]
            if any(value is not None for value in values):
                yield name, ["" if value is None else f"{value:.3g}" for value in values]

    def as_json(self) -> str:
        """Return the report without the single results."""
        return json.dumps(
            {
                "version": self.version,
                "commit": self.commit,
                "model": self.model,
                "reader": self.reader,
                "directions": {name: asdict(m) for name, m in self.directions.items()},
            },
            indent=1,
        )


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
    def of(cls, encoder: Encoder, settings: Settings, *, all_articles: bool = False) -> Self:
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
        precision: dict[str, float] = {}
        languages = tuple(dict.fromkeys(article.language for article in articles))
        scopes: dict[str, list[Article]] = {
            tag: [a for a in articles if a.language == tag] for tag in languages
        }
        if len(languages) > 1:
            scopes["both"] = list(articles)
        for name, scope in scopes.items():
            index = build_index(scope, self._encoder)
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
                    own_questions = [asked for asked in questions if asked.language == tag]
                    values = [
                        _average_precision(index, asked, answerer)
                        for asked in track(own_questions, "Ranking sentences", len(own_questions))
                        if asked.answerable
                    ]
                    precision[f"{tag}→both"] = float(np.mean(values))
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
        self, groups: Mapping[str, Sequence[Result]], precision: Mapping[str, float]
    ) -> Report:
        return Report(
            version=metadata.version("faq-bot"),
            commit=_commit(),
            model=self._encoder.model_id,
            reader=self._reader is not None,
            directions={
                name: measure(results, precision.get(name)) for name, results in groups.items()
            },
            results=groups,
        )


def measure(results: Sequence[Result], mean_average_precision: float | None = None) -> Measures:
    """Return the figures for the questions of one direction."""
    answerable = [result for result in results if result.answerable]
    unanswerable = [result for result in results if not result.answerable]

    def mean(values: Iterable[float]) -> float:
        return float(np.mean([*values]))

    def share(group: Sequence[Result], test: Callable[[Result], bool]) -> float:
        return mean(test(result) for result in group)

    return Measures(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        recall_at_1=share(answerable, lambda r: any(r.right[:1])),
        recall_at_3=share(answerable, lambda r: any(r.right[:3])),
        mrr=mean(result.reciprocal_rank for result in answerable),
        ndcg_at_10=mean(result.ndcg for result in answerable),
        answer_in_quote=share(answerable, lambda r: r.quoted),
        map=mean_average_precision,
        auroc=_auroc(answerable, unanswerable) if unanswerable else None,
        coverage={f"{rate:.0%}": _coverage(answerable, unanswerable, rate) for rate in FALSE_RATES}
        if unanswerable
        else {},
        calibration_error=_calibration_error(results),
        answered_right=share(
            answerable, lambda r: r.outcome is Outcome.ANSWER and any(r.right[:1])
        ),
        refused=share(answerable, lambda r: r.outcome is Outcome.REFUSED),
        false_answers=share(unanswerable, lambda r: r.outcome is Outcome.ANSWER)
        if unanswerable
        else None,
        false_hints=share(unanswerable, lambda r: r.outcome is Outcome.UNSURE)
        if unanswerable
        else None,
    )


def risk_coverage(results: Sequence[Result]) -> tuple[list[float], list[float]]:
    """Return, for every threshold, the share of questions answered and of wrong answers.

    Wrong is an answer with another passage first, or to a question without one (El-Yaniv and
    Wiener 2010, "On the foundations of noise-free selective classification").
    """
    ordered = sorted(results, key=lambda result: result.confidence, reverse=True)
    wrong = np.cumsum([not (result.answerable and any(result.right[:1])) for result in ordered])
    counts = np.arange(1, len(ordered) + 1)
    return (counts / len(ordered)).tolist(), (wrong / counts).tolist()


def _flat(measures: Measures) -> dict[str, float | None]:
    flat: dict[str, float | None] = {}
    for name, value in asdict(measures).items():
        if isinstance(value, dict):
            flat |= {f"coverage at {rate} false": share for rate, share in value.items()}
        else:
            flat[name.replace("_", " ")] = value
    return flat


def _auroc(answerable: Sequence[Result], unanswerable: Sequence[Result]) -> float:
    truth = [1] * len(answerable) + [0] * len(unanswerable)
    return float(roc_auc_score(truth, [r.confidence for r in (*answerable, *unanswerable)]))


def _coverage(answerable: Sequence[Result], unanswerable: Sequence[Result], rate: float) -> float:
    threshold = np.quantile([result.confidence for result in unanswerable], 1 - rate)
    return float(np.mean([result.confidence > threshold for result in answerable]))


def _calibration_error(results: Sequence[Result]) -> float:
    confidence = np.array([result.confidence for result in results])
    right = np.array([result.answerable and any(result.right[:1]) for result in results])
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidence[bins == n].mean() - right[bins == n].mean()) * np.mean(bins == n)
        for n in np.unique(bins)
    ]
    return float(sum(gaps))


def is_right(index: PassageIndex, asked: LabelledQuestion, passage: Passage) -> bool:
    """Whether the passage answers, or its counterpart in the article's other version does."""
    other = index.aligned.get(passage.id)
    return any(holds(asked, one) for one in (passage, other) if one is not None)


def holds(asked: LabelledQuestion, passage: Passage, part: Span | None = None) -> bool:
    """Whether an answer begins in the passage, or in this part of it."""
    if passage.article != asked.article:
        return False
    start = passage.span.start
    part = part or Span(0, len(passage.text))
    return any(
        start + part.start <= answer.start < start + part.end
        for answer in asked.answers.get(passage.language, ())
    )


def is_quoted(index: PassageIndex, asked: LabelledQuestion, quote: str) -> bool:
    """Whether the words of an answer stand in the quote."""
    return any(
        answer.cut(article.text).lower() in quote.lower()
        for language, article in index.versions.get(asked.article, {}).items()
        for answer in asked.answers.get(language, ())
    )


def paragraphs_that_answer(index: PassageIndex, asked: LabelledQuestion) -> tuple[str, ...]:
    """Return the ids of all passages cut from the paragraphs that answer."""
    found = []
    for language, answers in asked.answers.items():
        article = index.versions.get(asked.article, {}).get(language)
        paragraphs = [] if article is None else [_paragraph(article, span) for span in answers]
        found += [
            passage.id
            for passage in index.passages
            if (passage.article, passage.language) == (asked.article, language)
            and any(p.start <= passage.span.start < p.end for p in paragraphs)
        ]
    return tuple(found)


def _paragraph(article: Article, span: Span) -> Span:
    """Return the span of the paragraph around `span`."""
    start = article.text.rfind(BLOCK_SEPARATOR, 0, span.start)
    end = article.text.find(BLOCK_SEPARATOR, span.start)
    return Span(start + len(BLOCK_SEPARATOR), len(article.text) if end == -1 else end)


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
    ranks = [rank for rank, right in enumerate(ordered, start=1) if right]
    total = sum(map(len, asked.answers.values()))
    return sum(number / rank for number, rank in enumerate(ranks, start=1)) / total


def _place_of(depth: float, passage: Passage) -> int:
    """Return which sentence stands nearest to a depth of 0 to 1 in the passage."""
    length = len(passage.text)
    distances = [abs(sentence.middle / length - depth) for sentence in passage.sentences]
    return int(np.argmin(distances))


def _commit() -> str | None:
    """Return the commit of the source tree this runs from, if it is one."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()
