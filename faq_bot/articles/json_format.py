"""Articles as JSON, the format of other programs and of the index itself."""

import json
import logging
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from faq_bot.core.article import Article, Paragraph, QuestionAnswer, Section, SectionKind
from faq_bot.core.characters import clean
from faq_bot.core.errors import ArticleError
from faq_bot.core.languages import Language

_log = logging.getLogger(__name__)


def _primary_subtag(value: Any) -> Any:
    """Reduce a language tag such as `de-AT` to its first part (BCP 47)."""
    return value.replace("_", "-").split("-")[0].lower() if isinstance(value, str) else value


def _clean_or_none(value: str | None) -> str | None:
    return clean(value or "") or None


def _filled(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


Text = Annotated[str, AfterValidator(clean)]
FilledText = Annotated[Text, AfterValidator(_filled)]
OptionalText = Annotated[str | None, AfterValidator(_clean_or_none)]
LanguageTag = Annotated[Language, BeforeValidator(_primary_subtag)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="allow")


class QuestionAnswerDocument(_Document):
    """A reader's question with the newsroom's published answer."""

    question: FilledText
    answer: FilledText
    name: OptionalText = Field(None, description="the reader who asked, to be printed")


class SectionDocument(_Document):
    """Paragraphs under one heading."""

    heading: OptionalText = None
    paragraphs: list[Text]
    kind: SectionKind = Field(
        SectionKind.BODY, description="`sources` and `author` mark the lists below an article"
    )


class ArticleDocument(_Document):
    """A news article in one language; two with the same id are versions of each other."""

    id: FilledText
    language: LanguageTag
    title: FilledText
    url: OptionalText = None
    author: OptionalText = None
    published: OptionalText = Field(None, description="date of publication, ISO 8601")
    sections: list[SectionDocument]
    faq: list[QuestionAnswerDocument] = []
    kicker: OptionalText = Field(None, description="the short line above the title")
    standfirst: OptionalText = Field(None, description="the summary below the title")
    alternative_title: OptionalText = Field(None, description="the title in another language")
    translated_from: LanguageTag | None = Field(
        None, description="language of the original, where this version is a translation"
    )


def parse_json(text: str, name: str) -> tuple[Article, ...]:  # noqa: ARG001
    """Parse one article, or a list of articles.

    Raises:
        ArticleError: the text is not JSON or lacks a required field; the field is named.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"not valid JSON: {error}.") from error
    return tuple(parse_document(item) for item in (data if isinstance(data, list) else [data]))


def parse_document(data: Any) -> Article:
    """Turn one decoded JSON object into an article.

    Raises:
        ArticleError: a field is missing or of the wrong kind.
    """
    try:
        document = ArticleDocument.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the article"
        raise ArticleError(f"{place}: {first['msg']}.") from error
    if document.model_extra:
        _log.warning("Article %s: ignored %s.", document.id, ", ".join(document.model_extra))
    return Article(
        id=document.id,
        language=document.language,
        title=document.title,
        sections=tuple(map(_section, document.sections)),
        faq=tuple(
            QuestionAnswer(entry.question, entry.answer, entry.name) for entry in document.faq
        ),
        kicker=document.kicker,
        standfirst=document.standfirst,
        alternative_title=document.alternative_title,
        translated_from=document.translated_from,
        author=document.author,
        published=document.published,
        url=document.url,
    )


def _section(document: SectionDocument) -> Section:
    paragraphs = tuple(Paragraph(text) for text in document.paragraphs if text)
    return Section(document.heading, paragraphs, document.kind)


def article_json(article: Article) -> str:
    """Return an article as JSON that `parse_json` reads; empty fields are left out."""
    document = ArticleDocument(
        id=article.id,
        language=article.language,
        title=article.title,
        url=article.url,
        author=article.author,
        published=article.published,
        sections=list(map(_section_document, article.sections)),
        faq=[
            QuestionAnswerDocument(question=entry.question, answer=entry.answer, name=entry.name)
            for entry in article.faq
        ],
        kicker=article.kicker,
        standfirst=article.standfirst,
        alternative_title=article.alternative_title,
        translated_from=article.translated_from,
    )
    return document.model_dump_json(exclude_none=True, indent=1)


def _section_document(section: Section) -> SectionDocument:
    return SectionDocument(
        heading=section.heading,
        paragraphs=[paragraph.text for paragraph in section.paragraphs],
        kind=section.kind,
    )
