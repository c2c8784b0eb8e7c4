"""Any model of sentence-transformers as an encoder."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from faq_bot.core.errors import ModelError
from faq_bot.core.progress import track
from faq_bot.models.bundled_model import PROMPTS
from faq_bot.models.encoder import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
# The names under which models keep their prompts; the first that is there is taken.
_QUERY_PROMPTS = ("query",)
_PASSAGE_PROMPTS = ("passage", "document")


class SentenceTransformerEncoder:
    """An encoder around a sentence-transformers model; safe to share between threads."""

    def __init__(self, model_id: str, load: "Callable[[], SentenceTransformer]") -> None:
        self.model_id = model_id
        self._load = load
        self._loaded: SentenceTransformer | None = None
        self._lock = threading.RLock()

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

    def _encode(self, texts: Sequence[str], prompt_names: tuple[str, ...]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        prompts = self._model.prompts
        prompt = next(filter(None, (prompts.get(name) for name in prompt_names)), None)
        with self._lock:  # the tokenizers of transformers are not thread-safe
            vectors = self._model.encode(
                list(texts),
                prompt=prompt,
                batch_size=_BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return np.asarray(vectors, np.float32)


def load_sentence_transformer(name: str, device: str) -> "SentenceTransformer":
    """Load a model by its path or hub name.

    Raises:
        ModelError: it cannot be loaded.
    """
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # Its own progress bars and reports about weights would be in the way.
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        model = SentenceTransformer(name, device=device)
    except Exception as error:  # a model's files may fail in any way
        raise ModelError(
            f"The embedding model {name!r} cannot be loaded: {error}. "
            "FAQ_BOT_MODEL must be the path or hub name of a sentence-transformers model, "
            "FAQ_BOT_DEVICE a device that PyTorch finds here."
        ) from error
    if "e5" in name.lower() and not any(model.prompts.values()):
        model.prompts = dict(PROMPTS)  # E5 models need them, but few have them configured
    return model
