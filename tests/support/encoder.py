"""An encoder for tests of what is not about embeddings."""

from collections.abc import Sequence

import numpy as np

from faq_bot.models.encoder import Vectors


class FakeEncoder:
    """Stands in for the model where what the vectors mean does not matter: hashed bags of words.

    It is an `Encoder`: the same text has the same unit vector always and everywhere, texts with
    words in common are nearer to each other. Another `seed` is another model.
    """

    def __init__(self, model_id: str = "fake", seed: int = 0) -> None:
        self.model_id = model_id
        self.dimension = 16
        self.encoded: list[str] = []  # the passages, in the order in which they came
        self._seed = seed

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str], description: str | None = None) -> Vectors:  # noqa: ARG002
        self.encoded += texts
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                generator = np.random.default_rng([self._seed, *word.encode()])
                vectors[row] += generator.normal(size=self.dimension)
            vectors[row] /= np.linalg.norm(vectors[row]) or 1
        return vectors
