"""Words, numbers and names of a text as terms that can be compared.

The same amount gives the same term in either language and notation: "10 Milliarden",
"10 Mrd.", "zehn Milliarden", "$10 billion" and "$10B". Words are stemmed by Snowball (Porter
2001), and German compounds count as themselves and as their parts.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import Stemmer
from wordfreq import top_n_list

from faq_bot.core.languages import Language
from faq_bot.text.compounds import split

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_SHORTEST_COMPOUND = 8
_SHORTEST_PART = 4
_CLEAR_SPLIT = 0.0

_ASKING: dict[Language, str] = {
    "de": "wann wo wer wen wem was wie viel viele wieviel welche welcher welches welchen warum "
    "wieso weshalb wofür wozu woran worum wovon gibt geht bitte eigentlich",
    "en": "when where who whom whose what which why how many much does did do there please",
}
_COMMONEST = 100  # words so common that they tell nothing; from here on come nouns
STOPWORDS: dict[Language, frozenset[str]] = {
    language: frozenset(top_n_list(language, _COMMONEST)) | frozenset(asking.split())
    for language, asking in _ASKING.items()
}
_STEMMERS: dict[Language, str] = {"de": "german", "en": "english"}
_SCALES = {
    "tausend": 1e3, "thousand": 1e3, "tsd": 1e3, "k": 1e3,
    "million": 1e6, "millionen": 1e6, "millions": 1e6, "mio": 1e6, "m": 1e6, "mn": 1e6,
    "milliarde": 1e9, "milliarden": 1e9, "mrd": 1e9, "billion": 1e9, "billions": 1e9,
    "bn": 1e9, "b": 1e9,
    "billionen": 1e12, "trillion": 1e12, "trillions": 1e12, "tn": 1e12,
}  # fmt: skip
_GERMAN_BILLION = 1e12
NUMBER_WORDS = {
    "zwei": 2, "two": 2, "drei": 3, "three": 3, "vier": 4, "four": 4, "fünf": 5, "five": 5,
    "sechs": 6, "six": 6, "sieben": 7, "seven": 7, "acht": 8, "eight": 8, "neun": 9, "nine": 9,
    "zehn": 10, "ten": 10, "elf": 11, "eleven": 11, "zwölf": 12, "twelve": 12,
    "hundert": 100, "hundred": 100,
}  # fmt: skip
_CURRENCIES = {
    "dollar": "usd", "dollars": "usd", "usd": "usd", "euro": "eur", "euros": "eur", "eur": "eur",
}  # fmt: skip


def terms(text: str, language: Language) -> list[str]:
    """Return the terms of a text in its order, without the words that carry no meaning."""
    return list(_terms(text, language))


def _terms(text: str, language: Language) -> Iterator[str]:
    text = text.replace("$", " dollar ").replace("€", " euro ")
    tokens = [match[0] for match in _TOKEN.finditer(text)]
    place = 0
    while place < len(tokens):
        token = tokens[place]
        word = token.lower()
        place += 1
        value = _value(word, language)
        if value is not None:
            scale = _scale(tokens[place].lower(), language) if place < len(tokens) else None
            if scale is not None:
                place += 1
            yield f"#{value * (scale or 1):.10g}"
        elif word in _CURRENCIES:
            yield f"#{_CURRENCIES[word]}"
        elif word not in STOPWORDS[language] and len(word) > 1:
            yield from _word_terms(word, language)


def _scale(word: str, language: Language) -> float | None:
    return _GERMAN_BILLION if (word, language) == ("billion", "de") else _SCALES.get(word)


def _value(word: str, language: Language) -> float | None:
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    if not word[0].isdigit():
        return None
    decimal, thousands = (",", ".") if language == "de" else (".", ",")
    groups = word.split(thousands)
    if len(groups) > 1 and any(len(group.partition(decimal)[0]) != 3 for group in groups[1:]):
        decimal, thousands = thousands, decimal  # the other language's notation
    try:
        return float(word.replace(thousands, "").replace(decimal, "."))
    except ValueError:  # a date or a version
        return None


@lru_cache(maxsize=50_000)
def _word_terms(word: str, language: Language) -> tuple[str, ...]:
    stemmer = _stemmer(language)
    whole = stemmer.stemWord(word)
    if language != "de" or len(word) < _SHORTEST_COMPOUND:
        return (whole,)
    score, first, second = split(word)
    if score <= _CLEAR_SPLIT or min(len(first), len(second)) < _SHORTEST_PART:
        return (whole,)
    return (whole, stemmer.stemWord(first.lower()), stemmer.stemWord(second.lower()))


@lru_cache
def _stemmer(language: Language) -> "Stemmer.Stemmer":
    return Stemmer.Stemmer(_STEMMERS[language])
