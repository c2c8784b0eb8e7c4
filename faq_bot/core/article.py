"""An article as it is read, in one of its languages. All values are immutable."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from faq_bot.core.languages import Language

Key = tuple[str, Language]  # what identifies one version of an article: its id and language

BLOCK_SEPARATOR = "\n\n"


class SectionKind(StrEnum):
    """What part of the page a section is."""

    BODY = "body"
    SOURCES = "sources"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of running text, or one item of a list."""

    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs under one heading; the text before the first heading has none."""

    heading: str | None
    paragraphs: tuple[Paragraph, ...]
    kind: SectionKind = SectionKind.BODY


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """A reader's question with the newsroom's published answer.

    Where it was published from the editors' desk, `published` is its number there, the same in all
    languages, and `wordings` are the questions as readers sent them, which are not shown. `name` is
    that of the reader, if it is to be printed.
    """

    question: str
    answer: str
    name: str | None = None
    published: int | None = None
    wordings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """An article in one language. Two articles with one `id` are versions of each other."""

    id: str
    language: Language
    title: str
    sections: tuple[Section, ...]
    faq: tuple[QuestionAnswer, ...] = ()
    kicker: str | None = None
    standfirst: str | None = None
    alternative_title: str | None = None
    translated_from: Language | None = None
    author: str | None = None
    published: str | None = None
    url: str | None = None

    @property
    def key(self) -> Key:
        """What identifies this version of the article."""
        return self.id, self.language

    @property
    def date(self) -> date | None:
        """The day of publication, as far as `published` tells one in ISO 8601."""
        try:
            return datetime.fromisoformat(self.published or "").date()
        except ValueError:
            return None

    @property
    def all_sections(self) -> tuple[Section, ...]:
        """The sections, led by one that holds the standfirst alone where there is one."""
        if self.standfirst is None:
            return self.sections
        return (Section(None, (Paragraph(self.standfirst),)), *self.sections)

    def blocks(self) -> Iterator[str]:
        """Yield every piece of text in the order of the page."""
        yield from filter(None, (self.title, self.kicker, self.alternative_title))
        for section in self.all_sections:
            if section.heading is not None:
                yield section.heading
            yield from (paragraph.text for paragraph in section.paragraphs)
        for entry in self.faq:
            yield entry.question
            yield entry.answer

    @property
    def text(self) -> str:
        """The whole article as one string, to which all character offsets refer."""
        return BLOCK_SEPARATOR.join(self.blocks())


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters."""

    start: int
    end: int

    @property
    def middle(self) -> float:
        """Where its middle is."""
        return (self.start + self.end) / 2

    def cut(self, text: str) -> str:
        """Return the part of `text` that the span covers."""
        return text[self.start : self.end]
