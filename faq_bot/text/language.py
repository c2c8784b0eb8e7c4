"""Telling German from English, also in the two or three words readers type.

lingua 2.1, restricted to both, tells 95.6 % of the readers' questions of at most three words in
`benchmarks/data/news.txt`, this 98.2 % on a page in the other language and 99.3 % on one in their
own; of names and third languages, which should be left to the page, it leaves 55 % and 60 %, this
85 % and 95 % (`benchmarks/languages.py`, which tells time and memory, too).
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from langdetect import DetectorFactory
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.lang_detect_exception import LangDetectException
from wordfreq import zipf_frequency

from faq_bot.core.languages import LANGUAGES, Language

DEFAULT_LANGUAGE: Language = "de"

_WORD = re.compile(r"[^\W\d_]+")
_FAMILIAR = re.compile("[a-zäöüß]", re.IGNORECASE)
_TYPED_UMLAUT = re.compile("ae|oe|ue")
# Evidence is in decades: +1 means ten times as likely in German, -1 in English.
_MOST_PER_WORD = 2.0
_MOST_OF_LETTERS = 2.0
_RAREST = 1.5
_ENOUGH = 0.8
_ENOUGH_PER_WORD = 0.75
_FEWEST_WORDS_FOR_A_THIRD_LANGUAGE = 4
_SEED = 0
_ALL_LANGUAGES = sorted(path.name for path in Path(PROFILES_DIRECTORY).iterdir())


def detect_language(text: str, fallback: Language | None = None) -> Language:
    """Return the language of a question or text.

    langdetect (Nakatani 2010) weighs the letter sequences, restricted to German and English;
    on a few words it guesses, so how common each word is in either language (wordfreq, Speer
    2022) counts too. Where both together leave it open, as in a mere name, or where the text
    is in a third language, `fallback` decides; without one, the likelier of the two does.
    """
    words = _WORD.findall(text)
    evidence = sum(map(_word_evidence, words))
    if abs(evidence) - _MOST_OF_LETTERS <= max(_ENOUGH, _ENOUGH_PER_WORD * len(words)):
        evidence += _letter_evidence(text, words)  # elsewhere it would change nothing
    if fallback is not None and (abs(evidence) < _ENOUGH or _is_foreign(text, words, evidence)):
        return fallback
    if evidence == 0:
        return DEFAULT_LANGUAGE
    return "de" if evidence > 0 else "en"


def _word_evidence(word: str) -> float:
    if len(word) > 1 and word.isupper():  # AWS and CNBC are the same in both
        return 0.0
    german, english = zipf_frequency(word, "de"), zipf_frequency(word, "en")
    if german < _RAREST:  # typed without umlauts
        german = max(german, zipf_frequency(_with_umlauts(word), "de"))
    difference = max(german, _RAREST) - max(english, _RAREST)
    return max(-_MOST_PER_WORD, min(_MOST_PER_WORD, difference))


def _with_umlauts(word: str) -> str:
    return _TYPED_UMLAUT.sub(lambda match: "äöü"["aou".index(match[0][0])], word.lower())


def _letter_evidence(text: str, words: Sequence[str]) -> float:
    """Return what the letters tell, less on short text, where chance decides."""
    probabilities = _probabilities(text, LANGUAGES)
    german = min(max(probabilities.get("de", 0.0), 0.01), 0.99)  # so two decades at most
    familiar, letters = len(_FAMILIAR.findall(text)), sum(map(len, words))
    trust = min(1.0, familiar / 32) * familiar / max(letters, 1)  # other scripts tell nothing
    return trust * math.log10(german / (1 - german))


def _is_foreign(text: str, words: Sequence[str], evidence: float) -> bool:
    if len(words) < _FEWEST_WORDS_FOR_A_THIRD_LANGUAGE:
        return False
    if abs(evidence) / len(words) > _ENOUGH_PER_WORD:
        return False
    likeliest, probability = max(
        _probabilities(text, _ALL_LANGUAGES).items(), key=lambda guess: guess[1], default=("", 0.0)
    )
    return likeliest not in ("de", "en") and probability > 0.99


def _probabilities(text: str, languages: Sequence[str]) -> dict[str, float]:
    detector = _factory(tuple(languages)).create()
    detector.append(text)
    try:
        return {guess.lang: guess.prob for guess in detector.get_probabilities()}
    except LangDetectException:  # no letters
        return {}


@lru_cache(maxsize=2)
def _factory(languages: tuple[str, ...]) -> DetectorFactory:
    """Return a detector of these languages; all of them take a third of a second and 60 MB."""
    profiles = [Path(PROFILES_DIRECTORY, tag).read_text(encoding="utf-8") for tag in languages]
    factory = DetectorFactory()
    factory.seed = _SEED
    factory.load_json_profile(profiles)
    return factory
