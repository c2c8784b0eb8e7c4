"""Texts about everything and nothing, against which questions and scores are measured.

The questions stand for what readers might ask of any newspaper. Their mean vector is what all
questions of a language have in common, and the scores they reach on an article show what an
unrelated question reaches by chance.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from faq_bot.embedding import Encoder, Vectors
from faq_bot.records import LANGUAGES, Language


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """Vectors of unrelated questions, by language; each of the shape (questions, dimension)."""

    queries: Mapping[Language, Vectors]

    def query_mean(self, language: Language) -> Vectors:
        """Return the mean question of a language, shape (dimension,)."""
        mean: Vectors = self.queries[language].mean(axis=0)
        return mean


@lru_cache(maxsize=1)
def background_questions() -> Mapping[Language, tuple[str, ...]]:
    """Return the questions, the same ones in each language."""
    text = resources.files("faq_bot").joinpath("background.json").read_text(encoding="utf-8")
    questions = json.loads(text)
    return {language: tuple(q[language] for q in questions) for language in LANGUAGES}


def embed_background(encoder: Encoder) -> Background:
    """Embed the background questions with `encoder`."""
    return Background(
        {
            language: encoder.encode_queries(questions)
            for language, questions in background_questions().items()
        }
    )
