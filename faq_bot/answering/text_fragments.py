"""Addresses that lead to a passage of a page, by the words that stand there.

Text fragments (WICG, "URL Fragment Text Directives",
https://wicg.github.io/scroll-to-text-fragment/): `#:~:text=[prefix-,]start[,end][,-suffix]`. The
browser looks for the first place where these words stand, whatever their case and whatever space
lies between them; `end` may stand anywhere after `start`.
"""

import re
from urllib.parse import quote, urldefrag

from faq_bot.core.article import Span

_LONGEST_EXACT = 12  # words; a longer text is told by its first and last words
_ENDS = 4
_WORD = re.compile(r"\S+")


def with_text_fragment(url: str, text: str, span: Span) -> str:
    """Return the address of the page with a fragment that leads to the span of its text.

    Where the words of the span alone would lead elsewhere, words around it are added.
    """
    page, fragment = urldefrag(url)
    return f"{page}#{fragment}:~:text={text_directive(text, span)}"


def text_directive(text: str, span: Span) -> str:
    """Return what stands after `text=`, so that its first match in the text is the span."""
    inside = _words(text, span)
    for length in range(_ENDS, len(inside) // 2 if len(inside) > _LONGEST_EXACT else 0):
        start = Span(inside[0].start, inside[length - 1].end)
        end = Span(inside[-length].start, inside[-1].end)
        if _first(text, start) == start.start and _first(text, end, start.end) == end.start:
            return f"{_encoded(text, start)},{_encoded(text, end)}"
    before, after = _words(text, Span(0, span.start)), _words(text, Span(span.end, len(text)))
    whole = Span(inside[0].start, inside[-1].end)
    around = whole
    taken = left = 0
    while _first(text, around) != around.start and taken + left < len(before) + len(after):
        if taken < len(before):
            taken += 1
        else:
            left += 1
        around = Span(
            before[-taken].start if taken else whole.start,
            after[left - 1].end if left else whole.end,
        )
    prefix = f"{_encoded(text, Span(around.start, whole.start))}-," if taken else ""
    suffix = f",-{_encoded(text, Span(whole.end, around.end))}" if left else ""
    return prefix + _encoded(text, whole) + suffix


def _words(text: str, span: Span) -> list[Span]:
    return [Span(*match.span()) for match in _WORD.finditer(text, span.start, span.end)]


def _first(text: str, wanted: Span, after: int = 0) -> int:
    """Return where the words of the span stand first, as a browser looks for them."""
    words = map(re.escape, wanted.cut(text).split())
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)", re.IGNORECASE)
    found = pattern.search(text, after)
    return -1 if found is None else found.start()


def _encoded(text: str, span: Span) -> str:
    """Encode what would end or divide the directive, and all that may not stand in an address."""
    return quote(" ".join(span.cut(text).split()), safe="").replace("-", "%2D")
