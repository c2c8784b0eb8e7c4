"""Articles as web pages.

trafilatura (Barbaresi 2021, "Trafilatura: A Web Scraping Library and Command-Line Tool for Text
Discovery and Extraction", ACL) tells the text from the page's furniture. What it does not know is
found before and taken out: kicker and standfirst, the author's box, readers' questions.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import urlsplit

from lxml.etree import _Element
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import load_html
from w3lib.encoding import html_to_unicode

from faq_bot.articles.file_names import id_and_language
from faq_bot.articles.page_metadata import PageMetadata, line, read_metadata
from faq_bot.articles.page_questions import take_questions
from faq_bot.articles.wording import END_OF_ARTICLE, SOURCES_HEADINGS, TRANSLATION_NOTES, fold
from faq_bot.core.article import Article, Paragraph, QuestionAnswer, Section, SectionKind
from faq_bot.core.characters import words
from faq_bot.core.errors import ArticleError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.text.language import detect_language

# The names under which the editing systems of newspapers know the parts of a page.
_KICKER = re.compile(
    r"kicker|eyebrow|overline|topline|dachzeile|roofline|spitzmarke|article-tag|post-terms",
    re.IGNORECASE,
)
_STANDFIRST = re.compile(
    r"standfirst|vorspann|untertitel|sub-?headline|sub-?title|excerpt"
    r"|(^|[\W_])(dek|deck|lead|lede|intro|summary)($|[\W_])",
    re.IGNORECASE,
)
_AUTHOR_BOX = re.compile(
    r"author[-_]*(box|bio|card)|about-(the-)?author|autor(en)?-?box", re.IGNORECASE
)
_FURNITURE = re.compile(
    r"newsletter|sign-?up|subscribe|paywall|cookie|consent|comment|related|teaser|promo|shar(e|ing)"
    r"|social|breadcrumb|advert|(^|[\W_])ads?($|[\W_])|interstitial|byline|most-read|results-list",
    re.IGNORECASE,
)
_FURNITURE_TAGS = ("nav", "aside", "form", "button", "dialog")
_LONGEST_KICKER = 60
_SHORTEST_STANDFIRST = 40
_LARGEST_FURNITURE = 0.5  # of the page's text; some pages name their whole body so
_SHORTEST_FREE_TEXT = 600  # characters; before that, little more than the standfirst is free
_BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "li")
_OWN_LINE = ("p", "item", "list", "quote", "head", "lb")  # in what trafilatura makes of a page
_EMPHASIS = ("b", "em", "i", "strong")
_PAGE_NAME = re.compile(r"\.\w{2,5}$")
_GENERAL_NAME = re.compile(r"|index|article|artikel|\d+", re.IGNORECASE)


@dataclass(slots=True)
class _Parts:
    """What was found on a page and taken out of it."""

    title: str
    kicker: str | None = None
    standfirst: str | None = None
    translated_from: Language | None = None
    author: tuple[str, ...] = ()
    faq: tuple[QuestionAnswer, ...] = ()
    seen: set[str] = field(default_factory=set)


def parse_html(data: bytes, name: str, address: str | None = None) -> tuple[Article, ...]:
    """Parse the article on a web page.

    Its address, as the page itself or `address` tells it, gives the article's id, or else the
    file's `name`. Versions whose links lead to each other get the same id.

    Raises:
        ArticleError: there is no article on the page, or all but its beginning is for subscribers.
    """
    page = load_html(html_to_unicode(None, data)[1])
    if page is None:
        raise ArticleError("it is not a web page.")
    metadata = read_metadata(page, address)
    parts = _take_parts(page, metadata)
    sections = tuple(_sections(_body(page, address), parts))
    texts = [p.text for section in sections for p in section.paragraphs]
    text = " ".join(texts)
    if not metadata.is_free and len(text) < _SHORTEST_FREE_TEXT:
        raise ArticleError(
            "all but the beginning of the article is for subscribers. Let the bot read the whole "
            "page, or add the article as JSON."
        )
    if parts.author:
        paragraphs = tuple(map(Paragraph, parts.author))
        sections = (*sections, Section(parts.author[0], paragraphs, SectionKind.AUTHOR))
    identifier, language = _identify(name, metadata)
    article = Article(
        id=identifier,
        language=language or detect_language(f"{parts.title} {parts.standfirst or ''} {text}"),
        title=parts.title,
        sections=sections,
        faq=parts.faq,
        kicker=parts.kicker,
        standfirst=parts.standfirst,
        alternative_title=metadata.alternative_title,
        translated_from=parts.translated_from or metadata.translated_from,
        author=metadata.author or next(iter(parts.author), None) or metadata.byline,
        published=metadata.published,
        url=metadata.url,
    )
    return (article,)


def _take_parts(page: HtmlElement, metadata: PageMetadata) -> _Parts:
    """Find the parts that stand around the text, and take them out of the page."""
    for table in page.xpath("//table[.//h1 or .//h2 or .//p]"):  # it only gives the page its shape
        for element in (table, *table.iter("tbody", "tr", "td")):
            element.tag = "div"
    headline = next(chain(page.xpath("//article//h1"), page.iter("h1")), None)
    title = line(headline.text_content()) if headline is not None else metadata.title
    if not title:
        raise ArticleError("the page has no headline.")
    parts = _Parts(title)
    if headline is not None:
        _mark_article(headline)
        parts.kicker = _take_kicker(headline)
        parts.standfirst = _take_standfirst(headline, metadata.description)
        headline.drop_tree()
    for note in page.xpath("//p | //span | //div[not(*)]"):
        if original := TRANSLATION_NOTES.get(fold(line(note.text_content()))):
            parts.translated_from = original
            note.drop_tree()
            break
    parts.author = _take_author(page)
    _drop_furniture(page)
    found = take_questions(page)
    known = {words(entry.question) for entry in found}
    parts.faq = (*found, *(e for e in metadata.faq if words(e.question) not in known))
    parts.seen = {
        title,
        *filter(None, [metadata.alternative_title]),
        *(text for entry in parts.faq for text in (entry.question, entry.answer)),
    }
    return parts


def _mark_article(headline: HtmlElement) -> None:
    """Where a page has no element `article`, name the one that holds headline and text so."""
    if not headline.xpath("ancestor::article"):
        most = sum(len(p.text_content()) for p in headline.getroottree().iter("p"))
        for element in headline.iterancestors("div", "section", "main"):
            if sum(len(p.text_content()) for p in element.iter("p")) > most / 2:
                element.tag = "article"
                return


def _take_kicker(headline: HtmlElement) -> str | None:
    for element in headline.iterancestors("header", "article", "main", "body", "div"):
        for inner in element.iter("*"):
            if inner is headline:
                break
            text = line(inner.text_content())
            if _KICKER.search(_names(inner)) and 0 < len(text) <= _LONGEST_KICKER:
                inner.drop_tree()
                return text
        if element.tag != "div":
            return None
    return None


def _take_standfirst(headline: HtmlElement, description: str | None) -> str | None:
    """Take the summary below the headline: named so, told in the head, or set in other type."""
    first = True
    for element in headline.xpath("following::*[self::p or self::div or self::h2 or self::span]"):
        text = line(element.text_content())
        if len(text) < _SHORTEST_STANDFIRST or element.xpath("./p | ./div | ./article"):
            continue
        told = (description or "").rstrip(" .…")
        is_told = len(told) >= _SHORTEST_STANDFIRST and text.startswith(told)
        if _STANDFIRST.search(_names(element)) or is_told or (first and _is_emphasised(element)):
            element.drop_tree()
            return text
        if element.tag == "p":
            if not first:
                return None
            first = False
    return None


def _is_emphasised(paragraph: HtmlElement) -> bool:
    """Whether all of a paragraph is set so, not only the place with which it begins."""
    inner = list(paragraph)
    if len(inner) != 1 or inner[0].tag not in _EMPHASIS:
        return False
    return not f"{paragraph.text or ''}{inner[0].tail or ''}".strip()


def _take_author(page: HtmlElement) -> tuple[str, ...]:
    for box in page.iter("*"):
        if _AUTHOR_BOX.search(_names(box)):
            blocks = [line(block.text_content()) for block in box.iter(*_BLOCKS)]
            box.drop_tree()
            return tuple(dict.fromkeys(filter(None, blocks)))
    return ()


def _drop_furniture(page: HtmlElement) -> None:
    most = _LARGEST_FURNITURE * len(page.text_content())
    for element in [*page.iter(*_FURNITURE_TAGS), *page.xpath("//*[@class or @id]")]:
        is_furniture = element.tag in _FURNITURE_TAGS or _FURNITURE.search(_names(element))
        if is_furniture and element.getparent() is not None and len(element.text_content()) < most:
            element.drop_tree()


def _names(element: HtmlElement) -> str:
    given = (element.get(name) for name in ("class", "id", "itemprop", "data-testid"))
    return " ".join(filter(None, given))


def _body(page: HtmlElement, address: str | None) -> Iterable[_Element]:
    document = bare_extraction(page, url=address, include_comments=False)
    return document.body if isinstance(document, Document) and document.body is not None else ()


def _sections(body: Iterable[_Element], parts: _Parts) -> Iterator[Section]:
    """Yield the text in sections, up to where the page ends."""
    heading: str | None = None
    paragraphs: list[Paragraph] = []
    for element in body:
        texts = [text for text in _texts(element) if text not in parts.seen]
        if any(fold(text) in END_OF_ARTICLE for text in texts):
            break
        if element.tag != "head":
            paragraphs += map(Paragraph, texts)
        elif texts:
            yield from _section(heading, paragraphs)
            heading, paragraphs = texts[0], []
    yield from _section(heading, paragraphs)


def _section(heading: str | None, paragraphs: list[Paragraph]) -> Iterator[Section]:
    if paragraphs:
        is_sources = heading is not None and fold(heading) in SOURCES_HEADINGS
        kind = SectionKind.SOURCES if is_sources else SectionKind.BODY
        yield Section(heading, tuple(paragraphs), kind)


def _texts(element: _Element) -> Iterator[str]:
    """Yield the paragraphs in an element: the items of a list, the rows of a table, or one."""
    if element.tag == "table":
        for row in element.iter("row"):
            cells = (line("".join(cell.itertext())) for cell in row.iter("cell"))
            yield from filter(None, [" · ".join(filter(None, cells))])
        return
    pieces = [element.text or ""]
    for child in element:
        if child.tag in _OWN_LINE:
            yield from filter(None, [line("".join(pieces))])
            yield from _texts(child)
            pieces = [child.tail or ""]
        else:
            pieces += [*child.itertext(), child.tail or ""]
    yield from filter(None, [line("".join(pieces))])


def _identify(name: str, metadata: PageMetadata) -> tuple[str, Language | None]:
    """Return the article's id and language, as far as page and file name tell them."""
    identifier, language = id_and_language(name)
    versions = (metadata.versions.get(version) for version in LANGUAGES)
    addresses = filter(None, (*versions, metadata.url))
    told = next(filter(None, map(_page_name, addresses)), None)
    return told or identifier, metadata.language or language


def _page_name(address: str) -> str:
    """Return the last part of an address that names the page, with what it needs before it."""
    parts = [_PAGE_NAME.sub("", part) for part in urlsplit(address).path.split("/")]
    for start in reversed(range(len(parts))):
        if not _GENERAL_NAME.fullmatch(parts[start]):
            chosen = "-".join(filter(None, parts[start:]))
            return re.sub(r"[^\w-]+", "-", chosen).strip("-").lower()
    return ""
