"""Articles from the web: from a page, or from all pages that a feed or a sitemap lists."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import feedparser
from lxml import etree

from faq_bot.articles import require_text
from faq_bot.articles.html_format import parse_html
from faq_bot.errors import ArticleError, FetchError, PageGoneError
from faq_bot.fetching import Fetcher
from faq_bot.progress import track
from faq_bot.records import Article, Language, SourceFile

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
    for address in addresses:
        if address in known:
            continue
        try:
            listed = _listed(address, fetcher)
        except ArticleError as error:
            reading.problems[address] = str(error)
            continue
        waiting |= {address: None} if listed is None else listed
        if listed is not None:
            reading.listings += (address,)
            if not listed:
                reading.problems[address] = f"{address} lists no pages."
    wanted = list(waiting)[:_MOST_PAGES] + [one for one in known if one not in waiting]
    keys = {key: address for address, state in known.items() for key in state.articles}
    for address in track(wanted, "Reading pages", len(wanted)) if len(wanted) > 1 else wanted:
        _read(address, waiting.get(address), known.get(address), keys, fetcher, reading)
    return reading


def _read(
    address: str,
    listed: str | None,
    known: SourceFile | None,
    keys: dict[tuple[str, Language], str],
    fetcher: Fetcher,
    reading: Reading,
) -> None:
    """Read one page, if it has changed, and note what became of it."""
    if known is not None and listed is not None and listed == known.listed:
        return
    try:
        etag, modified = (None, None) if known is None else (known.etag, known.modified)
        fetched = fetcher.fetch(address, etag=etag, modified=modified)
        digest = None if fetched is None else hashlib.sha256(fetched.data).hexdigest()
        if known is not None and (fetched is None or digest == known.sha256):
            return
        if fetched is None or digest is None:
            raise FetchError(f"{address} says that it has not changed, but was not read before.")
        articles = parse_html(fetched.data, "", fetched.address)
        for article in articles:
            require_text(article)
            if (other := keys.setdefault(article.key, address)) != address:
                raise ArticleError(f"{other} has the same id, {article.id!r}, and language.")
    except PageGoneError as error:
        if known is None:
            reading.problems[address] = str(error)
        else:
            reading.gone.append(address)
    except ArticleError as error:
        reading.problems[address] = str(error)
    else:
        found = tuple(article.key for article in articles)
        state = SourceFile(digest, found, fetched.etag, fetched.modified, listed)
        reading.pages[address] = Page(articles, state)


def _listed(address: str, fetcher: Fetcher, depth: int = 0) -> dict[str, str | None] | None:
    """Return what a feed or sitemap lists, with the time of the last change if it is told.

    None stands for a page that is neither.
    """
    fetched = fetcher.fetch(address)
    root = None if fetched is None else _xml_root(fetched.data)
    if fetched is None or root is None:
        return None
    if root in ("rss", "feed", "rdf"):
        # Their dates are not used: many feeds leave them as they were after a correction.
        entries = feedparser.parse(io.BytesIO(fetched.data)).entries
        return {str(entry.link): None for entry in entries if entry.get("link")}
    if root == "urlset":
        return dict(_locations(fetched.data))
    if root != "sitemapindex":
        return None
    listed: dict[str, str | None] = {}
    for inner, _ in _locations(fetched.data) if depth < _DEEPEST_SITEMAP else ():
        listed |= _listed(inner, fetcher, depth + 1) or {}
    return listed


def _xml_root(data: bytes) -> str | None:
    """Return the name of an XML document's first element."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    root = etree.fromstring(data, etree.XMLParser(**_PARSER))
    return None if root is None else etree.QName(root).localname.lower()


def _locations(data: bytes) -> Iterator[tuple[str, str | None]]:
    for entry in etree.fromstring(data, etree.XMLParser(**_PARSER)):
        if isinstance(entry.tag, str) and (place := entry.findtext("{*}loc")):
            changed = (entry.findtext("{*}lastmod") or "").strip()
            # A day alone would hide the second correction of the day.
            yield place.strip(), changed if "T" in changed else None
