"""The widget for news pages: a button, and the panel it loads when a reader wants it."""

from collections.abc import Mapping
from dataclasses import dataclass

from faq_bot.core.settings import Settings
from faq_bot.web.assets import Asset, read_file
from faq_bot.web.messages import words_for_scripts

_WORDS_OF_THE_PAGE = {
    "several_articles",
    "choose_article",
    "all_articles",
    "search_articles",
    "search",
    "newest_articles",
    "articles_found",
    "no_article_found",
    "you",
    "loading",
    "needs_script",
}
_BUTTON_WORDS = ("heading", "loading", "unreachable", "full_page")


@dataclass(frozen=True, slots=True)
class WidgetScripts:
    """The scripts by their paths: the current one, and those that never change."""

    current: Mapping[str, Asset]
    versioned: Mapping[str, Asset]


def widget_scripts(settings: Settings) -> WidgetScripts:
    """Return the scripts; pages in neither of our languages get that of the settings."""
    all_words = words_for_scripts(settings)
    panel_words = {
        tag: {name: text for name, text in own.items() if name not in _WORDS_OF_THE_PAGE}
        for tag, own in all_words.items()
    }
    unnamed = Asset(
        read_file("faq_bot.web.widget", "panel.js", WORDS=panel_words), "text/javascript"
    )
    element = f"faq-bot-panel-{unnamed.version}"  # two versions may meet on one page
    panel = Asset(unnamed.content.replace("__ELEMENT__", element), "text/javascript")
    panel_path = f"/panel-{panel.version}.js"
    button_words = {
        tag: {name: own[name] for name in _BUTTON_WORDS} for tag, own in all_words.items()
    }
    widget = Asset(
        read_file(
            "faq_bot.web.widget",
            "widget.js",
            WORDS=button_words,
            DEFAULT_LANGUAGE=settings.language,
            ELEMENT=element,
            PANEL=panel_path[1:],
            INTEGRITY=panel.integrity,
        ),
        "text/javascript",
    )
    return WidgetScripts(
        {"/widget.js": widget}, {f"/widget-{widget.version}.js": widget, panel_path: panel}
    )
