"""What a web page tells about its article apart from the text itself.

Read are JSON-LD in the vocabulary of schema.org (NewsArticle, FAQPage, QAPage), the links to other
language versions (`hreflang`), the canonical address and Open Graph; where they do not name author
and date, trafilatura looks for them on the page. JSON-LD is looked through here: trafilatura takes
only title, author and the like from it, and extruct would bring an RDF library.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from lxml import html
from lxml.html import HtmlElement
from trafilatura import extract_metadata

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.characters import clean_line
from faq_bot.core.languages import LANGUAGES, Language

_JSON_LD = "//script[translate(@type, 'ADJLNOP', 'adjlnop') = 'application/ld+json']"
_ARTICLE = re.compile(r"Article$|^(Live)?BlogPosting$|^Report$")
_QUESTIONS = ("FAQPage", "QAPage")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What a page tells; everything may be missing.

    `author` is named by JSON-LD, `byline` is what looks like an author elsewhere. `versions` are
    the addresses of the page in each language, its own among them. `is_free` is false where the
    page says that the whole text is for subscribers.
    """

    title: str | None = None
    alternative_title: str | None = None
    description: str | None = None
    author: str | None = None
    byline: str | None = None
    published: str | None = None
    url: str | None = None
    language: Language | None = None
    translated_from: Language | None = None
    versions: Mapping[Language, str] = field(default_factory=dict)
    faq: tuple[QuestionAnswer, ...] = ()
    is_free: bool = True


def read_metadata(page: HtmlElement, address: str | None) -> PageMetadata:
    """Read what a page tells about itself; `address` is where it was found, if it is known."""
    nodes = list(_nodes(page))
    article = next((node for node in nodes if _is_a(node, _ARTICLE)), {})
    author = _all_names(article.get("author"))
    published = _text(article.get("datePublished")) or _open_graph(page, "article:published_time")
    byline = None
    if not (author and published):  # looking for them takes longer than all the rest
        guessed = extract_metadata(page, default_url=address)
        byline, published = guessed.author, published or guessed.date
    base = address or ""
    canonical = _attribute(page, "//link[@rel='canonical']", "href")
    url = canonical or _open_graph(page, "og:url") or _address(article) or address
    versions = _versions(page, base)
    language = _language(
        _text(article.get("inLanguage")) or page.get("lang") or _open_graph(page, "og:locale")
    )
    if language is not None and url is not None:
        versions.setdefault(language, urljoin(base, url))
    original = _first(article.get("translationOfWork"))
    translated_from = None
    if isinstance(original, Mapping):
        translated_from = _language(_text(original.get("inLanguage")))
        if translated_from is not None and (of := _address(original)):
            versions.setdefault(translated_from, urljoin(base, of))
    return PageMetadata(
        title=_text(article.get("headline")) or _open_graph(page, "og:title"),
        alternative_title=_text(article.get("alternativeHeadline")),
        description=_text(article.get("description"))
        or _open_graph(page, "og:description")
        or _attribute(page, "//meta[@name='description']", "content"),
        author=author,
        byline=byline,
        published=published,
        url=urljoin(base, url) if url else None,
        language=language,
        translated_from=translated_from,
        versions=versions,
        faq=tuple(_questions(nodes)),
        is_free=str(article.get("isAccessibleForFree", True)).lower() != "false",
    )


def plain(text: str) -> str:
    """Return text that may hold HTML as plain text in one line."""
    if "<" in text and text.strip():
        text = html.fromstring(f"<div>{text}</div>").text_content()
    return line(text)


def line(text: str) -> str:
    """Return plain text in one line, which may be empty."""
    return clean_line(text) or ""


def _nodes(page: HtmlElement) -> Iterator[Node]:
    """Yield all objects of the page's JSON-LD, also those within others."""
    for script in page.xpath(_JSON_LD):
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue  # broken JSON-LD is common; the page itself is there
        yield from _objects(data)


def _objects(data: Any) -> Iterator[Node]:
    if isinstance(data, list):
        for item in data:
            yield from _objects(item)
    elif isinstance(data, Mapping):
        yield data
        for name in ("@graph", "mainEntity", "hasPart", "subjectOf", "mainEntityOfPage"):
            yield from _objects(data.get(name))


def _is_a(node: Node, kind: re.Pattern[str]) -> bool:
    kinds = node.get("@type")
    return any(kind.search(str(one)) for one in (kinds if isinstance(kinds, list) else [kinds]))


def _questions(nodes: list[Node]) -> Iterator[QuestionAnswer]:
    seen: set[str] = set()
    for node in nodes:
        if node.get("@type") != "Question":
            continue
        question = _text(node.get("name")) or _text(node.get("text"))
        answer = _first(node.get("acceptedAnswer")) or _first(node.get("suggestedAnswer"))
        text = _text(answer.get("text")) if isinstance(answer, Mapping) else None
        if question and text and question not in seen:
            seen.add(question)
            author = _text(node.get("author"))
            yield QuestionAnswer(question, text, author)


def _text(value: Any) -> str | None:
    """Return the text that a value stands for: itself, its name, or that of its first item."""
    value = _first(value)
    if isinstance(value, Mapping):
        value = _first(value.get("name") or value.get("@value"))
    return plain(value) or None if isinstance(value, str) else None


def _all_names(value: Any) -> str | None:
    names = map(_text, value if isinstance(value, list) else [value])
    return ", ".join(filter(None, names)) or None


def _first(value: Any) -> Any:
    while isinstance(value, list):
        value = value[0] if value else None
    return value


def _address(node: Node) -> str | None:
    found = next((node[name] for name in ("url", "@id") if isinstance(node.get(name), str)), None)
    return found if found and not found.startswith("#") else None


def _versions(page: HtmlElement, base: str) -> dict[Language, str]:
    versions: dict[Language, str] = {}
    for link in page.xpath("//link[@rel='alternate'][@hreflang][@href]"):
        language = _language(link.get("hreflang"))
        if language is not None:
            versions.setdefault(language, urljoin(base, link.get("href")))
    return versions


def _language(tag: str | None) -> Language | None:
    first = re.split("[-_]", tag or "")[0].lower()
    return next((language for language in LANGUAGES if language == first), None)


def _open_graph(page: HtmlElement, name: str) -> str | None:
    return _attribute(page, f"//meta[@property='{name}']", "content")


def _attribute(page: HtmlElement, path: str, name: str) -> str | None:
    values = (plain(element.get(name) or "") for element in page.xpath(path))
    return next(filter(None, values), None)
