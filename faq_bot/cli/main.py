"""The command `faq-bot`."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from faq_bot.answering.answerer import MOST_SUGGESTIONS, no_answer
from faq_bot.answering.bot import FaqBot
from faq_bot.answering.preprocessing import prepare_question
from faq_bot.articles.json_format import ArticleDocument, article_json
from faq_bot.articles.published import with_published
from faq_bot.cli.newsroom import editors, questions, stats
from faq_bot.core.answer import Answer, Outcome, Scope
from faq_bot.core.article import Article
from faq_bot.core.errors import ArticleError, FaqBotError, QuestionError
from faq_bot.core.languages import Language
from faq_bot.core.reply import PublishedAnswer
from faq_bot.core.settings import Settings, load_settings
from faq_bot.evaluation.labelled import (
    is_question_file,
    languages_of,
    read_parallel,
    read_questions,
)
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import add as add_to_index
from faq_bot.index.indexing import build as build_index
from faq_bot.index.indexing import remove as remove_from_index
from faq_bot.index.indexing import sync as sync_index
from faq_bot.index.passage_index import PassageIndex
from faq_bot.models.encoder import Encoder
from faq_bot.models.opening import open_encoder
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.web.json_ld import faq_page
from faq_bot.web.messages import Messages, messages, report_line
from faq_bot.web.schemas import AnswerDocument, QuestionDocument, answer_json

app = typer.Typer(
    help="Answers readers' questions about articles in the newsroom's own words.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done (a refusal, too), 2 wrong usage or question, 3 article, 4 index, "
    "5 model, 6 server, 7 readers' questions, 8 editors, 1 anything else.",
)
export = typer.Typer(no_args_is_help=True)
app.add_typer(export, name="export", help="Print an article's data for other programs.")
app.add_typer(questions, name="questions", help="What readers sent to the editors.")
app.add_typer(editors, name="editors", help="Who may enter the editors' desk.")
app.command(epilog="Example: `faq-bot stats --days 30`")(stats)
_out = Console(soft_wrap=True)
_err = Console(stderr=True, soft_wrap=True)

_SOURCES = "Article files or folders, or addresses of pages, feeds or sitemaps"

Document = Literal["article", "question", "answer"]
_SCHEMAS: dict[Document, type[BaseModel]] = {
    "article": ArticleDocument,
    "question": QuestionDocument,
    "answer": AnswerDocument,
}

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Directory of the index [default: index]"),
]
ArticleArgument = Annotated[str, typer.Argument(metavar="ID", help="The article's id")]
VersionOption = Annotated[Language | None, typer.Option(help="The version [default: the original]")]


@app.command(epilog="Example: `faq-bot build seeds other-article.json`")
def build(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]…", help=f"{_SOURCES} [default: seeds]"),
    ] = None,
    index: IndexOption = None,
) -> None:
    """Make the index anew from articles in files and on the web."""
    settings = _settings(index)
    built = build_index(
        Archive.of(settings),
        sources or [settings.articles],
        _encoder(settings),
        _published(settings),
        allow_private=settings.allow_private_addresses,
    )
    _summarise(settings.index, built)


@app.command(epilog="Example: `faq-bot add my-article.de.txt https://news.example/feed.xml`")
def add(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help=_SOURCES)],
    index: IndexOption = None,
) -> None:
    """Add articles; one with the same id and language is replaced."""
    settings = _settings(index)
    built = add_to_index(
        Archive.of(settings),
        sources,
        _encoder(settings),
        _published(settings),
        allow_private=settings.allow_private_addresses,
    )
    _summarise(settings.index, built)


@app.command(epilog="Example: `faq-bot sync https://news.example/sitemap.xml`")
def sync(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]…", help=f"{_SOURCES}, beside those of before"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change")] = False,
    index: IndexOption = None,
) -> None:
    """Read what is new or has changed at all sources; forget what is gone.

    What cannot be read keeps its last good version and is named. Exit code 3 where there was such.
    """
    settings = _settings(index)
    found = sync_index(
        Archive.of(settings),
        sources or [],
        _encoder(settings),
        _published(settings),
        allow_private=settings.allow_private_addresses,
        dry_run=dry_run,
    )
    for sign, keys in (("+", found.added), ("~", found.changed), ("-", found.removed)):
        for identifier, language in keys:
            _tell(f"{sign} {identifier} ({language})")
    would = "would be " if dry_run else ""
    _tell(
        f"{len(found.added)} {would}added, {len(found.changed)} changed, {len(found.removed)} "
        f"removed, {found.same} as they were; {found.embedded} passages embedded."
    )
    for problem in found.problems:
        _err.print(f"As it was: {problem}", markup=False, highlight=False)
    if found.problems:
        raise typer.Exit(ArticleError.exit_code)


@app.command(epilog="Example: `faq-bot remove amazon-openai`")
def remove(
    identifier: ArticleArgument,
    index: IndexOption = None,
) -> None:
    """Take an article out, in all its languages."""
    settings = _settings(index)
    encoder = _encoder(settings)
    left = remove_from_index(Archive.of(settings), identifier, encoder, _published(settings))
    _summarise(settings.index, left)


@app.command("list", epilog="Example: `faq-bot list --index other-index`")
def list_articles(index: IndexOption = None) -> None:
    """List the articles in the index."""
    loaded, _ = Archive.of(_settings(index)).load()
    table = Table("id", "language", "title", "published", "passages", "questions")
    for article in loaded.articles:
        table.add_row(
            escape(article.id),
            article.language,
            escape(article.title),
            "" if article.date is None else article.date.isoformat(),
            str(len(loaded.passages_of(article))),
            str(len(article.faq)),
        )
    _out.print(table)


@app.command(
    epilog='Examples: `faq-bot ask "Was ist Trainium?"`, '
    "`faq-bot ask --json --stdin < questions.txt`"
)
def ask(
    question: Annotated[str | None, typer.Argument(help="The question")] = None,
    language: Annotated[
        Language | None, typer.Option(help="Answer in this language [default: the question's]")
    ] = None,
    article: Annotated[
        str | None, typer.Option(metavar="ID", help="Answer from this article only")
    ] = None,
    ui_language: Annotated[
        Language | None,
        typer.Option(help="Decides where the question's language cannot be told"),
    ] = None,
    scope: Annotated[
        Scope, typer.Option(help="Whether related articles may answer what the article does not")
    ] = Scope.ARTICLE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin", help="Read a question, or a JSON object, from each line of standard input"
        ),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="With --json: also print all `candidates`")
    ] = False,
    index: IndexOption = None,
) -> None:
    """Answer a question, or one on each line of standard input."""
    if stdin == (question is not None):
        raise typer.BadParameter("Give either a QUESTION or --stdin.")
    settings = _settings(index)
    if question is not None:
        asked = QuestionDocument(
            question=_printable(question),
            language=language,
            article=article,
            ui_language=ui_language,
            scope=scope,
        )
        prepare_question(asked.question, settings.max_question_length)  # before anything slow
        bot = FaqBot.open(settings.index, settings)
        _print(_ask(bot, asked), as_json=as_json, explain=explain)
        return
    bot = FaqBot.open(settings.index, settings)
    failed = False
    for number, line in enumerate(_lines(), start=1):
        asked = QuestionDocument(question=line)
        try:
            asked = QuestionDocument.from_line(line)
            defaults = {
                "language": language,
                "article": article,
                "ui_language": ui_language,
                "scope": scope,
            }
            told = asked.model_dump(exclude_unset=True, exclude_none=True)
            answer = _ask(bot, QuestionDocument(**defaults | told))
        except QuestionError as error:
            failed = True
            _err.print(f"Line {number}: {error}", markup=False, highlight=False)
            tag = asked.language or language or asked.ui_language or ui_language
            tag = tag or settings.language
            answer = no_answer(asked.question, tag, bot.suggestions(tag, most=MOST_SUGGESTIONS))
        _print(answer, as_json=as_json, explain=explain)
    if failed:
        raise typer.Exit(QuestionError.exit_code)


@app.command(
    epilog="Examples: `faq-bot evaluate benchmarks/data/amazon-openai.questions.json --half "
    "checking`, `faq-bot evaluate xquad-r/de.json xquad-r/en.json --plot curve.png`"
)
def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="Labelled questions about the index, or parallel files in SQuAD's format named "
            "after their languages, which bring their own articles",
        ),
    ],
    half: Annotated[
        str | None, typer.Option(help="Only the questions of this half: tuning or checking")
    ] = None,
    all_articles: Annotated[
        bool,
        typer.Option("--all-articles", help="Search all articles, not only the question's own"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the risk-coverage curve")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Measure retrieval, quotation and refusal on labelled questions."""
    from faq_bot.evaluation.evaluator import Evaluator

    settings = _settings(index)
    encoder = open_encoder(settings)
    evaluator = Evaluator.from_settings(encoder, settings, all_articles=all_articles)
    if is_question_file(files[0]):
        opened, _ = Archive.of(settings).load()
        asked = [q for file in files for q in read_questions(file, opened.articles, half)]
        report = evaluator.on_index(opened, asked)
    else:
        report = evaluator.on_translations(*read_parallel(languages_of(files), "article"))
    if plot is not None:
        from faq_bot.evaluation.plots import plot_risk_coverage

        plot_risk_coverage(report, plot)
    if as_json:
        sys.stdout.write(report.as_json() + "\n")
        return
    _out.print(f"{report.model}, {report.commit or report.version}", highlight=False)
    table = Table("measure", *report.directions, box=None)
    for name, values in report.rows():
        table.add_row(name, *values)
    _out.print(table)


