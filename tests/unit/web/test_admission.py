"""More questions at once than can be answered at once."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from faq_bot import FaqBot
from faq_bot.core.answer import Answer
from faq_bot.core.settings import Settings
from faq_bot.web.app import create_app

pytestmark = pytest.mark.slow


class SlowBot:
    """Lets the questions of a bot wait, as on a machine that has too much to do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()
        ask = FaqBot.ask

        def wait(bot: FaqBot, question: str, **given: Any) -> Answer:
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
) -> Iterator[tuple[TestClient, ThreadPoolExecutor, Future[Any]]]:
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
    bot: FaqBot, slow: SlowBot, tmp_path: Path
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


def test_whoever_waits_is_answered_in_turn(bot: FaqBot, slow: SlowBot, tmp_path: Path) -> None:
    with held_up(bot, slow, tmp_path, at_once=60) as (client, readers, held):
        asked = [{"question": f"Was bedeutet das im Jahr {2000 + n}?"} for n in range(40)]
        replies = readers.map(lambda body: client.post("/api/v1/ask", json=body), asked)
        assert {reply.status_code for reply in replies} == {200}
        assert not held.done()
        slow.go_on.set()
