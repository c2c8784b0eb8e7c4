"""Articles as web pages.

trafilatura (Barbaresi 2021, "Trafilatura: A Web Scraping Library and Command-Line Tool for Text
Discovery and Extraction", ACL) tells the text from the page's furniture. What it does not know is
found before and taken out: kicker and standfirst, the author's box, readers' questions.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from lxml.etree import _Element
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import load_html
from w3lib.encoding import html_to_unicode

from faq_bot.articles.file_names import id_and_language
from faq_bot.articles.page_metadata import PageMetadata, line, read_metadata
from faq_bot.articles.page_parts import PageParts, take_parts
from faq_bot.articles.wording import END_OF_ARTICLE, SOURCES_HEADINGS, fold
from faq_bot.core.article import Article, Paragraph, Section, SectionKind
from faq_bot.core.errors import ArticleError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.text.language import detect_language

_SHORTEST_FREE_TEXT = 600  # characters; before that, little more than the standfirst is free
_OWN_LINE = ("p", "item", "list", "quote", "head", "lb")  # in what trafilatura makes of a page
_PAGE_NAME = re.compile(r"\.\w{2,5}$")
_GENERAL_NAME = re.compile(r"|index|article|artikel|\d+", re.IGNORECASE)


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
    parts = take_parts(page, metadata)
    sections = tuple(_sections(_body(page, address), _told_elsewhere(parts, metadata)))
    text = " ".join(p.text for section in sections for p in section.paragraphs)
    if not metadata.is_free and len(text) < _SHORTEST_FREE_TEXT:
        raise ArticleError(
            "all but the beginning of the article is for subscribers. Let the bot read the whole "
            "page, or add the article as JSON."
        )
    identifier, language = _identify(name, metadata)
    article = Article(
        id=identifier,
        language=language or detect_language(f"{parts.title} {parts.standfirst or ''} {text}"),
        title=parts.title,
        sections=(*sections, *_author_section(parts)),
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


def _told_elsewhere(parts: PageParts, metadata: PageMetadata) -> set[str]:
    """Return the paragraphs that are not text, as they are other parts of the article."""
    entries = (text for entry in parts.faq for text in (entry.question, entry.answer))
    return {parts.title, *filter(None, [metadata.alternative_title]), *entries}


def _author_section(parts: PageParts) -> Iterator[Section]:
    if parts.author:
        paragraphs = tuple(map(Paragraph, parts.author))
        yield Section(parts.author[0], paragraphs, SectionKind.AUTHOR)


def _body(page: HtmlElement, address: str | None) -> Iterable[_Element]:
    document = bare_extraction(page, url=address, include_comments=False)
    return document.body if isinstance(document, Document) and document.body is not None else ()


def _sections(body: Iterable[_Element], told_elsewhere: set[str]) -> Iterator[Section]:
    """Yield the text in sections, up to where the page ends."""
    heading: str | None = None
    paragraphs: list[Paragraph] = []
    for element in body:
        texts = [text for text in _texts(element) if text not in told_elsewhere]
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
