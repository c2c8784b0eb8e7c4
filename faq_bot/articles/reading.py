"""Reading a corpus: all articles in files and folders, and at addresses on the web."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from faq_bot.articles.checks import check_unique
from faq_bot.articles.corpus import Corpus, merge
from faq_bot.articles.files import article_files, read_articles
from faq_bot.articles.sources import (
    SourceFile,
    addresses_and_paths,
    describe_file,
    named_problem,
    relative_name,
)
from faq_bot.core.errors import ArticleError

if TYPE_CHECKING:
    from faq_bot.articles.web_pages import PagesRead

_log = logging.getLogger(__name__)


def read_corpus(
    sources: Sequence[Path | str], base: Path, *, allow_private: bool = False
) -> Corpus:
    """Read all articles in files and folders, and at addresses on the web.

    A page that a feed or sitemap lists and that cannot be read is left out with a warning.
    `allow_private` lets servers on the own machine or network be read.

    Raises:
        ArticleError: a file or an address is unusable, or two articles claim the same id and
            language.
    """
    addresses, paths = addresses_and_paths(sources)
    corpus = _read_paths(paths, base)
    if addresses:
        pages = _read_pages(addresses, allow_private=allow_private)
        check_unique((None, article) for article in (*corpus.articles, *pages.articles))
        corpus = merge(corpus, pages)
    if not corpus.articles:
        raise ArticleError(
            f"There is no article in {', '.join(map(str, paths))}: "
            "expected files that end in .txt, .json or .html."
        )
    return corpus


def read_addresses(
    addresses: Sequence[str],
    known: Mapping[str, SourceFile] | None = None,
    *,
    allow_private: bool = False,
) -> "PagesRead":
    """Read pages, as `read_pages` does; what only that needs takes half a second to import."""
    from faq_bot.articles.fetching import Fetcher
    from faq_bot.articles.web_pages import read_pages

    return read_pages(addresses, Fetcher(allow_private=allow_private), known)


def _read_paths(paths: Sequence[Path], base: Path) -> Corpus:
    files = [file for path in paths for file in article_files(path)]
    read = [(file, read_articles(file)) for file in files]
    check_unique((file, article) for file, articles in read for article in articles)
    return Corpus(
        articles=tuple(article for _, articles in read for article in articles),
        files={relative_name(file, base): describe_file(file, found) for file, found in read},
        folders=tuple(relative_name(path, base) for path in paths if path.is_dir()),
    )


def _read_pages(addresses: Sequence[str], *, allow_private: bool) -> Corpus:
    read = read_addresses(addresses, allow_private=allow_private)
    problems = [named_problem(address, why) for address, why in read.problems.items()]
    if not read.pages:
        raise ArticleError("\n".join(problems))
    for problem in problems:
        _log.warning("Left out: %s", problem)
    return Corpus(
        articles=tuple(article for page in read.pages.values() for article in page.articles),
        files={address: page.state for address, page in read.pages.items()},
        listings=read.listings,
    )
