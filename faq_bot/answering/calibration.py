"""From evidence to an order of passages and a calibrated confidence in the first.

Both are linear in the signals; the weights in `calibration.json` were fitted by
`benchmarks/fit_confidence.py` and belong to the bundled model. Similarity is measured against
unrelated questions and the rest against the question itself, so that with another model the
weights still make sense, but nobody has measured what a confidence then means.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from typing import Self

from pydantic import BaseModel

from faq_bot.answering.features import Evidence
from faq_bot.core.languages import Language

_log = logging.getLogger(__name__)

_WIDEST_LEAD = 3.0


class Weights(BaseModel):
    """Weights by the name of the signal; those of the confidence by direction, as "de-en".

    A direction is the language of the question and that of the passage. `false_answers` holds,
    in percentiles from 0 to 100, the confidence in passages for questions that their article
    does not answer.
    """

    ranking: dict[str, float]
    confidence: dict[str, dict[str, float]]
    false_answers: tuple[float, ...]


class Calibration(BaseModel):
    """The weights of one embedding model, with its reader and without."""

    model: str
    with_reader: Weights
    without_reader: Weights


@dataclass(frozen=True, slots=True)
class Ranked:
    """Evidence with its score: higher is better, comparable within one question."""

    evidence: Evidence
    score: float


class Judge:
    """Orders passages and says how sure it is."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @classmethod
    def of(cls, model_id: str, *, reader: bool) -> Self:
        """Return the judge with the weights that come with the package, for better or worse."""
        calibration = load_calibration()
        if calibration.model != model_id:
            _log.warning(
                "The confidence was calibrated for %s, not for %s: answers and refusals may be "
                "off. Check with: faq-bot evaluate",
                calibration.model,
                model_id,
            )
        return cls(calibration.with_reader if reader else calibration.without_reader)

    def rank(self, found: Sequence[Evidence]) -> tuple[Ranked, ...]:
        """Order evidence, best first."""
        scored = [
            Ranked(evidence, _weighted(self._weights.ranking, asdict(evidence.signals)))
            for evidence in found
        ]
        return tuple(sorted(scored, key=lambda ranked: ranked.score, reverse=True))

    def confidence(
        self, ranked: Ranked, others: Sequence[Ranked], missing: float, language: Language
    ) -> float:
        """Return the probability, 0 to 1, that this passage answers the question.

        `others` are the passages found beside it, `missing` is the share of the question's words
        that the article does not hold, `language` the question's.
        """
        direction = f"{language}-{ranked.evidence.hit.passage.language}"
        inputs = confidence_inputs(ranked, others, missing)
        logit = _weighted(self._weights.confidence[direction], inputs)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))

    def threshold(self, rate: float) -> float:
        """Return the confidence above which a share `rate` of unanswerable questions lies."""
        if rate >= 1:
            return 0.0
        percentiles = self._weights.false_answers
        place = (1 - rate) * (len(percentiles) - 1)
        low = min(int(place), len(percentiles) - 2)
        return percentiles[low] + (place - low) * (percentiles[low + 1] - percentiles[low])


def confidence_inputs(ranked: Ranked, others: Sequence[Ranked], missing: float) -> dict[str, float]:
    """Return what the confidence in a passage depends on, by name."""
    best_other = max((other.score for other in others), default=ranked.score)
    return {
        "intercept": 1.0,
        **asdict(ranked.evidence.signals),
        "lead": max(-_WIDEST_LEAD, min(_WIDEST_LEAD, ranked.score - best_other)),
        "missing": missing,
        "unmet": float(ranked.evidence.unmet),
    }


@lru_cache(maxsize=1)
def load_calibration() -> Calibration:
    """Return the weights that come with the package."""
    text = (
        resources.files("faq_bot.answering")
        .joinpath("calibration.json")
        .read_text(encoding="utf-8")
    )
    return Calibration.model_validate_json(text)


def _weighted(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    return sum(weight * values[name] for name, weight in weights.items())
