"""The pages that a feed or a sitemap lists.

feedparser reads feeds. Sitemaps are read here: trafilatura's reader fetches them itself, without a
look at robots.txt, and does not tell when a page was changed.
"""

import io
from collections.abc import Callable, Iterator, Mapping

import feedparser
from lxml import etree

from faq_bot.articles.fetching import Fetched

Listed = Mapping[str, str | None]  # the addresses of pages, and when each was changed, if told

_DEEPEST_SITEMAP = 2
_PARSER = {"resolve_entities": False, "no_network": True, "recover": True}


def listed_pages(
    fetched: Fetched, fetch: Callable[[str], Fetched], depth: int = 0
) -> Listed | None:
    """Return what a feed or sitemap lists; `fetch` gets the sitemaps that are listed in one.

    None stands for a page that is neither. `depth` tells how many sitemaps led to this one.

    Raises:
        FetchError: a sitemap within this one cannot be fetched.
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
        listed |= listed_pages(fetch(inner), fetch, depth + 1) or {}
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
