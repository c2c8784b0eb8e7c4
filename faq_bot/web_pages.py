"""Articles from the web: from a page, or from all pages that a feed or a sitemap lists."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import feedparser
from lxml import etree

from faq_bot.articles import require_text
from faq_bot.articles.html_format import parse_html
from faq_bot.errors import ArticleError
from faq_bot.fetching import Fetched, Fetcher
from faq_bot.progress import track
from faq_bot.records import Article, Language

_DEEPEST_SITEMAP = 2
_MOST_PAGES = 50_000  # as many as one sitemap may list
_PARSER = {"resolve_entities": False, "no_network": True, "recover": True}


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read."""

    sha256: str
    articles: tuple[Article, ...]
    etag: str | None
    modified: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Pages by their addresses, and why others could not be read."""

    pages: Mapping[str, Page]
    problems: Mapping[str, str] = field(default_factory=dict)


def read_pages(addresses: Sequence[str], fetcher: Fetcher) -> Reading:
    """Read the articles at addresses of pages, feeds and sitemaps.

    A page that cannot be read does not keep the others out.

    Raises:
        ArticleError: no page could be read, or a feed or sitemap could not.
    """
    pages: dict[str, Page] = {}
    problems: dict[str, str] = {}
    places: dict[tuple[str, Language], str] = {}
    waiting: list[str] = []
    for address in addresses:
        fetched = _fetch(fetcher, address)
        listed = _listed(fetched, fetcher)
        if listed is None:
            _read(address, fetched, pages, problems, places)
        elif listed:
            waiting += listed
        else:
            problems[address] = "it lists no pages."
    waiting = list(dict.fromkeys(waiting))[:_MOST_PAGES]
    for address in track(waiting, "Reading pages", len(waiting)) if waiting else ():
        try:
            _read(address, _fetch(fetcher, address), pages, problems, places)
        except ArticleError as error:
            problems[address] = str(error)
    if not pages:
        raise ArticleError("\n".join(f"{address}: {why}" for address, why in problems.items()))
    return Reading(pages, problems)


def _fetch(fetcher: Fetcher, address: str) -> Fetched:
    fetched = fetcher.fetch(address)
    if fetched is None:
        raise ArticleError(f"{address} says that it has not changed, but was not read before.")
    return fetched


def _read(
    address: str,
    fetched: Fetched,
    pages: dict[str, Page],
    problems: dict[str, str],
    places: dict[tuple[str, Language], str],
) -> None:
    """Parse one page and note what it holds, or why it holds nothing."""
    try:
        articles = parse_html(fetched.data, "", fetched.address)
        for article in articles:
            require_text(article)
            if (other := places.setdefault(article.key, address)) != address:
                raise ArticleError(f"{other} has the same id, {article.id!r}, and language.")
    except ArticleError as error:
        problems[address] = str(error)
        return
    digest = hashlib.sha256(fetched.data).hexdigest()
    pages[address] = Page(digest, articles, fetched.etag, fetched.modified)


def _listed(fetched: Fetched, fetcher: Fetcher, depth: int = 0) -> list[str] | None:
    """Return the addresses that a feed or sitemap lists, or None if it is neither."""
    root = _xml_root(fetched.data)
    if root in ("rss", "feed", "rdf"):
        entries = feedparser.parse(io.BytesIO(fetched.data)).entries
        return [str(entry.link) for entry in entries if entry.get("link")]
    if root == "urlset":
        return list(_locations(fetched.data))
    if root != "sitemapindex":
        return None
    listed: list[str] = []
    for address in _locations(fetched.data) if depth < _DEEPEST_SITEMAP else ():
        listed += _listed(_fetch(fetcher, address), fetcher, depth + 1) or ()
    return listed


def _xml_root(data: bytes) -> str | None:
    """Return the name of an XML document's first element."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    root = etree.fromstring(data, etree.XMLParser(**_PARSER))
    return None if root is None else etree.QName(root).localname.lower()


def _locations(data: bytes) -> Iterator[str]:
    root = etree.fromstring(data, etree.XMLParser(**_PARSER))
    for entry in root:
        if isinstance(entry.tag, str):
            places = entry.findall("{*}loc")
            yield from (place.text.strip() for place in places if place.text)
