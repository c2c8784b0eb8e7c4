"""Which files the articles of an index came from, and whether they have changed since."""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_bot.articles import article_files, check_unique, read_articles
from faq_bot.errors import ArticleError
from faq_bot.records import Article, Language

_log = logging.getLogger(__name__)

Key = tuple[str, Language]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An article file or web page as it was when it was read, and the articles it gave.

    `etag` and `modified` are what a web server calls this state of the page.
    """

    sha256: str
    articles: tuple[Key, ...]
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles with the files and folders they were read from.

    Paths are relative to the index directory, so that both can move together; pages are known by
    their addresses. `removed` lists the ids of articles that were taken out although their files
    are still there.
    """

    articles: tuple[Article, ...]
    files: Mapping[str, SourceFile]
    folders: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


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
    addresses = [str(source) for source in sources if is_address(str(source))]
    paths = [Path(source) for source in sources if not is_address(str(source))]
    read = _read_files([file for path in paths for file in article_files(path)])
    files = {_relative(file, base): _describe(file, articles) for file, articles in read.items()}
    articles = [article for some in read.values() for article in some]
    if addresses:
        from faq_bot.fetching import Fetcher  # takes half a second, which only pages need
        from faq_bot.web_pages import read_pages

        reading = read_pages(addresses, Fetcher(allow_private=allow_private))
        for address, page in reading.pages.items():
            keys = tuple(article.key for article in page.articles)
            files[address] = SourceFile(page.sha256, keys, page.etag, page.modified)
            articles += page.articles
        for address, why in reading.problems.items():
            _log.warning("%s was left out: %s", address, why)
        check_unique((None, article) for article in articles)
    if not articles:
        raise ArticleError(
            f"There is no article in {', '.join(map(str, paths))}: "
            "expected files that end in .txt, .json or .html."
        )
    folders = tuple(_relative(path, base) for path in paths if path.is_dir())
    return Corpus(tuple(articles), files, folders)


def is_address(source: str) -> bool:
    """Whether a source is on the web, not a file."""
    return source.lower().startswith(("http://", "https://"))


def merge(corpus: Corpus, new: Corpus) -> Corpus:
    """Add the articles of `new`; they replace those with the same id and language."""
    keys = {article.key for article in new.articles}
    ids = {article.id for article in new.articles}
    return Corpus(
        articles=(*(a for a in corpus.articles if a.key not in keys), *new.articles),
        files={**corpus.files, **new.files},
        folders=tuple(dict.fromkeys((*corpus.folders, *new.folders))),
        removed=tuple(id_ for id_ in corpus.removed if id_ not in ids),
    )


def remove_article(corpus: Corpus, identifier: str) -> Corpus:
    """Take out an article in all its languages.

    Raises:
        ArticleError: there is no such article.
    """
    remaining = tuple(a for a in corpus.articles if a.id != identifier)
    if len(remaining) == len(corpus.articles):
        known = ", ".join(dict.fromkeys(a.id for a in corpus.articles))
        raise ArticleError(f"There is no article {identifier!r} in the index. It has: {known}.")
    return replace(corpus, articles=remaining, removed=(*corpus.removed, identifier))


def changes(corpus: Corpus, base: Path) -> tuple[str, ...]:
    """Return the article files that are new, changed or gone since the corpus was read.

    A file that cannot be found does not count unless the folder it was read from is there: an
    index may be used far from its articles.
    """
    return tuple(sorted(str(path) for path in _changes(corpus, base)))


def _changes(corpus: Corpus, base: Path) -> Iterator[Path]:
    present = _files_in_folders(corpus, base)
    for name, known in corpus.files.items():
        path = _absolute(name, base)
        if not is_address(name) and not all(
            identifier in corpus.removed for identifier, _ in known.articles
        ):
            is_file = path.is_file()
            if (is_file and _digest(path) != known.sha256) or (
                not is_file and path.parent in present
            ):
                yield path
    for files in present.values():
        yield from (path for path in files if _relative(path, base) not in corpus.files)


def refresh(corpus: Corpus, base: Path) -> Corpus:
    """Read changed and new files again, and forget what is gone from the folders.

    Raises:
        ArticleError: a file is unusable now.
    """
    present = _files_in_folders(corpus, base)
    in_folders = [path for group in present.values() for path in group]
    read = _read_files(in_folders)
    names = dict.fromkeys([*(_relative(path, base) for path in in_folders), *corpus.files])

    stored = {article.key: article for article in corpus.articles}
    from_files = {key for file in corpus.files.values() for key in file.articles}
    articles = {key: article for key, article in stored.items() if key not in from_files}
    files: dict[str, SourceFile] = {}
    for name in names:
        path = _absolute(name, base)
        if not is_address(name) and path.is_file():
            found = read[path] if path in read else read_articles(path)
            files[name] = _describe(path, found)
            articles.update((a.key, a) for a in found if a.id not in corpus.removed)
        elif is_address(name) or path.parent not in present:
            files[name] = corpus.files[name]
            articles.update((k, stored[k]) for k in files[name].articles if k in stored)
    if not articles:
        raise ArticleError("All article files of the index are gone. Add one: faq-bot add FILE")
    return replace(corpus, articles=tuple(articles.values()), files=files)


def _read_files(files: Sequence[Path]) -> dict[Path, tuple[Article, ...]]:
    read = [(file, read_articles(file)) for file in files]
    check_unique((file, article) for file, articles in read for article in articles)
    return dict(read)


def _files_in_folders(corpus: Corpus, base: Path) -> dict[Path, tuple[Path, ...]]:
    folders = [_absolute(folder, base) for folder in corpus.folders]
    return {folder: article_files(folder) for folder in folders if folder.is_dir()}


def _describe(path: Path, articles: Iterable[Article]) -> SourceFile:
    return SourceFile(_digest(path), tuple(article.key for article in articles))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path.resolve(), base.resolve())).as_posix()


def _absolute(name: str, base: Path) -> Path:
    return (base.resolve() / name).resolve()
