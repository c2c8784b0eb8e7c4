"""Where articles come from: files, and addresses on the web."""

from dataclasses import dataclass

from faq_bot.core.article import Key


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
