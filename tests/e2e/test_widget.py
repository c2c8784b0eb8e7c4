"""The widget on a newspaper's page, in a real browser, as readers use it.

The page stands on another port than the bot, so another origin.
"""

import gzip
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, expect

from faq_bot.newsroom.questions import Questions
from tests.support.news_site import NewsSite
from tests.support.paths import ROOT
from tests.support.visits import Visit

ARTICLE = """
<h1>Amazon und OpenAI</h1>
<p>Am 16. Dezember löste ein Bericht Unruhe aus.</p>
<p style="height: 1500px">Viel Platz.</p>
<p id="place">Berichten zufolge würde Amazons Angebot die Finanzierung an die Nutzung seiner
Trainium-KI-Chipfamilie knüpfen. <em>Trai&shy;nium</em> ist der Trainings&shy;beschleuniger von
<a href="#aws">AWS</a>, der darauf ausgelegt ist, mit Nvidias
Dominanz im Markt für Modell<b>training</b> zu konkurrieren.</p>
<p style="height: 1500px">Noch mehr Platz.</p>
"""


class Reader(Visit):
    """A visit to a news page."""

    errors_expected = False

    def ask(self, question: str) -> None:
        replies = self.page.locator(".reply").count()
        self.page.get_by_role("textbox").fill(question)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".reply")).to_have_count(replies + 1)
        expect(self.page.locator(".reply").last.locator(".answer, .remark").first).to_be_visible()

    @property
    def reply(self) -> Locator:
        return self.page.locator(".reply").last


OpenPage = Callable[..., Reader]


@pytest.fixture
def visit(browser: Browser) -> Iterator[OpenPage]:
    """Open a page; at the end nothing may have gone wrong that a test did not expect."""
    readers: list[Reader] = []

    def open_page(address: str, script: str = "", **options: Any) -> Reader:
        reader = Reader(browser, **options)
        readers.append(reader)
        reader.page.add_init_script(script)
        reader.page.goto(address)
        return reader

    yield open_page
    for reader in readers:
        reader.context.close()
        assert bool(reader.errors) == reader.errors_expected, reader.errors


def tag(server: str, **attributes: str) -> str:
    """Return the tag as a web developer pastes it."""
    data = {"article": "amazon-openai", **attributes}
    written = " ".join(f'data-{name}="{value}"' for name, value in data.items())
    return f'<script src="{server}/widget.js" {written} async></script>'


@pytest.fixture
def article(news_site: NewsSite, server: str) -> str:
    """The address of a page with the article and the widget."""
    return news_site.publish("/article", ARTICLE + tag(server))


def opened(reader: Reader, name: str = "Fragen zum Artikel") -> Reader:
    reader.page.get_by_role("button", name=name).click()
    expect(reader.page.get_by_role("dialog", name=name)).to_be_visible()
    return reader


# --- Before the reader acts ------------------------------------------------------------------


