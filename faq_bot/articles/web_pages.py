"""Articles from the web: from a page, or from all pages that a feed or a sitemap lists."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import feedparser
from lxml import etree

from faq_bot.articles.fetching import Fetched, Fetcher
from faq_bot.articles.files import require_text
from faq_bot.articles.html_format import parse_html
from faq_bot.articles.sources import SourceFile
from faq_bot.core.article import Article, Key
from faq_bot.core.errors import ArticleError, FetchError, PageGoneError
from faq_bot.core.progress import track

_DEEPEST_SITEMAP = 2
_MOST_PAGES = 50_000  # as many as one sitemap may list
_PARSER = {"resolve_entities": False, "no_network": True, "recover": True}


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read, and the state in which it was."""

    articles: tuple[Article, ...]
    state: SourceFile


@dataclass(slots=True)
class Reading:
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
) -> Reading:
    """Read the articles at addresses of pages, feeds and sitemaps, and all `known` pages again.

    Known pages are read only where they have changed. A page that cannot be read does not keep the
    others out.
    """
    known = known or {}
    reading = Reading()
    waiting: dict[str, str | None] = {}  # when the page was changed, if a listing tells
    here: dict[str, Fetched] = {}  # what turned out to be a page, not a listing
    for address in addresses:
        if address in known:
            continue
        try:
            fetched = _fetch(address, fetcher)
            listed = _listed(fetched, fetcher)
        except ArticleError as error:
            reading.problems[address] = str(error)
            continue
        if listed is None:
            waiting[address], here[address] = None, fetched
            continue
        waiting |= listed
        reading.listings += (address,)
        if not listed:
            reading.problems[address] = f"{address} lists no pages."
    wanted = list(waiting)[:_MOST_PAGES] + [one for one in known if one not in waiting]
    places = {key: address for address, state in known.items() for key in state.articles}
    for address in track(wanted, "Reading pages", len(wanted)) if len(wanted) > 1 else wanted:
        listed_as, state = waiting.get(address), known.get(address)
        try:
            found = here.get(address) or _fetch_changed(address, listed_as, state, fetcher)
            if found is not None:
                reading.pages[address] = _parse(address, found, listed_as, places)
        except ArticleError as error:
            if isinstance(error, PageGoneError) and state is not None:
                reading.gone.append(address)
            else:
                reading.problems[address] = str(error)
    return reading


def _fetch(address: str, fetcher: Fetcher) -> Fetched:
    fetched = fetcher.fetch(address)
    if fetched is None:
        raise FetchError(f"{address} says that it has not changed, but was not read before.")
    return fetched


def _fetch_changed(
    address: str, listed_as: str | None, known: SourceFile | None, fetcher: Fetcher
) -> Fetched | None:
    """Return a page, or None where it is as it was when it was read."""
    if known is None:
        return _fetch(address, fetcher)
    if listed_as is not None and listed_as == known.listed:
        return None
    fetched = fetcher.fetch(address, etag=known.etag, modified=known.modified)
    return None if fetched is None or _digest(fetched) == known.sha256 else fetched


def _parse(address: str, fetched: Fetched, listed_as: str | None, places: dict[Key, str]) -> Page:
    """Parse a page; note in `places` which articles it holds, each of which may have one place."""
    articles = parse_html(fetched.data, "", fetched.address)
    for article in articles:
        require_text(article)
        if (other := places.setdefault(article.key, address)) != address:
            raise ArticleError(f"{other} has the same id, {article.id!r}, and language.")
    keys = tuple(article.key for article in articles)
    marks = (fetched.etag, fetched.modified, listed_as)
    return Page(articles, SourceFile(_digest(fetched), keys, *marks))


def _digest(fetched: Fetched) -> str:
    return hashlib.sha256(fetched.data).hexdigest()


def _listed(fetched: Fetched, fetcher: Fetcher, depth: int = 0) -> dict[str, str | None] | None:
    """Return what a feed or sitemap lists, with the time of the last change if it is told.

    None stands for a page that is neither.
    """
    root = _xml_root(fetched.data)
    if root is None:
        return None
    name = etree.QName(root).localname.lower()
    if name in ("rss", "feed", "rdf"):
        # Their dates are not used: many feeds leave them as they were after a correction.
        entries = feedparser.parse(io.BytesIO(fetched.data)).entries
        return {str(entry.link): None for entry in entries if entry.get("link")}
    if name == "urlset":
        return dict(_locations(root))
    if name != "sitemapindex":
        return None
    listed: dict[str, str | None] = {}
    for inner, _ in _locations(root) if depth < _DEEPEST_SITEMAP else ():
        listed |= _listed(_fetch(inner, fetcher), fetcher, depth + 1) or {}
    return listed


def _xml_root(data: bytes) -> etree._Element | None:
    """Return the first element of an XML document."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    return etree.fromstring(data, etree.XMLParser(**_PARSER))


def _locations(root: etree._Element) -> Iterator[tuple[str, str | None]]:
    for entry in root:
        if isinstance(entry.tag, str) and (place := entry.findtext("{*}loc")):
            changed = (entry.findtext("{*}lastmod") or "").strip()
            # A day alone would hide the second correction of the day.
            yield place.strip(), changed if "T" in changed else None
