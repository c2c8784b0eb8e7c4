"""Cutting articles into passages, and finding which passages of two versions correspond.

pysbd finds the sentences. General splitters (semchunk, those of LangChain) know nothing of sections
and language versions, and a passage here has its place in both.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from faq_bot.articles.wording import QUESTION_ANSWERED_BY
from faq_bot.core.article import BLOCK_SEPARATOR, Article, Section, SectionKind, Span
from faq_bot.core.passage import Passage, PassageKind, Place
from faq_bot.text.language import detect_language
from faq_bot.text.sentences import split_sentences

MOST_SENTENCES = 3
MOST_CHARACTERS = 700

# Sections that are numbered apart from those of the article, so that a source list or an
# author box which only one version has does not break the alignment of the rest.
_SPECIAL_SECTIONS = {SectionKind.SOURCES: -1, SectionKind.AUTHOR: -2}
_FAQ_SECTION = -3
_DESK_SECTION = -4


def cut_passages(article: Article) -> tuple[Passage, ...]:
    """Cut an article into passages, in the order of the page.

    A passage holds at most `MOST_SENTENCES` sentences of one paragraph; the lists of sources
    and about the author stay together as far as they fit. Passages cover every paragraph and
    every Q&A exactly once, and `article.text` at a passage's span is its text.
    """
    return tuple(_with_ids(_cut(article)))


def _cut(article: Article) -> Iterator[Passage]:
    position = sum(
        len(block) + len(BLOCK_SEPARATOR)
        for block in (article.title, article.kicker, article.alternative_title)
        if block
    )
    body = sum(section.kind is SectionKind.BODY for section in article.all_sections)
    for number, section in enumerate(article.all_sections):
        if section.heading is not None:
            position += len(section.heading) + len(BLOCK_SEPARATOR)
        starts = []
        for paragraph in section.paragraphs:
            starts.append(position)
            position += len(paragraph.text) + len(BLOCK_SEPARATOR)
        is_body = section.kind is SectionKind.BODY
        place = Place(
            section=number if is_body else _SPECIAL_SECTIONS[section.kind],
            sections=body if is_body else 0,
            shape=len(section.paragraphs),
            first=0,
            last=0,
        )
        yield from _cut_section(article, section, starts, place)
    yield from _cut_faq(article, position)


def _cut_faq(article: Article, position: int) -> Iterator[Passage]:
    """Yield the published answers, the first of which begins at `position` of the text.

    Those of the article's file correspond by their order, those from the desk by their number.
    """
    own = sum(entry.published is None for entry in article.faq)
    number = 0
    for entry in article.faq:
        if entry.published is None:
            place = Place(_FAQ_SECTION, 0, own, number, number + 1)
            number += 1
        else:
            place = Place(_DESK_SECTION, entry.published, 1, 0, 1)
        position += len(entry.question) + len(BLOCK_SEPARATOR)
        yield Passage(
            id="",
            article=article.id,
            language=article.language,
            kind=PassageKind.FAQ,
            section=None,
            text=entry.answer,
            text_language=article.language,
            span=Span(position, position + len(entry.answer)),
            sentences=split_sentences(entry.answer, article.language),
            place=place,
            question=entry.question,
            wordings=entry.wordings,
            name=entry.name,
        )
        position += len(entry.answer) + len(BLOCK_SEPARATOR)


def _cut_section(
    article: Article, section: Section, starts: Sequence[int], place: Place
) -> Iterator[Passage]:
    text = article.text
    paragraphs = [
        [
            Span(start + span.start, start + span.end)
            for span in split_sentences(paragraph.text, article.language)
        ]
        for start, paragraph in zip(starts, section.paragraphs, strict=True)
    ]
    for sentences, first, last in _chunks(section, paragraphs):
        where = replace(place, first=first, last=last)
        yield _passage(article, section, text, sentences, where)


def _chunks(
    section: Section, paragraphs: Sequence[Sequence[Span]]
) -> Iterator[tuple[Sequence[Span], float, float]]:
    """Yield the sentences of each passage, with where it begins and ends in the section."""
    if section.kind is not SectionKind.BODY:
        parts = list(_filled([sentence for sentences in paragraphs for sentence in sentences]))
        size = len(paragraphs) / max(len(parts), 1)
        yield from ((part, n * size, (n + 1) * size) for n, part in enumerate(parts))
        return
    for number, sentences in enumerate(paragraphs):
        parts = _balanced(sentences)
        for n, part in enumerate(parts):
            yield part, number + n / len(parts), number + (n + 1) / len(parts)


def _passage(
    article: Article, section: Section, text: str, sentences: Sequence[Span], place: Place
) -> Passage:
    span = Span(sentences[0].start, sentences[-1].end)
    return Passage(
        id="",
        article=article.id,
        language=article.language,
        kind=PassageKind.PASSAGE,
        section=section.heading,
        text=span.cut(text),
        text_language=article.language
        if section.kind is SectionKind.BODY
        else detect_language(span.cut(text), article.language),
        span=span,
        sentences=tuple(Span(s.start - span.start, s.end - span.start) for s in sentences),
        place=place,
        question=QUESTION_ANSWERED_BY.get(section.kind, {}).get(article.language),
    )


def _balanced(sentences: Sequence[Span]) -> list[Sequence[Span]]:
    """Divide a paragraph's sentences evenly into as few chunks as the limits allow."""
    for count in range(1, len(sentences) + 1):
        bounds = [round(index * len(sentences) / count) for index in range(count + 1)]
        chunks = [sentences[a:b] for a, b in pairwise(bounds)]
        if all(
            len(chunk) <= MOST_SENTENCES and chunk[-1].end - chunk[0].start <= MOST_CHARACTERS
            for chunk in chunks
        ):
            return chunks
    return [[sentence] for sentence in sentences]


