"""Questions with known answers, to measure and to train with."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from faq_bot.core.article import Article, Paragraph, Section, Span
from faq_bot.core.errors import LabelledSetError
from faq_bot.core.languages import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question and where it is answered.

    `answers` holds, by the language of the version, spans in the article's text: any one of
    them is a right answer. A question without answers is not answered by the article.
    """

    id: str
    text: str
    language: Language
    article: str
    answers: Mapping[Language, tuple[Span, ...]]

    @property
    def answerable(self) -> bool:
        """Whether the article answers the question."""
        return any(self.answers.values())


ArticleWithQuestions = tuple[Article, list[LabelledQuestion]]


def read_squad(path: Path, language: Language, name: str) -> Iterator[ArticleWithQuestions]:
    """Yield the articles of a file in SQuAD's format, which XQuAD, MLQA and LAReQA share.

    (Rajpurkar et al. 2018, arXiv 1806.03822; Roy et al. 2020, arXiv 2004.05484.)

    Raises:
        LabelledSetError: the file cannot be read or is no such file.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["data"]
        yield from squad_articles(entries, language, name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LabelledSetError(f"{path} is not a file in SQuAD's format: {error!r}.") from error


def squad_articles(
    entries: Iterable[Mapping[str, Any]], language: Language, name: str
) -> Iterator[ArticleWithQuestions]:
    """Yield the articles among the `data` of such a file; their ids are `name` and a number."""
    for number, entry in enumerate(entries):
        yield _squad_article(entry, language, f"{name}-{number}")


def _squad_article(
    entry: Mapping[str, Any], language: Language, identifier: str
) -> ArticleWithQuestions:
    contexts = [paragraph["context"] for paragraph in entry["paragraphs"]]
    article = Article(
        id=identifier,
        language=language,
        title=str(entry.get("title") or "").replace("_", " ").strip() or identifier,
        sections=(Section(None, tuple(Paragraph(context.strip()) for context in contexts)),),
    )
    questions = []
    position = 0
    for paragraph, context in zip(entry["paragraphs"], contexts, strict=True):
        position = article.text.index(context.strip(), position)
        offset = position - (len(context) - len(context.lstrip()))
        for asked in paragraph["qas"]:
            found = [] if asked.get("is_impossible") else asked["answers"][:1]
            spans = tuple(
                Span(offset + a["answer_start"], offset + a["answer_start"] + len(a["text"]))
                for a in found
            )
            answers = {language: spans} if spans else {}
            questions.append(
                LabelledQuestion(asked["id"], asked["question"], language, identifier, answers)
            )
    return article, questions


def read_parallel(
    files: Mapping[Language, Path], name: str
) -> tuple[list[Article], list[LabelledQuestion]]:
    """Read SQuAD files that are translations of each other, with the same question ids.

    Each question has its answers in all languages.
    """
    articles: list[Article] = []
    questions: list[LabelledQuestion] = []
    answers: dict[str, dict[Language, tuple[Span, ...]]] = {}
    for language, path in files.items():
        for article, asked in read_squad(path, language, name):
            articles.append(article)
            questions.extend(asked)
            for question in asked:
                answers.setdefault(question.id, {}).update(question.answers)
    return articles, [replace(question, answers=answers[question.id]) for question in questions]


def is_question_file(path: Path) -> bool:
    """Return whether a file is a list of questions, not articles in SQuAD's format.

    Raises:
        LabelledSetError: the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8").lstrip().startswith("[")
    except (OSError, ValueError) as error:
        raise LabelledSetError(f"{path} cannot be read: {error}.") from error


class QuestionEntry(BaseModel):
    """A question in a file of labelled questions about articles of an index.

    `answers` holds snippets of the article's text, by language, each in a sentence that
    answers the question.
    """

    model_config = ConfigDict(extra="forbid")

    question: str
    language: Language
    article: str
    half: str | None = None
    close: bool = False
    answers: dict[Language, list[str]] = {}


_ENTRIES = TypeAdapter(list[QuestionEntry])


def read_questions(
    path: Path, articles: Sequence[Article], half: str | None = None
) -> list[LabelledQuestion]:
    """Read a JSON file of `QuestionEntry` about `articles`, only those of one `half` if named.

    Raises:
        LabelledSetError: the file cannot be read, or a snippet is not in its article.
    """
    try:
        entries = _ENTRIES.validate_json(path.read_bytes())
    except OSError as error:
        raise LabelledSetError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise LabelledSetError(f"{path}: {place}: {first['msg']}.") from error
    texts = {article.key: article.text for article in articles}
    return [
        LabelledQuestion(
            id=str(number),
            text=entry.question,
            language=entry.language,
            article=entry.article,
            answers=dict(_spans(path, entry, texts)),
        )
        for number, entry in enumerate(entries)
        if half in (None, entry.half)
    ]


def _spans(
    path: Path, entry: QuestionEntry, texts: Mapping[tuple[str, Language], str]
) -> Iterator[tuple[Language, tuple[Span, ...]]]:
    if not any(article == entry.article for article, _ in texts):
        raise LabelledSetError(f"{path}: the index has no article {entry.article!r}.")
    for language, snippets in entry.answers.items():
        text = texts.get((entry.article, language))
        if text is not None:
            yield language, tuple(_find(path, snippet, text) for snippet in snippets)


def _find(path: Path, snippet: str, text: str) -> Span:
    start = text.find(snippet)
    if start == -1:
        raise LabelledSetError(f"{path}: the article does not contain {snippet!r}.")
    return Span(start, start + len(snippet))


def languages_of(files: Iterable[Path]) -> dict[Language, Path]:
    """Return the files by the language that their names begin with, as `de.json`.

    Raises:
        LabelledSetError: a name begins with no known language, or two with the same.
    """
    found: dict[Language, Path] = {}
    for path in files:
        language = next((tag for tag in LANGUAGES if path.name.startswith(f"{tag}.")), None)
        if language is None or language in found:
            raise LabelledSetError(
                f"{path}: name the files after their languages, one each: de.json, en.json."
            )
        found[language] = path
    return found
