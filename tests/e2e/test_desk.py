"""The editors' desk in a real browser, as editors and readers use it together."""

import csv
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.reply import Reply
from faq_bot.newsroom.drafts import Drafts
from faq_bot.newsroom.editors import Editors
from faq_bot.newsroom.publishing import Publishing
from faq_bot.newsroom.questions import Questions, State
from faq_bot.newsroom.tables import answers, newsroom_database, questions
from tests.support.paths import SEEDS
from tests.support.servers import build, start
from tests.support.visits import REPLY, ChatVisit, Visit
from tests.support.waiting import wait_until

PASSWORD = "correct horse battery"
ARTICLE = "amazon-openai"
GERMAN = "Wie viele Trainium-Chips hat OpenAI bestellt?"
ENGLISH = "How many Trainium chips did OpenAI order?"
GERMAN_ANSWER = "Eine Bestellung ist bisher nicht bekannt."
ENGLISH_ANSWER = "No order has been made public so far."
GROUPS = "#groups label"


class Newsroom:
    """A server with a desk, which can be killed and started again."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.variables = {
            "FAQ_BOT_COUNT_QUESTIONS": "true",
            "FAQ_BOT_QUESTIONS_PER_MINUTE": "100000",
            **variables,
        }
        self.database = newsroom_database(folder / "questions.sqlite")
        self.questions = Questions(self.database, timedelta(days=30))
        self.drafts = Drafts(self.database)
        self.publishing = Publishing(self.database)
        self.editors = Editors(self.database, timedelta(hours=12))
        self.editors.add("mia", PASSWORD)
        build(folder, SEEDS)
        self.process: subprocess.Popen[str]
        self.start()
        self.own_suggestions = self.suggestions()

    def start(self, port: int = 0) -> None:
        self.process, self.address = start(self.folder, SEEDS, port, self.variables)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def clear(self) -> None:
        """Take back what is published and delete all questions."""
        for answer in self.drafts.all():
            if answer.published is not None:
                self.publishing.unpublish(answer.id, "test")
        for question in self.questions.find():
            self.questions.delete(question.id, "test")
        with self.database.writing() as db:
            db.execute(answers.delete())
        wait_until(lambda: self.suggestions() == self.own_suggestions)

    def size(self) -> int:
        """Bytes of the database."""
        assert self.database.path is not None
        return self.database.path.stat().st_size

    def suggestions(self) -> list[str]:
        api = f"{self.address}/api/v1/articles/{ARTICLE}/suggestions?language=de"
        suggestions: list[str] = httpx.get(api).json()["suggestions"]
        return suggestions


FILLED = """() => [...document.querySelectorAll("[id^=question-] textarea")]
    .some((field) => field.value)"""


class DeskVisit(Visit):
    """An editor's visit."""

    def __init__(
        self, browser: Browser, newsroom: Newsroom, language: str = "de", **options: Any
    ) -> None:
        super().__init__(browser, **options)
        self.newsroom = newsroom
        self.language = language

    def log_in(self) -> Page:
        self.page.goto(f"{self.newsroom.address}/editor?lang={self.language}")
        self.page.locator("[name=name]").fill("mia")
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#who")).to_contain_text("mia")
        return self.page

    def open(self, question: str) -> Page:
        self.page.locator(GROUPS).filter(has_text=question).click()
        expect(self.page.locator("#work")).to_be_visible()
        # Gradio shows the form before it fills it: what is typed in between would be overwritten.
        self.page.wait_for_function(FILLED)
        return self.page


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    newsroom = Newsroom(tmp_path_factory.mktemp("newsroom"))
    yield newsroom
    newsroom.process.terminate()
    newsroom.process.wait(timeout=30)


@pytest.fixture
def newsroom(running: Newsroom) -> Iterator[Newsroom]:
    yield running
    running.clear()


@pytest.fixture
def desk(browser: Browser, newsroom: Newsroom) -> Iterator[DeskVisit]:
    visit = DeskVisit(browser, newsroom, viewport={"width": 1280, "height": 900})
    yield visit
    visit.context.close()
    assert visit.errors == []


def ask_in_vain_and_send(browser: Browser, newsroom: Newsroom, question: str, tag: str) -> None:
    """A reader asks what the article does not say, and sends the question to the editors."""
    reader = ChatVisit(browser, newsroom.address)
    page = reader.open(f"/?lang={tag}")
    reader.ask(question)
    expect(page.locator(f"{REPLY}.reply-answer")).to_have_count(0)
    page.locator(".send-to-editors").click()
    page.locator("#sending button[type=submit]").click()
    expect(page.locator("#sending .remark")).to_be_visible()
    reader.context.close()
    assert reader.errors == []


