"""Readers' questions, drafts and what is published, in a real database."""

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
from faq_bot.core.settings import Settings
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.questions import Questions, State
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


def newsroom_at(place: Path | str, keep_rejected_days: int = 30) -> Newsroom:
    settings = Settings(database=str(place), keep_rejected_days=keep_rejected_days)
    return Newsroom.from_settings(settings)


@pytest.fixture(name="newsroom")
def new_newsroom(place: Path | str) -> Newsroom:
    return newsroom_at(place)


def test_a_question_is_kept_as_it_was_sent(newsroom: Newsroom) -> None:
    sent = newsroom.questions.send("bridge", "de", "Wie lange noch?", "Ada")
    assert (sent.text, sent.name, sent.article, sent.language) == (
        "Wie lange noch?", "Ada", "bridge", "de",
    )  # fmt: skip
    assert (sent.state, sent.times, sent.changed_by) == (State.NEW, 1, None)
    assert newsroom.questions.find() == [newsroom.questions.get(sent.id)] == [sent]


def test_what_is_sent_again_is_counted(newsroom: Newsroom) -> None:
    first = newsroom.questions.send("bridge", "de", "Wie lange noch?")
    again = newsroom.questions.send("bridge", "de", "  wie LANGE noch")
    newsroom.questions.send("bridge", "en", "Wie lange noch?")
    newsroom.questions.send("other", "de", "Wie lange noch?")
    assert (again.id, again.times) == (first.id, 2)
    assert [question.times for question in newsroom.questions.find()] == [2, 1, 1]


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return newsroom_at(tmp_path_factory.mktemp("any") / "q.sqlite")


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_comes_back_unchanged(lasting: Newsroom, text: str, name: str) -> None:
    sent = lasting.questions.send("a", "en", text, name)
    kept = lasting.questions.get(sent.id)
    lasting.questions.delete(sent.id, "test")  # or it would be counted when it comes again
    assert (kept.text, kept.name) == (text, name)


def test_a_change_notes_who_and_when(newsroom: Newsroom) -> None:
    sent = newsroom.questions.send("bridge", "de", "Wie lange noch?")
    newsroom.questions.change([sent.id], State.IN_WORK, "mia")
    taken = newsroom.questions.get(sent.id)
    newsroom.questions.change([sent.id], State.REJECTED, "ben")
    rejected = newsroom.questions.get(sent.id)
    assert (taken.state, taken.changed_by) == (State.IN_WORK, "mia")
    assert sent.changed_at < taken.changed_at < rejected.changed_at
    assert newsroom.questions.find(State.REJECTED) == [rejected]
    assert newsroom.questions.find(State.NEW) == []
    assert [(change.action, change.editor) for change in newsroom.audit.history(sent.id)] == [
        ("new > in-work", "mia"),
        ("in-work > rejected", "ben"),
    ]


def test_a_rejection_is_undone(newsroom: Newsroom) -> None:
    fresh = newsroom.questions.send("bridge", "de", "Neu?")
    taken = newsroom.questions.send("bridge", "de", "In Arbeit?")
    newsroom.questions.change([taken.id], State.IN_WORK, "mia")
    newsroom.questions.change([fresh.id, taken.id], State.REJECTED, "mia")
    newsroom.questions.undo([fresh.id, taken.id], "mia")
    states = [newsroom.questions.get(one.id).state for one in (fresh, taken)]
    assert states == [State.NEW, State.IN_WORK]
    with pytest.raises(QueueError, match="not rejected"):
        newsroom.questions.undo([fresh.id], "mia")


def test_the_text_of_a_rejected_question_is_forgotten(place: Path | str) -> None:
    newsroom = newsroom_at(place, keep_rejected_days=0)
    kept = newsroom.questions.send("bridge", "de", "Was kostet das?")
    sent = newsroom.questions.send("bridge", "de", "Ein Geheimnis?", "Ada")
    newsroom.questions.change([sent.id], State.REJECTED, "mia")
    assert newsroom_at(place).questions.forget_rejected() == 0
    assert newsroom.questions.forget_rejected() == 1
    forgotten = newsroom.questions.get(sent.id)
    assert (forgotten.text, forgotten.name, forgotten.times) == (None, None, 1)
    assert newsroom.questions.get(kept.id) == kept


