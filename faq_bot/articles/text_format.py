"""Articles as plain text, in the form in which they are copied from the newsroom's page.

Title, kicker and standfirst come first, then headings and paragraphs divided by empty lines,
the bulleted sources, the author box, and the readers' questions as lines that begin with
`Q ` and `A `. The page's furniture after that is left out. `seeds/` has an example.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from faq_bot.articles.file_names import id_and_language
from faq_bot.articles.wording import (
    END_OF_ARTICLE,
    FAQ_HEADINGS,
    FURNITURE,
    SOURCES_HEADINGS,
    TRANSLATION_NOTES,
    fold,
)
from faq_bot.core.article import Article, Paragraph, QuestionAnswer, Section, SectionKind
from faq_bot.core.characters import clean
from faq_bot.core.errors import ArticleError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.text.language import detect_language

_LONGEST_HEADING = 120
_LONGEST_KICKER = 40
_DATE = re.compile(
    r"((veröffentlicht|published|stand)( am| on)?:? )?(?P<date>[^\n]{6,25}\b(19|20)\d\d|[\d-]{10})",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^[•‣·*–-]\s+")
_QUESTION = re.compile(r"^Q:?\s+(.+)")
_ANSWER = re.compile(r"^A:?\s+(.+)")
_ENDS_LIKE_A_SENTENCE = re.compile(r"[.:;…][\"'”“’‘»«)]*$")


Block = list[str]


@dataclass(frozen=True, slots=True)
class _Header:
    """The lines between the title and the first paragraph."""

    kicker: str | None = None
    alternative_title: str | None = None
    standfirst: str | None = None
    translated_from: Language | None = None
    published: str | None = None


def parse_text(text: str, name: str) -> tuple[Article, ...]:
    """Parse one article; a file name such as `my-article.de.txt` gives its id and language.

    A name without a language leaves it to the text.

    Raises:
        ArticleError: there is no text, or a question without answer or an answer without question.
    """
    blocks = _blocks(text)
    if not blocks:
        raise ArticleError("there is nothing above the readers' comments.")
    title, *below = blocks.pop(0)
    if not below and blocks and len(blocks[0]) > 1 and not _BULLET.match(blocks[0][0]):
        below = blocks.pop(0)
    header = _read_header(below)
    parts = _Parts(blocks)
    identifier, language = id_and_language(name)
    sections = list(_read_sections(parts.body))
    if parts.sources:
        paragraphs = tuple(map(Paragraph, parts.sources))
        sections.append(Section(parts.sources_heading, paragraphs, SectionKind.SOURCES))
    author = parts.author[0] if parts.author else None
    if author is not None:
        # The page prints the name twice: as a heading and in the box.
        paragraphs = tuple(map(Paragraph, dict.fromkeys(parts.author)))
        sections.append(Section(author, paragraphs, SectionKind.AUTHOR))
    article = Article(
        id=identifier,
        language=language or detect_language(text),
        title=title,
        sections=tuple(sections),
        faq=tuple(_read_faq(parts.faq)),
        kicker=header.kicker,
        standfirst=header.standfirst,
        alternative_title=header.alternative_title,
        translated_from=header.translated_from,
        author=author,
        published=header.published,
    )
    return (article,)


def _blocks(text: str) -> list[Block]:
    """Return the lines of the article, grouped where empty lines divide them."""
    blocks: list[Block] = [[]]
    for raw in clean(text).split("\n"):
        line = raw.strip()
        if fold(line) in END_OF_ARTICLE:
            break
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _read_header(lines: Block) -> _Header:
    """Sort the lines below the title: kicker, title in another language, then the standfirst.

    A line with the date and one that says which version is the translation may be anywhere.
    """
    notes = [TRANSLATION_NOTES[fold(line)] for line in lines if fold(line) in TRANSLATION_NOTES]
    dates = {line: day for line in lines if (day := _date(line))}
    rest = [line for line in lines if fold(line) not in TRANSLATION_NOTES and line not in dates]
    kicker = rest.pop(0) if rest and len(rest[0]) <= _LONGEST_KICKER else None
    alternative_title = rest.pop(0) if kicker and rest and not _is_paragraph(rest[0]) else None
    return _Header(
        kicker,
        alternative_title,
        " ".join(rest) or None,
        translated_from=notes[0] if notes else None,
        published=next(iter(dates.values()), None),
    )


def _date(line: str) -> str | None:
    """Return the date in ISO 8601 where a line is one and nothing else."""
    match = _DATE.fullmatch(line)
    if match is None:
        return None
    import dateparser  # takes a third of a second, which only dates need

    options = {"STRICT_PARSING": True}
    found = dateparser.parse(match["date"], languages=list(LANGUAGES), settings=options)
    return None if found is None else found.date().isoformat()


def _is_paragraph(line: str) -> bool:
    return len(line) > _LONGEST_HEADING or bool(_ENDS_LIKE_A_SENTENCE.search(line))


class _Parts:
    """What stands below the header, sorted by the part of the page it belongs to."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.body: list[Block] = []
        self.sources_heading: str | None = None
        self.sources: list[str] = []
        self.author: list[str] = []
        self.faq: list[str] = []
        self._current: list[str] | None = None  # None while in the body
        for block in blocks:
            self.body.append([])
            for line in block:
                self._put(line)
        self.body = [block for block in self.body if block]

    def _put(self, line: str) -> None:
        """Put a line where it belongs; a part goes on until the heading of the next one."""
        folded = fold(line)
        if folded in FAQ_HEADINGS:
            self._current = self.faq
        elif self._current is self.faq:
            self.faq.append(line)
        elif folded in FURNITURE:
            return
        elif folded in SOURCES_HEADINGS:
            self.sources_heading, self._current = line, self.sources
        elif self._current is None:
            self.body[-1].append(line)
        else:
            if self._current is self.sources and self.sources and not _BULLET.match(line):
                self._current = self.author
            self._current.append(_BULLET.sub("", line))


def _read_sections(blocks: Sequence[Block]) -> Iterator[Section]:
    heading: str | None = None
    paragraphs: list[Paragraph] = []
    for number, block in enumerate(blocks):
        is_last = number == len(blocks) - 1
        if len(block) == 1 and not _is_paragraph(block[0]) and not is_last:
            if heading is not None or paragraphs:
                yield Section(heading, tuple(paragraphs))
            heading, paragraphs = block[0], []
        elif any(_BULLET.match(line) for line in block):
            paragraphs.extend(Paragraph(_BULLET.sub("", line)) for line in block)
        else:
            paragraphs.append(Paragraph(" ".join(block)))
    if heading is not None or paragraphs:
        yield Section(heading, tuple(paragraphs))


def _read_faq(lines: Iterable[str]) -> Iterator[QuestionAnswer]:
    entries: list[tuple[str, list[str]]] = []
    for line in lines:
        if match := _QUESTION.match(line):
            entries.append((match[1], []))
        elif match := _ANSWER.match(line):
            if not entries:
                raise ArticleError(f"the answer {match[1][:60]!r} has no question (`Q `) above it.")
            entries[-1][1].append(match[1])
        elif entries and entries[-1][1]:
            entries[-1][1].append(line)
    for question, answer in entries:
        if not answer:
            raise ArticleError(f"the question {question!r} has no answer (`A `) below it.")
        yield QuestionAnswer(question, "\n".join(answer))
