"""The widget for news pages: a button, and the panel it loads when a reader wants it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources

from faq_bot.assets import Asset
from faq_bot.records import LANGUAGES, Language
from faq_bot.texts import texts

_BUTTON_WORDS = ("heading", "loading", "unreachable", "full_page")


@dataclass(frozen=True, slots=True)
class WidgetScripts:
    """The scripts by their paths: the current one, and those that never change."""

    current: Mapping[str, Asset]
    versioned: Mapping[str, Asset]


def widget_scripts(default_language: Language, max_question_length: int) -> WidgetScripts:
    """Return the scripts; pages in neither of our languages get the default one."""
    words = {tag: asdict(texts(tag)) for tag in LANGUAGES}
    for own in words.values():
        own["too_long"] = own["too_long"].format(most=max_question_length)
    unnamed = Asset(_source("panel.js", WORDS=words), "text/javascript")
    element = f"faq-bot-panel-{unnamed.version}"  # two versions may meet on one page
    panel = Asset(unnamed.content.replace("__ELEMENT__", element), "text/javascript")
    panel_path = f"/panel-{panel.version}.js"
    widget = Asset(
        _source(
            "widget.js",
            WORDS={tag: {name: words[tag][name] for name in _BUTTON_WORDS} for tag in LANGUAGES},
            DEFAULT_LANGUAGE=default_language,
            ELEMENT=element,
            PANEL=panel_path[1:],
            INTEGRITY=panel.integrity,
        ),
        "text/javascript",
    )
    return WidgetScripts(
        {"/widget.js": widget}, {f"/widget-{widget.version}.js": widget, panel_path: panel}
    )


def _source(name: str, **values: object) -> str:
    """Return a script with its values put in, as JSON, where they are named."""
    script = resources.files("faq_bot.widget").joinpath(name).read_text(encoding="utf-8")
    for key, value in values.items():
        script = script.replace(f'"__{key}__"', json.dumps(value, ensure_ascii=False))
    return script