def test_deleting_leaves_no_word_of_a_question(newsroom: Newsroom, place: Path | str) -> None:
    sent = newsroom.questions.send("bridge", "de", "Wie lange noch, Rumpelstilz?")
    newsroom.questions.change([sent.id], State.IN_WORK, "mia")
    newsroom.questions.delete(sent.id, "ben")
    assert newsroom.questions.find() == []
    (change,) = newsroom.audit.history()
    assert (change.action, change.editor) == ("deleted", "ben")
    assert "Rumpelstilz" not in everything(place)
    with pytest.raises(QueueError, match="no question"):
        newsroom.questions.get(sent.id)
    with pytest.raises(QueueError, match="no question"):
        newsroom.questions.delete(sent.id, "ben")


def test_a_flood_is_stopped_and_real_questions_stay(place: Path | str) -> None:
    questions = Questions(newsroom_database(place), MONTH, most_waiting=3)
    real = questions.send("bridge", "de", "Wie lange noch?")
    questions.send("bridge", "de", "Spam 1")
    questions.send("bridge", "de", "Spam 2")
    with pytest.raises(QueueFullError, match="later"):
        questions.send("bridge", "de", "Spam 3")
    assert questions.send("bridge", "de", "Wie lange noch?").times == 2
    assert questions.find()[0].id == real.id


def test_several_at_once_lose_nothing(newsroom: Newsroom) -> None:
    def send(number: int) -> None:
        for _ in range(10):
            newsroom.questions.send("bridge", "de", f"Frage {number % 4}?")

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [question.times for question in newsroom.questions.find()] == [20] * 4


def test_a_database_of_the_first_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    shutil.copy(FIRST_VERSION, path)
    newsroom = newsroom_at(path, keep_rejected_days=100_000)
    found = {question.id: question for question in newsroom.questions.find()}
    assert [found[n].text for n in (1, 2, 3)] == [
        "Wie viele Trainium-Chips hat OpenAI bestellt?",
        "How many Trainium chips did OpenAI order?",
        "Kauft jetzt Gold!",
    ]
    assert [found[n].times for n in (1, 2, 3)] == [2, 1, 1]
    assert [found[n].state for n in (1, 2, 3)] == [State.NEW, State.IN_WORK, State.REJECTED]
    assert (found[2].name, found[3].changed_by) == ("Ada", "mia")
    asked = "Wie viele Trainium-Chips hat OpenAI bestellt"
    assert newsroom.questions.send("amazon-openai", "de", asked).times == 3
    actions = [change.action for change in newsroom.audit.history()]
    assert actions == ["new > in-work", "new > rejected"]
    newsroom.drafts.write([1, 2], TWO_LANGUAGES, "mia")
    newsroom.publishing.publish(1, "mia")
    assert [one.reply for one in newsroom.publishing.published()] == [TWO_LANGUAGES]


def test_a_database_of_a_later_version_is_told(place: Path | str) -> None:
    newsroom_at(place).questions.send("bridge", "de", "Wie lange noch?")
    with newsroom_database(place).writing() as db:
        db.execute(text("update alembic_version_newsroom set version_num = 'later'"))
    with pytest.raises(QueueError, match="another version of FAQ bot"):
        newsroom_at(place).questions.find()