def expect_answer(
    browser: Browser, newsroom: Newsroom, question: str, answer: str, source: str
) -> None:
    reader = ChatVisit(browser, newsroom.address)
    page = reader.open("/?lang=de")
    reader.ask(question)
    expect(page.locator(f"{REPLY} .answer")).to_have_text(answer)
    expect(page.locator(f"{REPLY} .origin").first).to_contain_text(source)
    reader.context.close()
    assert reader.errors == []


@pytest.mark.parametrize("killed", [False, True])
def test_what_two_readers_asked_in_vain_is_answered_in_both_languages(
    browser: Browser, newsroom: Newsroom, desk: DeskVisit, killed: bool
) -> None:
    ask_in_vain_and_send(browser, newsroom, ENGLISH, "en")
    ask_in_vain_and_send(browser, newsroom, GERMAN, "de")

    page = desk.log_in()
    expect(page.locator(GROUPS)).to_have_count(1)
    expect(page.locator(GROUPS)).to_contain_text("2 × · DE, EN")
    desk.open(GERMAN)
    expect(page.locator("#asked label")).to_have_count(2)
    expect(page.get_by_label("Frage auf Deutsch")).to_have_value(GERMAN)
    expect(page.get_by_label("Frage auf Englisch")).to_have_value(ENGLISH)
    expect(page.locator("#found")).to_contain_text("Trainium")
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    page.get_by_label("Antwort auf Englisch").fill(ENGLISH_ANSWER)
    expect(page.locator("#saved")).to_contain_text("Gespeichert um")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.locator("#conversation .answer")).to_have_text([GERMAN_ANSWER, ENGLISH_ANSWER])
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator("#message")).to_contain_text("Veröffentlicht")
    expect(page.locator(GROUPS)).to_have_count(0)
    if killed:
        page.goto("about:blank")
        newsroom.kill()
        newsroom.start()

    expect_answer(browser, newsroom, GERMAN, GERMAN_ANSWER, GERMAN)
    expect_answer(browser, newsroom, ENGLISH, ENGLISH_ANSWER, ENGLISH)
    api = f"{newsroom.address}/api/v1/articles/{ARTICLE}"
    assert httpx.get(f"{api}/suggestions?language=en").json()["suggestions"][0] == ENGLISH
    entities = httpx.get(f"{api}/faq.jsonld?language=de").json()["mainEntity"]
    assert entities[0]["acceptedAnswer"]["text"] == GERMAN_ANSWER
    reader = ChatVisit(browser, newsroom.address)
    page = reader.open("/?lang=de")
    expect(page.locator(".suggestion").first).to_have_text(GERMAN)
    reader.context.close()


def send(newsroom: Newsroom, *questions: str) -> None:
    for question in questions:
        newsroom.questions.send(ARTICLE, "de", question, None)


def test_what_was_published_can_be_undone_and_taken_back(
    newsroom: Newsroom, desk: DeskVisit
) -> None:
    send(newsroom, GERMAN)
    page = desk.log_in()
    desk.open(GERMAN)
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    page.get_by_role("button", name="Veröffentlichen").click()
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.locator("#message")).to_contain_text("Zurückgezogen")
    desk.open(GERMAN)
    expect(page.get_by_label("Antwort auf Deutsch")).to_have_value(GERMAN_ANSWER)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator(GROUPS)).to_have_count(0)
    page.get_by_role("radio", name="Veröffentlicht").check()
    desk.open(GERMAN)
    page.get_by_label("Antwort auf Deutsch").fill("Bisher ist keine bekannt.")
    page.get_by_role("button", name="Änderung veröffentlichen").click()
    expect(page.locator("#message")).to_contain_text("Veröffentlicht")
    (published,) = newsroom.publishing.published()
    assert published.reply.texts["de"].answer == "Bisher ist keine bekannt."
    desk.open(GERMAN)
    page.get_by_role("button", name="Zurückziehen").click()
    expect(page.locator("#message")).to_contain_text("Zurückgezogen")
    assert newsroom.publishing.published() == ()


