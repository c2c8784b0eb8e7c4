"""Deciding between an answer, a hint and a refusal, and putting the reply together."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, islice
from typing import Self

from faq_bot.answering.calibration import Calibration, ScoredCandidate
from faq_bot.answering.features import Candidate, CandidateFinder
from faq_bot.answering.search_query import SearchQuery
from faq_bot.answering.text_fragments import with_text_fragment
from faq_bot.core.answer import Answer, Occasion, Outcome, Source
from faq_bot.core.article import Article, Span
from faq_bot.core.characters import words
from faq_bot.core.languages import Language
from faq_bot.core.passage import Passage, PassageKind
from faq_bot.core.settings import Settings
from faq_bot.index.passage_index import PassageIndex

MOST_SOURCES = 3
MOST_SUGGESTIONS = 3

# Above this cosine, what is left of two passages without what their article has in common says
# the same.
_SAME = 0.6
# A passage that is further ahead of the next one is shown alone.
_CLEARLY_AHEAD = 2.0
# Scores are no further apart than this where two reports say the same about equally well.
_CLOSE = 1.0
# Among all articles more passages come near by chance: at three quarters of the rates, about as
# many questions are answered falsely as with one (docs/scaling.md). Articles that were not asked
# about may add only a quarter to that.
_SHARE_AMONG_ALL = 0.75
_SHARE_ELSEWHERE = 0.25
# The reader marks words only where it is this sure of them, and where they are not nearly all.
_CLEAR_MARGIN = 2.0
_MOST_OF_THE_QUOTE = 0.7


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence on a passage is an answer, or at least worth a look."""

    answer: float
    unsure: float

    @classmethod
    def from_settings(
        cls, settings: Settings, calibration: Calibration, share: float = 1.0
    ) -> Self:
        """Return the thresholds at a share of the error rates that the settings accept."""
        answer = calibration.threshold(share * settings.false_answer_rate)
        return cls(answer, min(answer, calibration.threshold(share * settings.false_hint_rate)))

    def outcome(self, confidence: float) -> Outcome:
        """Return what to do with a best passage of this confidence."""
        if confidence >= self.answer:
            return Outcome.ANSWER
        return Outcome.UNSURE if confidence >= self.unsure else Outcome.REFUSED

    def most(self, outcome: Outcome) -> float:
        """Return the greatest confidence that has this outcome."""
        if outcome is Outcome.ANSWER:
            return 1.0
        return math.nextafter(self.answer if outcome is Outcome.UNSURE else self.unsure, 0)


@dataclass(frozen=True, slots=True)
class CalibratedCandidate:
    """A candidate with its score and the confidence that it answers."""

    candidate: Candidate
    score: float
    confidence: float

    @property
    def passage(self) -> Passage:
        """The passage."""
        return self.candidate.hit.passage


