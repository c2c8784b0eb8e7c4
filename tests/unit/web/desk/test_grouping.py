"""Questions grouped by meaning, with the real encoder."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from faq_bot import FaqBot
from faq_bot.core.article import QuestionAnswer
from faq_bot.core.reply import Reply
from faq_bot.newsroom.question_queue import QuestionQueue, State
from faq_bot.web.desk.grouping import Group, QuestionGroups
from tests.support.paths import ROOT

ARTICLE = "amazon-openai"
LONG = 600.0  # seconds


@pytest.fixture(name="queue")
def new_queue(tmp_path: Path) -> QuestionQueue:
    return QuestionQueue(tmp_path / "q.sqlite", timedelta(days=30))


def grouped(bot: FaqBot, queue: QuestionQueue) -> list[Group]:
    questions = queue.questions(State.NEW, State.IN_WORK)
    groups, left = QuestionGroups(bot).group(questions, LONG)
    assert left == 0
    assert sorted(q.id for group in groups for q in group.questions) == sorted(
        q.id for q in questions
    )
    return groups


def test_the_same_question_in_two_languages_is_one_group(bot: FaqBot, queue: QuestionQueue) -> None:
    queue.send(ARTICLE, "de", "Wie viele Trainium-Chips hat OpenAI bestellt?")
    queue.send(ARTICLE, "en", "How many Trainium chips did OpenAI order?")
    queue.send(ARTICLE, "de", "Wann wurde Andy Jassy Chef von Amazon?")
    queue.send(ARTICLE, "de", "Wann wurde Andy Jassy Chef von Amazon")
    queue.send(ARTICLE, "en", "What does ChatGPT Enterprise cost per month?")
    sizes = [(len(group.questions), group.times) for group in grouped(bot, queue)]
    assert sorted(sizes, reverse=True) == [(2, 2), (1, 2), (1, 1)]


def test_most_pairs_find_each_other_and_groups_stay_small(
    bot: FaqBot, queue: QuestionQueue
) -> None:
    """The figures that `grouping.SAME_QUESTION` was chosen by."""
    path = ROOT / "benchmarks" / "data" / "amazon-openai.questions.json"
    labelled = json.loads(path.read_text(encoding="utf-8"))
    unanswered = [q for q in labelled if not q.get("answers")]
    ids = [queue.send(ARTICLE, q["language"], q["question"]).id for q in unanswered]
    groups = grouped(bot, queue)
    members = [{question.id for question in group.questions} for group in groups]
    pairs = [{ids[place], ids[place + 42]} for place in range(42)]  # German, then English
    assert sum(any(pair <= group for group in members) for pair in pairs) >= 35
    assert max(map(len, members)) <= 4


def test_what_is_sent_most_often_comes_first(bot: FaqBot, queue: QuestionQueue) -> None:
    queue.send(ARTICLE, "de", "Wie viele Mitarbeiter hat OpenAI?")
    for _ in range(3):
        queue.send(ARTICLE, "de", "Was kostet ein Trainium-Chip?")
    for _ in range(5):
        queue.send(ARTICLE, "de", "Kauft jetzt Gold!")
    texts = [group.questions[0].text for group in grouped(bot, queue)]
    assert texts == [
        "Was kostet ein Trainium-Chip?",
        "Wie viele Mitarbeiter hat OpenAI?",
        "Kauft jetzt Gold!",
    ]


def test_questions_with_one_answer_stay_together(bot: FaqBot, queue: QuestionQueue) -> None:
    one = queue.send(ARTICLE, "de", "Wie viele Mitarbeiter hat OpenAI?")
    two = queue.send(ARTICLE, "de", "Was kostet ein Trainium-Chip?")
    same = queue.send(ARTICLE, "en", "How many employees does OpenAI have?")
    queue.write([one.id, two.id], Reply({"de": QuestionAnswer("?", "!")}), "mia")
    queue.write([same.id], Reply(), "ben")
    found = [{q.id for q in group.questions} for group in grouped(bot, queue)]
    assert sorted(found, key=len) == [{same.id}, {one.id, two.id}]


def test_sorting_goes_on_where_time_ran_out(bot: FaqBot, queue: QuestionQueue) -> None:
    for number in range(70):
        queue.send(ARTICLE, "de", f"Was kostet Chip {number}?")
    questions = queue.questions()
    groups = QuestionGroups(bot)
    assert [groups.group(questions, 0)[1] for _ in range(3)] == [38, 6, 0]


def test_questions_without_text_or_article_are_left_out(bot: FaqBot, tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.sqlite", timedelta(0))
    queue.send("gone", "de", "Was war das?")
    sent = queue.send(ARTICLE, "de", "Was war das?")
    queue.change([sent.id], State.REJECTED, "mia")
    queue.forget_rejected()
    assert QuestionGroups(bot).group(queue.questions(), LONG) == ([], 0)


def test_a_question_that_gets_the_number_of_a_deleted_one_is_looked_at_anew(
    bot: FaqBot, queue: QuestionQueue
) -> None:
    groups = QuestionGroups(bot)
    old = queue.send(ARTICLE, "de", "Wie viele Trainium-Chips hat OpenAI bestellt?")
    groups.group(queue.questions(State.NEW), LONG)
    queue.delete(old.id, "mia")
    new = queue.send(ARTICLE, "de", "Wie hoch ist der Eiffelturm?")
    queue.send(ARTICLE, "en", "How many Trainium chips did OpenAI order?")
    assert new.id == old.id
    found, _ = groups.group(queue.questions(State.NEW), LONG)
    assert [len(group.questions) for group in found] == [1, 1]
