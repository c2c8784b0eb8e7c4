"""Deciding between an answer, a hint and a refusal, and putting the reply together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Self

from faq_bot.answering.calibration import Judge, Ranked
from faq_bot.answering.features import MOST_READ, Evidence, EvidenceFinder
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
# Scores are no further apart than this where two reports say the same about equally well.
_CLOSE = 0.5
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
    def of(cls, judge: Judge, settings: Settings, share: float = 1.0) -> Self:
        """Return the thresholds at a share of the error rates that the settings accept."""
        answer = judge.threshold(share * settings.false_answer_rate)
        return cls(answer, min(answer, judge.threshold(share * settings.false_hint_rate)))

    def outcome(self, confidence: float) -> Outcome:
        """Return what to do with a best passage of this confidence."""
        if confidence >= self.answer:
            return Outcome.ANSWER
        return Outcome.UNSURE if confidence >= self.unsure else Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage with its place in the order and the confidence that it answers."""

    ranked: Ranked
    confidence: float

    @property
    def evidence(self) -> Evidence:
        """What speaks for the passage."""
        return self.ranked.evidence

    @property
    def passage(self) -> Passage:
        """The passage."""
        return self.ranked.evidence.hit.passage


class Answerer:
    """Answers questions from one index."""

    def __init__(
        self, index: PassageIndex, finder: EvidenceFinder, judge: Judge, settings: Settings
    ) -> None:
        self._index = index
        self._finder = finder
        self._judge = judge
        self._own = Thresholds.of(judge, settings)
        self._among_all = Thresholds.of(judge, settings, _SHARE_AMONG_ALL)
        self._elsewhere = Thresholds.of(judge, settings, _SHARE_ELSEWHERE)
        self._published = {
            known for passage in index.published() for known in _known_words(passage)
        }

    def is_published(self, question: str) -> bool:
        """Whether the question has a published answer in these very words."""
        return words(question) in self._published

    def answer(self, question: str, language: Language, article: str | None = None) -> Answer:
        """Answer a question in `language`, from one article or from all.

        The answer is the text of the best passage, word for word, or a refusal.
        """
        among = None if article is None else (article,)
        return self._answer(question, language, article, among, self.thresholds(article))

    def answer_from_related(self, question: str, language: Language, article: str) -> Answer | None:
        """Answer a question about an article from related ones, None where they do not answer.

        They have to be surer of it than the article itself, lest the share of false answers grows.
        """
        related = self._finder.retriever.related(article)
        if not related:
            return None
        found = self._answer(question, language, article, related, self._elsewhere)
        return found if found.answered else None

    def thresholds(self, article: str | None) -> Thresholds:
        """Return the thresholds for questions about an article, or about all (None)."""
        return self._among_all if article is None else self._own

    def _answer(
        self,
        question: str,
        language: Language,
        article: str | None,
        among: Sequence[str] | None,
        thresholds: Thresholds,
    ) -> Answer:
        candidates = self.candidates(question, language, among)
        best = candidates[0]
        outcome = thresholds.outcome(best.confidence)
        answered = outcome is Outcome.ANSWER
        shown = () if outcome is Outcome.REFUSED else self._worth_showing(candidates, thresholds)
        sources = tuple(map(self._source, shown))
        return Answer(
            question=question,
            question_language=language,
            outcome=outcome,
            confidence=best.confidence,
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

    def candidates(
        self,
        question: str,
        language: Language,
        among: Sequence[str] | None,
        most: int = MOST_READ,
        without: Collection[str] = (),
    ) -> tuple[Candidate, ...]:
        """Return the `most` best passages, best first, but for those with an id in `without`.

        They are of the articles with the ids `among`, None for all.
        """
        found_evidence = self._finder.find(question, language, among, most, without)
        ranked = self._newer_first(self._judge.rank(found_evidence))
        missing = cache(lambda article: self._finder.missing(question, article, without))
        asked = words(question)
        found = []
        for place, one in enumerate(ranked):
            passage = one.evidence.hit.passage
            others = [
                other
                for other in (*ranked[:place], *ranked[place + 1 :])
                if not self._is_other_report(other.evidence.hit.passage, passage)
            ]
            confidence = self._judge.confidence(one, others, missing(passage.article), language)
            if asked in _known_words(passage):
                confidence = 1.0
            found.append(Candidate(one, confidence))
        # The published answer to this very question goes before everything else.
        return tuple(sorted(found, key=lambda candidate: candidate.confidence < 1))

    def _newer_first(self, ranked: Sequence[Ranked]) -> list[Ranked]:
        """Put a report before an older one on the same matter that is hardly better."""
        ordered: list[Ranked] = []
        for one in ranked:
            place = len(ordered)
            while place and self._supersedes(one, ordered[place - 1]):
                place -= 1
            ordered.insert(place, one)
        return ordered

    def _supersedes(self, one: Ranked, other: Ranked) -> bool:
        passage, older = one.evidence.hit.passage, other.evidence.hit.passage
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
        self, candidates: Sequence[Candidate], thresholds: Thresholds
    ) -> list[Candidate]:
        """Return the best passage, what it sums up, and what answers another facet.

        A passage that only repeats one already shown is left out, but for the paragraph behind
        a published answer, which is its source.
        """
        best, *others = candidates
        shown = [best]
        has_backing = best.passage.kind is not PassageKind.FAQ
        for other in others:
            repeats = [one for one in shown if self._same(one.passage, other.passage)]
            if repeats:
                if not has_backing and repeats == [best]:
                    shown.append(other)
                    has_backing = True
            elif other.confidence >= thresholds.answer:
                shown.append(other)
        return shown[:MOST_SOURCES]

    def _same(self, one: Passage, other: Passage) -> bool:
        return self._finder.similarity(one, other) > _SAME

    def _source(self, candidate: Candidate) -> Source:
        passage, evidence = candidate.passage, candidate.evidence
        article = self._article(passage)
        original, original_quote = passage, evidence.quote
        if passage.language != self._index.original_language(passage.article):
            original = self._index.aligned.get(passage.id, passage)
            original_quote = _counterpart(evidence.quote, passage, original)
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
            quote=evidence.quote.cut(passage.text),
            highlight=_highlight(evidence),
            original_language=original.text_language,
            original_text=original.text,
            original_quote=original_quote.cut(original.text),
            url=article.url,
            link=self._link(passage, evidence.quote) or self._link(original, original_quote),
            score=candidate.ranked.score,
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


def _counterpart(quote: Span, passage: Passage, other: Passage) -> Span:
    """Return the sentence of a passage's other version, all of it where they differ in number."""
    if len(passage.sentences) == len(other.sentences):
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


def _highlight(evidence: Evidence) -> str | None:
    """Return the words that answer, where they are clearly a part of the quote."""
    span, quote = evidence.answer, evidence.quote
    if span is None or evidence.signals.margin < _CLEAR_MARGIN:
        return None
    inside = Span(max(span.start, quote.start), min(span.end, quote.end))
    if inside != span or span.end - span.start > _MOST_OF_THE_QUOTE * (quote.end - quote.start):
        return None
    return span.cut(evidence.hit.passage.text)
