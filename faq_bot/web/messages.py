"""What the interface says: one gettext catalogue a language, `locales/de.po` and `locales/en.po`.

A message is known by its name in the code, not by its English words as is usual in gettext: German
is as much the original, scripts and templates name messages as well, and who rewords one changes
one line of one file, which leaves the other languages valid. A translator begins with a copy of a
whole catalogue, in which every text stands where its translation is to come, below a comment on
where it appears. The context (`msgctxt`) tells apart who reads it.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from babel.dates import format_date
from babel.messages import Catalog
from babel.messages.pofile import read_po

from faq_bot.core.answer import Source
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings

Part = Literal["reader", "desk", "demo"]


class Messages:
    """What one part of the interface says in one language.

    `words.refusal` is the same as `words["refusal"]`. Messages of which a value chooses one have
    its name behind a dot: `words[f"remarks.{occasion}"]`. A name that is not in the catalogue
    raises an AttributeError or a KeyError.
    """

    __slots__ = ("_texts", "_where")

    def __init__(self, texts: Mapping[str, str], where: str) -> None:
        self._texts = texts
        self._where = where

    def __getitem__(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise KeyError(f"{self._where} has no message {name!r}.") from None

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):  # of Python's own: `copy` asks before there are any texts
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def grouped(self) -> dict[str, Any]:
        """Return all messages as scripts read them: a value chooses from a dictionary."""
        groups: dict[str, Any] = {}
        for name, text in self._texts.items():
            group, dot, value = name.partition(".")
            if dot:
                groups.setdefault(group, {})[value] = text
            else:
                groups[name] = text
        return groups


@cache
def messages(language: Language, part: Part = "reader") -> Messages:
    """Return what a part of the interface says in `language`."""
    texts = {str(own.id): str(own.string) for own in _catalogue(language) if own.context == part}
    return Messages(texts, f"The part {part!r} of {language}.po")


def long_date(day: date, language: Language) -> str:
    """Return a date as it is written in `language`."""
    return format_date(day, format="long", locale=language)


def report_line(source: Source, language: Language) -> str:
    """Return title and date of the article in which a passage stands."""
    day = "" if source.date is None else f", {long_date(source.date, language)}"
    return f"{messages(language).from_article}: {source.title}{day}"


def notice(language: Language, *, counts_questions: bool) -> str:
    """Return what readers are told about the bot before they ask."""
    words = messages(language)
    return f"{words.notice} {words.counted}" if counts_questions else words.notice


def words_for_scripts(settings: Settings) -> dict[Language, dict[str, Any]]:
    """Return readers' words in all languages, with the numbers that the settings put into them."""
    return {
        tag: messages(tag).grouped()
        | {
            "notice": notice(tag, counts_questions=settings.count_questions),
            "too_long": messages(tag).too_long.format(most=settings.max_question_length),
            "sending_notice": messages(tag).sending_notice.format(days=settings.keep_rejected_days),
        }
        for tag in LANGUAGES
    }


@cache
def _catalogue(language: Language) -> Catalog:
    """Read a catalogue, once; a part of it that is no PO file raises a PoFileError."""
    file = resources.files("faq_bot.web") / "locales" / f"{language}.po"
    with file.open(encoding="utf-8") as lines:
        return read_po(lines, locale=language, abort_invalid=True)
