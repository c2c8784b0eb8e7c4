"""The commands that change an index and show what is in it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from faq_bot.cli.common import ERR, OUT, ArticleArgument, IndexOption, open_service, tell
from faq_bot.core.errors import ArticleError
from faq_bot.index.passage_index import PassageIndex

commands = typer.Typer()

_SOURCES = "Article files or folders, or addresses of pages, feeds or sitemaps"


@commands.command(epilog="Example: `faq-bot build seeds other-article.json`")
def build(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]…", help=f"{_SOURCES} [default: seeds]"),
    ] = None,
    index: IndexOption = None,
) -> None:
    """Make the index anew from articles in files and on the web."""
    service = open_service(index)
    built = service.indexer().build(sources or [service.settings.articles])
    _summarise(service.settings.index, built)


@commands.command(epilog="Example: `faq-bot add my-article.de.txt https://news.example/feed.xml`")
def add(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE…", help=_SOURCES)],
    index: IndexOption = None,
) -> None:
    """Add articles; one with the same id and language is replaced."""
    service = open_service(index)
    _summarise(service.settings.index, service.indexer().add(sources))


@commands.command(epilog="Example: `faq-bot sync https://news.example/sitemap.xml`")
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
    found = open_service(index).indexer().sync(sources or [], dry_run=dry_run)
    for sign, keys in (("+", found.added), ("~", found.changed), ("-", found.removed)):
        for identifier, language in keys:
            tell(f"{sign} {identifier} ({language})")
    would = "would be " if dry_run else ""
    tell(
        f"{len(found.added)} {would}added, {len(found.changed)} changed, {len(found.removed)} "
        f"removed, {found.same} as they were; {found.embedded} passages embedded."
    )
    for problem in found.problems:
        ERR.print(f"As it was: {problem}", markup=False, highlight=False)
    if found.problems:
        raise typer.Exit(ArticleError.exit_code)


@commands.command(epilog="Example: `faq-bot remove amazon-openai`")
def remove(
    identifier: ArticleArgument,
    index: IndexOption = None,
) -> None:
    """Take an article out, in all its languages."""
    service = open_service(index)
    _summarise(service.settings.index, service.indexer().remove(identifier))


@commands.command("list", epilog="Example: `faq-bot list --index other-index`")
def list_articles(index: IndexOption = None) -> None:
    """List the articles in the index."""
    loaded, _ = open_service(index).archive.load()
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
    OUT.print(table)


def _summarise(directory: Path, index: PassageIndex) -> None:
    tell(f"{directory}: {len(index.articles)} articles, {len(index.passages)} passages.")
