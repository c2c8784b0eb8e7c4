"""Articles from the web: from a page, or from all pages that a feed or a sitemap lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from faq_bot.articles.checks import require_text
from faq_bot.articles.fetching import Fetched, Fetcher
from faq_bot.articles.html_format import parse_html
from faq_bot.articles.listings import listed_pages
from faq_bot.articles.sources import SourceFile, digest
from faq_bot.core.article import Article
from faq_bot.core.errors import ArticleError, PageGoneError
from faq_bot.core.progress import track

_MOST_PAGES = 50_000  # as many as one sitemap may list


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read, and the state in which it was."""

    articles: tuple[Article, ...]
    state: SourceFile


@dataclass(slots=True)
class PagesRead:
    """What was found: new and changed pages by their addresses, and why others could not be read.

    `gone` are the pages that are no longer there, `listings` those of the addresses that were feeds
    or sitemaps.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    listings: tuple[str, ...] = ()


def read_pages(
    addresses: Sequence[str], fetcher: Fetcher, known: Mapping[str, SourceFile] | None = None
) -> PagesRead:
    """Read the articles at addresses of pages, feeds and sitemaps, and all `known` pages again.

    Known pages are read only where they have changed. A page that cannot be read does not keep the
    others out.
    """
    reader = _Reader(fetcher, known or {})
    for address in addresses:
        reader.look_up(address)
    wanted = reader.wanted()
    for address in track(wanted, "Reading pages", len(wanted)) if len(wanted) > 1 else wanted:
        reader.read(address)
    return reader.found


class _Reader:
    """First looks up which pages there are to read, then reads them one by one."""

    def __init__(self, fetcher: Fetcher, known: Mapping[str, SourceFile]) -> None:
        self.found = PagesRead()
        self._fetcher = fetcher
        self._known = known
        self._changed: dict[str, str | None] = {}  # when, by page, if a listing tells
        self._fetched: dict[str, Fetched] = {}  # what turned out to be a page, not a listing
        self._places = {key: place for place, state in known.items() for key in state.articles}

    def look_up(self, address: str) -> None:
        """Find out whether an address is a page's, or which pages are listed there."""
        if address in self._known:
            return
        try:
            fetched = self._fetcher.fetch(address)
            listed = listed_pages(fetched, self._fetcher.fetch)
        except ArticleError as error:
            self.found.problems[address] = str(error)
            return
        if listed is None:
            self._changed[address], self._fetched[address] = None, fetched
            return
        self._changed |= listed
        self.found.listings += (address,)
        if not listed:
            self.found.problems[address] = f"{address} lists no pages."

    def wanted(self) -> list[str]:
        """Return the pages to read: those that were looked up, then those known before."""
        others = [address for address in self._known if address not in self._changed]
        return [*list(self._changed)[:_MOST_PAGES], *others]

    def read(self, address: str) -> None:
        """Read a page, unless it is known and has not changed."""
        try:
            fetched = self._fetched.get(address) or self._fetch_if_changed(address)
            if fetched is not None:
                self.found.pages[address] = self._parse(address, fetched)
        except ArticleError as error:
            if isinstance(error, PageGoneError) and address in self._known:
                self.found.gone.append(address)
            else:
                self.found.problems[address] = str(error)

    def _fetch_if_changed(self, address: str) -> Fetched | None:
        known, changed = self._known.get(address), self._changed.get(address)
        if known is None:
            return self._fetcher.fetch(address)
        if changed is not None and changed == known.listed:
            return None
        marks = {"etag": known.etag, "modified": known.modified}
        fetched = self._fetcher.fetch_if_changed(address, **marks)
        return None if fetched is None or digest(fetched.data) == known.sha256 else fetched

    def _parse(self, address: str, fetched: Fetched) -> Page:
        """Parse a page; each article may have one place only."""
        articles = parse_html(fetched.data, "", fetched.address)
        for article in articles:
            require_text(article)
            if (other := self._places.setdefault(article.key, address)) != address:
                raise ArticleError(f"{other} has the same id, {article.id!r}, and language.")
        keys = tuple(article.key for article in articles)
        marks = (fetched.etag, fetched.modified, self._changed.get(address))
        return Page(articles, SourceFile(digest(fetched.data), keys, *marks))