@app.command(epilog="Example: `faq-bot schema answer > answer.schema.json`")
def schema(document: Annotated[Document, typer.Argument(help="Which document")]) -> None:
    """Print the JSON Schema of an article file, a question or an answer."""
    _out.print_json(data=_SCHEMAS[document].model_json_schema(), indent=2)


@export.command("jsonld", epilog="Example: `faq-bot export jsonld amazon-openai --language de`")
def export_json_ld(
    identifier: ArticleArgument,
    language: VersionOption = None,
    index: IndexOption = None,
) -> None:
    """Print the published questions and answers as a schema.org FAQPage, for the article's page."""
    sys.stdout.write(faq_page(_article(identifier, language, _settings(index))) + "\n")


@export.command("article", epilog="Example: `faq-bot export article amazon-openai --language de`")
def export_article(
    identifier: ArticleArgument,
    language: VersionOption = None,
    index: IndexOption = None,
) -> None:
    """Print the article with all published questions and answers, as JSON that can be added."""
    sys.stdout.write(article_json(_article(identifier, language, _settings(index))) + "\n")


@app.command(epilog="Example: `faq-bot serve --port 8000`")
def serve(
    host: Annotated[str | None, typer.Option(help="Address [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port [default: 7860]", min=0, max=65535)] = None,
    index: IndexOption = None,
) -> None:
    """Serve the chat; the index is built first where it is missing or stale."""
    from faq_bot.web.server import run

    settings = _settings(index)
    chosen = {"host": host, "port": port}
    run(settings.model_copy(update={k: v for k, v in chosen.items() if v is not None}))


