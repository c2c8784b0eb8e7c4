"""The JSON API, as programs use it."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from faq_bot import FaqBot
from faq_bot.core.settings import Settings
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.tables import newsroom_database
from faq_bot.newsroom.usage import Event, Usage
from tests.support.paths import ROOT

ASK = "/api/v1/ask"
QUESTION = {"question": "Was ist Trainium?"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("usage") / "questions.sqlite"


@pytest.fixture(scope="module")
def usage(database: Path) -> Usage:
    """What the application in this process counts."""
    return Usage(newsroom_database(database), counts_questions=False)


@pytest.fixture(scope="module")
def client(bot: FaqBot, database: Path) -> Iterator[TestClient]:
    """The application in this process."""
    from faq_bot.web.app import create_app

    settings = Settings(
        allowed_origins="https://news.example, https://www.news.example",
        database=database,
    )
    with TestClient(create_app(bot, settings)) as client:
        yield client


def problem(response: Any) -> dict[str, str]:
    """Return the error, which has one shape everywhere."""
    schema = {
        "type": "object",
        "required": ["error"],
        "additionalProperties": False,
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "additionalProperties": False,
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
            }
        },
    }
    jsonschema.validate(response.json(), schema)
    error: dict[str, str] = response.json()["error"]
    return error


def test_an_answer_is_the_command_lines_object(client: TestClient) -> None:
    answer = client.post(ASK, json=QUESTION).json()
    schema = json.loads((ROOT / "docs/schemas/answer.schema.json").read_text("utf-8"))
    jsonschema.validate(answer, schema)
    assert answer["answered"]
    assert answer["sources"][0]["question"].startswith("Was ist Trainium")
    assert answer["sources"][0]["quote"] in answer["sources"][0]["text"]


def test_an_answer_leans_on_the_question_before(client: TestClient) -> None:
    body = {"question": "Und Microsoft?", "previous": "Wie viel hat Amazon investiert?"}
    assert "13 Milliarden" in client.post(ASK, json=body).json()["answer"]


def test_articles_are_listed_with_their_versions_the_original_first(client: TestClient) -> None:
    (article,) = client.get("/api/v1/articles").json()
    assert article["id"] == "amazon-openai"
    assert [version["language"] for version in article["versions"]] == ["de", "en"]


def test_suggestions_are_the_published_questions(client: TestClient) -> None:
    path = "/api/v1/articles/amazon-openai/suggestions"
    german = client.get(path).json()["suggestions"]
    english = client.get(path, params={"language": "en"}).json()["suggestions"]
    assert len(german) == len(english) == 4
    assert german[1].startswith("Was ist Trainium")
    assert english[1].startswith("What is Trainium")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": "   "}, 422, "invalid"),
        ({"question": "?!"}, 422, "invalid"),
        ({"question": "a" * 1001}, 422, "question_too_long"),
        ({"question": "Was?", "article": "x"}, 404, "not_found"),
        ({"question": "Was?", "language": "fr"}, 422, "invalid"),
        ({"question": 1}, 422, "invalid"),
        ({"frage": "Was?"}, 422, "invalid"),
        ([], 422, "invalid"),
        ({"question": "a" * 70_000}, 413, "too_large"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_shape(
    client: TestClient, body: object, status: int, code: str
) -> None:
    response = client.post(ASK, json=body)
    assert response.status_code == status
    error = problem(response)
    assert error["code"] == code
    assert error["message"]


def test_other_errors_have_the_same_shape(client: TestClient) -> None:
    assert problem(client.get("/api/v1/nothing"))["code"] == "not_found"
    assert problem(client.get("/nothing"))["code"] == "not_found"
    assert problem(client.get(ASK))["code"] == "method_not_allowed"
    assert problem(client.post(ASK, content=b"{"))["code"] == "invalid"
    assert problem(client.get("/api/v1/articles/x/suggestions"))["code"] == "not_found"
    assert problem(client.get("/demo/de?article=x"))["code"] == "not_found"


def test_a_failure_shows_nothing_of_the_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FaqBot, "ask", lambda *_, **__: 1 / 0)
    unlucky = TestClient(client.app, raise_server_exceptions=False)
    response = unlucky.post(ASK, json=QUESTION)
    assert response.status_code == 500
    assert problem(response)["code"] == "failure"
    assert "division" not in response.text


def test_feedback_is_counted(client: TestClient, usage: Usage) -> None:
    given = {"article": "amazon-openai", "language": "de", "outcome": "answer", "helpful": True}
    assert client.post("/api/v1/feedback", json=given).status_code == 204
    assert client.post("/api/v1/feedback", json=given | {"helpful": False}).status_code == 204
    counted = {(c.event, c.article, c.language): c.total for c in usage.counts()}
    assert counted[Event.HELPFUL, "amazon-openai", "de"] == 1
    assert counted[Event.UNHELPFUL, "amazon-openai", "de"] == 1
    assert client.post("/api/v1/feedback", json=given | {"article": "x"}).status_code == 404
    assert client.post("/api/v1/feedback", json=given | {"name": "x"}).status_code == 422


# --- To the editors --------------------------------------------------------------------------

Sender = tuple[TestClient, Newsroom]
NUMBERS = count(1)
SENT = {"question": "Wie viele Chips?", "language": "de", "name": " Ada\tLovelace "}


def sending(bot: FaqBot, folder: Path) -> Sender:
    """Return a client of an application with a database of its own, and what is in it."""
    from faq_bot.web.app import create_app

    settings = Settings(database=folder / "questions.sqlite")
    return TestClient(create_app(bot, settings)), Newsroom.from_settings(settings)


@pytest.fixture(scope="module")
def application(bot: FaqBot, tmp_path_factory: pytest.TempPathFactory) -> Sender:
    return sending(bot, tmp_path_factory.mktemp("sent"))


@pytest.fixture
def sender(application: Sender) -> Iterator[Sender]:
    """A client with an address of its own, before whom nobody has sent anything."""
    client, newsroom = application
    yield TestClient(client.app, client=(f"192.0.2.{next(NUMBERS)}", 1)), newsroom
    for question in newsroom.questions.find():
        newsroom.questions.delete(question.id, "test")


def test_a_question_sent_to_the_editors_is_kept(bot: FaqBot, tmp_path: Path) -> None:
    client, newsroom = sending(bot, tmp_path)
    assert newsroom.database.path is not None
    assert not newsroom.database.path.exists()
    assert client.post("/api/v1/questions", json=SENT).status_code == 204
    (kept,) = newsroom.questions.find()
    assert (kept.text, kept.article, kept.language, kept.name) == (
        "Wie viele Chips?", "amazon-openai", "de", "Ada Lovelace",
    )  # fmt: skip


def test_what_only_a_program_would_send_is_not_kept(sender: Sender) -> None:
    client, newsroom = sender
    assert client.post("/api/v1/questions", json=SENT | {"website": "x"}).status_code == 204
    assert newsroom.questions.find() == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"question": " "}, 422, "invalid"),
        ({"question": "a" * 1001}, 422, "question_too_long"),
        ({"name": "a" * 81}, 422, "invalid"),
        ({"article": "x"}, 404, "not_found"),
        ({"email": "a@b.example"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_sent_is_told(
    sender: Sender, change: dict[str, object], status: int, code: str
) -> None:
    client, newsroom = sender
    response = client.post("/api/v1/questions", json=SENT | change)
    assert (response.status_code, problem(response)["code"]) == (status, code)
    assert newsroom.questions.find() == []


def test_one_client_cannot_flood_the_editors(sender: Sender) -> None:
    client, newsroom = sender
    statuses = [
        client.post("/api/v1/questions", json=SENT | {"question": f"Spam {n}"}).status_code
        for n in range(7)
    ]
    assert statuses == [204] * 5 + [429] * 2
    assert len(newsroom.questions.find()) == 5


def test_a_full_queue_says_so(bot: FaqBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_bot.newsroom.newsroom.MOST_WAITING", 1)
    client, newsroom = sending(bot, tmp_path)
    assert client.post("/api/v1/questions", json=SENT).status_code == 204
    response = client.post("/api/v1/questions", json=SENT | {"question": "Und jetzt?"})
    assert (response.status_code, problem(response)["code"]) == (503, "queue_full")
    assert len(newsroom.questions.find()) == 1


# --- Who may ask, and how much ---------------------------------------------------------------


def test_allowed_pages_may_read_answers_and_others_may_not(client: TestClient) -> None:
    wanted = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    good = client.options(ASK, headers={"Origin": "https://www.news.example", **wanted})
    assert good.headers["access-control-allow-origin"] == "https://www.news.example"
    assert "access-control-allow-credentials" not in good.headers
    bad = client.options(ASK, headers={"Origin": "https://evil.example", **wanted})
    assert "access-control-allow-origin" not in bad.headers
    refused = client.post(ASK, json=QUESTION, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert "FAQ_BOT_ALLOWED_ORIGINS" in problem(refused)["message"]


def test_the_chat_may_be_framed_by_the_allowed_pages_alone(client: TestClient) -> None:
    policy = client.get("/de/").headers["content-security-policy"]
    ancestors = "frame-ancestors 'self' https://news.example https://www.news.example"
    assert policy.endswith(ancestors)
    assert "frame-ancestors 'self'" in client.get("/api/docs").headers["content-security-policy"]


def test_too_many_questions_have_to_wait(bot: FaqBot) -> None:
    from faq_bot.web.app import create_app

    client = TestClient(create_app(bot, Settings(questions_per_minute=2)))
    statuses = [client.post(ASK, json=QUESTION).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = client.post(ASK, json=QUESTION)
    assert problem(refused)["code"] == "too_many_questions"
    assert 1 <= int(refused.headers["retry-after"]) <= 60


@pytest.mark.slow
@pytest.mark.parametrize(("proxy", "told_apart"), [("192.0.2.0/24", True), ("198.51.100.7", False)])
def test_only_a_trusted_proxy_names_the_client(bot: FaqBot, proxy: str, told_apart: bool) -> None:
    from faq_bot.web.app import create_app
    from faq_bot.web.server import server_config

    settings = Settings(questions_per_minute=1, trusted_proxies=proxy)
    config = server_config(create_app(bot, settings), settings)
    config.load()
    client = TestClient(config.loaded_app, client=("192.0.2.1", 1))
    statuses = [
        client.post(ASK, json=QUESTION, headers={"X-Forwarded-For": address}).status_code
        for address in ("203.0.113.1", "203.0.113.2", "203.0.113.1")
    ]
    assert statuses == [200, 200 if told_apart else 429, 429]


# --- For operators and search engines --------------------------------------------------------


def test_the_server_tells_that_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok"
    assert client.get("/readyz").status_code in {200, 503}
    client.post(ASK, json=QUESTION)
    assert client.get("/readyz").text == "ok"


def test_structured_data_is_a_valid_faq_page(client: TestClient) -> None:
    response = client.get("/api/v1/articles/amazon-openai/faq.jsonld", params={"language": "en"})
    assert response.headers["content-type"].startswith("application/ld+json")
    page = response.json()
    assert (page["@context"], page["@type"]) == ("https://schema.org", "FAQPage")
    assert page["inLanguage"] == "en"
    first = page["mainEntity"][0]
    assert first["@type"] == "Question"
    assert first["name"] == "What investment is being discussed between OpenAI and Amazon?"
    assert first["acceptedAnswer"]["@type"] == "Answer"
    assert first["acceptedAnswer"]["text"].startswith("According to reports")
    assert "<" not in response.text


def test_openapi_describes_every_route_and_its_errors(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert set(described["paths"]) == {
        "/v1/ask",
        "/v1/feedback",
        "/v1/questions",
        "/v1/articles",
        "/v1/articles/{article}/suggestions",
        "/v1/articles/{article}/faq.jsonld",
    }
    for methods in described["paths"].values():
        for method in methods.values():
            assert method["responses"]["default"]


# --- The scripts -----------------------------------------------------------------------------


def test_the_script_is_kept_short_and_its_version_for_good(client: TestClient) -> None:
    plain = client.get("/widget.js")
    assert plain.headers["cache-control"] == "public, max-age=300"
    again = client.get("/widget.js", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    version = plain.headers["etag"].strip('W/"')
    versioned = client.get(f"/widget-{version}.js")
    assert versioned.text == plain.text
    assert "immutable" in versioned.headers["cache-control"]
    assert client.get("/widget-0123456789ab.js").status_code == 404


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_the_script_is_compressed(client: TestClient, encoding: str) -> None:
    response = client.get("/widget.js", headers={"Accept-Encoding": encoding})
    assert response.headers["content-encoding"] == encoding
