"""Questions grouped by meaning, with the real encoder."""

import json
from pathlib import Path

import pytest

from faq_bot import FaqBot
from faq_bot.core.article import QuestionAnswer
from faq_bot.core.reply import Reply
from faq_bot.core.settings import Settings
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.questions import State
from faq_bot.web.desk.grouping import Group, QuestionGroups
from tests.support.paths import ROOT

ARTICLE = "amazon-openai"
LONG = 600.0  # seconds


@pytest.fixture(name="newsroom")
def new_newsroom(tmp_path: Path) -> Newsroom:
    return Newsroom.from_settings(Settings(database=str(tmp_path / "q.sqlite")))


def grouped(bot: FaqBot, newsroom: Newsroom) -> list[Group]:
    questions = newsroom.questions.find(State.NEW, State.IN_WORK)
    groups, left = QuestionGroups(bot).group(questions, LONG)
    assert left == 0
    assert sorted(q.id for group in groups for q in group.questions) == sorted(
        q.id for q in questions
    )
    return groups


def test_the_same_question_in_two_languages_is_one_group(bot: FaqBot, newsroom: Newsroom) -> None:
    newsroom.questions.send(ARTICLE, "de", "Wie viele Trainium-Chips hat OpenAI bestellt?")
    newsroom.questions.send(ARTICLE, "en", "How many Trainium chips did OpenAI order?")
    newsroom.questions.send(ARTICLE, "de", "Wann wurde Andy Jassy Chef von Amazon?")
    newsroom.questions.send(ARTICLE, "de", "Wann wurde Andy Jassy Chef von Amazon")
    newsroom.questions.send(ARTICLE, "en", "What does ChatGPT Enterprise cost per month?")
    sizes = [(len(group.questions), group.times) for group in grouped(bot, newsroom)]
    assert sorted(sizes, reverse=True) == [(2, 2), (1, 2), (1, 1)]


@pytest.mark.slow
def test_most_pairs_find_each_other_and_groups_stay_small(bot: FaqBot, newsroom: Newsroom) -> None:
    """The figures that `grouping.SAME_QUESTION` was chosen by."""
    path = ROOT / "benchmarks" / "data" / "amazon-openai.questions.json"
    labelled = json.loads(path.read_text(encoding="utf-8"))
    unanswered = [q for q in labelled if not q.get("answers")]
    ids = [newsroom.questions.send(ARTICLE, q["language"], q["question"]).id for q in unanswered]
    groups = grouped(bot, newsroom)
    members = [{question.id for question in group.questions} for group in groups]
    pairs = [{ids[place], ids[place + 42]} for place in range(42)]  # German, then English
    assert sum(any(pair <= group for group in members) for pair in pairs) >= 35
    assert max(map(len, members)) <= 4


def test_what_is_sent_most_often_comes_first(bot: FaqBot, newsroom: Newsroom) -> None:
    newsroom.questions.send(ARTICLE, "de", "Wie viele Mitarbeiter hat OpenAI?")
    for _ in range(3):
        newsroom.questions.send(ARTICLE, "de", "Was kostet ein Trainium-Chip?")
    for _ in range(5):
        newsroom.questions.send(ARTICLE, "de", "Kauft jetzt Gold!")
    texts = [group.questions[0].text for group in grouped(bot, newsroom)]
    assert texts == [
        "Was kostet ein Trainium-Chip?",
        "Wie viele Mitarbeiter hat OpenAI?",
        "Kauft jetzt Gold!",
    ]


def test_questions_with_one_answer_stay_together(bot: FaqBot, newsroom: Newsroom) -> None:
    one = newsroom.questions.send(ARTICLE, "de", "Wie viele Mitarbeiter hat OpenAI?")
    two = newsroom.questions.send(ARTICLE, "de", "Was kostet ein Trainium-Chip?")
    same = newsroom.questions.send(ARTICLE, "en", "How many employees does OpenAI have?")
    newsroom.drafts.write([one.id, two.id], Reply({"de": QuestionAnswer("?", "!")}), "mia")
    newsroom.drafts.write([same.id], Reply(), "ben")
    found = [{q.id for q in group.questions} for group in grouped(bot, newsroom)]
    assert sorted(found, key=len) == [{same.id}, {one.id, two.id}]


def test_sorting_goes_on_where_time_ran_out(bot: FaqBot, newsroom: Newsroom) -> None:
    for number in range(70):
        newsroom.questions.send(ARTICLE, "de", f"Was kostet Chip {number}?")
    questions = newsroom.questions.find()
    groups = QuestionGroups(bot)
    assert [groups.group(questions, 0)[1] for _ in range(3)] == [38, 6, 0]


def test_questions_without_text_or_article_are_left_out(bot: FaqBot, tmp_path: Path) -> None:
    settings = Settings(database=str(tmp_path / "q.sqlite"), keep_rejected_days=0)
    newsroom = Newsroom.from_settings(settings)
    newsroom.questions.send("gone", "de", "Was war das?")
    sent = newsroom.questions.send(ARTICLE, "de", "Was war das?")
    newsroom.questions.change([sent.id], State.REJECTED, "mia")
    newsroom.questions.forget_rejected()
    assert QuestionGroups(bot).group(newsroom.questions.find(), LONG) == ([], 0)


def test_a_question_that_gets_the_number_of_a_deleted_one_is_looked_at_anew(
    bot: FaqBot, newsroom: Newsroom
) -> None:
    groups = QuestionGroups(bot)
    old = newsroom.questions.send(ARTICLE, "de", "Wie viele Trainium-Chips hat OpenAI bestellt?")
    groups.group(newsroom.questions.find(State.NEW), LONG)
    newsroom.questions.delete(old.id, "mia")
    new = newsroom.questions.send(ARTICLE, "de", "Wie hoch ist der Eiffelturm?")
    newsroom.questions.send(ARTICLE, "en", "How many Trainium chips did OpenAI order?")
    assert new.id == old.id
    found, _ = groups.group(newsroom.questions.find(State.NEW), LONG)
    assert [len(group.questions) for group in found] == [1, 1]
