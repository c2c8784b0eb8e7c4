"""The values that flow from an article to an answer. All of them are immutable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Self, get_args

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Key = tuple[str, Language]  # what identifies one version of an article: its id and language


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
class Reply:
    """What an editor writes: question and answer in one language or both.

    `name` is that of the reader, to be printed with the question.
    """

    texts: Mapping[Language, QuestionAnswer] = field(default_factory=dict)
    name: str | None = None

    @property
    def complete(self) -> Self:
        """The reply without languages in which question or answer is still empty."""
        texts = {
            tag: QuestionAnswer(text.question.strip(), text.answer.strip())
            for tag, text in self.texts.items()
            if text.question.strip() and text.answer.strip()
        }
        return type(self)(texts, self.name)


@dataclass(frozen=True, slots=True)
class PublishedAnswer:
    """A published answer, with the words in which readers asked for it, by language."""

    id: int
    article: str
    reply: Reply
    wordings: Mapping[Language, tuple[str, ...]]


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


BLOCK_SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An article file or web page as it was when it was read, and the articles it gave.

    `etag` and `modified` are what a web server calls this state of the page, `listed` when the
    sitemap says that it was changed. `problem` tells why a file could not be read in this state;
    its articles are then those of the state before.
    """

    sha256: str
    articles: tuple[Key, ...]
    etag: str | None = None
    modified: str | None = None
    listed: str | None = None
    problem: str | None = None


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


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `score` is a similarity: higher is better, and only comparable within one question.
    `score_in_article` is the same as if there were no other article. `sentence_scores` are the
    similarities of its sentences.
    """

    passage: Passage
    score: float
    score_in_article: float
    sentence_scores: tuple[float, ...]

    @property
    def best_sentence(self) -> Span:
        """The sentence nearest to the question, as a span of the passage's text."""
        best = max(range(len(self.sentence_scores)), key=self.sentence_scores.__getitem__)
        return self.passage.sentences[best]


class Outcome(StrEnum):
    """How a question ended."""

    ANSWER = "answer"
    UNSURE = "unsure"
    REFUSED = "refused"


class Scope(StrEnum):
    """Which articles may answer a question about one that does not answer it.

    None but itself, those related to it, or those and, where a reader asks about no article in
    particular, all.
    """

    ARTICLE = "article"
    RELATED = "related"
    ARCHIVE = "archive"

    def within(self, widest: "Scope") -> "Scope":
        """Return this scope, or the widest one that is allowed."""
        return min(self, widest, key=list(Scope).index)


class Occasion(StrEnum):
    """What readers say that is no question to the article."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    IDENTITY = "identity"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Source:
    """A passage shown to the reader, with the sentence that answers best (`quote`).

    `highlight` are the words of the quote that answer, where they can be told apart. `question` and
    `name` are set for a published answer: the reader's question, and who asked it. `title` and
    `date` are those of the article.

    Where `language` is not the article's original language, `original_text` is the same
    passage in the original and `original_quote` the same sentence, or the passage where its
    sentences cannot be told apart; otherwise they are `text` and `quote` themselves. `link` leads
    to the quote on the article's page.
    """

    article: str
    title: str
    date: date | None
    passage_id: str
    kind: PassageKind
    section: str | None
    question: str | None
    name: str | None
    language: Language
    text: str
    quote: str
    highlight: str | None
    original_language: Language
    original_text: str
    original_quote: str
    url: str | None
    link: str | None
    score: float

    @property
    def is_translation(self) -> bool:
        """Whether `text` is a translation of `original_text`."""
        return self.language != self.original_language


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to a question: an answer, a hint (`unsure`) or a refusal.

    `confidence` is between 0 and 1. `answer` is set only for the outcome `answer`, `sources`
    is empty for a refusal, and `candidates` holds what was found whatever the outcome. Where
    the reader asked several things at once, `parts` holds the reply to each; the reply itself
    is then that of the part answered best. `occasion` is set where the reader only was polite or
    asked about the bot; the outcome is then a refusal. `article` is the one that the question was
    asked about, None for all.
    """

    question: str
    question_language: Language
    outcome: Outcome
    confidence: float
    answer: str | None
    answer_language: Language
    sources: tuple[Source, ...]
    suggestions: tuple[str, ...]
    candidates: tuple[Source, ...] = ()
    parts: tuple["Answer", ...] = ()
    occasion: Occasion | None = None
    article: str | None = None

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether the article asked about does not answer, but others do."""
        own = self.article
        return own is not None and any(source.article != own for source in self.sources)

    @property
    def answered(self) -> bool:
        """Whether the article answers the question."""
        return self.outcome is Outcome.ANSWER