def test_the_name_of_a_file_may_hold_anything(tmp_path: Path) -> None:
    newsroom = newsroom_at(tmp_path / "a?b#c%20d.sqlite")
    newsroom.questions.send("bridge", "de", "Wie lange noch?")
    assert (tmp_path / "a?b#c%20d.sqlite").exists()


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 40])
def test_what_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "q.sqlite"
    path.write_bytes(content)
    with pytest.raises(QueueError, match=r"q\.sqlite cannot be used"):
        newsroom_at(path).questions.find()
    with pytest.raises(QueueError, match="cannot be used"):
        newsroom_at("/proc/none/q.sqlite").questions.send("bridge", "de", "Wie lange noch?")


def test_looking_makes_no_database(newsroom: Newsroom, place: Path | str) -> None:
    assert newsroom.questions.find() == []
    assert newsroom.audit.history() == []
    assert newsroom.publishing.published() == ()
    assert not isinstance(place, Path) or not place.exists()


def test_a_server_that_cannot_be_reached_is_told_without_its_password() -> None:
    newsroom = newsroom_at("postgresql://mia:secret@127.0.0.1:1/news")
    with pytest.raises(QueueError, match=r"127\.0\.0\.1:1/news cannot be used") as caught:
        newsroom.questions.find()
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
def questions_in_two_languages(newsroom: Newsroom) -> list[int]:
    german = newsroom.questions.send("bridge", "de", "Wie lange noch?", "Ada")
    english = newsroom.questions.send("bridge", "en", "For how long?")
    return [german.id, english.id]


def test_a_draft_is_kept_and_its_questions_are_in_work(
    newsroom: Newsroom, asked: list[int]
) -> None:
    half = Reply({"de": QuestionAnswer("Wie lange?", "")})
    first = newsroom.drafts.write(asked, half, "mia")
    second = newsroom.drafts.write(asked, TWO_LANGUAGES, "mia", first.changed_at)
    assert (first.id, first.draft) == (second.id, half)
    assert newsroom.drafts.all() == [second]
    assert (second.draft, second.published, second.changed_by) == (TWO_LANGUAGES, None, "mia")
    assert [one.state for one in newsroom.questions.answered_by(second.id)] == [State.IN_WORK] * 2
    assert newsroom.publishing.published() == ()


def test_a_question_taken_out_of_a_draft_is_new_again(newsroom: Newsroom, asked: list[int]) -> None:
    answer = newsroom.drafts.write(asked, TWO_LANGUAGES, "mia")
    newsroom.drafts.write(asked[:1], TWO_LANGUAGES, "mia", answer.changed_at)
    assert [one.id for one in newsroom.questions.answered_by(answer.id)] == asked[:1]
    assert newsroom.questions.get(asked[1]).state is State.NEW


def test_two_editors_do_not_overwrite_each_other(newsroom: Newsroom, asked: list[int]) -> None:
    seen = newsroom.drafts.write(asked, Reply(), "mia").changed_at
    newsroom.drafts.write(asked, TWO_LANGUAGES, "ben", seen)
    with pytest.raises(StaleDraftError, match="ben has changed"):
        newsroom.drafts.write(asked, Reply(), "mia", seen)
    (kept,) = newsroom.drafts.all()
    assert kept.draft == TWO_LANGUAGES


def test_what_is_published_stays_until_it_is_published_again(
    newsroom: Newsroom, asked: list[int]
) -> None:
    draft = newsroom.drafts.write(asked, TWO_LANGUAGES, "mia")
    answer = newsroom.publishing.publish(draft.id, "mia")
    (published,) = newsroom.publishing.published()
    assert published.reply == TWO_LANGUAGES
    assert published.wordings == {"de": ("Wie lange noch?",), "en": ("For how long?",)}
    assert [one.state for one in newsroom.questions.find()] == [State.PUBLISHED] * 2
    other = Reply({"de": QuestionAnswer("Wie lange?", "Bis Juni.")})
    newsroom.drafts.write(asked, other, "mia", answer.changed_at)
    assert newsroom.publishing.published() == (published,)
    newsroom.publishing.publish(answer.id, "mia")
    assert [one.reply for one in newsroom.publishing.published()] == [other]


