"""Which files the articles of an index came from, and whether they have changed since."""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_bot.articles.files import article_files, check_unique, read_articles
from faq_bot.articles.sources import SourceFile
from faq_bot.core.article import Article, Key
from faq_bot.core.errors import ArticleError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles with the files and folders they were read from.

    Paths are relative to the index directory, so that both can move together; pages are known by
    their addresses. `listings` are the feeds and sitemaps that name pages. `removed` lists the ids
    of articles that were taken out although their files are still there.
    """

    articles: tuple[Article, ...]
    files: Mapping[str, SourceFile]
    folders: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()


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
    addresses, paths = _apart(sources)
    read = _read_files([file for path in paths for file in article_files(path)])
    files = {_relative(file, base): _describe(file, articles) for file, articles in read.items()}
    articles = [article for some in read.values() for article in some]
    listings: tuple[str, ...] = ()
    if addresses:
        from faq_bot.articles.fetching import Fetcher  # takes half a second, which only pages need
        from faq_bot.articles.web_pages import read_pages

        reading = read_pages(addresses, Fetcher(allow_private=allow_private))
        problems = [_told(address, why) for address, why in reading.problems.items()]
        if not reading.pages:
            raise ArticleError("\n".join(problems))
        for problem in problems:
            _log.warning("Left out: %s", problem)
        files |= {address: page.state for address, page in reading.pages.items()}
        articles += [article for page in reading.pages.values() for article in page.articles]
        listings = reading.listings
        check_unique((None, article) for article in articles)
    if not articles:
        raise ArticleError(
            f"There is no article in {', '.join(map(str, paths))}: "
            "expected files that end in .txt, .json or .html."
        )
    folders = tuple(_relative(path, base) for path in paths if path.is_dir())
    return Corpus(tuple(articles), files, folders, listings=listings)


def is_address(source: str) -> bool:
    """Whether a source is on the web, not a file."""
    return source.lower().startswith(("http://", "https://"))


def _apart(sources: Sequence[Path | str]) -> tuple[list[str], list[Path]]:
    """Tell addresses from files and folders."""
    addresses = [str(source) for source in sources if is_address(str(source))]
    return addresses, [Path(source) for source in sources if not is_address(str(source))]


def _told(source: str, why: str) -> str:
    return why if source in why else f"{source}: {why}"


def merge(corpus: Corpus, new: Corpus) -> Corpus:
    """Add the articles of `new`; they replace those with the same id and language."""
    keys = {article.key for article in new.articles}
    ids = {article.id for article in new.articles}
    return Corpus(
        articles=(*(a for a in corpus.articles if a.key not in keys), *new.articles),
        files={**corpus.files, **new.files},
        folders=tuple(dict.fromkeys((*corpus.folders, *new.folders))),
        listings=tuple(dict.fromkeys((*corpus.listings, *new.listings))),
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
    synced = _sync_files(corpus, base)
    known = {file.problem for file in corpus.files.values()}
    for problem in synced.problems:
        if problem not in known:
            raise ArticleError(problem)
    if not synced.corpus.articles:
        raise ArticleError("All article files of the index are gone. Add one: faq-bot add FILE")
    return synced.corpus


@dataclass(frozen=True, slots=True)
class Synced:
    """A corpus that is up to date, but for the `problems`, where it is as it was."""

    corpus: Corpus
    problems: tuple[str, ...]


def sync_corpus(
    corpus: Corpus, sources: Sequence[Path | str], base: Path, *, allow_private: bool = False
) -> Synced:
    """Read what is new or has changed at the corpus's and other sources; forget what is gone.

    What cannot be read keeps its last good version. A page is gone when its server says so (404 or
    410), not when a feed no longer lists it.

    Raises:
        ArticleError: one of the `sources` is not there, or nothing would be left.
    """
    addresses, paths = _apart(sources)
    files = [file for path in paths if not path.is_dir() for file in article_files(path)]
    folders = [*corpus.folders, *(_relative(path, base) for path in paths if path.is_dir())]
    known = replace(corpus, folders=tuple(dict.fromkeys(folders)))
    synced = _sync_files(known, base, files)
    addresses = list(dict.fromkeys([*corpus.listings, *addresses]))
    if addresses or any(map(is_address, corpus.files)):
        synced = _sync_pages(synced, addresses, allow_private=allow_private)
    if not synced.corpus.articles:
        raise ArticleError("\n".join(("No article would be left.", *synced.problems)))
    return synced


def _sync_files(corpus: Corpus, base: Path, more: Sequence[Path] = ()) -> Synced:
    """Read files that are new or have changed, and forget what is gone from the folders."""
    present = _files_in_folders(corpus, base)
    there = dict.fromkeys([path for group in present.values() for path in group] + list(more))
    names = dict.fromkeys([*(_relative(path, base) for path in there), *corpus.files])
    result = _Changed(corpus)
    problems = []
    for name in names:
        path, known = _absolute(name, base), corpus.files.get(name)
        if is_address(name):
            result.keep(name)
        elif not path.is_file():
            if path.parent not in present:
                result.keep(name)
        elif known is not None and known.sha256 == _digest(path) and result.has(name):
            problems += [known.problem] if known.problem else []
            result.keep(name)
        else:
            try:
                found = read_articles(path)
                result.put(name, _describe(path, found), found)
            except ArticleError as error:
                problems.append(_told(str(path), str(error)))
                result.keep(name, SourceFile(_digest(path), (), problem=problems[-1]))
    return Synced(result.corpus(), tuple(problems))


def _sync_pages(synced: Synced, addresses: Sequence[str], *, allow_private: bool) -> Synced:
    """Read pages that are new or have changed, and forget those that are gone."""
    from faq_bot.articles.fetching import Fetcher  # as above
    from faq_bot.articles.web_pages import read_pages

    corpus = synced.corpus
    result = _Changed(corpus)
    pages = [name for name in corpus.files if is_address(name)]
    known = {name: corpus.files[name] for name in pages if result.has(name)}
    wanted = [*addresses, *(name for name in pages if name not in known)]
    reading = read_pages(wanted, Fetcher(allow_private=allow_private), known)
    for name in corpus.files:
        if name not in reading.gone and name not in reading.pages:
            result.keep(name)
    problems = [_told(address, why) for address, why in reading.problems.items()]
    for address, page in reading.pages.items():
        try:
            result.put(address, page.state, page.articles)
        except ArticleError as error:
            problems.append(str(error))
            result.keep(address)
    listings = tuple(dict.fromkeys((*corpus.listings, *reading.listings)))
    return Synced(replace(result.corpus(), listings=listings), (*synced.problems, *problems))


class _Changed:
    """A corpus in the making, from another one and what was read anew."""

    def __init__(self, corpus: Corpus) -> None:
        self._old = corpus
        self._stored = {article.key: article for article in corpus.articles}
        from_files = {key for file in corpus.files.values() for key in file.articles}
        self._articles = {k: a for k, a in self._stored.items() if k not in from_files}
        self._files: dict[str, SourceFile] = {}
        self._source: dict[Key, str] = {}

    def has(self, name: str) -> bool:
        """Whether what a source gave is still there; a damaged index has lost it."""
        keys = self._old.files[name].articles
        return all(key in self._stored or key[0] in self._old.removed for key in keys)

    def keep(self, name: str, unusable: SourceFile | None = None) -> None:
        """Keep what a source gave before, if anything; `unusable` is what cannot be read now."""
        known = self._old.files.get(name, unusable)
        if known is None:
            return
        now = unusable or known
        self._files[name] = replace(now, articles=known.articles)
        self._source |= dict.fromkeys(known.articles, name)
        self._articles |= {key: self._stored[key] for key in known.articles if key in self._stored}

    def put(self, name: str, file: SourceFile, articles: Sequence[Article]) -> None:
        """Take what a source gives now.

        Raises:
            ArticleError: another one gives an article with the same id and language.
        """
        for article in articles:
            if (other := self._source.setdefault(article.key, name)) != name:
                raise ArticleError(
                    f"The article id {article.id!r} occurs twice in language {article.language!r}: "
                    f"in {other} and {name}. Give each article an id of its own."
                )
        self._files[name] = file
        self._articles |= {a.key: a for a in articles if a.id not in self._old.removed}

    def corpus(self) -> Corpus:
        """Return the corpus as it is now."""
        return replace(self._old, articles=tuple(self._articles.values()), files=self._files)


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
