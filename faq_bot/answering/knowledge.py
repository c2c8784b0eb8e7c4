"""Everything that a bot answers from at one time, with the answers it gave lately."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Condition

from cachetools import LRUCache, cached

from faq_bot.answering.about_article import asks_for_overview, spelt_out
from faq_bot.answering.answerer import MOST_SUGGESTIONS, Answerer, no_answer
from faq_bot.answering.calibration import Calibration
from faq_bot.answering.conversation import Meaning, readings, split_questions
from faq_bot.answering.features import CandidateFinder
from faq_bot.answering.question_space import QuestionSpace
from faq_bot.answering.small_talk import find_occasion, without_greeting
from faq_bot.core.answer import Answer, Scope
from faq_bot.core.languages import Language
from faq_bot.core.settings import Settings
from faq_bot.index.passage_index import PassageIndex
from faq_bot.models.encoder import Encoder
from faq_bot.models.reader import Reader
from faq_bot.text.language import detect_language
from faq_bot.text.spelling import Spelling


class Knowledge:
    """What a bot answers from; replaced as a whole when its index is."""

    def __init__(
        self,
        index: PassageIndex,
        encoder: Encoder,
        reader: Reader | None,
        calibration: Calibration,
        settings: Settings,
        previous: "Knowledge | None" = None,
    ) -> None:
        """Take over from `previous` what holds of this index, too."""
        known = None if previous is None else previous.finder
        self.index = index
        self.finder: CandidateFinder = CandidateFinder(index, encoder, reader, previous=known)
        self.answerer = Answerer(index, self.finder, calibration, settings)
        self.question_space = QuestionSpace(encoder, self.finder.retriever)
        self._spelling = Spelling(article.text for article in index.articles)
        self._longest = settings.max_question_length
        # Whoever asks what is being answered already waits for that answer.
        keep = cached(LRUCache(settings.answers_kept), condition=Condition())
        self.ask = keep(self._ask) if settings.answers_kept else self._ask

    def _ask(
        self,
        question: str,
        language: Language | None,
        article: str | None,
        ui_language: Language | None,
        previous: str | None,
        scope: Scope,
    ) -> Answer:
        """Answer a message, which may be several questions or none."""
        asked_in = language or detect_language(question, ui_language)
        occasion = find_occasion(question)
        if occasion is not None:
            suggestions = self.answerer.suggestions(asked_in, article, MOST_SUGGESTIONS)
            return no_answer(question, asked_in, suggestions, occasion)
        parts: Sequence[str] = (question,)
        if not self.answerer.is_published(question):
            parts = split_questions(without_greeting(question), asked_in)
        answers: list[Answer] = []
        for part in parts:
            before = parts[len(answers) - 1] if answers else previous
            answers.append(self._answer(part, asked_in, article, before, scope))
        best = max(answers, key=lambda answer: answer.confidence)
        return replace(best, question=question, parts=tuple(answers) if len(parts) > 1 else ())

    def _answer(
        self,
        question: str,
        language: Language,
        article: str | None,
        previous: str | None,
        scope: Scope,
    ) -> Answer:
        """Answer one question, where need be in the light of the one before it.

        A question may have several readings; the first that has an answer counts. Other articles
        are asked only where this one has none for any of them.
        """
        meant: Sequence[Meaning] = (Meaning(question),)
        if not self.answerer.is_published(question):
            if article is not None and asks_for_overview(question):
                return self.answerer.overview(question, language, article)
            meant = [
                replace(one, text=self._spelling.correct(one.text[: self._longest]))
                for one in readings(spelt_out(question, language), previous)
            ]
        tried: list[Answer] = []
        for one in meant:
            tried.append(self.answerer.answer(one.text, language, article, one.about))
            if tried[-1].answered:
                return replace(tried[-1], question=question)
        if article is not None and scope is not Scope.ARTICLE:
            for one in meant:
                found = self.answerer.answer_from_related(one.text, language, article, one.about)
                if found is not None:
                    return replace(found, question=question)
        return replace(max(tried, key=lambda answer: answer.confidence), question=question)
