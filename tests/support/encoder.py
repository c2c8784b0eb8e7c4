"""An encoder for tests of what is not about embeddings."""

import numpy as np


class FakeEncoder:
    """A stand-in for the model where only its identity matters: hashed bags of words."""

    def __init__(self, model_id: str = "fake", seed: int = 0) -> None:
        self.model_id = model_id
        self.dimension = 16
        self.encoded: list[str] = []
        self._seed = seed

    def encode_queries(self, texts):
        return self._encode(texts)

    def encode_passages(self, texts, description=None):  # noqa: ARG002
        self.encoded += texts
        return self._encode(texts)

    def _encode(self, texts):
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                generator = np.random.default_rng([self._seed, *word.encode()])
                vectors[row] += generator.normal(size=self.dimension)
            vectors[row] /= np.linalg.norm(vectors[row]) or 1
        return vectors
