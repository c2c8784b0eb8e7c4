"""Sentence boundaries with exact character offsets."""

import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from faq_bot.core.article import Span
from faq_bot.core.languages import Language

with warnings.catch_warnings():  # pysbd's regular expressions use invalid escapes
    warnings.simplefilter("ignore", SyntaxWarning)
    import pysbd

# Longer than any sentence a newspaper prints; what goes beyond it lacks punctuation.
LONGEST_SENTENCE = 800


def split_sentences(text: str, language: Language) -> tuple[Span, ...]:
    """Return the spans of the sentences of `text`, in order and without surrounding space.

    Together they cover every character of `text` that is not white space. Text without
    sentence ends is cut between words after at most `LONGEST_SENTENCE` characters.
    """
    starts = sorted({0, *_sentence_starts(text, language)})
    return tuple(
        piece
        for start, end in pairwise([*starts, len(text)])
        for piece in _pieces(text, start, end)
    )


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield one sentence, in several pieces where it is overlong."""
    span = trimmed(text, start, end)
    while span is not None and span.end - span.start > LONGEST_SENTENCE:
        cut = _cut(text, span.start)
        yield Span(span.start, cut)
        span = trimmed(text, cut, end)
    if span is not None:
        yield span


def trimmed(text: str, start: int, end: int) -> Span | None:
    """Return the span from `start` to `end` less white space at its ends, if any is left."""
    part = text[start:end]
    if not part.strip():
        return None
    return Span(start + len(part) - len(part.lstrip()), start + len(part.rstrip()))


@lru_cache
def _segmenter(language: Language) -> "pysbd.Segmenter":
    return pysbd.Segmenter(language=language, clean=False, char_span=True)


def _sentence_starts(text: str, language: Language) -> list[int]:
    # A line break inside a paragraph is a space to the reader, but an end to pysbd.
    one_line = "".join(" " if character.isspace() else character for character in text)
    return [span.start for span in _segmenter(language).segment(one_line)]


def _cut(text: str, start: int) -> int:
    """Return where to cut overlong text that begins at `start`: between words if possible."""
    limit = start + LONGEST_SENTENCE
    space = text.rfind(" ", start + LONGEST_SENTENCE // 2, limit)
    return limit if space == -1 else space
