"""Several articles in the chat and the widget, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from faq_bot.articles.json_format import article_json
from tests.support.sample_articles import CHOIR, CLOSED, COST, FIRST, LATER, UNTIL
from tests.support.servers import serve
from tests.support.visits import REPLY, ChatVisit

TITLES = ["Rheinbrücke bleibt länger gesperrt", "Rheinbrücke wegen Reparatur lange gesperrt"]


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for article in (CHOIR, CLOSED, FIRST, LATER):
        (folder / f"{article.id}.json").write_text(article_json(article), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def archive(articles: Path) -> Iterator[str]:
    with serve(articles) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, archive: str) -> Iterator[ChatVisit]:
    visit = ChatVisit(browser, archive)
    yield visit
    visit.context.close()
    assert visit.errors == []


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in {"serious", "critical"}]


def test_all_articles_are_asked_and_named_with_their_dates(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    expect(page.locator("h1")).to_have_text("Fragen zu unseren Artikeln")
    expect(page.get_by_role("button", name="Frage an die Redaktion")).to_have_count(0)
    visit.ask(UNTIL)
    source = page.locator(f"{REPLY} .sources li").first
    expect(source.locator(".report")).to_have_text(f"Artikel: {TITLES[0]}, 20. April 2026")
    expect(source.get_by_role("link")).to_have_attribute(
        "href", re.compile(r"^https://news\.example/later#:~:text=Die%20Rheinbr%C3%BCcke")
    )


def test_a_reader_chooses_an_article_from_the_newest(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    page.get_by_role("button", name="Artikel wählen").click()
    choice = page.get_by_role("region", name="Artikel wählen")
    expect(choice.get_by_role("searchbox", name="Artikel suchen")).to_be_focused()
    expect(choice.get_by_role("listitem")).to_have_count(4)
    expect(choice.get_by_role("listitem").first).to_contain_text("20. April 2026")
    assert violations(page) == []
    visit.picture("choice-light-de")
    choice.get_by_role("link", name=TITLES[1]).click()
    expect(page.locator("h1")).to_have_text(TITLES[1])
    expect(page.locator("#heading time")).to_have_text("5. März 2026")
    expect(page.get_by_role("button", name="Frage an die Redaktion")).to_be_visible()
    assert "article=first" in page.url
    page.get_by_role("button", name="Artikel wählen").click()
    page.get_by_role("link", name="Alle Artikel fragen").click()
    expect(page.locator("h1")).to_have_text("Fragen zu unseren Artikeln")


def test_a_reader_searches_an_article_with_the_keyboard(visit: ChatVisit) -> None:
    page = visit.open("/?lang=en")
    button = page.get_by_role("button", name="Choose an article")
    button.focus()
    page.keyboard.press("Enter")
    choice = page.get_by_role("region", name="Choose an article")
    page.keyboard.type("a concert in a church")
    page.keyboard.press("Enter")
    expect(choice.get_by_role("link")).to_have_text([CHOIR.title])
    expect(choice.get_by_role("status")).to_have_text("Articles found")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(choice.get_by_role("link")).to_be_focused()
    choice.get_by_role("searchbox").fill("quantum physics")
    choice.get_by_role("button", name="Search").click()
    expect(choice.get_by_role("status")).to_have_text("No article found.")
    page.keyboard.press("Escape")
    expect(choice).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(choice).to_be_visible()
    page.get_by_role("radio", name="Deutsch").check()
    expect(page.locator("#choosing")).to_have_count(0)


def test_a_related_article_answers_and_is_shown_as_such(visit: ChatVisit) -> None:
    page = visit.open("/de/?article=closed")
    visit.ask(COST)
    reply = page.locator(REPLY)
    expect(reply).to_contain_text("Dieser Artikel beantwortet das nicht, aber ein anderer:")
    expect(reply.locator(".answer")).to_contain_text("14 Millionen Euro")
    expect(reply.locator(".report")).to_have_text(f"Artikel: {TITLES[0]}, 20. April 2026")
    expect(reply.get_by_role("link", name="Zur Stelle im Artikel")).to_be_visible()
    visit.ask("Warum ist die Brücke gesperrt?")
    own = page.locator(REPLY).last
    expect(own.locator(".report")).to_have_count(0)
    expect(own.locator("time")).to_have_text("2. März 2026")
    assert violations(page) == []
    visit.picture("related-light-de")


def test_on_a_phone_in_the_dark_the_choice_fits(browser: Browser, archive: str) -> None:
    phone = {"viewport": {"width": 360, "height": 640}, "color_scheme": "dark"}
    visit = ChatVisit(browser, archive, **phone)
    page = visit.open("/?lang=en")
    page.get_by_role("button", name="Choose an article").click()
    expect(page.locator("#choosing li")).to_have_count(4)
    visit.picture("choice-phone-dark-en")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    assert visit.errors == []
    visit.context.close()


def test_the_widget_answers_from_a_related_article(browser: Browser, archive: str) -> None:
    visit = ChatVisit(browser, archive)
    page = visit.page
    page.goto(f"{archive}/demo/de?article=closed")
    page.get_by_role("button", name="Fragen zum Artikel").click()
    page.get_by_role("textbox").fill(COST)
    page.keyboard.press("Enter")
    reply = page.locator(".reply")
    expect(reply.locator(".answer")).to_contain_text("14 Millionen Euro")
    expect(reply).to_contain_text("Dieser Artikel beantwortet das nicht, aber ein anderer:")
    expect(reply).to_contain_text(f"Artikel: {TITLES[0]}, 20. April 2026")
    expect(reply.get_by_role("link", name="Zur Stelle im Artikel")).to_be_visible()
    visit.picture("widget-related-light-de")
    assert visit.errors == []
    visit.context.close()


def test_a_newsroom_keeps_questions_to_their_article(browser: Browser, articles: Path) -> None:
    with serve(articles, FAQ_BOT_SCOPE="article") as address:
        visit = ChatVisit(browser, address)
        page = visit.open("/?lang=de")
        expect(page.locator("h1")).to_have_text(TITLES[0])
        page.get_by_role("button", name="Artikel wählen").click()
        expect(page.locator("#choosing li")).to_have_count(4)
        expect(page.get_by_role("link", name="Alle Artikel fragen")).to_have_count(0)
        page.get_by_role("link", name=CLOSED.title).click()
        expect(page.locator("h1")).to_have_text(CLOSED.title)
        visit.ask(COST)
        expect(page.locator(REPLY)).to_contain_text("beantwortet der Artikel leider nicht")
        question = {"question": COST, "article": "closed", "scope": "related"}
        answer = httpx.post(f"{address}/api/v1/ask", json=question).json()
        assert (answer["outcome"], answer["is_from_elsewhere"]) == ("refused", False)
        assert visit.errors == []
        visit.context.close()


def test_programs_list_and_search_articles(archive: str) -> None:
    with httpx.Client(base_url=f"{archive}/api/v1") as api:
        listed = api.get("/articles", params={"limit": 2, "offset": 1}).json()
        assert [(one["id"], one["versions"][0]["date"]) for one in listed] == [
            ("first", "2026-03-05"),
            ("closed", "2026-03-02"),
        ]
        assert api.get("/articles", params={"search": "Kinderchor"}).json()[0]["id"] == "choir"
        assert api.get("/articles", params={"limit": 0}).status_code == 422
