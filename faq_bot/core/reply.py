"""What editors write to readers, and what of it is published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.languages import Language

LONGEST_ANSWER = 5_000  # characters; so for the question beside it
LONGEST_NAME = 80


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
