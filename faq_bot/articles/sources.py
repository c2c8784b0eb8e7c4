"""Where articles come from: files and folders, and addresses on the web.

Files are named relative to the index directory, so that both can move together, pages by their
addresses.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faq_bot.core.article import Article, Key


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An article file or web page as it was when it was read, and the articles it gave.

    `etag` and `modified` are what a web server calls this state of the page, `listed` when the
    sitemap says that it was changed. `problem` tells why a file could not be read in this state;
    its articles are then those of the state before.
    """

    sha256: str
    articles: tuple[Key, ...]
    etag: str | None = None
    modified: str | None = None
    listed: str | None = None
    problem: str | None = None


def is_address(source: str) -> bool:
    """Whether a source is on the web, not a file."""
    return source.lower().startswith(("http://", "https://"))


def addresses_and_paths(sources: Sequence[Path | str]) -> tuple[list[str], list[Path]]:
    """Tell addresses from files and folders."""
    addresses = [str(source) for source in sources if is_address(str(source))]
    return addresses, [Path(source) for source in sources if not is_address(str(source))]


def relative_name(path: Path, base: Path) -> str:
    """Return the name of a file or folder, seen from the index directory `base`."""
    return Path(os.path.relpath(path.resolve(), base.resolve())).as_posix()


def absolute_path(name: str, base: Path) -> Path:
    """Return the file or folder that has this name, seen from the index directory `base`."""
    return (base.resolve() / name).resolve()


def digest(data: bytes) -> str:
    """Return what one state of a file or page is known by."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """Return what a file's present state is known by, "" where it cannot be read."""
    try:
        return digest(path.read_bytes())
    except OSError:
        return ""


def describe_file(path: Path, articles: Iterable[Article]) -> SourceFile:
    """Return the state that a file is in, which gave these articles."""
    return SourceFile(file_digest(path), tuple(article.key for article in articles))


def named_problem(source: str, why: str) -> str:
    """Return why a source cannot be read, with its name if that is not told already."""
    return why if source in why else f"{source}: {why}"
