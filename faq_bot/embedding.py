"""Turning texts into vectors with a sentence-transformers model."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from faq_bot.bundled_model import MODEL_ID, PROMPTS, ensure_decoded, silence_transformers
from faq_bot.errors import ModelError
from faq_bot.progress import track

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel

Vectors = NDArray[np.float32]
HalfVectors = NDArray[np.float16]

_BATCH = 32
LOWER_LAYER = 4
MIDDLE_LAYER = 8
MOST_TOKENS = 320
# The names under which models keep their prompts; the first that is there is taken.
_QUERY_PROMPTS = ("query",)
_PASSAGE_PROMPTS = ("passage", "document")


@dataclass(frozen=True, slots=True, eq=False)
class TokenStates:
    """The tokens of one text inside the encoder.

    `ids` has the shape (tokens,). `spans`, shape (tokens, 2), says where in the text each token
    stands; it is empty (0, 0) for what the model itself adds: the prompt and special tokens.
    `lower`, `middle` and `last`, shape (tokens, dimension), are the states after the layers
    `LOWER_LAYER` and `MIDDLE_LAYER` and after the last one; the text's embedding is the mean of
    the last states, brought to length 1.
    """

    ids: NDArray[np.int64]
    spans: NDArray[np.int64]
    lower: HalfVectors
    middle: HalfVectors
    last: HalfVectors

    @property
    def embedding(self) -> Vectors:
        """The text's embedding, shape (dimension,)."""
        mean: Vectors = self.last.astype(np.float32).mean(axis=0)
        return mean / np.linalg.norm(mean)

    @property
    def is_text(self) -> NDArray[np.bool_]:
        """Which tokens stand for a part of the text, shape (tokens,)."""
        written: NDArray[np.bool_] = self.spans[:, 1] > self.spans[:, 0]
        return written


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


class SentenceTransformerEncoder:
    """An encoder around a sentence-transformers model; safe to share between threads."""

    def __init__(self, model_id: str, load: "Callable[[], SentenceTransformer]") -> None:
        self.model_id = model_id
        self._load = load
        self._loaded: SentenceTransformer | None = None
        self._lock: AbstractContextManager[object] = threading.RLock()

    @property
    def _model(self) -> "SentenceTransformer":
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._model.get_embedding_dimension() or 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions, with the model's query prompt."""
        return self._encode(texts, _QUERY_PROMPTS)

    def encode_passages(self, texts: Sequence[str], description: str | None = None) -> Vectors:
        """Embed text to be searched, with the model's passage prompt."""
        if description is None or len(texts) <= _BATCH:
            return self._encode(texts, _PASSAGE_PROMPTS)
        # Texts of like length go together, since a batch costs as much as its longest text.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for index in track(range(0, len(order), _BATCH), description, -(-len(order) // _BATCH)):
            rows = order[index : index + _BATCH]
            vectors[rows] = self._encode([texts[row] for row in rows], _PASSAGE_PROMPTS)
        return vectors

    def query_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run questions through a BERT-like network; long ones lose their end."""
        return self._states(texts, _QUERY_PROMPTS)

    def passage_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run passages through a BERT-like network; long ones lose their end."""
        return self._states(texts, _PASSAGE_PROMPTS)

    def network(self) -> "BertModel":
        """Return the network inside, of which nothing may be changed."""
        network: BertModel = self._model[0].auto_model  # type: ignore[assignment]
        return network

    def _states(self, texts: Sequence[str], prompt_names: tuple[str, ...]) -> list[TokenStates]:
        import torch

        prompt = self._prompt(prompt_names)
        with self._lock, torch.inference_mode():
            tokens = self._model.tokenizer(
                [prompt + text for text in texts],
                padding=True,
                truncation=True,
                max_length=MOST_TOKENS,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
            hidden = self.network()(
                input_ids=tokens["input_ids"],
                attention_mask=tokens["attention_mask"],
                output_hidden_states=True,
            ).hidden_states
        spans = np.maximum(tokens["offset_mapping"].numpy() - len(prompt), 0)
        return [
            TokenStates(
                ids=tokens["input_ids"][row, :length].numpy(),
                spans=spans[row, :length],
                lower=hidden[LOWER_LAYER][row, :length].half().numpy(),
                middle=hidden[MIDDLE_LAYER][row, :length].half().numpy(),
                last=hidden[-1][row, :length].half().numpy(),
            )
            for row, length in enumerate(tokens["attention_mask"].sum(dim=1).tolist())
        ]

    def _prompt(self, names: tuple[str, ...]) -> str:
        prompts = self._model.prompts
        return next(filter(None, (prompts.get(name) for name in names)), "")

    def _encode(self, texts: Sequence[str], prompt_names: tuple[str, ...]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        prompt = self._prompt(prompt_names)
        with self._lock:  # the tokenizers of transformers are not thread-safe
            vectors = self._model.encode(
                list(texts),
                prompt=prompt or None,
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(vectors, np.float32)


def open_encoder(model: str | None, cache_dir: Path) -> SentenceTransformerEncoder:
    """Return the encoder for the model `model`, for the bundled one if that is None.

    The model is loaded when it is first used.
    """
    if model is None:
        return SentenceTransformerEncoder(MODEL_ID, lambda: _load(str(ensure_decoded(cache_dir))))
    return SentenceTransformerEncoder(model, lambda: _load(model))


def _load(name: str) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    silence_transformers()
    try:
        model = SentenceTransformer(name, device="cpu")
    except Exception as error:  # a model's files may fail in any way
        raise ModelError(
            f"The embedding model {name!r} cannot be loaded: {error}. "
            "FAQ_BOT_MODEL must be the path or hub name of a sentence-transformers model."
        ) from error
    if "e5" in name.lower() and not any(model.prompts.values()):
        model.prompts = dict(PROMPTS)  # E5 models need them, but few have them configured
    return model
