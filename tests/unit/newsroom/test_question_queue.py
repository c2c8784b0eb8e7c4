"""The queue of readers' questions, in a real database."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.errors import QueueError, QueueFullError, StaleDraftError
from faq_bot.core.reply import Reply
from faq_bot.newsroom.question_queue import QuestionQueue, State
from faq_bot.newsroom.tables import newsroom_database, tables
from tests.support.databases import everything
from tests.support.paths import DATA

FIRST_VERSION = DATA / "questions-0.1.0.sqlite"
MONTH = timedelta(days=30)
TWO_LANGUAGES = Reply(
    {
        "de": QuestionAnswer("Wie lange ist die Brücke zu?", "Bis Mai."),
        "en": QuestionAnswer("How long will the bridge be closed?", "Until May."),
    },
    "Ada",
)


@pytest.fixture(name="queue")
def new_queue(place: Path | str) -> QuestionQueue:
    return QuestionQueue(place, MONTH)


def test_a_question_is_kept_as_it_was_sent(queue: QuestionQueue) -> None:
    sent = queue.send("bridge", "de", "Wie lange noch?", "Ada")
    assert (sent.text, sent.name, sent.article, sent.language) == (
        "Wie lange noch?", "Ada", "bridge", "de",
    )  # fmt: skip
    assert (sent.state, sent.times, sent.changed_by) == (State.NEW, 1, None)
    assert queue.questions() == [queue.get(sent.id)] == [sent]


def test_what_is_sent_again_is_counted(queue: QuestionQueue) -> None:
    first = queue.send("bridge", "de", "Wie lange noch?")
    again = queue.send("bridge", "de", "  wie LANGE noch")
    queue.send("bridge", "en", "Wie lange noch?")
    queue.send("other", "de", "Wie lange noch?")
    assert (again.id, again.times) == (first.id, 2)
    assert [question.times for question in queue.questions()] == [2, 1, 1]


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_comes_back_unchanged(tmp_path_factory, text: str, name: str) -> None:
    queue = QuestionQueue(tmp_path_factory.mktemp("any") / "q.sqlite", MONTH)
    sent = queue.send("a", "en", text, name)
    assert (queue.get(sent.id).text, queue.get(sent.id).name) == (text, name)


def test_a_change_notes_who_and_when(queue: QuestionQueue) -> None:
    sent = queue.send("bridge", "de", "Wie lange noch?")
    queue.change([sent.id], State.IN_WORK, "mia")
    taken = queue.get(sent.id)
    queue.change([sent.id], State.REJECTED, "ben")
    rejected = queue.get(sent.id)
    assert (taken.state, taken.changed_by) == (State.IN_WORK, "mia")
    assert sent.changed_at < taken.changed_at < rejected.changed_at
    assert queue.questions(State.REJECTED) == [rejected]
    assert queue.questions(State.NEW) == []
    assert [(change.action, change.editor) for change in queue.history(sent.id)] == [
        ("new > in-work", "mia"),
        ("in-work > rejected", "ben"),
    ]


def test_a_rejection_is_undone(queue: QuestionQueue) -> None:
    fresh, taken = queue.send("bridge", "de", "Neu?"), queue.send("bridge", "de", "In Arbeit?")
    queue.change([taken.id], State.IN_WORK, "mia")
    queue.change([fresh.id, taken.id], State.REJECTED, "mia")
    queue.undo([fresh.id, taken.id], "mia")
    assert [queue.get(one.id).state for one in (fresh, taken)] == [State.NEW, State.IN_WORK]
    with pytest.raises(QueueError, match="not rejected"):
        queue.undo([fresh.id], "mia")


def test_the_text_of_a_rejected_question_is_forgotten(place: Path | str) -> None:
    queue = QuestionQueue(place, timedelta(0))
    kept = queue.send("bridge", "de", "Was kostet das?")
    sent = queue.send("bridge", "de", "Ein Geheimnis?", "Ada")
    queue.change([sent.id], State.REJECTED, "mia")
    assert QuestionQueue(place, MONTH).forget_rejected() == 0
    assert queue.forget_rejected() == 1
    forgotten = queue.get(sent.id)
    assert (forgotten.text, forgotten.name, forgotten.times) == (None, None, 1)
    assert queue.get(kept.id) == kept


def test_deleting_leaves_no_word_of_a_question(queue: QuestionQueue, place: Path | str) -> None:
    sent = queue.send("bridge", "de", "Wie lange noch, Rumpelstilz?")
    queue.change([sent.id], State.IN_WORK, "mia")
    queue.delete(sent.id, "ben")
    assert queue.questions() == []
    assert [(change.action, change.editor) for change in queue.history()] == [("deleted", "ben")]
    assert "Rumpelstilz" not in everything(place)
    with pytest.raises(QueueError, match="no question"):
        queue.get(sent.id)
    with pytest.raises(QueueError, match="no question"):
        queue.delete(sent.id, "ben")


def test_a_flood_is_stopped_and_real_questions_stay(place: Path | str) -> None:
    queue = QuestionQueue(place, MONTH, most_waiting=3)
    real = queue.send("bridge", "de", "Wie lange noch?")
    queue.send("bridge", "de", "Spam 1")
    queue.send("bridge", "de", "Spam 2")
    with pytest.raises(QueueFullError, match="later"):
        queue.send("bridge", "de", "Spam 3")
    assert queue.send("bridge", "de", "Wie lange noch?").times == 2
    assert queue.questions()[0].id == real.id


def test_several_at_once_lose_nothing(queue: QuestionQueue) -> None:
    def send(number: int) -> None:
        for _ in range(10):
            queue.send("bridge", "de", f"Frage {number % 4}?")

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [question.times for question in queue.questions()] == [20] * 4


def test_a_database_of_the_first_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    shutil.copy(FIRST_VERSION, path)
    queue = QuestionQueue(path, timedelta(days=100_000))
    found = {question.id: question for question in queue.questions()}
    assert [found[n].text for n in (1, 2, 3)] == [
        "Wie viele Trainium-Chips hat OpenAI bestellt?",
        "How many Trainium chips did OpenAI order?",
        "Kauft jetzt Gold!",
    ]
    assert [found[n].times for n in (1, 2, 3)] == [2, 1, 1]
    assert [found[n].state for n in (1, 2, 3)] == [State.NEW, State.IN_WORK, State.REJECTED]
    assert (found[2].name, found[3].changed_by) == ("Ada", "mia")
    assert (
        queue.send("amazon-openai", "de", "Wie viele Trainium-Chips hat OpenAI bestellt").times == 3
    )
    assert [change.action for change in queue.history()] == ["new > in-work", "new > rejected"]
    queue.write([1, 2], TWO_LANGUAGES, "mia")
    queue.publish(1, "mia")
    assert [one.reply for one in queue.published()] == [TWO_LANGUAGES]


def test_a_database_of_a_later_version_is_told(place: Path | str) -> None:
    QuestionQueue(place, MONTH).send("bridge", "de", "Wie lange noch?")
    with newsroom_database(place).writing() as db:
        db.execute(text("update alembic_version_newsroom set version_num = 'later'"))
    with pytest.raises(QueueError, match="another version of FAQ bot"):
        QuestionQueue(place, MONTH).questions()


def test_the_name_of_a_file_may_hold_anything(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "a?b#c%20d.sqlite", MONTH)
    queue.send("bridge", "de", "Wie lange noch?")
    assert (tmp_path / "a?b#c%20d.sqlite").exists()


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 40])
def test_what_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "q.sqlite"
    path.write_bytes(content)
    with pytest.raises(QueueError, match=r"q\.sqlite cannot be used"):
        QuestionQueue(path, MONTH).questions()
    with pytest.raises(QueueError, match="cannot be used"):
        QuestionQueue(Path("/proc/none/q.sqlite"), MONTH).send("bridge", "de", "Wie lange noch?")


def test_looking_makes_no_database(queue: QuestionQueue, place: Path | str) -> None:
    assert (queue.questions(), queue.published(), queue.history()) == ([], (), [])
    assert not isinstance(place, Path) or not place.exists()


def test_a_server_that_cannot_be_reached_is_told_without_its_password() -> None:
    queue = QuestionQueue("postgresql://mia:secret@127.0.0.1:1/news", MONTH)
    with pytest.raises(QueueError, match=r"127\.0\.0\.1:1/news cannot be used") as caught:
        queue.questions()
    assert "secret" not in str(caught.value)


def test_the_migrations_make_the_tables_that_the_program_expects(place: Path | str) -> None:
    with newsroom_database(place).writing() as db:
        context = MigrationContext.configure(db, opts={"version_table": "alembic_version_newsroom"})
        assert compare_metadata(context, tables) == []


def test_so_do_those_of_a_database_of_the_first_version(tmp_path: Path) -> None:
    shutil.copy(FIRST_VERSION, tmp_path / "old.sqlite")
    with newsroom_database(tmp_path / "old.sqlite").writing() as db:
        names = set(inspect(db).get_table_names())
    assert set(tables.tables) <= names
    assert "changes" not in names


@pytest.fixture(name="asked")
def questions_in_two_languages(queue: QuestionQueue) -> list[int]:
    german = queue.send("bridge", "de", "Wie lange noch?", "Ada")
    english = queue.send("bridge", "en", "For how long?")
    return [german.id, english.id]


def test_a_draft_is_kept_and_its_questions_are_in_work(
    queue: QuestionQueue, asked: list[int]
) -> None:
    half = Reply({"de": QuestionAnswer("Wie lange?", "")})
    first = queue.write(asked, half, "mia")
    second = queue.write(asked, TWO_LANGUAGES, "mia", first.changed_at)
    assert (first.id, first.draft) == (second.id, half)
    assert queue.answers() == [second]
    assert (second.draft, second.published, second.changed_by) == (TWO_LANGUAGES, None, "mia")
    assert [one.state for one in queue.answered_by(second.id)] == [State.IN_WORK] * 2
    assert queue.published() == ()


def test_a_question_taken_out_of_a_draft_is_new_again(
    queue: QuestionQueue, asked: list[int]
) -> None:
    answer = queue.write(asked, TWO_LANGUAGES, "mia")
    queue.write(asked[:1], TWO_LANGUAGES, "mia", answer.changed_at)
    assert [one.id for one in queue.answered_by(answer.id)] == asked[:1]
    assert queue.get(asked[1]).state is State.NEW


def test_two_editors_do_not_overwrite_each_other(queue: QuestionQueue, asked: list[int]) -> None:
    seen = queue.write(asked, Reply(), "mia").changed_at
    queue.write(asked, TWO_LANGUAGES, "ben", seen)
    with pytest.raises(StaleDraftError, match="ben has changed"):
        queue.write(asked, Reply(), "mia", seen)
    (kept,) = queue.answers()
    assert kept.draft == TWO_LANGUAGES


def test_what_is_published_stays_until_it_is_published_again(
    queue: QuestionQueue, asked: list[int]
) -> None:
    answer = queue.publish(queue.write(asked, TWO_LANGUAGES, "mia").id, "mia")
    (published,) = queue.published()
    assert published.reply == TWO_LANGUAGES
    assert published.wordings == {"de": ("Wie lange noch?",), "en": ("For how long?",)}
    assert [one.state for one in queue.questions()] == [State.PUBLISHED] * 2
    other = Reply({"de": QuestionAnswer("Wie lange?", "Bis Juni.")})
    queue.write(asked, other, "mia", answer.changed_at)
    assert queue.published() == (published,)
    queue.publish(answer.id, "mia")
    assert [one.reply for one in queue.published()] == [other]


def test_unpublishing_keeps_the_draft(queue: QuestionQueue, asked: list[int]) -> None:
    answer = queue.publish(queue.write(asked, TWO_LANGUAGES, "mia").id, "mia")
    queue.unpublish(answer.id, "ben")
    assert queue.published() == ()
    assert queue.answer(answer.id).draft == TWO_LANGUAGES
    assert [one.state for one in queue.questions()] == [State.IN_WORK] * 2
    with pytest.raises(QueueError, match="not published"):
        queue.unpublish(answer.id, "ben")
    assert [change.action for change in queue.history() if change.answer] == [
        "published",
        "unpublished",
    ]


def test_only_what_is_complete_is_published(queue: QuestionQueue, asked: list[int]) -> None:
    draft = Reply(
        {"de": QuestionAnswer("Wie lange?", "Bis Mai."), "en": QuestionAnswer("How?", "")}
    )
    answer = queue.write(asked, draft, "mia")
    queue.publish(answer.id, "mia")
    (published,) = queue.published()
    assert set(published.reply.texts) == {"de"}
    empty = queue.write([queue.send("bridge", "de", "Warum?").id], Reply(), "mia")
    with pytest.raises(QueueError, match="at least one language"):
        queue.publish(empty.id, "mia")


def test_deleting_a_question_takes_its_words_out_of_what_is_published(
    queue: QuestionQueue, asked: list[int]
) -> None:
    queue.publish(queue.write(asked, TWO_LANGUAGES, "mia").id, "mia")
    queue.delete(asked[1], "mia")
    (published,) = queue.published()
    assert published.wordings == {"de": ("Wie lange noch?",)}
    queue.delete(asked[0], "mia")
    (published,) = queue.published()
    assert published.reply == TWO_LANGUAGES


def test_a_draft_goes_with_its_last_question(queue: QuestionQueue, asked: list[int]) -> None:
    queue.write(asked, TWO_LANGUAGES, "mia")
    queue.delete(asked[0], "mia")
    assert len(queue.answers()) == 1
    queue.delete(asked[1], "mia")
    assert queue.answers() == []


def test_an_answer_needs_questions_that_belong_together(queue: QuestionQueue) -> None:
    here, there = queue.send("bridge", "de", "Wie lange?"), queue.send("other", "de", "Wie lange?")
    with pytest.raises(QueueError, match="one article"):
        queue.write([here.id, there.id], TWO_LANGUAGES, "mia")
    also = queue.send("bridge", "de", "Wann?")
    queue.write([here.id], TWO_LANGUAGES, "mia")
    queue.write([also.id], TWO_LANGUAGES, "mia")
    with pytest.raises(QueueError, match="answer of their own"):
        queue.write([here.id, also.id], TWO_LANGUAGES, "mia")
    with pytest.raises(QueueError, match="at most"):
        queue.write([here.id], Reply({"de": QuestionAnswer("Wie?", "x" * 5001)}), "mia")


def test_a_flood_of_ten_thousand_takes_little_room(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.sqlite", MONTH, most_waiting=100)
    for number in range(100):
        queue.send("bridge", "de", f"{number} " + "x" * 990)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    for number in range(100, 400):
        with pytest.raises(QueueFullError):
            queue.send("bridge", "de", f"{number} " + "x" * 990)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= size
    assert size / 100 * 10_000 < 100e6
