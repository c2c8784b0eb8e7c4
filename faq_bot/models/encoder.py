"""What the rest of the program needs of a model that turns texts into vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from faq_bot.models.network_shape import JOINED_LAYER, LAYERS, TOLD_LAYER

Vectors = NDArray[np.float32]
HalfVectors = NDArray[np.float16]


class Encoder(Protocol):
    """What the index needs of an embedding model.

    Both methods return unit vectors, float32, of the shape (texts, `dimension`).
    """

    @property
    def model_id(self) -> str:
        """Name under which an index remembers the model."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions."""

    def encode_passages(self, texts: Sequence[str], description: str | None = None) -> Vectors:
        """Embed text to be searched, with a progress bar where it has a `description`."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenStates:
    """The tokens of one text inside the encoder.

    `ids` and `spans` are those of `Tokens`. `after` has the states, shape (tokens, dimension),
    after the layers `TOLD_LAYERS`; `embedding`, shape (dimension,), is that of the text.
    """

    ids: NDArray[np.int64]
    spans: NDArray[np.int64]
    after: Mapping[int, HalfVectors]
    embedding: Vectors

    @property
    def joined(self) -> HalfVectors:
        """The states with which the reader begins."""
        return self.after[JOINED_LAYER]

    @property
    def middle(self) -> HalfVectors:
        """The states by which tokens of question and passage are aligned."""
        return self.after[TOLD_LAYER]

    @property
    def last(self) -> HalfVectors:
        """The states of which the embedding is the mean."""
        return self.after[LAYERS]

    @property
    def is_text(self) -> NDArray[np.bool_]:
        """Which tokens stand for a part of the text, shape (tokens,)."""
        written: NDArray[np.bool_] = self.spans[:, 1] > self.spans[:, 0]
        return written


@runtime_checkable
class TokenStateEncoder(Protocol):
    """What a trained reader needs of an encoder: the states of tokens, and its own graphs."""

    def file(self, name: str) -> Path:
        """Return where one of the model's files is, such as the graph of its reader."""

    def prepare_question(self, text: str) -> TokenStates:
        """Run one question through the encoder."""

    def passage_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run passages through the encoder; long ones lose their end."""
