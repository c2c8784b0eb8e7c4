"""The reply to a question, and what a reader is shown with it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from faq_bot.core.languages import Language
from faq_bot.core.passage import PassageKind


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
    """What readers say that is no question to the article's text, or to all of it."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    IDENTITY = "identity"
    HELP = "help"
    OVERVIEW = "overview"


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
    asked about the bot, with a refusal, or what the article is about, with how it begins.
    `article` is the one that the question was asked about, None for all.
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