def test_unpublishing_keeps_the_draft(newsroom: Newsroom, asked: list[int]) -> None:
    draft = newsroom.drafts.write(asked, TWO_LANGUAGES, "mia")
    answer = newsroom.publishing.publish(draft.id, "mia")
    newsroom.publishing.unpublish(answer.id, "ben")
    assert newsroom.publishing.published() == ()
    assert newsroom.drafts.get(answer.id).draft == TWO_LANGUAGES
    assert [one.state for one in newsroom.questions.find()] == [State.IN_WORK] * 2
    with pytest.raises(QueueError, match="not published"):
        newsroom.publishing.unpublish(answer.id, "ben")
    assert [change.action for change in newsroom.audit.history() if change.answer] == [
        "published",
        "unpublished",
    ]


def test_only_what_is_complete_is_published(newsroom: Newsroom, asked: list[int]) -> None:
    draft = Reply(
        {"de": QuestionAnswer("Wie lange?", "Bis Mai."), "en": QuestionAnswer("How?", "")}
    )
    answer = newsroom.drafts.write(asked, draft, "mia")
    newsroom.publishing.publish(answer.id, "mia")
    (published,) = newsroom.publishing.published()
    assert set(published.reply.texts) == {"de"}
    another = newsroom.questions.send("bridge", "de", "Warum?")
    empty = newsroom.drafts.write([another.id], Reply(), "mia")
    with pytest.raises(QueueError, match="at least one language"):
        newsroom.publishing.publish(empty.id, "mia")


def test_deleting_a_question_takes_its_words_out_of_what_is_published(
    newsroom: Newsroom, asked: list[int]
) -> None:
    newsroom.publishing.publish(newsroom.drafts.write(asked, TWO_LANGUAGES, "mia").id, "mia")
    newsroom.questions.delete(asked[1], "mia")
    (published,) = newsroom.publishing.published()
    assert published.wordings == {"de": ("Wie lange noch?",)}
    newsroom.questions.delete(asked[0], "mia")
    (published,) = newsroom.publishing.published()
    assert published.reply == TWO_LANGUAGES


def test_a_draft_goes_with_its_last_question(newsroom: Newsroom, asked: list[int]) -> None:
    newsroom.drafts.write(asked, TWO_LANGUAGES, "mia")
    newsroom.questions.delete(asked[0], "mia")
    assert len(newsroom.drafts.all()) == 1
    newsroom.questions.delete(asked[1], "mia")
    assert newsroom.drafts.all() == []


def test_an_answer_needs_questions_that_belong_together(newsroom: Newsroom) -> None:
    here = newsroom.questions.send("bridge", "de", "Wie lange?")
    there = newsroom.questions.send("other", "de", "Wie lange?")
    with pytest.raises(QueueError, match="one article"):
        newsroom.drafts.write([here.id, there.id], TWO_LANGUAGES, "mia")
    also = newsroom.questions.send("bridge", "de", "Wann?")
    newsroom.drafts.write([here.id], TWO_LANGUAGES, "mia")
    newsroom.drafts.write([also.id], TWO_LANGUAGES, "mia")
    with pytest.raises(QueueError, match="answer of their own"):
        newsroom.drafts.write([here.id, also.id], TWO_LANGUAGES, "mia")
    with pytest.raises(QueueError, match="at most"):
        newsroom.drafts.write([here.id], Reply({"de": QuestionAnswer("Wie?", "x" * 5001)}), "mia")


@pytest.mark.slow
def test_a_flood_of_ten_thousand_takes_little_room(tmp_path: Path) -> None:
    questions = Questions(newsroom_database(tmp_path / "q.sqlite"), MONTH, most_waiting=100)
    for number in range(100):
        questions.send("bridge", "de", f"{number} " + "x" * 990)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    for number in range(100, 400):
        with pytest.raises(QueueFullError):
            questions.send("bridge", "de", f"{number} " + "x" * 990)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= size
    assert size / 100 * 10_000 < 100e6
