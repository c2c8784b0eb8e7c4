"""Characters that have no place in printed text."""

import re
import unicodedata

_KEPT_CONTROLS = "\n\t"
# Zero-width joiners build letters and emoji; all other format characters stay out of the way
# of searching by being kept too, except those that reverse or hide the text around them.
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def clean(text: str) -> str:
    """Compose accents (NFC) and replace what cannot be printed by spaces; strip the ends."""
    composed = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    composed = composed.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(" " if _is_unprintable(c) else c for c in composed).strip()


def clean_line(text: str | None) -> str | None:
    """Return a text as one clean line, or None if nothing is left of it."""
    return " ".join(clean(text or "").split()) or None


def words(text: str) -> tuple[str, ...]:
    """Return what is the same for a text typed twice, whatever its case and punctuation."""
    return tuple(re.findall(r"\w+", text.casefold()))


def _is_unprintable(character: str) -> bool:
    if character in _KEPT_CONTROLS:
        return False
    return character in _BIDI_CONTROLS or unicodedata.category(character) == "Cc"
