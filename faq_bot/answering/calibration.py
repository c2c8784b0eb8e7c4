"""From features to an order of passages and a calibrated confidence in each.

Both are linear in the features; the weights in `calibration.json` were fitted by
`benchmarks/fit_calibration.py` and belong to the bundled model. Similarity is measured against
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

from faq_bot.answering.features import Candidate
from faq_bot.core.languages import Language

_log = logging.getLogger(__name__)

# Below this similarity a passage is hardly about the question. Above, more of it tells nothing:
# close questions that the article does not answer are nearer to it than those that it does.
_NEAR = 2.0


class Weights(BaseModel):
    """Weights by the name of the feature; those of the confidence by direction, as "de-en".

    A direction is the language of the question and that of the passage. `false_answers` holds,
    in percentiles from 0 to 100, the confidence in passages for questions that their article
    does not answer.
    """

    ranking: dict[str, float]
    confidence: dict[str, dict[str, float]]
    false_answers: tuple[float, ...]


class CalibrationFile(BaseModel):
    """The weights for one embedding model, with its reader and without: `calibration.json`."""

    model: str
    with_reader: Weights
    without_reader: Weights


@dataclass(frozen=True, slots=True)
class ScoredCandidate:
    """A candidate with its score: higher is better, comparable within one question."""

    candidate: Candidate
    score: float


class Calibration:
    """Orders candidates and says how sure it is of each."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    @classmethod
    def bundled(cls, model_id: str, *, reader: bool) -> Self:
        """Return the one with the weights that come with the package, for better or worse."""
        known = load_calibration_file()
        if known.model != model_id:
            _log.warning(
                "The confidence was calibrated for %s, not for %s: answers and refusals may be "
                "off. Check with: faq-bot evaluate",
                known.model,
                model_id,
            )
        return cls(known.with_reader if reader else known.without_reader)

    def rank(self, found: Sequence[Candidate]) -> tuple[ScoredCandidate, ...]:
        """Order candidates, best first."""
        scored = [
            ScoredCandidate(one, _weighted(self._weights.ranking, asdict(one.features)))
            for one in found
        ]
        return tuple(sorted(scored, key=lambda one: one.score, reverse=True))

    def confidence(
        self,
        scored: ScoredCandidate,
        missing: float,
        language: Language,
    ) -> float:
        """Return the probability, 0 to 1, that this passage answers the question.

        `missing` is the share of the question's words that the article does not hold, `language`
        the question's.
        """
        direction = f"{language}-{scored.candidate.hit.passage.language}"
        inputs = confidence_inputs(scored, missing)
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


def confidence_inputs(scored: ScoredCandidate, missing: float) -> dict[str, float]:
    """Return what the confidence in a passage depends on, by name."""
    features = scored.candidate.features
    return {
        "intercept": 1.0,
        "near": min(_NEAR, features.similarity),
        "relevance": features.relevance,
        "margin": features.margin,
        "missing": missing,
        "unmet": float(scored.candidate.unmet),
    }


@lru_cache(maxsize=1)
def load_calibration_file() -> CalibrationFile:
    """Return the weights that come with the package."""
    text = (
        resources.files("faq_bot.answering")
        .joinpath("calibration.json")
        .read_text(encoding="utf-8")
    )
    return CalibrationFile.model_validate_json(text)


def _weighted(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    return sum(weight * values[name] for name, weight in weights.items())
