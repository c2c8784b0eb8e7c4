"""The measures of retrieval, quotation and abstention: pure functions of what came of questions.

They follow their usual definitions, with binary relevance: recall@k, mean reciprocal rank and
nDCG@10 of passages; average precision (of sentences over both languages pooled, Roy et al. 2020,
arXiv 2004.05484); AUROC of the confidence in answerable against unanswerable questions; coverage,
the share of answerable questions answered at the threshold where a given share of the unanswerable
ones is; expected calibration error in ten bins (Guo et al. 2017, arXiv 1706.04599).

Rankings are given as whether each place is right, best first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from faq_bot.core.answer import Outcome

FALSE_RATES = (0.01, 0.05, 0.10)
_BINS = 10


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
    def right_first(self) -> bool:
        """Whether the best passage answers the question."""
        return any(self.right[:1])


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures for one direction; None where the questions do not tell.

    `answered_right` are the answerable questions with the outcome `answer` and the right passage
    first, `refused` those refused; `false_answers` and `false_hints` are the shares of the
    unanswerable ones with the outcomes `answer` and `unsure`.
    """

    answerable: int
    unanswerable: int
    recall_at_1: float | None
    recall_at_3: float | None
    mrr: float | None
    ndcg_at_10: float | None
    answer_in_quote: float | None
    map: float | None
    auroc: float | None
    coverage: dict[str, float]
    calibration_error: float
    answered_right: float | None
    refused: float | None
    false_answers: float | None
    false_hints: float | None


def measure(results: Sequence[Result], mean_average_precision: float | None = None) -> Measures:
    """Return the figures for the questions of one direction."""
    answerable = [result for result in results if result.answerable]
    unanswerable = [result for result in results if not result.answerable]
    sure = [result.confidence for result in answerable]
    falsely_sure = [result.confidence for result in unanswerable]
    comparable = bool(answerable and unanswerable)
    return Measures(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        recall_at_1=mean(recall(one.right, 1) for one in answerable),
        recall_at_3=mean(recall(one.right, 3) for one in answerable),
        mrr=mean(reciprocal_rank(one.right) for one in answerable),
        ndcg_at_10=mean(ndcg(one.right[:10]) for one in answerable),
        answer_in_quote=mean(one.quoted for one in answerable),
        map=mean_average_precision,
        auroc=auroc(sure, falsely_sure) if comparable else None,
        coverage={f"{rate:.0%}": coverage(sure, falsely_sure, rate) for rate in FALSE_RATES}
        if comparable
        else {},
        calibration_error=expected_calibration_error(results),
        answered_right=mean(
            one.outcome is Outcome.ANSWER and one.right_first for one in answerable
        ),
        refused=mean(one.outcome is Outcome.REFUSED for one in answerable),
        false_answers=mean(one.outcome is Outcome.ANSWER for one in unanswerable),
        false_hints=mean(one.outcome is Outcome.UNSURE for one in unanswerable),
    )


def mean(values: Iterable[float]) -> float | None:
    """Return the mean of the values, None if there are none."""
    given = list(values)
    return float(np.mean(given)) if given else None


def recall(right: Sequence[bool], k: int) -> float:
    """Return whether one of the first k places is right.

    This is recall@k as of question answering, where one right passage is enough; TREC's word for
    it is success@k.
    """
    return float(any(right[:k]))


def reciprocal_rank(right: Sequence[bool]) -> float:
    """Return one over the rank of the first right place, 0 if there is none."""
    return next((1 / rank for rank, hit in enumerate(right, start=1) if hit), 0.0)


def ndcg(right: Sequence[bool]) -> float:
    """Return the normalised discounted cumulative gain (Järvelin and Kekäläinen 2002).

    The ideal ranking has the same number of right places, as if all right passages had been found.
    """
    discounts = 1 / np.log2(np.arange(len(right)) + 2)
    ideal = discounts[: sum(right)].sum()
    return float(discounts @ np.array(right, float) / ideal) if ideal else 0.0


def average_precision(right: Sequence[bool], relevant: int) -> float:
    """Return the mean precision at the right places; `relevant` counts also those not found."""
    ranks = [rank for rank, hit in enumerate(right, start=1) if hit]
    return sum(found / rank for found, rank in enumerate(ranks, start=1)) / relevant


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Return how often an answerable question has the higher confidence of two, ties half."""
    truth = [1] * len(answerable) + [0] * len(unanswerable)
    return float(roc_auc_score(truth, [*answerable, *unanswerable]))


def coverage(answerable: Sequence[float], unanswerable: Sequence[float], false: float) -> float:
    """Return the share of confidences above the threshold that a share `false` passes wrongly."""
    threshold = np.quantile(unanswerable, 1 - false)
    return float(np.mean(np.array(answerable) > threshold))


def expected_calibration_error(results: Sequence[Result]) -> float:
    """Return the mean distance of confidence from the share of right answers, bin by bin."""
    confidence = np.array([result.confidence for result in results])
    right = np.array([result.answerable and result.right_first for result in results])
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidence[bins == n].mean() - right[bins == n].mean()) * np.mean(bins == n)
        for n in np.unique(bins)
    ]
    return float(sum(gaps))


def risk_coverage(results: Sequence[Result]) -> tuple[list[float], list[float]]:
    """Return, for every threshold, the share of questions answered and of wrong answers.

    Wrong is an answer with another passage first, or to a question without one (El-Yaniv and
    Wiener 2010, "On the foundations of noise-free selective classification").
    """
    ordered = sorted(results, key=lambda result: result.confidence, reverse=True)
    wrong = np.cumsum([not (result.answerable and result.right_first) for result in ordered])
    counts = np.arange(1, len(ordered) + 1)
    return (counts / len(ordered)).tolist(), (wrong / counts).tolist()
