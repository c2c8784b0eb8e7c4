"""Texts about everything and nothing, against which questions, passages and scores are measured.

The questions stand for what readers might ask of any newspaper. Their mean vector is what all
questions of a language have in common, and the scores they reach on an article show what an
unrelated question reaches by chance. The statements stand for the text of any newspaper.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Self

import numpy as np

from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.models.encoder import Encoder, Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Vectors of unrelated questions and statements by language, shape (texts, dimension)."""

    queries: Mapping[Language, Vectors]
    passages: Mapping[Language, Vectors]

    def to_bytes(self) -> bytes:
        """Return the vectors as NumPy writes them to a file."""
        queries = {f"queries_{tag}": vectors for tag, vectors in self.queries.items()}
        statements = {f"passages_{tag}": vectors for tag, vectors in self.passages.items()}
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **queries, **statements)
        return packed.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` returned.

        Raises:
            ValueError, KeyError, OSError: it is something else.
        """
        arrays: Mapping[str, Vectors] = np.load(io.BytesIO(data), allow_pickle=False)
        return cls(
            {language: arrays[f"queries_{language}"] for language in LANGUAGES},
            {language: arrays[f"passages_{language}"] for language in LANGUAGES},
        )


def load_background() -> dict[str, list[dict[Language, str]]]:
    """Return the texts: `queries` and `passages`, each in all languages."""
    text = resources.files("faq_bot.index").joinpath("background.json").read_text(encoding="utf-8")
    texts: dict[str, list[dict[Language, str]]] = json.loads(text)
    return texts


def embed_background(encoder: Encoder) -> Background:
    """Embed the background texts, the same ones in each language, with `encoder`."""
    texts = load_background()
    queries = {tag: [entry[tag] for entry in texts["queries"]] for tag in LANGUAGES}
    passages = {tag: [entry[tag] for entry in texts["passages"]] for tag in LANGUAGES}
    return Background(
        {tag: encoder.encode_queries(queries[tag]) for tag in LANGUAGES},
        {tag: encoder.encode_passages(passages[tag]) for tag in LANGUAGES},
    )
