"""Deciding between an answer, a hint and a refusal, and putting the reply together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from faq_bot.passage_index import PassageIndex
from faq_bot.records import Answer, Hit, Language, Outcome, PassageKind, Source
from faq_bot.retrieval import Retriever

MOST_SOURCES = 3
MOST_SUGGESTIONS = 3
MOST_CANDIDATES = 10

# A further source must be about as good as the first one, or it distracts.
_WORTH_SHOWING = 0.6


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far a score must be above chance: a logistic curve over standard deviations.

    Fitted by `benchmarks/retrieval.py --fit` on questions whose answer was left in the article
    or taken out of it. Since it measures against unrelated questions on the same passages with
    the same model, it needs no knowledge of the model's own scale.
    """

    slope: float = 0.87
    middle: float = 3.25

    def confidence(self, score: float, chance: tuple[float, float]) -> float:
        """Return the confidence, 0 to 1, in a passage with this score."""
        mean, deviation = chance
        above_chance = (score - mean) / max(deviation, 1e-6)
        exponent = self.slope * (above_chance - self.middle)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, exponent))))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence on a passage is an answer, or at least worth a look."""

    answer: float
    unsure: float

    def outcome(self, confidence: float) -> Outcome:
        """Return what to do with a best passage of this confidence."""
        if confidence >= self.answer:
            return Outcome.ANSWER
        return Outcome.UNSURE if confidence >= self.unsure else Outcome.REFUSED


class Answerer:
    """Answers questions from one index."""

    def __init__(
        self,
        index: PassageIndex,
        retriever: Retriever,
        thresholds: Thresholds,
        calibration: Calibration | None = None,
    ) -> None:
        self._index = index
        self._retriever = retriever
        self._thresholds = thresholds
        self._calibration = calibration or Calibration()

    def answer(self, question: str, language: Language, article: str | None = None) -> Answer:
        """Answer a question in `language`, from one article or from all.

        The answer is the text of the best passage, word for word, or a refusal.
        """
        hits = self._retriever.search(question, language, article)
        confidence = self._confidence(hits[0], language)
        outcome = self._thresholds.outcome(confidence)
        answered = outcome is Outcome.ANSWER
        sources = () if outcome is Outcome.REFUSED else self._worth_showing(hits, language)
        return Answer(
            question=question,
            question_language=language,
            outcome=outcome,
            confidence=confidence,
            answer=sources[0].text if answered else None,
            answer_language=sources[0].language if answered else language,
            sources=sources,
            suggestions=self._suggestions(hits, language, answered=answered),
            candidates=tuple(map(self._source, hits[:MOST_CANDIDATES])),
        )

    def _confidence(self, hit: Hit, language: Language) -> float:
        chance = self._retriever.chance(language, hit.passage.article)
        return self._calibration.confidence(hit.score_in_article, chance)

    def _worth_showing(self, hits: Sequence[Hit], language: Language) -> tuple[Source, ...]:
        best, *others = hits[:MOST_SOURCES]
        shown = [
            hit
            for hit in others
            if hit.score >= _WORTH_SHOWING * best.score
            and self._confidence(hit, language) >= self._thresholds.unsure
        ]
        return tuple(map(self._source, (best, *shown)))

    def _source(self, hit: Hit) -> Source:
        passage = hit.passage
        article = self._index.article(passage.article, passage.language)
        original = passage
        if passage.language != self._index.original_language(passage.article):
            original = self._index.aligned.get(passage.id, passage)
        return Source(
            article=passage.article,
            passage_id=passage.id,
            kind=passage.kind,
            section=passage.section,
            question=passage.question if passage.kind is PassageKind.FAQ else None,
            language=passage.text_language,
            text=passage.text,
            quote=hit.best_sentence.cut(passage.text),
            original_language=original.text_language,
            original_text=original.text,
            url=article.url,
            score=hit.score,
        )

    def _suggestions(
        self, hits: Sequence[Hit], language: Language, *, answered: bool
    ) -> tuple[str, ...]:
        """Return the published questions nearest to the one asked, in its language if any are."""
        others = hits[1:] if answered else hits
        published = [hit.passage for hit in others if hit.passage.kind is PassageKind.FAQ]
        same = [passage for passage in published if passage.language == language]
        questions = (passage.question for passage in same or published)
        return tuple(filter(None, questions))[:MOST_SUGGESTIONS]
