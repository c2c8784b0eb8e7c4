"""What makes the bot fast, as far as a reader would notice where it went wrong."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from faq_bot import FaqBot
from faq_bot.answering.answerer import Answerer
from faq_bot.core.answer import Answer, Scope
from faq_bot.core.settings import Settings
from faq_bot.models.batching import Batcher
from faq_bot.web.app import create_app
from tests.support.paths import ROOT

# --- batches --------------------------------------------------------------------------------


def test_what_many_want_at_once_runs_together_and_comes_back_to_each() -> None:
    began, go_on = threading.Event(), threading.Event()
    sizes: list[int] = []

    def double(numbers: list[int]) -> list[int]:
        sizes.append(len(numbers))
        began.set()
        go_on.wait(10)
        return [2 * number for number in numbers]

    batcher = Batcher(double, most=8)
    with ThreadPoolExecutor(20) as readers:
        first = readers.submit(batcher, 0)
        began.wait(10)
        others = [readers.submit(batcher, number) for number in range(1, 20)]
        while batcher._waiting.qsize() < 19:
            pass
        go_on.set()
        assert [one.result(10) for one in (first, *others)] == [2 * n for n in range(20)]
    assert sizes == [1, 8, 8, 3]


def test_what_goes_wrong_in_a_batch_is_told_to_all_in_it_and_to_nobody_else() -> None:
    def invert(numbers: list[int]) -> list[float]:
        return [1 / number for number in numbers]

    batcher = Batcher(invert, most=1)
    with pytest.raises(ZeroDivisionError):
        batcher(0)
    assert batcher(4) == 0.25


# --- answers that are kept ------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions for which something was looked up."""
    questions: list[str] = []
    answer = Answerer.answer

    def noted(self: Answerer, question: str, *given: object) -> Answer:
        questions.append(question)
        return answer(self, question, *given)

    monkeypatch.setattr(Answerer, "answer", noted)
    return questions


@pytest.fixture
def fresh(index, encoder, settings) -> FaqBot:
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


def test_answers_need_not_be_kept(index, encoder, asked: list[str]) -> None:
    bot = FaqBot(index, encoder, Settings(answers_kept=0))
    bot.ask("Was ist Trainium?")
    bot.ask("Was ist Trainium?")
    assert len(asked) == 2


def test_only_so_many_answers_are_kept(index, encoder, asked: list[str]) -> None:
    bot = FaqBot(index, encoder, Settings(answers_kept=2))
    for question in ("Was ist Trainium?", "Wer schreibt?", "Was ist Nvidia?", "Was ist Trainium?"):
        bot.ask(question)
    assert asked.count("Was ist Trainium?") == 2


# --- a flood --------------------------------------------------------------------------------


class SlowBot:
    """Lets the questions of a bot wait, as on a machine that has too much to do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        ask = FaqBot.ask

        def wait(bot: FaqBot, question: str, **given: object) -> Answer:
            if "Nvidia" in question:
                self.began.set()
                self.go_on.wait(30)
            return ask(bot, question, **given)

        monkeypatch.setattr(FaqBot, "ask", wait)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowBot]:
    waiting = SlowBot(monkeypatch)
    yield waiting
    waiting.go_on.set()


@contextmanager
def held_up(
    bot: FaqBot, slow: SlowBot, folder: Path, at_once: int
) -> Iterator[tuple[TestClient, ThreadPoolExecutor, Future[Response]]]:
    """An application with readers, one of whom waits for an answer until `slow` lets go on."""
    settings = Settings(database=folder / "questions.sqlite", questions_at_once=at_once)
    with (
        TestClient(create_app(bot, settings)) as client,
        ThreadPoolExecutor(at_once) as readers,
    ):
        held = readers.submit(client.post, "/api/v1/ask", json={"question": "Was ist Nvidia?"})
        assert slow.began.wait(30)
        yield client, readers, held


def test_who_comes_on_top_is_told_to_try_again_and_others_are_not_held_up(
    bot: FaqBot, slow: SlowBot, tmp_path
) -> None:
    with held_up(bot, slow, tmp_path, at_once=1) as (client, _, held):
        refused = client.post("/api/v1/ask", json={"question": "Was ist Trainium?"})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "busy"
        assert int(refused.headers["Retry-After"]) >= 1
        call = {
            "data": ["Was ist Trainium?", "de", [], None],
            "fn_index": 0,
            "session_hash": "reader",
        }
        told = client.post("/de/gradio_api/run/predict", json=call).json()["data"]
        assert told[0] == "Was ist Trainium?"  # nothing typed is lost
        assert "Gerade fragen sehr viele" in json.dumps(told[1])
        assert client.get("/healthz").text == "ok"
        slow.go_on.set()
        assert held.result(30).status_code == 200
        again = client.post("/api/v1/ask", json={"question": "Was ist Trainium?"})
        assert again.json()["answered"]


def test_whoever_waits_is_answered_in_turn(bot: FaqBot, slow: SlowBot, tmp_path) -> None:
    with held_up(bot, slow, tmp_path, at_once=60) as (client, readers, held):
        asked = [{"question": f"Was bedeutet das im Jahr {2000 + n}?"} for n in range(40)]
        replies = readers.map(lambda body: client.post("/api/v1/ask", json=body), asked)
        assert {reply.status_code for reply in replies} == {200}
        assert not held.done()
        slow.go_on.set()


# --- the start ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    [
        "FaqBot.from_articles(read_articles(seed)).ask('Was ist Trainium?')",
        "create_app(FaqBot.from_articles(read_articles(seed)), load_settings())",
    ],
)
def test_neither_answering_nor_serving_waits_for_pytorch(action: str) -> None:
    script = (
        "import sys; from pathlib import Path; from faq_bot import FaqBot\n"
        "from faq_bot.articles.files import read_articles\n"
        "from faq_bot.core.settings import load_settings\n"
        "from faq_bot.web.app import create_app\n"
        f"seed = Path({str(ROOT)!r}) / 'seeds' / 'amazon-openai.de.txt'\n"
        f"{action}\n"
        "print([m for m in ('torch', 'transformers', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
