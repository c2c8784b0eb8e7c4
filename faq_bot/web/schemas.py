"""Questions and answers as JSON, for programs on the other side of a pipe or a network."""

import datetime as dt
import json
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from faq_bot.core.answer import Answer, Occasion, Outcome, Scope
from faq_bot.core.errors import QuestionError
from faq_bot.core.languages import Language
from faq_bot.core.passage import PassageKind
from faq_bot.core.reply import LONGEST_NAME


class QuestionDocument(BaseModel):
    """A question as a JSON object."""

    model_config = ConfigDict(extra="forbid")

    question: str
    language: Language | None = None
    article: str | None = None
    ui_language: Language | None = None
    previous: str | None = Field(None, description="the question before this one")
    scope: Scope = Field(
        Scope.ARTICLE,
        description="whether articles related to `article` may answer what it does not, as far as "
        "the newsroom allows it (`related`)",
    )

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read a line that holds a JSON object, or simply the question.

        Raises:
            QuestionError: the line begins like an object but is none, or has unknown fields.
        """
        if not line.lstrip().startswith("{"):
            return cls(question=line)
        try:
            return cls.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise QuestionError(f"{place}: {first['msg']}.") from error
        except (ValueError, RecursionError) as error:
            raise QuestionError(f"Not a JSON object: {error}.") from error


class SourceDocument(BaseModel):
    """A passage of the article that is shown to the reader."""

    model_config = ConfigDict(from_attributes=True)

    article: str = Field(description="id of the article")
    title: str = Field(description="title of the article")
    date: dt.date | None = Field(description="when the article was published")
    passage_id: str
    kind: PassageKind = Field(description="a passage of the article, or a published answer")
    section: str | None = Field(description="heading above the passage")
    question: str | None = Field(description="the reader's question of a published answer")
    name: str | None = Field(description="the reader who asked it, if the name is published")
    language: Language
    text: str
    quote: str = Field(description="the sentence of `text` that answers best")
    highlight: str | None = Field(description="words of `quote` that answer, where they are clear")
    original_language: Language
    original_text: str = Field(description="`text` in the language in which it was written")
    original_quote: str = Field(description="`quote` in the language in which it was written")
    url: str | None = Field(description="address of the article")
    link: str | None = Field(description="address of the quote in the article (text fragment)")
    score: float = Field(description="similarity; higher is better, comparable within one answer")


class AnswerDocument(BaseModel):
    """The reply to a question."""

    model_config = ConfigDict(from_attributes=True)

    question: str
    question_language: Language
    article: str | None = Field(description="id of the article asked about, null for all")
    outcome: Outcome
    answered: bool = Field(description="true only for the outcome `answer`")
    confidence: float = Field(ge=0, le=1)
    answer: str | None = Field(description="null unless the outcome is `answer`")
    answer_language: Language
    is_from_elsewhere: bool = Field(
        description="whether the article asked about does not answer, but others do"
    )
    sources: list[SourceDocument] = Field(description="best first; empty for a refusal")
    suggestions: list[str] = Field(description="answered questions nearest to this one")
    occasion: Occasion | None = Field(
        description="set where this was no question to the article's text"
    )
    parts: list["AnswerDocument"] = Field(description="the reply to each of several questions")


class FeedbackDocument(BaseModel):
    """Whether a reader found a reply helpful; nothing that tells who or what was asked."""

    model_config = ConfigDict(extra="forbid")

    article: str
    language: Language
    outcome: Outcome
    helpful: bool


class SentQuestionDocument(BaseModel):
    """A question that a reader sends to the editors."""

    model_config = ConfigDict(extra="forbid")

    question: str
    article: str | None = Field(None, description="its id; may be left out where there is one only")
    language: Language
    name: str | None = Field(
        None, max_length=LONGEST_NAME, description="to be printed with the question"
    )
    website: str = Field("", description="left empty by people; what fills it in is not kept")


class ExplainedAnswerDocument(AnswerDocument):
    """The reply with everything that was found, whatever the outcome."""

    candidates: list[SourceDocument]


def answer_json(answer: Answer, *, explain: bool = False) -> str:
    """Return the answer as one line of JSON."""
    document = ExplainedAnswerDocument if explain else AnswerDocument
    return document.model_validate(answer).model_dump_json()
