"""German compounds and their parts, by compound-split with its statistics mapped from a file.

The library keeps two million character sequences in Python dictionaries, 430 MB of memory that
take over a second to load, half of it for Dutch. They are written once into tries (Yata 2011,
"MARISA: matching algorithm with recursively implemented storage") in the user's cache, from which
its own algorithm (Tuggener 2016, "Incremental coreference resolution for German") reads them.
"""

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import marisa_trie

from faq_bot.core.cached_files import ensure_made
from faq_bot.core.errors import FaqBotError
from faq_bot.core.settings import load_settings

_DIRECTORY = "compound-split-1.0.2"
_LIBRARY = "compound_split"
_STATISTICS = "de_ngram_probs"
_UNUSED = "nl_ngram_probs"
_TABLES = ("prefix", "infix", "suffix")
_FORMAT = "<d"


class _Table:
    """What the library asks of a dictionary."""

    def __init__(self, trie: Any) -> None:
        self._trie = trie

    def get(self, key: str, default: float) -> float:
        found = self._trie.get(key)
        return float(found[0][0]) if found else default


def split(word: str) -> tuple[float, str, str]:
    """Return the best split of a word: a score, which is above 0 where it is clear, and its parts.

    Raises:
        FaqBotError: the cache directory cannot be written.
    """
    found: tuple[float, str, str] = _splitter().split_compound(word)[0]
    return found


@lru_cache(maxsize=1)
def _splitter() -> Any:
    cache = load_settings().cache_dir
    directory = cache / _DIRECTORY
    try:
        ensure_made(directory, _make)
    except OSError as error:
        raise FaqBotError(
            f"The cache directory {cache} cannot be written: {error}. "
            "Set FAQ_BOT_CACHE_DIR to a directory with 200 MB of space."
        ) from error
    tables = {
        name: _Table(marisa_trie.RecordTrie(_FORMAT).mmap(str(directory / name)))
        for name in _TABLES
    }
    _put(_STATISTICS, tables)
    _put(_UNUSED, {})
    from compound_split import char_split

    return char_split


def _make(directory: Path) -> None:
    from compound_split import de_ngram_probs

    for name in _TABLES:
        entries = getattr(de_ngram_probs, name).items()
        trie = marisa_trie.RecordTrie(_FORMAT, ((key, (value,)) for key, value in entries))
        trie.save(str(directory / name))


def _put(name: str, content: Mapping[str, object]) -> None:
    """Let the library find its statistics loaded."""
    module = ModuleType(f"{_LIBRARY}.{name}")
    vars(module).update(content)
    sys.modules[module.__name__] = module
    setattr(__import__(_LIBRARY), name, module)
