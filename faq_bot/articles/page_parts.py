"""What stands around an article's text on its page: headline, kicker, standfirst, author's box.

They are known by the names that editing systems give them. What is found is taken out of the page,
and so is its furniture.
"""

import re
from dataclasses import dataclass
from itertools import chain

from lxml.html import HtmlElement

from faq_bot.articles.page_metadata import PageMetadata, line
from faq_bot.articles.page_questions import take_questions
from faq_bot.articles.wording import TRANSLATION_NOTES, fold
from faq_bot.core.article import QuestionAnswer
from faq_bot.core.characters import words
from faq_bot.core.errors import ArticleError
from faq_bot.core.languages import Language

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
_BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "li")
_EMPHASIS = ("b", "em", "i", "strong")


@dataclass(frozen=True, slots=True)
class PageParts:
    """What was found on a page and taken out of it; `author` are the lines of the author's box."""

    title: str
    kicker: str | None
    standfirst: str | None
    translated_from: Language | None
    author: tuple[str, ...]
    faq: tuple[QuestionAnswer, ...]


def take_parts(page: HtmlElement, metadata: PageMetadata) -> PageParts:
    """Find the parts that stand around the text, and take them out of the page.

    Raises:
        ArticleError: the page has no headline.
    """
    _undo_layout_tables(page)
    headline = next(chain(page.xpath("//article//h1"), page.iter("h1")), None)
    title = line(headline.text_content()) if headline is not None else metadata.title
    if not title:
        raise ArticleError("the page has no headline.")
    kicker = standfirst = None
    if headline is not None:
        _mark_article(headline)
        kicker = _take_kicker(headline)
        standfirst = _take_standfirst(headline, metadata.description)
        headline.drop_tree()
    translated_from = _take_translation_note(page)
    author = _take_author(page)
    _drop_furniture(page)
    faq = _take_questions(page, metadata)
    return PageParts(title, kicker, standfirst, translated_from, author, faq)


def _undo_layout_tables(page: HtmlElement) -> None:
    """Turn tables that only give the page its shape into boxes."""
    for table in page.xpath("//table[.//h1 or .//h2 or .//p]"):
        for element in (table, *table.iter("tbody", "tr", "td")):
            element.tag = "div"


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


def _take_translation_note(page: HtmlElement) -> Language | None:
    for note in page.xpath("//p | //span | //div[not(*)]"):
        if original := TRANSLATION_NOTES.get(fold(line(note.text_content()))):
            note.drop_tree()
            return original
    return None


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


def _take_questions(page: HtmlElement, metadata: PageMetadata) -> tuple[QuestionAnswer, ...]:
    """Take the questions out of the page; those that only its head tells come after them."""
    found = take_questions(page)
    known = {words(entry.question) for entry in found}
    return (*found, *(entry for entry in metadata.faq if words(entry.question) not in known))


def _names(element: HtmlElement) -> str:
    given = (element.get(name) for name in ("class", "id", "itemprop", "data-testid"))
    return " ".join(filter(None, given))
