"""A news page with the widget on it, as a publisher would embed it."""

from faq_bot.core.article import Article, SectionKind
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.web.assets import templates
from faq_bot.web.messages import messages

# As strict as a page with the widget can be, and a test that the widget bears it.
DEMO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

_templates = templates("faq_bot.web.demo")


def demo_page(article: Article, language: Language) -> str:
    """Return the page of an article; `language` is that of the newspaper around it."""
    return _templates.get_template("page.html").render(
        article=article,
        language=language,
        words=messages(language, "demo"),
        interface={tag: messages(tag) for tag in LANGUAGES},
        kinds=SectionKind,
    )
