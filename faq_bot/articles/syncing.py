"""Whether the sources of a corpus have changed since they were read, and reading what has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_bot.articles.corpus import Corpus
from faq_bot.articles.files import article_files, read_articles
from faq_bot.articles.reading import read_addresses
from faq_bot.articles.revision import Revision
from faq_bot.articles.sources import (
    SourceFile,
    absolute_path,
    addresses_and_paths,
    describe_file,
    file_digest,
    is_address,
    named_problem,
    relative_name,
)
from faq_bot.core.errors import ArticleError


def changes(corpus: Corpus, base: Path) -> tuple[str, ...]:
    """Return the article files that are new, changed or gone since the corpus was read.

    A file that cannot be found does not count unless the folder it was read from is there: an
    index may be used far from its articles.
    """
    folders = _Folders(corpus, base)
    read = {
        absolute_path(name, base): known
        for name, known in corpus.files.items()
        if not is_address(name) and not _is_removed(known, corpus)
    }
    changed = [
        path for path, known in read.items() if folders.miss(path) or _has_changed(path, known)
    ]
    new = [path for path in folders.files if relative_name(path, base) not in corpus.files]
    return tuple(sorted(str(path) for path in (*changed, *new)))


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
    addresses, paths = addresses_and_paths(sources)
    files = [file for path in paths if not path.is_dir() for file in article_files(path)]
    folders = [*corpus.folders, *(relative_name(path, base) for path in paths if path.is_dir())]
    known = replace(corpus, folders=tuple(dict.fromkeys(folders)))
    synced = _sync_files(known, base, files)
    addresses = list(dict.fromkeys([*corpus.listings, *addresses]))
    if addresses or any(map(is_address, corpus.files)):
        synced = _sync_pages(synced, addresses, allow_private=allow_private)
    if not synced.corpus.articles:
        raise ArticleError("\n".join(("No article would be left.", *synced.problems)))
    return synced


class _Folders:
    """A corpus's folders that are there, and what is in them now."""

    def __init__(self, corpus: Corpus, base: Path) -> None:
        folders = [absolute_path(folder, base) for folder in corpus.folders]
        self._files = {folder: article_files(folder) for folder in folders if folder.is_dir()}

    @property
    def files(self) -> list[Path]:
        """All article files in the folders."""
        return [path for files in self._files.values() for path in files]

    def miss(self, path: Path) -> bool:
        """Whether a file that was in one of them is gone from there."""
        return path.parent in self._files and not path.is_file()


def _is_removed(known: SourceFile, corpus: Corpus) -> bool:
    """Whether all articles of a file were taken out."""
    return all(identifier in corpus.removed for identifier, _ in known.articles)


def _has_changed(path: Path, known: SourceFile) -> bool:
    return path.is_file() and file_digest(path) != known.sha256


def _sync_files(corpus: Corpus, base: Path, more: Sequence[Path] = ()) -> Synced:
    """Read files that are new or have changed, and forget what is gone from the folders."""
    folders = _Folders(corpus, base)
    there = [relative_name(path, base) for path in (*folders.files, *more)]
    revision = Revision(corpus)
    problems: list[str] = []
    for name in dict.fromkeys([*there, *corpus.files]):
        path = absolute_path(name, base)
        if is_address(name):
            revision.keep(name)
        elif path.is_file():
            problems += _sync_file(name, path, corpus.files.get(name), revision)
        elif not folders.miss(path):
            revision.keep(name)
    return Synced(revision.corpus(), tuple(problems))


def _sync_file(name: str, path: Path, known: SourceFile | None, revision: Revision) -> list[str]:
    """Read a file if it is new, has changed or was lost; return what is wrong with it."""
    if known is not None and not _has_changed(path, known) and revision.has(name):
        revision.keep(name)
        return [known.problem] if known.problem else []
    try:
        found = read_articles(path)
        revision.put(name, describe_file(path, found), found)
    except ArticleError as error:
        problem = named_problem(str(path), str(error))
        revision.keep_unusable(name, replace(describe_file(path, ()), problem=problem))
        return [problem]
    return []


def _sync_pages(synced: Synced, addresses: Sequence[str], *, allow_private: bool) -> Synced:
    """Read pages that are new or have changed, and forget those that are gone."""
    corpus = synced.corpus
    revision = Revision(corpus)
    pages = [name for name in corpus.files if is_address(name)]
    known = {name: corpus.files[name] for name in pages if revision.has(name)}
    wanted = [*addresses, *(name for name in pages if name not in known)]
    read = read_addresses(wanted, known, allow_private=allow_private)
    for name in corpus.files:
        if name not in read.gone and name not in read.pages:
            revision.keep(name)
    problems = [named_problem(address, why) for address, why in read.problems.items()]
    for address, page in read.pages.items():
        try:
            revision.put(address, page.state, page.articles)
        except ArticleError as error:
            problems.append(str(error))
            revision.keep(address)
    listings = tuple(dict.fromkeys((*corpus.listings, *read.listings)))
    return Synced(replace(revision.corpus(), listings=listings), (*synced.problems, *problems))
