"""The chat in a real browser, as readers use it."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from faq_bot.newsroom.questions import Questions
from tests.support.paths import SEEDS
from tests.support.servers import serve
from tests.support.visits import ASKED, REPLY, ChatVisit


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[ChatVisit]:
    visit = ChatVisit(browser, server)
    yield visit
    visit.context.close()
    assert visit.errors == []


def test_a_german_question_gets_a_german_answer_with_its_sources(visit: ChatVisit) -> None:
    page = visit.open()
    expect(page.locator("h1")).to_have_text(
        "Amazon verhandelt über 10-Milliarden-Dollar-Investment in OpenAI"
    )
    expect(page.get_by_text("automatischer Dienst")).to_be_visible()
    visit.ask("Was ist Trainium?")
    expect(page.locator(ASKED)).to_contain_text("Was ist Trainium?")
    reply = page.locator(REPLY)
    expect(reply.locator(".answer")).to_contain_text("Trainium ist der Trainingsbeschleuniger")
    sources = reply.locator(".sources li")
    expect(sources.first.locator(".origin")).to_contain_text("Leserfrage: Was ist Trainium und")
    expect(sources.first.locator("mark")).to_contain_text("Trainium ist der Training")
    expect(sources.nth(1).locator(".origin")).to_contain_text("Abschnitt: Skalierung, Chips")
    expect(reply.locator("details")).to_have_count(0)
    expect(page.get_by_role("button", name="Im Artikel zeigen")).to_have_count(0)
    expect(page.locator("#question textarea")).to_have_value("")


def test_an_english_question_shows_the_original_on_demand(visit: ChatVisit) -> None:
    page = visit.open("/?lang=en")
    visit.ask("What is Trainium?")
    reply = page.locator(REPLY)
    expect(reply.locator(".answer")).to_contain_text("Trainium is AWS's training accelerator")
    original = reply.locator("details").first
    expect(original.locator("blockquote")).to_be_hidden()
    original.get_by_text("Original in German").click()
    expect(original.locator("blockquote")).to_contain_text("Trainium ist der Training")
    assert original.locator("blockquote").get_attribute("lang") == "de"


def test_a_german_question_on_the_english_page_is_answered_in_german(visit: ChatVisit) -> None:
    page = visit.open("/?lang=en")
    visit.ask("Wie viel hat Microsoft investiert?")
    expect(page.locator(f"{REPLY}[lang=de] .answer")).to_contain_text("13 Milliarden US-Dollar")


def test_the_switch_turns_the_page_and_keeps_the_conversation(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    visit.ask("Was ist Trainium?")
    page.get_by_role("radio", name="English").check()
    expect(page.locator("h1")).to_have_text("Amazon Talks to Invest $10B in OpenAI")
    expect(page.get_by_text("automatic service")).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Clear conversation")).to_be_visible()
    expect(page.get_by_label("Your question")).to_be_visible()
    expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    expect(page.locator(ASKED)).to_contain_text("Was ist Trainium?")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title().startswith("Ask the article: Amazon Talks")
    assert page.url.endswith("/en/")
    visit.ask("Trainium")
    expect(page.locator(f"{REPLY}[lang=en]")).to_have_count(1)


@pytest.mark.parametrize("path", ["/?lang=de", "/?lang=en"])
def test_the_page_is_in_its_language_for_any_browser(visit: ChatVisit, path: str) -> None:
    page = visit.open(path)
    visit.idle()
    assert page.evaluate("document.documentElement.lang") == path[-2:]


def test_a_suggestion_asks_itself(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    buttons = page.locator("#conversation .suggestion")
    expect(buttons).to_have_count(4)
    question = buttons.nth(2).inner_text()
    buttons.nth(2).click()
    expect(page.locator(ASKED)).to_contain_text(question)
    expect(page.locator(".answer")).to_contain_text("über Microsoft hinaus erweitern")


def test_a_refusal_is_polite_has_no_sources_and_offers_answered_questions(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    visit.ask("Wie backe ich einen Apfelkuchen?")
    reply = page.locator(REPLY)
    expect(reply).to_contain_text("Diese Frage beantwortet der Artikel leider nicht.")
    expect(reply.locator(".sources")).to_have_count(0)
    expect(reply.locator(".suggestion")).to_have_count(3)
    reply.locator(".suggestion").first.click()
    expect(page.locator(".answer")).to_have_count(1)


def test_unsure_says_so_and_shows_the_passage(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    visit.ask("Wie viel hat Google in OpenAI investiert?")
    expect(page.locator(REPLY)).to_contain_text("beantwortet der Artikel vielleicht nicht")
    expect(page.locator(f"{REPLY} .answer")).to_have_count(0)
    expect(page.locator(f"{REPLY} blockquote").first).to_contain_text("OpenAI")


def test_readers_say_whether_it_helped(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    visit.ask("Was ist Trainium?")
    with page.expect_response("**/api/v1/feedback") as told:
        page.get_by_role("button", name="Nein", exact=True).click()
    assert told.value.status == 204
    assert told.value.request.post_data_json == {
        "article": "amazon-openai",
        "language": "de",
        "outcome": "answer",
        "helpful": False,
    }
    expect(page.locator(REPLY)).to_contain_text("Danke für Ihre Rückmeldung.")


def test_what_the_article_does_not_answer_can_be_sent_to_the_editors(
    visit: ChatVisit, sent_questions: Questions
) -> None:
    page = visit.open("/?lang=en")
    visit.ask("How do I bake a cherry pie?")
    visit.ask("What is Trainium?")
    page.locator(REPLY).first.get_by_role("button", name="Send to the editors").click()
    form = page.get_by_role("form", name="Ask the editors")
    question = form.get_by_label("Your question to the editors")
    expect(question).to_be_focused()
    expect(question).to_have_value("How do I bake a cherry pie?")
    question.fill("Who bakes at OpenAI?")
    form.get_by_role("button", name="Send to the editors").click()
    expect(page.get_by_text("Your question is with the editors.")).to_be_focused()
    (sent,) = [sent for sent in sent_questions.find() if sent.text == "Who bakes at OpenAI?"]
    assert (sent.article, sent.language, sent.name) == ("amazon-openai", "en", None)


def test_the_editors_can_be_asked_at_any_time(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    page.get_by_role("button", name="Frage an die Redaktion").click()
    form = page.get_by_role("form", name="Frage an die Redaktion")
    expect(form).to_contain_text("nach 30 Tagen gelöscht")
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []
    form.get_by_role("button", name="Abbrechen").click()
    expect(form).to_have_count(0)


def test_the_page_has_no_footer_and_no_word_of_gradio(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    expect(page.locator("footer")).to_be_hidden()
    assert "gradio" not in page.locator("body").inner_text().lower()


def test_nothing_is_stored_and_no_other_host_is_asked(visit: ChatVisit) -> None:
    page = visit.open()
    visit.ask("Was ist Trainium?")
    page.get_by_role("radio", name="English").check()
    expect(page.get_by_text("automatic service")).to_be_visible()
    hosts = {request.url.split("/")[2] for request in visit.requests if "://" in request.url}
    assert hosts == {visit.server.split("/")[2]}
    assert visit.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0, 0, "",
    ]  # fmt: skip
    assert page.evaluate("indexedDB.databases()") == []


MARKUP = "#conversation :is(img, a, script, h1, h2, :not(mark) > strong, em, code, pre, .katex)"
HOSTILE = [
    "<script>document.title = 'owned'</script> Was ist Trainium?",
    "<img src=x onerror=\"document.title = 'owned'\"> Was ist Trainium?",
    "**fett** [Link](https://evil.example) ![Bild](https://evil.example/x.png) $$x^2$$ `code`",
    "</p></div><h1>Überschrift</h1>\n\n# Titel\n\n- Liste",
    "javascript:alert(1) &lt;b&gt; {{7*7}} https://evil.example",
]


@pytest.mark.parametrize("question", HOSTILE)
def test_what_readers_type_is_shown_as_text(visit: ChatVisit, question: str) -> None:
    page = visit.open("/?lang=de")
    visit.ask(question)
    assert visit.asked() == " ".join(question.split())
    expect(page.locator(MARKUP)).to_have_count(0)
    assert "owned" not in page.title()
    assert all(visit.server in request.url for request in visit.requests)


def test_what_stands_in_articles_is_shown_as_text(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hostile = "<img src=x onerror=\"document.title = 'owned'\"> **fett** [a](https://b.example)"
    folder = tmp_path_factory.mktemp("hostile")
    article = {
        "id": "<b>x</b>",
        "language": "de",
        "title": f"Titel {hostile}",
        "sections": [
            {
                "heading": f"Überschrift {hostile}",
                "paragraphs": [f"Die Brücke ist {hostile} gesperrt.\n\n# So steht es hier."],
            }
        ],
        "faq": [{"question": f"Wer {hostile}?", "answer": "<script>alert(1)</script>"}],
    }
    (folder / "hostile.json").write_text(json.dumps(article), encoding="utf-8")
    with serve(folder) as server:
        visit = ChatVisit(browser, server)
        page = visit.open("/?lang=de")
        expect(page.locator("h1")).to_have_text(f"Titel {hostile}")
        expect(page.locator(".suggestion")).to_have_text(f"Wer {hostile}?")
        visit.ask("Ist die Brücke gesperrt?")
        expect(page.locator(".sources .origin").first).to_contain_text(f"Überschrift {hostile}")
        expect(page.locator(".answer")).to_contain_text(f"Die Brücke ist {hostile} gesperrt.")
        expect(page.locator(MARKUP)).to_have_count(0)
        expect(page.locator("#heading :is(img, a, strong)")).to_have_count(0)
        assert page.title() != "owned"
        assert all(server in request.url for request in visit.requests)
        assert visit.errors == []
        visit.context.close()


@pytest.mark.parametrize("question", ["🙂🙂", "?!…", "\u202e"])
def test_what_has_no_words_is_asked_back_and_kept(visit: ChatVisit, question: str) -> None:
    page = visit.open("/?lang=de")
    visit.ask(question)
    expect(page.locator(REPLY)).to_contain_text("Bitte stellen Sie Ihre Frage in Worten.")
    expect(page.locator("#question textarea")).to_have_value(question)


def test_an_empty_question_is_not_asked(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("button", name="Fragen", exact=True).click()
    visit.idle()
    expect(page.locator(ASKED)).to_have_count(0)
    visit.ask("Was ist Trainium?")
    expect(page.locator(ASKED)).to_have_count(1)


def test_a_long_question_stops_at_the_limit(visit: ChatVisit) -> None:
    visit.open("/?lang=de")
    visit.ask("a" * 10_000)
    assert visit.asked() == "a" * 1000


def test_clear_empties_the_conversation(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    visit.ask("Was ist Trainium?")
    page.get_by_role("button", name="Gespräch leeren").click()
    expect(page.locator(ASKED)).to_have_count(0)
    expect(page.locator("#conversation .suggestion")).to_have_count(4)
    visit.ask("Wer hat den Artikel geschrieben?")
    expect(page.locator(ASKED)).to_have_count(1)


def test_the_keyboard_alone_suffices(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")

    def tab_to(selector: str) -> None:
        for _ in range(15):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({selector!r})"):
                outline = "getComputedStyle(document.activeElement).outlineStyle"
                ring = "document.activeElement.closest('label')"
                assert page.evaluate(
                    f"{outline} !== 'none' || ({ring} && getComputedStyle({ring}).outlineStyle"
                    " !== 'none')"
                )
                return
        pytest.fail(f"{selector} cannot be reached with the Tab key")

    tab_to("#language input")
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("Amazon Talks to Invest $10B in OpenAI")
    tab_to("#conversation .suggestion")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(1)
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("How much has Microsoft invested?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_count(2)
    page.locator("h1").click()
    tab_to("#conversation summary")
    page.keyboard.press("Enter")
    expect(page.locator("details[open]")).to_have_count(1)
    tab_to("#send")
    tab_to("#clear")


def test_new_answers_are_announced_once(visit: ChatVisit) -> None:
    page = visit.open("/?lang=de")
    visit.ask("Was ist Trainium?")
    log = page.get_by_role("log", name="Gespräch")
    assert log.get_attribute("aria-live") == "polite"
    expect(log.locator(".answer")).to_have_count(1)
    assert page.locator("#conversation [data-testid][aria-label]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_it_looks_right_and_axe_finds_nothing(
    browser: Browser, server: str, device: str, language: str, scheme: str
) -> None:
    sizes = {"phone": {"width": 375, "height": 740}, "desktop": {"width": 1100, "height": 900}}
    visit = ChatVisit(
        browser, server, viewport=sizes[device], color_scheme=scheme, reduced_motion="reduce"
    )
    page = visit.open(f"/?lang={language}")
    visit.picture(f"{device}-{language}-{scheme}-start")
    visit.ask({"de": "Was ist Trainium?", "en": "How much has Microsoft invested?"}[language])
    visit.ask({"de": "Wer wird Weltmeister?", "en": "Who won the World Cup?"}[language])
    if language == "en":
        page.locator("summary").first.click()
    visit.picture(f"{device}-{language}-{scheme}-answer")
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) == 0
    found = Axe().run(page).response["violations"]
    grave = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert grave == [], [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in grave]
    assert visit.errors == []
    visit.context.close()


def test_a_narrow_window_needs_no_sideways_scrolling(browser: Browser, server: str) -> None:
    visit = ChatVisit(browser, server, viewport={"width": 320, "height": 560})
    page = visit.open("/?lang=de")
    visit.ask("Welche Auswirkungen auf die KI-Branche werden erwartet?")
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) == 0
    visit.picture("narrow")
    visit.context.close()


def test_the_question_can_be_typed_while_reading(browser: Browser, server: str) -> None:
    visit = ChatVisit(browser, server, viewport={"width": 375, "height": 740})
    page = visit.open("/?lang=de")
    visit.ask("Was ist Trainium?")
    expect(page.locator("#question textarea")).to_be_in_viewport()
    expect(page.locator(ASKED)).to_be_in_viewport()
    visit.context.close()


@pytest.fixture(scope="module")
def two_articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with a second article, where three questions a minute are asked."""
    folder = tmp_path_factory.mktemp("two")
    for path in SEEDS.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    article = {
        "id": "bridge",
        "language": "de",
        "title": "Brücke gesperrt",
        "url": "https://zeitung.example/bruecke",
        "sections": [{"paragraphs": ["Die Brücke über die Spree ist bis Mai gesperrt."]}],
        "faq": [{"question": "Wie lange ist die Brücke gesperrt?", "answer": "Bis Mai."}],
    }
    (folder / "bridge.json").write_text(json.dumps(article), encoding="utf-8")
    with serve(folder, FAQ_BOT_QUESTIONS_PER_MINUTE="3") as address:
        yield address


