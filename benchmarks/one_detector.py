"""Measures one language detector.

    python benchmarks/one_detector.py DETECTOR QUESTIONS.json

QUESTIONS.json is a list of pairs: a question, and the language of the page it is asked on, which
is to decide where the question cannot. Prints the languages told, the processor's seconds until
the first, the microseconds that each takes then, and the memory in MB that all this has taken.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import keep_to, memory, processors, tell

Detect = Callable[[str, str], str]


def ours() -> Detect:
    """Our detector, as the bot uses it."""
    from faq_bot.text.language import detect_language

    return detect_language  # type: ignore[return-value]


def langdetect() -> Detect:
    """Langdetect alone, restricted to German and English."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
    from langdetect.lang_detect_exception import LangDetectException

    factory = DetectorFactory()
    factory.seed = 0
    factory.load_json_profile(
        [Path(PROFILES_DIRECTORY, tag).read_text(encoding="utf-8") for tag in ("de", "en")]
    )

    def detect(text: str, page: str) -> str:
        detector = factory.create()
        detector.append(text)
        try:
            return str(detector.detect())
        except LangDetectException:
            return page

    return detect


def lingua() -> Detect:
    """Lingua, restricted to German and English."""
    return _lingua(_two())


def lingua_when_sure() -> Detect:
    """The same, with the page deciding where the two are nearly as likely."""
    return _lingua(_two().with_minimum_relative_distance(0.25))


def lingua_of_all() -> Detect:
    """Lingua with all its languages, with the page deciding where it names a third."""
    from lingua import LanguageDetectorBuilder

    return _lingua(LanguageDetectorBuilder.from_all_languages())


def _two() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    return LanguageDetectorBuilder.from_languages(Language.GERMAN, Language.ENGLISH)


def _lingua(builder: Any) -> Detect:
    detector = builder.build()

    def detect(text: str, page: str) -> str:
        found = detector.detect_language_of(text)
        tag = "" if found is None else found.iso_code_639_1.name.lower()
        return tag if tag in {"de", "en"} else page

    return detect


DETECTORS: dict[str, Callable[[], Detect]] = {
    "ours": ours,
    "langdetect, de and en": langdetect,
    "lingua, de and en": lingua,
    "lingua, de and en, distance 0.25": lingua_when_sure,
    "lingua, all 75": lingua_of_all,
}


def main() -> None:
    """Measure."""
    keep_to(processors()[0])
    questions = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    before = memory()["resident"]
    detect = DETECTORS[sys.argv[1]]()
    detect(*questions[0])
    ready = time.process_time()  # also where other programs run
    told, times = [], []
    for text, page in questions:
        start = time.perf_counter()
        told.append(detect(text, page))
        times.append(time.perf_counter() - start)
    tell(
        {
            "told": told,
            "processor seconds until the first": ready,
            "µs each": statistics.median(times) * 1e6,
            "MB": memory()["resident"] - before,
        }
    )


if __name__ == "__main__":
    main()
