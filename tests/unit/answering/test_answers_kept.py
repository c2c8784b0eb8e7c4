from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from faq_bot import FaqBot
from faq_bot.answering.answerer import Answerer
from faq_bot.core.answer import Answer, Scope
from faq_bot.core.settings import Settings
from faq_bot.index.passage_index import PassageIndex
from faq_bot.models.bundled_encoder import BundledEncoder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions for which something was looked up."""
    questions: list[str] = []
    answer = Answerer.answer

    def noted(self: Answerer, question: str, *given: Any) -> Answer:
        questions.append(question)
        return answer(self, question, *given)

    monkeypatch.setattr(Answerer, "answer", noted)
    return questions


@pytest.fixture
def fresh(index: PassageIndex, encoder: BundledEncoder, settings: Settings) -> FaqBot:
    return FaqBot(index, encoder, settings)


def test_the_same_question_is_answered_once(fresh: FaqBot, asked: list[str]) -> None:
    first = fresh.ask("Wer hat investiert?")
    assert fresh.ask(" Wer hat  investiert?") == first
    assert len(asked) == 1
    fresh.ask("Wer hat investiert?", language="en")
    fresh.ask("Wer hat investiert?", article="amazon-openai", scope=Scope.RELATED)
    fresh.ask("Wer hat investiert?", ui_language="en")
    fresh.ask("Wer hat investiert?", previous="Wie viel hat Microsoft investiert?")
    assert len(asked) >= 5


def test_many_who_ask_the_same_at_once_wait_for_one_answer(fresh: FaqBot, asked: list[str]) -> None:
    with ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(fresh.ask, ["Was ist Trainium?"] * 8))
    assert len(asked) == 1
    assert all(answer == answers[0] for answer in answers)


def test_a_changed_article_is_answered_anew(fresh: FaqBot, asked: list[str]) -> None:
    before = fresh.ask("Was ist Trainium?")
    assert before.answered
    (german,) = (one for one in fresh.articles if one.language == "de")
    fresh.replace_index(fresh.index_of([type(german)("other", "de", "Titel", german.sections[:1])]))
    after = fresh.ask("Was ist Trainium?")
    assert len(asked) == 2
    assert {source.article for source in after.sources} <= {"other"}


def test_answers_need_not_be_kept(
    index: PassageIndex, encoder: BundledEncoder, asked: list[str]
) -> None:
    bot = FaqBot(index, encoder, Settings(answers_kept=0))
    bot.ask("Was ist Trainium?")
    bot.ask("Was ist Trainium?")
    assert len(asked) == 2


def test_only_so_many_answers_are_kept(
    index: PassageIndex, encoder: BundledEncoder, asked: list[str]
) -> None:
    bot = FaqBot(index, encoder, Settings(answers_kept=2))
    for question in ("Was ist Trainium?", "Wer schreibt?", "Was ist Nvidia?", "Was ist Trainium?"):
        bot.ask(question)
    assert asked.count("Was ist Trainium?") == 2