def _filled(items: Sequence[Span]) -> Iterator[Sequence[Span]]:
    """Keep the items of a list together as far as the limit allows."""
    part: list[Span] = []
    for item in items:
        if part and item.end - part[0].start > MOST_CHARACTERS:
            yield part
            part = []
        part.append(item)
    if part:
        yield part


def _with_ids(passages: Iterable[Passage]) -> Iterator[Passage]:
    """Give each passage an id made of its content, so that it outlives changes elsewhere."""
    seen: Counter[str] = Counter()
    for passage in passages:
        content = "\0".join(
            (
                passage.kind,
                passage.section or "",
                passage.question or "",
                passage.text,
                *passage.wordings,
            )
        )
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        seen[digest] += 1
        copy = f"-{seen[digest]}" if seen[digest] > 1 else ""
        yield replace(passage, id=f"{passage.article}.{passage.language}.{digest}{copy}")


def align(passages: Iterable[Passage]) -> Mapping[str, Passage]:
    """Map each passage's id to the passage of the article's other version that says the same.

    Versions correspond where they have the same number of sections, or of Q&As, and the section
    has as many paragraphs in both. Within a paragraph the passage that overlaps most, measured
    in fractions of the paragraph, is taken. Passages without a counterpart are left out.
    """
    shared_sections: dict[tuple[object, ...], list[Passage]] = defaultdict(list)
    for passage in passages:
        place = passage.place
        key = (passage.article, place.section, place.sections, place.shape)
        shared_sections[key].append(passage)
    aligned: dict[str, Passage] = {}
    for section in shared_sections.values():
        for passage in section:
            others = (other for other in section if other.language != passage.language)
            overlap, best = max(
                ((_overlap(passage.place, other.place), other) for other in others),
                key=lambda pair: pair[0],
                default=(0.0, passage),
            )
            if overlap > 0:
                aligned[passage.id] = best
    return aligned


def _overlap(one: Place, other: Place) -> float:
    return min(one.last, other.last) - max(one.first, other.first)