def test_what_cannot_be_published_yet_is_told_and_stays(
    newsroom: Newsroom, desk: DeskVisit
) -> None:
    send(newsroom, GERMAN)
    page = desk.log_in()
    desk.open(GERMAN)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator("#status")).to_contain_text("Frage und Antwort in einer Sprache")
    page.locator("#asked label").click()
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    page.get_by_role("button", name="Ablehnen").click()
    expect(page.locator("#status")).to_contain_text("mindestens eine Frage")
    expect(page.get_by_label("Antwort auf Deutsch")).to_have_value(GERMAN_ANSWER)
    assert newsroom.publishing.published() == ()


def test_a_question_is_rejected_and_opened_again(newsroom: Newsroom, desk: DeskVisit) -> None:
    send(newsroom, GERMAN, "Kauft jetzt Gold!")
    page = desk.log_in()
    desk.open("Kauft jetzt Gold!")
    page.get_by_role("button", name="Ablehnen").click()
    expect(page.locator("#message")).to_contain_text("nach 30 Tagen gelöscht")
    expect(page.locator(GROUPS)).to_have_count(1)
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.locator(GROUPS)).to_have_count(2)
    desk.open("Kauft jetzt Gold!")
    page.get_by_role("button", name="Ablehnen").click()
    expect(page.locator(GROUPS)).to_have_count(1)
    page.get_by_role("radio", name="Abgelehnt").check()
    desk.open("Kauft jetzt Gold!")
    page.get_by_role("button", name="Wieder öffnen").click()
    expect(page.locator(GROUPS)).to_have_count(0)
    states = [question.state for question in newsroom.questions.find()]
    assert states == [State.NEW, State.NEW]


def test_only_the_chosen_questions_are_answered(newsroom: Newsroom, desk: DeskVisit) -> None:
    send(newsroom, GERMAN, "Wie viele Chips von Trainium hat OpenAI bestellt?")
    page = desk.log_in()
    expect(page.locator(GROUPS)).to_have_count(1)
    desk.open("Trainium")
    page.locator("#asked label").filter(has_text="Chips von Trainium").click()
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator("#message")).to_contain_text("Veröffentlicht")
    states = [question.state for question in newsroom.questions.find()]
    assert states == [State.PUBLISHED, State.NEW]
    expect(page.locator(GROUPS)).to_have_count(1)


def test_nothing_typed_is_lost_on_a_broken_connection(browser: Browser, newsroom: Newsroom) -> None:
    send(newsroom, GERMAN)
    desk = DeskVisit(browser, newsroom)
    page = desk.log_in()
    desk.open(GERMAN)
    desk.context.set_offline(True)
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    expect(page.locator("#trouble")).to_contain_text("Nicht gespeichert")
    page.get_by_label("Antwort auf Deutsch").fill(f"{GERMAN_ANSWER} Noch nicht.")
    assert newsroom.drafts.all() == []
    desk.context.set_offline(False)
    expect_open_again(page, f"{GERMAN_ANSWER} Noch nicht.")
    (answer,) = newsroom.drafts.all()
    assert answer.draft.texts["de"].answer == f"{GERMAN_ANSWER} Noch nicht."
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator("#message")).to_contain_text("Veröffentlicht")
    desk.context.close()


def test_who_leaves_before_an_answer_is_kept_is_asked(browser: Browser, newsroom: Newsroom) -> None:
    send(newsroom, GERMAN)
    desk = DeskVisit(browser, newsroom)
    page = desk.log_in()
    desk.open(GERMAN)
    desk.hold("**/drafts*")
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    page.get_by_role("link", name="Statistik").click()
    expect(page).to_have_url(re.compile("/statistics"))
    assert [error.partition(":")[0] for error in desk.errors] == ["beforeunload"]
    desk.context.close()


def expect_open_again(page: Page, answer: str) -> None:
    """The page has loaded itself anew and shows the draft."""
    expect(page.locator("#trouble")).to_be_empty(timeout=60_000)
    expect(page.locator("#saved")).to_be_empty()
    expect(page.get_by_label("Antwort auf Deutsch")).to_have_value(answer)


def test_what_was_typed_last_is_kept_when_another_question_is_opened(
    newsroom: Newsroom, desk: DeskVisit
) -> None:
    send(newsroom, GERMAN, "Wie viele Mitarbeiter hat OpenAI?")
    page = desk.log_in()
    desk.open(GERMAN)
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    desk.open("Mitarbeiter")
    expect(page.get_by_label("Antwort auf Deutsch")).to_have_value("")
    desk.open(GERMAN)
    expect(page.get_by_label("Antwort auf Deutsch")).to_have_value(GERMAN_ANSWER)
    (answer,) = newsroom.drafts.all()
    assert [q.text for q in newsroom.questions.answered_by(answer.id)] == [GERMAN]


