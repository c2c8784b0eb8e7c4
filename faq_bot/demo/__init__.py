"""A news page with the widget on it, as a publisher would embed it."""

from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from faq_bot.assets import Asset
from faq_bot.records import LANGUAGES, Article, Language, SectionKind

# As strict as a page with the widget can be, and a test that the widget bears it.
DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

_templates = Environment(
    loader=PackageLoader("faq_bot.demo", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def demo_page(article: Article, language: Language) -> str:
    """Return the page of an article; `language` is that of the newspaper around it."""
    words = {
        "de": {
            "paper": "Der Beispielkurier",
            "about": "Vorführseite: So steht der Chat auf einer Nachrichtenseite.",
            "questions": "Leserfragen beantwortet",
            "sources": "Quellen",
            "author": "Über den Autor",
            "fallback": "Fragen zum Artikel",
        },
        "en": {
            "paper": "The Daily Example",
            "about": "Demo: this is how the chat stands on a news page.",
            "questions": "Readers' questions answered",
            "sources": "Sources",
            "author": "About the author",
            "fallback": "Ask the article",
        },
    }
    return _templates.get_template("page.html").render(
        article=article,
        language=language,
        languages=LANGUAGES,
        words=words[language],
        kinds=SectionKind,
    )


def demo_style() -> Asset:
    """Return the stylesheet of the page."""
    text = resources.files("faq_bot.demo").joinpath("demo.css").read_text(encoding="utf-8")
    return Asset(text, "text/css")