def test_before_the_reader_acts_there_is_only_the_script(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    before = news_site.publish("/bare", ARTICLE)
    names = set(visit(before).page.evaluate("Object.getOwnPropertyNames(window)"))
    address = news_site.publish("/quiet", ARTICLE + tag(server))
    reader = visit(address)
    expect(reader.page.get_by_role("button", name="Fragen zum Artikel")).to_be_visible()
    reader.page.wait_for_load_state("networkidle")
    assert [request.url for request in reader.requests] == [address, f"{server}/widget.js"]
    assert reader.page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert reader.context.cookies() == []
    assert set(reader.page.evaluate("Object.getOwnPropertyNames(window)")) - names == set()


@pytest.mark.parametrize("inline", [False, True])
def test_the_layout_does_not_shift(
    visit: OpenPage, news_site: NewsSite, server: str, inline: bool
) -> None:
    head = "<style>#ask { min-height: 3rem }</style>"
    attributes = {"mode": "inline", "target": "#ask"} if inline else {}
    body = '<h1>Amazon</h1><div id="ask"></div>' + ARTICLE + tag(server, **attributes)
    page = visit(news_site.publish("/shift", body, head)).page
    expect(page.get_by_role("button", name="Fragen zum Artikel")).to_be_visible()
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate(
        """() => new Promise((resolve) => {
          let sum = 0;
          const observer = new PerformanceObserver((list) => {
            list.getEntriesByType("layout-shift").forEach((shift) => sum += shift.value);
            if (list.getEntriesByName("now").length) resolve(sum);
          });
          observer.observe({ type: "layout-shift", buffered: true });
          observer.observe({ type: "mark" });
          requestAnimationFrame(() => setTimeout(() => performance.mark("now")));
        })"""
    )
    assert shifts == 0


def test_the_scripts_are_small(server: str) -> None:
    widget = httpx.get(f"{server}/widget.js").text
    (panel,) = re.findall(r"panel-\w+\.js", widget)
    assert len(gzip.compress(widget.encode(), 9)) <= 3 * 1024
    assert len(gzip.compress(httpx.get(f"{server}/{panel}").content, 9)) <= 10 * 1024


def test_pointing_at_the_button_loads_the_panel_but_asks_nothing(
    visit: OpenPage, article: str, server: str
) -> None:
    reader = visit(article)
    with reader.page.expect_event("requestfinished", lambda request: "/panel-" in request.url):
        reader.page.get_by_role("button", name="Fragen zum Artikel").hover()
    reader.idle()
    paths = [request.url.removeprefix(server) for request in reader.requests[1:]]
    assert len(paths) == 2
    assert re.fullmatch(r"/panel-\w+\.js", paths[1])


# --- Asking ----------------------------------------------------------------------------------


def test_a_question_is_answered_in_the_newsrooms_words_with_its_sources(
    visit: OpenPage, article: str
) -> None:
    reader = opened(visit(article))
    reader.ask("Was ist Trainium?")
    expect(reader.reply.locator(".answer")).to_contain_text("Trainium ist der Training")
    sources = reader.reply.locator(".sources li")
    expect(sources.first.locator(".origin")).to_contain_text("Leserfrage: Was ist Trainium und")
    expect(sources.first.locator("mark")).to_contain_text("Trainium ist der Training")
    expect(sources.nth(1).locator(".origin")).to_contain_text("Abschnitt: Skalierung, Chips")
    expect(reader.page.get_by_role("textbox")).to_have_value("")


def test_an_english_answer_shows_the_german_original(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    address = news_site.publish("/english", ARTICLE + tag(server), language="en")
    reader = opened(visit(address), "Ask the article")
    reader.ask("What is Trainium?")
    expect(reader.reply.locator(".answer")).to_contain_text("Trainium is AWS's training")
    original = reader.reply.locator("details").first
    original.get_by_text("Original in German").click()
    expect(original.locator("blockquote[lang=de]")).to_contain_text("Trainium ist der Training")


def test_the_language_can_be_changed(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    reader.page.get_by_role("button", name="English").click()
    dialog = reader.page.get_by_role("dialog", name="Ask the article")
    expect(dialog).to_have_attribute("lang", "en")
    expect(reader.page.get_by_role("button", name="English")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(dialog.get_by_role("button", name="What is Trainium and why")).to_be_visible()
    reader.ask("OpenAI Trainium")
    expect(reader.page.locator(".reply[lang=en]")).to_have_count(1)


def test_suggestions_ask_themselves_and_clearing_brings_them_back(
    visit: OpenPage, article: str
) -> None:
    reader = opened(visit(article))
    suggestion = reader.page.locator(".suggestions button").nth(1)
    expect(suggestion).to_have_text(
        "Was ist Trainium und warum steht es im Mittelpunkt der Gespräche?"
    )
    suggestion.click()
    expect(reader.reply.locator(".answer")).to_contain_text("Trainium ist der Training")
    reader.page.get_by_role("button", name="Gespräch leeren").click()
    expect(reader.page.locator(".reply")).to_have_count(0)
    expect(reader.page.locator(".suggestions button")).to_have_count(4)


def test_a_refusal_offers_answered_questions_and_has_no_sources(
    visit: OpenPage, article: str
) -> None:
    reader = opened(visit(article))
    reader.ask("Wie backe ich einen Apfelkuchen?")
    expect(reader.reply).to_contain_text("Diese Frage beantwortet der Artikel leider nicht.")
    expect(reader.reply.locator(".sources")).to_have_count(0)
    expect(reader.reply.locator(".suggestions button")).to_have_count(3)


def test_unsure_says_so_and_shows_the_passage(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    reader.ask("Wie viel hat Google in OpenAI investiert?")
    expect(reader.reply.locator(".remark")).to_contain_text("vielleicht nicht")
    expect(reader.reply.locator(".answer")).to_have_count(0)
    expect(reader.reply.locator("blockquote").first).to_contain_text("OpenAI")


def test_a_follow_up_leans_on_the_question_before(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    reader.ask("Wie viel hat Amazon investiert?")
    reader.ask("Und Microsoft?")
    expect(reader.reply.locator(".answer")).to_contain_text("13 Milliarden")


def test_several_questions_get_a_reply_each(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    reader.ask("Was ist Inferentia? Wie backe ich einen Kuchen?")
    expect(reader.reply.locator(".part")).to_have_text(
        ["Was ist Inferentia?", "Wie backe ich einen Kuchen?"]
    )


def test_readers_say_whether_it_helped(visit: OpenPage, article: str, server: str) -> None:
    reader = opened(visit(article))
    reader.ask("Was ist Trainium?")
    with reader.page.expect_response(f"{server}/api/v1/feedback") as told:
        reader.reply.get_by_role("button", name="Ja", exact=True).click()
    assert told.value.status == 204
    assert told.value.request.post_data_json == {
        "article": "amazon-openai",
        "language": "de",
        "outcome": "answer",
        "helpful": True,
    }
    expect(reader.reply).to_contain_text("Danke für Ihre Rückmeldung.")


def test_what_people_wrote_is_never_html(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    reader.ask("<img src=x onerror=alert(1)> Was ist Trainium?")
    expect(reader.page.locator(".question")).to_contain_text("<img src=x")
    expect(reader.page.locator("faq-bot-widget img")).to_have_count(0)


# --- To the editors --------------------------------------------------------------------------


def test_what_the_article_does_not_answer_can_be_sent_to_the_editors(
    visit: OpenPage, article: str, sent_questions: Questions
) -> None:
    reader = opened(visit(article))
    reader.ask("Wie backe ich einen Kirschkuchen?")
    reader.reply.get_by_role("button", name="An die Redaktion senden").click()
    question = reader.page.get_by_label("Ihre Frage an die Redaktion")
    expect(question).to_be_focused()
    expect(question).to_have_value("Wie backe ich einen Kirschkuchen?")
    expect(reader.reply).to_contain_text("nach 30 Tagen gelöscht")
    question.fill("Wer backt bei OpenAI?")
    reader.page.get_by_label("Ihr Name").fill("Ada")
    assert "Wer backt bei OpenAI?" not in {sent.text for sent in sent_questions.find()}
    found = Axe().run(reader.page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []
    form = reader.page.get_by_role("form", name="Frage an die Redaktion")
    form.get_by_role("button", name="An die Redaktion senden").click()
    expect(reader.page.get_by_text("Danke! Ihre Frage ist bei der Redaktion.")).to_be_focused()
    (sent,) = [sent for sent in sent_questions.find() if sent.text == "Wer backt bei OpenAI?"]
    assert (sent.article, sent.language, sent.name) == ("amazon-openai", "de", "Ada")


def test_a_question_to_the_editors_that_is_not_taken_is_not_lost(
    visit: OpenPage, article: str
) -> None:
    reader = opened(visit(article))
    reader.errors_expected = True
    reader.page.get_by_role("textbox", name="Ihre Frage").fill("Wer kauft das?")
    reader.page.get_by_role("button", name="Frage an die Redaktion").click()
    reader.page.route("**/api/v1/questions", lambda route: route.abort())
    reader.page.get_by_role("button", name="English").click()
    form = reader.page.get_by_role("form", name="Frage an die Redaktion")
    form.get_by_role("button", name="An die Redaktion senden").click()
    expect(form.get_by_role("alert")).to_contain_text("nicht erreichbar")
    expect(form.get_by_label("Ihre Frage an die Redaktion")).to_have_value("Wer kauft das?")
    form.get_by_role("button", name="Abbrechen").click()
    expect(form).to_have_count(0)


# --- The way into the article ----------------------------------------------------------------


def test_a_source_leads_to_its_sentence_however_the_page_is_marked_up(
    visit: OpenPage, article: str
) -> None:
    reader = opened(visit(article))
    reader.ask("Was ist Trainium?")
    place = reader.page.locator("#place")
    expect(place).not_to_be_in_viewport()
    sources = reader.reply.locator(".sources li")
    expect(sources.first.get_by_role("button")).to_have_count(0)  # that one is not on the page
    sources.nth(1).get_by_role("button", name="Im Artikel zeigen").click()
    expect(place).to_be_in_viewport()
    expect(place).to_be_focused()
    marked = reader.page.evaluate("[...CSS.highlights.get('faq-bot')][0].toString()")
    assert " ".join(marked.replace("\u00ad", "").split()) == (
        "Trainium ist der Trainingsbeschleuniger von AWS, der darauf ausgelegt ist, mit Nvidias "
        "Dominanz im Markt für Modelltraining zu konkurrieren."
    )


def test_without_the_highlight_api_the_sentence_is_selected(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article, script="delete window.Highlight"))
    reader.ask("Was ist Trainium?")
    reader.reply.get_by_role("button", name="Im Artikel zeigen").click()
    assert "Nvidias" in reader.page.evaluate("getSelection().toString()")


def test_an_english_reader_is_led_to_the_german_sentence(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    reader.page.get_by_role("button", name="English").click()
    reader.ask("What is Trainium?")
    reader.reply.get_by_role("button", name="Show in the article").click()
    expect(reader.page.locator("#place")).to_be_focused()


# --- Accessible ------------------------------------------------------------------------------


def test_everything_works_with_the_keyboard_alone(visit: OpenPage, article: str) -> None:
    reader = visit(article)
    page = reader.page
    button = page.get_by_role("button", name="Fragen zum Artikel")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Ihre Frage")).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("scrollY") == 0
    page.keyboard.type("Was ist Trainium?")
    page.keyboard.press("Enter")
    expect(reader.reply.locator(".answer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(reader.reply.locator(".answer")).to_be_visible()  # the conversation is still there


def test_a_reply_is_announced_once_and_politely(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    status = reader.page.get_by_role("dialog").get_by_role("status")
    reader.ask("Was ist Trainium?")
    expect(status).to_contain_text("Trainium ist der Training")
    first = status.inner_text()
    reader.ask("Wie backe ich einen Apfelkuchen?")
    expect(status).to_contain_text("beantwortet der Artikel leider nicht")
    assert first not in status.inner_text()
    live = "[aria-live], [role=log], [role=alert], [role=status]"
    expect(reader.page.get_by_role("dialog").locator(live)).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_axe_finds_nothing_serious(visit: OpenPage, article: str, scheme: str, width: int) -> None:
    reader = opened(visit(article, color_scheme=scheme, viewport={"width": width, "height": 800}))
    for question in ("Was ist Trainium?", "Wie backe ich einen Apfelkuchen?", "Was sagt Nvidia?"):
        reader.ask(question)
    found = Axe().run(reader.page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []


@pytest.mark.parametrize("viewport", [(390, 780), (320, 256)])
def test_a_phone_shows_the_panel_alone(
    visit: OpenPage, article: str, viewport: tuple[int, int]
) -> None:
    """320 by 256 is a desktop at 400 % zoom."""
    width, height = viewport
    reader = opened(visit(article, viewport={"width": width, "height": height}))
    dialog = reader.page.get_by_role("dialog")
    box = dialog.bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, width, height)
    reader.ask("Was ist Trainium?")
    assert dialog.evaluate("d => d.scrollWidth") <= width
    reader.reply.get_by_role("button", name="Im Artikel zeigen").click()
    expect(reader.page.get_by_role("dialog")).to_have_count(0)
    expect(reader.page.locator("#place")).to_be_focused()


def test_targets_are_large_enough(visit: OpenPage, article: str) -> None:
    reader = opened(visit(article))
    reader.ask("Was ist Trainium?")
    for target in (
        reader.page.locator("faq-bot-widget").locator("button, a, summary, textarea").all()
    ):
        if target.is_visible():
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24, target.inner_text()


# --- Options ---------------------------------------------------------------------------------


def test_two_widgets_stand_on_one_page(visit: OpenPage, news_site: NewsSite, server: str) -> None:
    body = f'<div id="ask"></div>{ARTICLE}{tag(server)}'
    inline = tag(server, mode="inline", target="#ask", language="en")
    page = visit(news_site.publish("/two", body + inline)).page
    expect(page.locator("#ask faq-bot-widget")).to_have_count(1)
    page.get_by_role("button", name="Ask the article").click()
    page.get_by_role("button", name="Fragen zum Artikel").click()
    expect(page.get_by_role("dialog", name="Ask the article")).to_be_visible()
    expect(page.get_by_role("dialog", name="Fragen zum Artikel")).to_be_visible()
    page.get_by_role("textbox", name="Your question").fill("What is Inferentia?")
    page.keyboard.press("Enter")
    expect(page.locator("#ask .reply .answer")).to_contain_text("Inferentia")
    expect(page.locator(".reply")).to_have_count(1)


def test_theme_position_colour_and_opening_are_the_publishers(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    head = "<style>faq-bot-widget { --faq-bot-accent: rgb(140, 0, 0) }</style>"
    body = ARTICLE + tag(server, theme="dark", position="bottom-left", open="")
    page = visit(news_site.publish("/styled", body, head)).page
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_have_css("background-color", "rgb(20, 22, 24)")
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] < 50
    button = page.get_by_role("button", name="Fragen zum Artikel")
    expect(button).to_have_css("background-color", "rgb(140, 0, 0)")


def test_without_an_article_all_are_asked(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    script = f'<script src="{server}/widget.js" async></script>'
    reader = opened(visit(news_site.publish("/all", ARTICLE + script)))
    reader.ask("Was ist Trainium?")
    expect(reader.reply.locator(".answer")).to_contain_text("Trainium ist der Training")
    reader.ask("Wie backe ich einen Apfelkuchen?")
    expect(reader.page.get_by_role("button", name="Redaktion")).to_have_count(0)


def test_a_page_in_another_language_gets_the_default(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    page = visit(news_site.publish("/fr", ARTICLE + tag(server), language="fr")).page
    expect(page.get_by_role("button", name="Fragen zum Artikel")).to_be_visible()


# --- Gradio in a frame -----------------------------------------------------------------------


def test_gradios_chat_stands_in_a_frame_and_leads_into_the_page(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    reader = visit(news_site.publish("/gradio", ARTICLE + tag(server, view="gradio")))
    page = reader.page
    assert not any("/embed" in request.url for request in reader.requests)
    opened(reader)
    frame = page.frame_locator("iframe")
    frame.locator("#question textarea").fill("Was ist Trainium?")
    frame.locator("#question textarea").press("Enter")
    expect(frame.locator(".reply .answer")).to_contain_text("Trainium ist der Training")
    frame.locator(".sources li").nth(1).get_by_role("button", name="Im Artikel zeigen").click()
    expect(page.locator("#place")).to_be_in_viewport()
    assert page.locator("iframe").get_attribute("sandbox")


def test_in_the_frame_a_sentence_that_is_not_on_the_page_has_no_way(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    reader = opened(
        visit(news_site.publish("/other", "<p>Anderes.</p>" + tag(server, view="gradio")))
    )
    frame = reader.page.frame_locator("iframe")
    frame.locator("#question textarea").fill("Was ist Trainium?")
    frame.locator("#question textarea").press("Enter")
    way = frame.locator(".sources li").first.get_by_role("button", name="Im Artikel zeigen")
    way.click()
    expect(way).to_have_count(0)


def test_messages_from_elsewhere_are_ignored(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    reader = visit(news_site.publish("/spoof", ARTICLE + tag(server, view="gradio")))
    opened(reader)
    expect(reader.page.frame_locator("iframe").locator("#question textarea")).to_be_visible()
    reader.page.evaluate(  # and wait until it is delivered, and the page is drawn anew
        """new Promise((done) => {
          addEventListener("message", () => requestAnimationFrame(() => setTimeout(done)));
          postMessage({ type: "faq-bot:show", quotes: ["Noch mehr Platz."] }, location.origin);
        })"""
    )
    assert reader.page.evaluate("scrollY") == 0
    assert not reader.page.evaluate("CSS.highlights.has('faq-bot')")


def test_other_pages_may_not_frame_the_chat(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    address = news_site.publish("/frame", f'<iframe src="{server}/embed?lang=de"></iframe>')
    reader = visit("about:blank")
    reader.errors_expected = True
    with reader.page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        reader.page.goto(address.replace("127.0.0.1", "localhost"))


# --- When things go wrong --------------------------------------------------------------------


def test_a_page_that_is_not_allowed_gets_a_message_and_a_link(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    address = news_site.publish("/foreign", ARTICLE + tag(server))
    reader = opened(visit(address.replace("127.0.0.1", "localhost")))
    reader.errors_expected = True
    reader.page.get_by_role("textbox").fill("Was ist Trainium?")
    reader.page.keyboard.press("Enter")
    expect(reader.reply).to_contain_text("gerade nicht erreichbar")
    link = reader.reply.get_by_role("link", name="Auf eigener Seite öffnen")
    expect(link).to_have_attribute("href", f"{server}/de/?article=amazon-openai")
    expect(reader.page.get_by_role("textbox")).to_have_value("Was ist Trainium?")
    assert any("FAQ_BOT_ALLOWED_ORIGINS" in error for error in reader.errors)


def test_a_strict_policy_needs_only_the_bots_origin(
    visit: OpenPage, news_site: NewsSite, server: str
) -> None:
    policy = (
        f"default-src 'none'; script-src 'nonce-abc' {server}; connect-src {server}; "
        "style-src 'none'; base-uri 'none'"
    )
    body = "<p>Trainium ist der Trainingsbeschleuniger von AWS.</p>"
    nonced = tag(server).replace("<script", '<script nonce="abc"')
    address = news_site.publish("/strict", body + nonced, Content_Security_Policy=policy)
    reader = opened(visit(address))
    reader.ask("Was ist Trainium?")
    expect(reader.page.get_by_role("dialog")).to_have_css("position", "fixed")
    expect(reader.reply.locator(".answer")).to_contain_text("Trainium")


def test_a_slow_server_is_waited_for_visibly(visit: OpenPage, article: str) -> None:
    reader = visit(article)
    held = reader.hold("**/panel-*.js")
    reader.page.get_by_role("button", name="Fragen zum Artikel").click()
    expect(reader.page.get_by_text("Wird geladen …")).to_be_visible()
    reader.release(held)
    expect(reader.page.get_by_role("dialog")).to_be_visible()
    expect(reader.page.get_by_text("Wird geladen …")).to_have_count(0)
    asked = reader.hold("**/api/v1/ask")
    reader.page.get_by_role("textbox").fill("Was ist Trainium?")
    reader.page.keyboard.press("Enter")
    expect(reader.reply).to_contain_text("Die Antwort wird gesucht …")
    reader.release(asked)
    expect(reader.reply.locator(".answer")).to_be_visible()


def test_a_server_that_is_down_is_told_with_a_link(
    visit: OpenPage, article: str, server: str
) -> None:
    reader = visit(article)
    reader.errors_expected = True
    button = reader.page.get_by_role("button", name="Fragen zum Artikel")
    expect(button).to_be_visible()
    reader.page.route("**/panel-*.js", lambda route: route.abort())
    button.click()
    expect(reader.page.get_by_text("gerade nicht erreichbar")).to_be_visible()
    link = reader.page.get_by_role("link", name="Auf eigener Seite öffnen")
    expect(link).to_have_attribute("href", f"{server}/de/?article=amazon-openai")
    reader.page.unroute("**/panel-*.js")
    button.click()  # the server is up again
    expect(reader.page.get_by_role("dialog")).to_be_visible()


# --- Private ---------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["panel", "gradio"])
def test_nobody_else_is_asked_and_nothing_is_stored(
    visit: OpenPage, news_site: NewsSite, server: str, view: str
) -> None:
    reader = opened(visit(news_site.publish(f"/private-{view}", ARTICLE + tag(server, view=view))))
    panel = reader.page if view == "panel" else reader.page.frame_locator("iframe")
    for question in ("Was ist Trainium?", "Und Microsoft?", "Wie backe ich einen Apfelkuchen?"):
        replies = panel.locator(".reply").count()
        panel.get_by_role("textbox").fill(question)
        panel.get_by_role("textbox").press("Enter")
        expect(panel.locator(".reply :is(.answer, .remark)")).to_have_count(replies + 1)
    with reader.page.expect_response(lambda response: response.request.method == "POST"):
        panel.locator(".reply").first.get_by_role("button", name="Nein").click()
    hosts = {request.url.split("/")[2] for request in reader.requests}
    assert hosts == {server.split("/")[2], news_site.origin.split("/")[2]}
    assert not any("Cookie" in request.headers for request in reader.requests)
    assert reader.context.cookies() == []
    for frame in reader.page.frames:
        storage = frame.evaluate(
            """async () => [localStorage.length, sessionStorage.length,
                            (await indexedDB.databases()).length, (await caches.keys()).length]"""
        )
        assert storage == [0, 0, 0, 0]


def test_the_example_page_works(visit: OpenPage, news_site: NewsSite, server: str) -> None:
    example = (ROOT / "examples" / "news-page.html").read_text(encoding="utf-8")
    news_site.serve("/example", example.replace("https://bot.example", server).encode())
    reader = opened(visit(news_site.origin + "/example"))
    reader.ask("Was ist Trainium?")
    reader.reply.get_by_role("button", name="Im Artikel zeigen").click()
    expect(reader.page.locator("main p")).to_be_focused()


def test_the_demo_page_shows_the_widget(visit: OpenPage, server: str) -> None:
    reader = opened(visit(f"{server}/demo?lang=en", locale="en-GB"), "Ask the article")
    reader.ask("How much has Microsoft invested?")
    expect(reader.reply.locator(".answer")).to_contain_text("13 billion")
    reader.reply.get_by_role("button", name="Show in the article").first.click()
    assert "13 billion" in reader.page.evaluate("[...CSS.highlights.get('faq-bot')][0].toString()")
