"""The demo page: an article with the widget, in the language of a newspaper around it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from faq_bot.answering.bot import FaqBot
from faq_bot.core.article import Article, SectionKind
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings
from faq_bot.web.assets import templates
from faq_bot.web.locale import lead_to_language
from faq_bot.web.messages import messages

# As strict as a page with the widget can be, and a test that the widget bears it.
DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

_templates = templates("faq_bot.web.demo")


def demo_routes(bot: FaqBot, settings: Settings) -> APIRouter:
    """Return the routes of the demo page."""
    router = APIRouter(prefix="/demo")

    @router.get("")
    def choose(request: Request) -> RedirectResponse:
        return lead_to_language(request, "./demo/{}", settings.language)

    @router.get("/{language}")
    def show(language: Language, article: str | None = None) -> HTMLResponse:
        shown = bot.version(article or bot.article_ids[0], language)
        policy = {"Content-Security-Policy": DEMO_POLICY}
        return HTMLResponse(demo_page(shown, language), headers=policy)

    return router


def demo_page(article: Article, language: Language) -> str:
    """Return the page of an article; `language` is that of the newspaper around it."""
    return _templates.get_template("page.html").render(
        article=article,
        language=language,
        words=messages(language, "demo"),
        interface={tag: messages(tag) for tag in LANGUAGES},
        kinds=SectionKind,
    )