class Answerer:
    """Answers questions from one index."""

    def __init__(
        self,
        index: PassageIndex,
        finder: CandidateFinder,
        calibration: Calibration,
        settings: Settings,
    ) -> None:
        self._index = index
        self._finder = finder
        self._calibration = calibration
        self._own = Thresholds.from_settings(settings, calibration)
        self._among_all = Thresholds.from_settings(settings, calibration, _SHARE_AMONG_ALL)
        self._elsewhere = Thresholds.from_settings(settings, calibration, _SHARE_ELSEWHERE)
        self._published = {
            known for passage in index.published() for known in _known_words(passage)
        }

    def is_published(self, question: str) -> bool:
        """Whether the question has a published answer in these very words."""
        return words(question) in self._published

    def answer(
        self,
        question: str,
        language: Language,
        article: str | None = None,
        about: str | None = None,
    ) -> Answer:
        """Answer a question in `language`, from one article or from all.

        The answer is the text of the best passage, word for word, or a refusal. Where the question
        goes on from another, only a sentence that names what it is `about` is an answer.
        """
        articles = None if article is None else (article,)
        query = SearchQuery(question, language, articles)
        return self._answer(query, article, self.thresholds(article), about)

    def overview(self, question: str, language: Language, article: str) -> Answer:
        """Answer what an article is about: with its title and the paragraph that it begins with."""
        version = self._index.article(article, language)
        lead = next(iter(self._index.passages_of(version)))
        source = self._cited(lead, Span(0, len(lead.text)), None, 0.0)
        return Answer(
            question=question,
            question_language=language,
            outcome=Outcome.ANSWER,
            confidence=1.0,
            answer=source.text,
            answer_language=source.language,
            sources=(source,),
            suggestions=self.suggestions(language, article, MOST_SUGGESTIONS),
            candidates=(source,),
            occasion=Occasion.OVERVIEW,
            article=article,
        )

    def answer_from_related(
        self, question: str, language: Language, article: str, about: str | None = None
    ) -> Answer | None:
        """Answer a question about an article from related ones, None where they do not answer.

        They have to be surer of it than the article itself, lest the share of false answers grows.
        """
        related = self._finder.retriever.related(article)
        if not related:
            return None
        query = SearchQuery(question, language, related)
        found = self._answer(query, article, self._elsewhere, about)
        return found if found.answered else None

    def thresholds(self, article: str | None) -> Thresholds:
        """Return the thresholds for questions about an article, or about all (None)."""
        return self._among_all if article is None else self._own

    def _answer(
        self,
        query: SearchQuery,
        article: str | None,
        thresholds: Thresholds,
        about: str | None = None,
    ) -> Answer:
        """Answer a query that was asked about an article, or about all (None)."""
        language = query.language
        candidates = self.candidates(query)
        if about is not None:
            candidates = _naming(about, candidates)
        best = candidates[0]
        confidence = best.confidence
        if about is not None:
            confidence = min(confidence, thresholds.most(_outcome_naming(about, best)))
        outcome = thresholds.outcome(confidence)
        answered = outcome is Outcome.ANSWER
        shown = self._worth_showing(candidates, thresholds, outcome)
        sources = tuple(map(self._source, shown))
        return Answer(
            question=query.text,
            question_language=language,
            outcome=outcome,
            confidence=confidence,
            answer=sources[0].text if answered else None,
            answer_language=sources[0].language if answered else language,
            sources=sources,
            suggestions=self.suggestions(
                language,
                article,
                MOST_SUGGESTIONS,
                first=(one.passage for one in candidates if one.passage.kind is PassageKind.FAQ),
                without=best.passage.id if answered else None,
            ),
            candidates=tuple(map(self._source, candidates)),
            article=article,
        )

    def suggestions(
        self,
        language: Language,
        article: str | None = None,
        most: int | None = None,
        *,
        first: Iterable[Passage] = (),
        without: str | None = None,
    ) -> tuple[str, ...]:
        """Return published questions, up to `most`, those in `language` where there are any.

        Those of the passages `first` go before the others; the one of the passage with the id
        `without` is left out.
        """
        same: dict[str, None] = {}
        others: dict[str, None] = {}
        for passage in chain(first, self._index.published(article)):
            if passage.question and passage.id != without:
                (same if passage.language == language else others)[passage.question] = None
            if len(same) == most:
                break
        return tuple(islice(same or others, most))

    def candidates(self, query: SearchQuery) -> tuple[CalibratedCandidate, ...]:
        """Return the best passages for a query, best first."""
        ranked = self._newer_first(self._calibration.rank(self._finder.find(query)))
        missing = cache(partial(self._finder.missing, query))
        asked = words(query.text)
        found = []
        for one in ranked:
            passage = one.candidate.hit.passage
            confidence = self._calibration.confidence(one, missing(passage.article), query.language)
            if asked in _known_words(passage):
                confidence = 1.0
            found.append(CalibratedCandidate(one.candidate, one.score, confidence))
        # The published answer to this very question goes before everything else.
        return tuple(sorted(found, key=lambda candidate: candidate.confidence < 1))

    def _newer_first(self, ranked: Sequence[ScoredCandidate]) -> list[ScoredCandidate]:
        """Put a report before an older one on the same matter that is hardly better."""
        ordered: list[ScoredCandidate] = []
        for one in ranked:
            place = len(ordered)
            while place and self._supersedes(one, ordered[place - 1]):
                place -= 1
            ordered.insert(place, one)
        return ordered

    def _supersedes(self, one: ScoredCandidate, other: ScoredCandidate) -> bool:
        passage, older = one.candidate.hit.passage, other.candidate.hit.passage
        dates = self._article(passage).date, self._article(older).date
        return (
            other.score - one.score < _CLOSE
            and dates[0] is not None
            and dates[1] is not None
            and dates[0] > dates[1]
            and self._is_other_report(passage, older)
        )

    def _is_other_report(self, one: Passage, other: Passage) -> bool:
        """Whether two passages of different articles say the same."""
        return one.article != other.article and self._same(one, other)

    def _article(self, passage: Passage) -> Article:
        return self._index.article(passage.article, passage.language)

    def _worth_showing(
        self,
        candidates: Sequence[CalibratedCandidate],
        thresholds: Thresholds,
        outcome: Outcome,
    ) -> list[CalibratedCandidate]:
        """Return the best passage, what it sums up, and what answers another facet.

        So is the next one where the best is not clearly ahead of it, and several where it is not
        sure that any answers. A passage that only repeats one already shown is left out, but for
        the paragraph behind a published answer, which is its source.
        """
        if outcome is Outcome.REFUSED:
            return []
        best, *others = candidates
        shown = [best]
        has_backing = best.passage.kind is not PassageKind.FAQ
        for other in others:
            repeats = [one for one in shown if self._same(one.passage, other.passage)]
            if repeats:
                if not has_backing and repeats == [best]:
                    shown.append(other)
                    has_backing = True
            elif (
                outcome is Outcome.UNSURE
                or other.confidence >= thresholds.answer
                or best.score - other.score < _CLEARLY_AHEAD
            ):
                shown.append(other)
        return shown[:MOST_SOURCES]

    def _same(self, one: Passage, other: Passage) -> bool:
        return self._finder.similarity(one, other) > _SAME

    def _source(self, found: CalibratedCandidate) -> Source:
        candidate = found.candidate
        return self._cited(found.passage, candidate.quote, _highlight(candidate), found.score)

    def _cited(self, passage: Passage, quote: Span, highlight: str | None, score: float) -> Source:
        article = self._article(passage)
        original, original_quote = passage, quote
        if passage.language != self._index.original_language(passage.article):
            original = self._index.aligned.get(passage.id, passage)
            original_quote = _counterpart(quote, passage, original)
        return Source(
            article=passage.article,
            title=article.title,
            date=article.date,
            passage_id=passage.id,
            kind=passage.kind,
            section=passage.section,
            question=passage.question if passage.kind is PassageKind.FAQ else None,
            name=passage.name,
            language=passage.text_language,
            text=passage.text,
            quote=quote.cut(passage.text),
            highlight=highlight,
            original_language=original.text_language,
            original_text=original.text,
            original_quote=original_quote.cut(original.text),
            url=article.url,
            link=self._link(passage, quote) or self._link(original, original_quote),
            score=score,
        )

    def _link(self, passage: Passage, quote: Span) -> str | None:
        """Return the address of the quote on the page of the article's version, if it has one."""
        article = self._article(passage)
        if article.url is None:
            return None
        start = passage.span.start
        return with_text_fragment(
            article.url, article.text, Span(start + quote.start, start + quote.end)
        )


