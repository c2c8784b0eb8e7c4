"""A passage of an article: what is embedded, found and shown."""

from dataclasses import dataclass
from enum import StrEnum

from faq_bot.core.article import Span
from faq_bot.core.languages import Language


class PassageKind(StrEnum):
    """Where a passage comes from."""

    PASSAGE = "passage"
    FAQ = "faq"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its article a passage stands, as far as versions share it.

    `first` and `last` count paragraphs from the start of the section; the fraction is how far
    into the paragraph the passage reaches, so that passage 2 of 3 of paragraph 4 lies in
    4.33 to 4.67. `shape` is the section's number of paragraphs.
    """

    section: int
    sections: int
    shape: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A unit short enough to read at a glance, cut from one section or one Q&A.

    `language` is that of the article's version, `text_language` that of the text itself, which
    may differ in an author box. `text` is the article's own text at `span`, for a Q&A the
    published answer. `sentences` are spans within `text`. `question` is a question that the
    passage is known to answer: the reader's own of a Q&A, or one that stands for an author box
    or a list of sources. `wordings` are other ways to ask the question of a Q&A, `name` is that of
    the reader who asked it, to be shown.
    """

    id: str
    article: str
    language: Language
    kind: PassageKind
    section: str | None
    text: str
    text_language: Language
    span: Span
    sentences: tuple[Span, ...]
    place: Place
    question: str | None = None
    wordings: tuple[str, ...] = ()
    name: str | None = None
