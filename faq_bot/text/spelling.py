"""Mending misspelt words with the words of the articles."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from wordfreq import zipf_frequency

from faq_bot.core.languages import LANGUAGES

_WORD = re.compile(r"[^\W\d_]{5,}")
_KNOWN = 2.0  # Zipf scale: once in 10 million words
_CLOSE = 0.75
_MUCH_COMMONER = 1.0
_UMLAUTS = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß"))


class Spelling:
    """Corrects words that no dictionary knows to ones that the articles use."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: dict[str, str] = {
            word.lower(): word for text in texts for word in _WORD.findall(text)
        }
        self._correct: Callable[[str], str] = lru_cache(10_000)(self._find)

    def correct(self, question: str) -> str:
        """Return the question with misspelt words replaced."""
        return _WORD.sub(lambda match: self._correct(match[0]), question)

    def _find(self, word: str) -> str:
        typed = word.lower()
        if typed in self._words:
            return word
        frequency = _frequency(typed)
        with_umlauts = max(_with_umlauts(typed), key=_frequency, default=typed)
        if with_umlauts in self._words or _frequency(with_umlauts) > frequency + _MUCH_COMMONER:
            return self._words.get(with_umlauts, with_umlauts)
        if frequency > _KNOWN:
            return word
        found = process.extractOne(
            typed,
            self._words.keys(),
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=_CLOSE,
        )
        return word if found is None else self._words[found[0]]


def _frequency(word: str) -> float:
    return max(float(zipf_frequency(word, tag)) for tag in LANGUAGES)


def _with_umlauts(word: str) -> list[str]:
    """Return what a word without umlauts may stand for."""
    meant = [word]
    for letters, umlaut in _UMLAUTS:
        meant += [one.replace(letters, umlaut) for one in meant if letters in one]
    return meant[1:]