def _naming(
    name: str, candidates: Sequence[CalibratedCandidate]
) -> tuple[CalibratedCandidate, ...]:
    """Put the passages that name something before the others."""
    return tuple(sorted(candidates, key=lambda one: not _names(name, one.passage.text)))


def _outcome_naming(name: str, best: CalibratedCandidate) -> Outcome:
    """Return what a passage can be at best where it has to speak of something."""
    if _names(name, best.candidate.quote.cut(best.passage.text)):
        return Outcome.ANSWER
    return Outcome.UNSURE if _names(name, best.passage.text) else Outcome.REFUSED


def _names(name: str, text: str) -> bool:
    return name.casefold() in text.casefold()


def _counterpart(quote: Span, passage: Passage, other: Passage) -> Span:
    """Return the sentence of a passage's other version, all of it where that cannot be told."""
    if quote in passage.sentences and len(passage.sentences) == len(other.sentences):
        return other.sentences[passage.sentences.index(quote)]
    return Span(0, len(other.text))


def no_answer(
    question: str,
    language: Language,
    suggestions: tuple[str, ...],
    occasion: Occasion | None = None,
) -> Answer:
    """Return the reply to what is no question to the article."""
    return Answer(
        question, language, Outcome.REFUSED, 0.0, None, language, (), suggestions, occasion=occasion
    )


def _known_words(passage: Passage) -> set[tuple[str, ...]]:
    """Return the questions that a passage is known to answer, without case and punctuation."""
    return set(map(words, (*filter(None, [passage.question]), *passage.wordings)))


def _highlight(candidate: Candidate) -> str | None:
    """Return the words that answer, where they are clearly a part of the quote."""
    span, quote = candidate.answer, candidate.quote
    if span is None or candidate.features.margin < _CLEAR_MARGIN:
        return None
    inside = Span(max(span.start, quote.start), min(span.end, quote.end))
    if inside != span or span.end - span.start > _MOST_OF_THE_QUOTE * (quote.end - quote.start):
        return None
    return span.cut(candidate.hit.passage.text)