def main() -> None:
    """Run the command; an error of this package is one line and an exit code."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        app()
    except FaqBotError as error:
        _err.print(f"faq-bot: {error}", markup=False, highlight=False)
        sys.exit(error.exit_code)


def _settings(index: Path | None) -> Settings:
    settings = load_settings()
    return settings if index is None else settings.model_copy(update={"index": index})


def _encoder(settings: Settings) -> Encoder:
    return open_encoder(settings)


def _published(settings: Settings) -> tuple[PublishedAnswer, ...]:
    return Newsroom.from_settings(settings).publishing.published()


def _article(identifier: str, language: Language | None, settings: Settings) -> Article:
    """Return an article of the index with what is published of late."""
    loaded, _ = Archive.of(settings).load()
    loaded.require(identifier)
    article = loaded.article(identifier, language or loaded.original_language(identifier))
    (current,) = with_published([article], _published(settings))
    return current


def _ask(bot: FaqBot, asked: QuestionDocument) -> Answer:
    return bot.ask(
        asked.question,
        language=asked.language,
        article=asked.article,
        ui_language=asked.ui_language,
        previous=asked.previous,
        scope=asked.scope,
    )


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _printable(argument: str) -> str:
    """Replace what the shell passed on that is not UTF-8."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _summarise(directory: Path, index: PassageIndex) -> None:
    _tell(f"{directory}: {len(index.articles)} articles, {len(index.passages)} passages.")


def _tell(line: str) -> None:
    _out.print(line, markup=False, highlight=False)


def _print(answer: Answer, *, as_json: bool, explain: bool) -> None:
    if as_json:
        sys.stdout.write(answer_json(answer, explain=explain) + "\n")
        sys.stdout.flush()
    else:
        _out.print(_readable(answer))


def _readable(answer: Answer) -> Text:
    """Lay an answer out for the terminal, with the best sentence of each source in bold."""
    words = messages(answer.question_language)
    lines = Text()
    for part in answer.parts or (answer,):
        if answer.parts:
            lines.append(f"{part.question}\n", "italic")
        _add_reply(lines, part, words)
    return lines


def _add_reply(lines: Text, answer: Answer, words: Messages) -> None:
    if answer.outcome is Outcome.ANSWER:
        lines.append(f"{words.from_elsewhere}\n\n" if answer.is_from_elsewhere else "")
        lines.append(f"{answer.answer}\n\n{words.sources}\n")
    elif answer.outcome is Outcome.UNSURE:
        lines.append(f"{words.unsure if answer.article else words.unsure_of_all}\n\n")
    else:
        if answer.occasion is not None:
            lines.append(words[f"remarks.{answer.occasion}"])
        else:
            lines.append(words.refusal if answer.article else words.refusal_by_all)
            lines.append(f" {words.for_example}" if answer.suggestions else "")
        lines.append("".join(f"\n  • {question}" for question in answer.suggestions) + "\n")
    for source in answer.sources:
        before, quote, after = source.text.partition(source.quote)
        lines.append(f"  {source.question or source.section or source.title}\n", "italic")
        if source.article != answer.article:
            lines.append(f"  {report_line(source, answer.question_language)}\n", "italic")
        lines.append("    ").append(before).append(quote, "bold").append(f"{after}\n")
