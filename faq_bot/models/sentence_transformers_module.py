"""The bundled model's encoder as a module of sentence-transformers.

`SentenceTransformer(path, trust_remote_code=True)` with the directory of the bundled model uses it,
for everything that takes such a model:
https://sbert.net/docs/sentence_transformer/usage/custom_models.html
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from sentence_transformers.base.modules import InputModule

from faq_bot.models.bundled_encoder import BundledEncoder


class OnnxEncoder(InputModule):
    """Runs the encoder in ONNX Runtime, with its pooling and normalisation."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory
        self._encoder = BundledEncoder(lambda: directory)

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **_: object
    ) -> dict[str, Any]:
        """Return the texts as they go to the network, which has its own tokenizer."""
        return {"texts": [(prompt or "") + text for text in inputs]}

    def forward(self, features: dict[str, Any], **_: object) -> dict[str, Any]:
        """Add the embeddings."""
        vectors = self._encoder.embed(features.pop("texts"))
        return features | {"sentence_embedding": torch.from_numpy(vectors)}

    def get_embedding_dimension(self) -> int:
        """Return the length of a vector."""
        return self._encoder.dimension

    def save(self, output_path: str, *_: object, **__: object) -> None:
        """Copy the model's files."""
        shutil.copytree(self._directory, output_path, dirs_exist_ok=True)

    @classmethod
    def load(cls, model_name_or_path: str, *_: object, **__: object) -> Self:
        """Open the model in a directory."""
        return cls(Path(model_name_or_path))