def test_the_address_names_the_article_and_questions_have_a_limit(
    browser: Browser, two_articles: str
) -> None:
    visit = ChatVisit(browser, two_articles)
    page = visit.open("/embed?lang=de&article=bridge")
    expect(page.locator("h1")).to_have_text("Brücke gesperrt")
    expect(page.locator(".suggestion")).to_have_text(["Wie lange ist die Brücke gesperrt?"])
    visit.ask("Was ist Trainium?")
    expect(page.locator(REPLY)).to_contain_text("beantwortet der Artikel leider nicht")
    visit.ask("Wie lange ist die Brücke gesperrt?")
    way = page.locator(f"{REPLY} .way a").first
    expect(way).to_have_attribute("href", "https://zeitung.example/bruecke#:~:text=Bis%20Mai.")
    expect(way).to_have_attribute("target", "_blank")
    visit.ask("Welche Brücke?")
    visit.ask("Welcher Fluss?")
    expect(page.locator(REPLY).last).to_contain_text("Bitte warten Sie einen Augenblick.")
    expect(page.locator("#question textarea")).to_have_value("Welcher Fluss?")
    assert visit.errors == []
    visit.context.close()


def test_without_an_article_in_the_address_all_are_asked(
    browser: Browser, two_articles: str
) -> None:
    visit = ChatVisit(browser, two_articles)
    page = visit.open("/?lang=de")
    expect(page.locator("h1")).to_have_text("Fragen zu unseren Artikeln")
    visit.context.close()
