"""The real model, once for all tests of a process."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest

from faq_bot.core.settings import Settings
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.bundled_model import ensure_bundled_model
from faq_bot.models.encoder import Encoder, Vectors
from faq_bot.models.opening import open_encoder


class RememberingEncoder(BundledEncoder):
    """The bundled encoder, which embeds a text but once: most tests have the same articles."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(lambda: ensure_bundled_model(settings.cache_dir, settings.precision))
        self._queries: dict[str, Vectors] = {}
        self._passages: dict[str, Vectors] = {}

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._remembered(texts, self._queries, super().encode_queries)

    def encode_passages(self, texts: Sequence[str], description: str | None = None) -> Vectors:
        encode = super().encode_passages
        return self._remembered(texts, self._passages, lambda new: encode(new, description))

    def _remembered(
        self,
        texts: Sequence[str],
        known: dict[str, Vectors],
        encode: Callable[[Sequence[str]], Vectors],
    ) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, encode(new), strict=True))
        return np.array([known[text] for text in texts], np.float32).reshape(-1, self.dimension)


@cache
def bundled_encoder() -> RememberingEncoder:
    """Return the encoder that all tests share."""
    return RememberingEncoder(Settings())


def share(patch: pytest.MonkeyPatch) -> None:
    """Let all bots of this process have it."""
    default = Settings()

    def open_shared(settings: Settings) -> Encoder:
        names = ("model", "precision", "cache_dir")
        is_default = all(getattr(settings, name) == getattr(default, name) for name in names)
        return bundled_encoder() if is_default else open_encoder(settings)

    patch.setattr("faq_bot.answering.service.open_encoder", open_shared)
