"""The queue of readers' questions, in a real database."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_bot.errors import QueueError, QueueFullError
from faq_bot.question_queue import QuestionQueue, State

FIRST_VERSION = Path(__file__).parent / "data" / "questions-0.1.0.sqlite"
MONTH = timedelta(days=30)


@pytest.fixture(name="queue")
def new_queue(tmp_path: Path) -> QuestionQueue:
    return QuestionQueue(tmp_path / "data" / "questions.sqlite", MONTH)


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


def test_a_change_notes_who_and_when(queue: QuestionQueue, tmp_path: Path) -> None:
    sent = queue.send("bridge", "de", "Wie lange noch?")
    taken = queue.change(sent.id, State.IN_WORK, "mia")
    rejected = queue.change(sent.id, State.REJECTED, "ben")
    assert (taken.state, taken.changed_by) == (State.IN_WORK, "mia")
    assert sent.changed_at < taken.changed_at < rejected.changed_at
    assert queue.questions(State.REJECTED) == [rejected]
    assert queue.questions(State.NEW) == []
    with sqlite3.connect(tmp_path / "data" / "questions.sqlite") as db:
        changes = db.execute("select before, after, editor from changes order by id").fetchall()
    assert changes == [("new", "in-work", "mia"), ("in-work", "rejected", "ben")]


def test_the_text_of_a_rejected_question_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "q.sqlite"
    queue = QuestionQueue(path, timedelta(0))
    kept = queue.send("bridge", "de", "Was kostet das?")
    sent = queue.send("bridge", "de", "Ein Geheimnis?", "Ada")
    queue.change(sent.id, State.REJECTED, "mia")
    assert QuestionQueue(path, MONTH).forget_rejected() == 0
    assert queue.forget_rejected() == 1
    forgotten = queue.get(sent.id)
    assert (forgotten.text, forgotten.name, forgotten.times) == (None, None, 1)
    assert queue.get(kept.id) == kept


def test_deleting_leaves_nothing(queue: QuestionQueue, tmp_path: Path) -> None:
    sent = queue.send("bridge", "de", "Wie lange noch?")
    queue.change(sent.id, State.IN_WORK, "mia")
    queue.delete(sent.id)
    assert queue.questions() == []
    with sqlite3.connect(tmp_path / "data" / "questions.sqlite") as db:
        assert db.execute("select count(*) from changes").fetchone() == (0,)
    for act in (queue.get, queue.delete):
        with pytest.raises(QueueError, match="no question"):
            act(sent.id)


def test_a_flood_is_stopped_and_real_questions_stay(tmp_path: Path) -> None:
    queue = QuestionQueue(tmp_path / "q.sqlite", MONTH, most_waiting=3)
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


def test_a_killed_writer_leaves_a_whole_database(tmp_path: Path) -> None:
    path = tmp_path / "q.sqlite"
    code = (
        "import sys, itertools; from pathlib import Path; from datetime import timedelta;"
        "from faq_bot.question_queue import QuestionQueue;"
        "queue = QuestionQueue(Path(sys.argv[1]), timedelta(1));"
        "[print(queue.send('a', 'de', f'{n}').id, flush=True) for n in itertools.count()]"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    told = [1, *(int(line) for line in process.stdout if line.endswith("\n"))]
    process.wait()
    kept = [question.id for question in QuestionQueue(path, MONTH).questions()]
    assert set(told) <= set(kept)
    assert len(kept) <= len(told) + 1


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


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 40])
def test_what_is_no_database_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "q.sqlite"
    path.write_bytes(content)
    with pytest.raises(QueueError, match=r"q\.sqlite cannot be used"):
        QuestionQueue(path, MONTH).questions()
    with pytest.raises(QueueError, match="cannot be opened"):
        QuestionQueue(Path("/proc/none/q.sqlite"), MONTH).questions()