def test_a_draft_survives_a_restart_under_the_open_page(
    browser: Browser, newsroom: Newsroom
) -> None:
    send(newsroom, GERMAN)
    desk = DeskVisit(browser, newsroom)
    page = desk.log_in()
    desk.open(GERMAN)
    port = httpx.URL(newsroom.address).port
    newsroom.kill()
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    newsroom.start(port or 0)
    expect_open_again(page, GERMAN_ANSWER)
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator("#message")).to_contain_text("Veröffentlicht")
    desk.context.close()


def test_what_the_server_would_not_keep_stays_until_it_does(
    newsroom: Newsroom, desk: DeskVisit
) -> None:
    send(newsroom, GERMAN)
    page = desk.log_in()
    desk.open(GERMAN)
    refused = {"error": {"code": "invalid", "message": "Nicht jetzt."}}
    answers: list[Callable[[Route], None]] = [
        Route.abort,
        lambda route: route.fulfill(status=422, json=refused),
    ]
    page.route("**/drafts", lambda route: answers.pop(0)(route) if answers else route.continue_())
    page.get_by_label("Antwort auf Deutsch").fill(GERMAN_ANSWER)
    expect(page.locator("#trouble")).to_contain_text("Nicht gespeichert")
    expect(page.locator("#trouble")).to_contain_text("Nicht jetzt.")
    expect_open_again(page, GERMAN_ANSWER)
    (answer,) = newsroom.drafts.all()
    assert answer.draft.texts["de"].answer == GERMAN_ANSWER
    desk.errors.clear()  # the browser tells of the request that was refused


def test_two_editors_are_told_of_each_other(browser: Browser, newsroom: Newsroom) -> None:
    desk = DeskVisit(browser, newsroom)
    send(newsroom, GERMAN)
    page = desk.log_in()
    desk.open(GERMAN)
    page.get_by_label("Antwort auf Deutsch").fill("Meine Antwort.")
    expect(page.locator("#saved")).to_contain_text("Gespeichert um")
    (mine,) = newsroom.drafts.all()
    other = Reply({"de": QuestionAnswer(GERMAN, "Bens Antwort.")})
    (question,) = newsroom.questions.find()
    newsroom.drafts.write([question.id], other, "ben", mine.changed_at)
    page.get_by_label("Antwort auf Deutsch").fill("Meine bessere Antwort.")
    expect(page.locator("#trouble")).to_contain_text("ben hat diese Antwort inzwischen geändert")
    expect(page.get_by_label("Antwort auf Deutsch")).to_have_value("Meine bessere Antwort.")
    (kept,) = newsroom.drafts.all()
    assert kept.draft.texts["de"].answer == "Bens Antwort."
    desk.context.close()


def test_the_desk_is_worked_with_the_keyboard(newsroom: Newsroom, desk: DeskVisit) -> None:
    send(newsroom, GERMAN, "Wie viele Mitarbeiter hat OpenAI?")
    page = desk.log_in()
    expect(page.locator(GROUPS)).to_have_count(2)
    page.get_by_role("radio", name="Offen").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#work")).to_be_visible()
    first = page.get_by_label("Frage auf Deutsch").input_value()
    page.locator("#groups input:checked").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Frage auf Deutsch")).not_to_have_value(first)
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("Das ist nicht bekannt.")
    for name in ("Frage auf Englisch", "Antwort auf Englisch", "Name der Leserin"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(name)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("Veröffentlicht")
    assert len(newsroom.publishing.published()) == 1


def test_markup_and_links_of_readers_are_inert(newsroom: Newsroom, desk: DeskVisit) -> None:
    newsroom.questions.send(
        ARTICLE,
        "de",
        "<img src=x onerror=alert(1)> [Klick](https://bad.example) Was kostet **Trainium**?",
        "<b>Eve</b>",
    )
    page = desk.log_in()
    desk.open("<img src=x onerror=alert(1)> [Klick](https://bad.example)")
    page.get_by_label("Antwort auf Deutsch").fill("<script>alert(1)</script> **Nichts**")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.locator("#conversation .answer")).to_have_text(
        "<script>alert(1)</script> **Nichts**"
    )
    assert page.locator("#desk :is(a, img, script, b)").count() == 0


def test_a_flood_does_not_hide_what_readers_ask(newsroom: Newsroom, desk: DeskVisit) -> None:
    spam = [
        {
            "article": ARTICLE, "language": "de", "text": f"Spam {number} xyz {number * 7919}",
            "digest": f"{number}", "times": 1, "state": "new",
            "sent_at": "2026-01-01T00:00:00+00:00", "changed_at": "2026-01-01T00:00:00+00:00",
        }
        for number in range(300)
    ]  # fmt: skip
    with newsroom.database.writing() as db:
        db.execute(questions.insert(), spam)
    send(newsroom, GERMAN)
    page = desk.log_in()
    expect(page.locator(GROUPS).first).to_contain_text(GERMAN, timeout=60_000)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 820, 390])
def test_the_desk_has_no_serious_accessibility_violation(
    browser: Browser, newsroom: Newsroom, language: str, scheme: str, width: int
) -> None:
    send(newsroom, GERMAN)
    desk = DeskVisit(
        browser, newsroom, language, color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    page = desk.page
    page.goto(f"{newsroom.address}/editor/log-in?lang={language}")
    check_accessibility(page)
    desk.log_in()
    desk.open(GERMAN)
    page.locator("#answer-de textarea").fill(GERMAN_ANSWER)
    page.locator("#preview").click()
    expect(page.locator("#conversation .answer")).to_be_visible()
    check_accessibility(page)
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#saved")).not_to_be_empty()
    page.goto(f"{newsroom.address}/editor/statistics?lang={language}")
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert desk.errors == []
    assert not [r for r in desk.requests if not r.url.startswith((newsroom.address, "data:"))]
    desk.context.close()


SETTLED = """() => !document.querySelector('[data-testid="status-tracker"]:not(.hide)')
    && !document.getAnimations().some((animation) => animation.playState === "running")"""


def check_accessibility(page: Page) -> None:
    page.wait_for_function(SETTLED)  # what is being fetched is pale for a moment
    violations = Axe().run(page).response["violations"]
    serious = [v for v in violations if v["impact"] in {"serious", "critical"}]
    assert [(v["id"], [node["target"] for node in v["nodes"]]) for v in serious] == []


def log_in(
    newsroom: Newsroom, name: str = "mia", password: str = PASSWORD, **headers: str
) -> tuple[httpx.Client, httpx.Response]:
    """Log in without a browser, as its own page would."""
    client = httpx.Client(base_url=newsroom.address, headers={"Origin": newsroom.address} | headers)
    form = {"name": name, "password": password}
    return client, client.post("/editor/log-in?lang=en", data=form)


PREDICT = "/editor/de/gradio_api/run/predict"
DRAFT: dict[str, object] = {"questions": [], "texts": {}}


def test_without_a_session_nothing_of_the_desk_is_answered(newsroom: Newsroom) -> None:
    client = httpx.Client(base_url=newsroom.address, headers={"Origin": newsroom.address})
    for path in ("/editor", "/editor/de/", "/editor/statistics", "/editor/statistics.csv"):
        response = client.get(path, headers={"Accept": "text/html"})
        assert response.status_code == 303
        assert response.next_request is not None
        assert str(response.next_request.url).startswith(f"{newsroom.address}/editor/log-in")
        assert client.get(path).status_code == 401
    assert client.get("/editor/session").status_code == 401
    for path in (PREDICT, "/editor/drafts", "/editor/en/gradio_api/run/predict"):
        response = client.post(path, json={"data": ["new", None], "fn_index": 0} | DRAFT)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "not_logged_in"
    client.cookies.set("faq_bot_editor", "guessed")
    assert client.get("/editor/session").status_code == 401


def test_a_session_opens_the_desk_until_it_is_ended(newsroom: Newsroom) -> None:
    client, response = log_in(newsroom)
    assert (response.status_code, response.headers["location"]) == (303, "./en/")
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age=43200" in cookie
    assert "secure" not in cookie
    assert client.get("/editor/session").status_code == 204
    assert client.get("/editor/statistics.csv").text.startswith("day,article")
    page = client.get("/editor/de/")
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert client.post("/editor/log-out?lang=en").status_code == 303
    assert client.get("/editor/session").status_code == 401


def test_another_site_can_do_nothing_in_an_editors_name(newsroom: Newsroom) -> None:
    client, _ = log_in(newsroom)
    for origin in ("https://bad.example", "null", ""):
        headers = {"Origin": origin}
        assert client.post("/editor/drafts", json=DRAFT, headers=headers).status_code == 403
        assert client.post(PREDICT, json={}, headers=headers).status_code == 403
        assert client.post("/editor/log-out?lang=de", headers=headers).status_code == 403
        form = {"name": "mia", "password": PASSWORD}
        assert client.post("/editor/log-in?lang=de", data=form, headers=headers).status_code == 403
    assert client.get("/editor/session").status_code == 204
    without = httpx.post(f"{newsroom.address}/editor/drafts", json=DRAFT, cookies=client.cookies)
    assert without.status_code == 403


def test_readers_pages_get_no_cookie_and_take_none(newsroom: Newsroom) -> None:
    for path in ("/de/", "/demo/de", "/api/v1/articles", "/widget.js"):
        assert "set-cookie" not in httpx.get(newsroom.address + path).headers


def test_a_draft_that_cannot_be_kept_is_told(newsroom: Newsroom) -> None:
    client, _ = log_in(newsroom)
    sent = newsroom.questions.send(ARTICLE, "de", GERMAN)
    long = {"de": {"question": GERMAN, "answer": "x" * 5001}}
    for draft in (
        DRAFT, {"questions": [999], "texts": {}}, {"questions": [sent.id], "texts": long},
        {"questions": [sent.id], "texts": {"fr": {"question": "", "answer": ""}}},
    ):  # fmt: skip
        assert client.post("/editor/drafts", json=draft).status_code == 422
    assert newsroom.drafts.all() == []


def test_guessing_passwords_is_slowed_down(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path)
    try:
        for _ in range(5):
            _, response = log_in(newsroom, password="a wrong password")
            assert response.status_code == 403
            assert "do not match" in response.text
        _, response = log_in(newsroom)
        assert response.status_code == 429
        assert 0 < int(response.headers["retry-after"]) <= 900
        newsroom.editors.remove("mia")
        closed = httpx.get(f"{newsroom.address}/editor/log-in?lang=en")
        assert closed.status_code == 403
        assert "faq-bot editors add" in closed.text
        assert "<form" not in closed.text
    finally:
        newsroom.kill()


def test_behind_https_the_cookie_is_secure(tmp_path: Path) -> None:
    newsroom = Newsroom(tmp_path, FAQ_BOT_TRUSTED_PROXIES="127.0.0.1")
    try:
        secure = newsroom.address.replace("http:", "https:")
        _, response = log_in(newsroom, Origin=secure, **{"X-Forwarded-Proto": "https"})
        assert response.status_code == 303
        assert "; secure" in response.headers["set-cookie"].lower()
    finally:
        newsroom.kill()


def test_a_flood_by_one_client_leaves_five_questions_a_minute(newsroom: Newsroom) -> None:
    size = newsroom.size()
    with httpx.Client(base_url=newsroom.address) as client:
        statuses = [
            client.post(
                "/api/v1/questions",
                json={"question": f"Spam {number} " + "x" * 900, "language": "de"},
            ).status_code
            for number in range(10_000)
        ]
    assert set(statuses) == {204, 429}
    assert statuses.count(204) == len(newsroom.questions.find()) <= 15
    assert newsroom.size() - size < 200_000


def test_the_statistics_tell_what_readers_ask(newsroom: Newsroom, desk: DeskVisit) -> None:
    api = f"{newsroom.address}/api/v1"
    for _ in range(3):
        httpx.post(f"{api}/ask", json={"question": "Was ist Trainium?"}, timeout=30)
    helpful = {"article": ARTICLE, "language": "de", "outcome": "answer", "helpful": True}
    assert httpx.post(f"{api}/feedback", json=helpful).status_code == 204
    send(newsroom, GERMAN)
    desk.log_in()
    page = desk.page
    page.get_by_role("link", name="Statistik").click()
    expect(page.get_by_role("heading", name="Statistik")).to_be_visible()
    answered = page.locator(".sums .answered dd").inner_text()
    assert int(answered) >= 3
    expect(page.locator(".sums .helpful dd")).to_have_text("1")
    expect(page.locator(".wanted")).to_contain_text(GERMAN)
    with page.expect_download() as download:
        page.get_by_role("link", name="Als CSV herunterladen").click()
    with Path(download.value.path()).open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    totals = [int(line["total"]) for line in lines if line["event"] == "answered"]
    assert sum(totals) == int(answered)
