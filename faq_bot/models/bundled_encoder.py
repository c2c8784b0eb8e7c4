"""The bundled model's encoder: texts in, embeddings and the states of their tokens out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

from faq_bot.core.concurrency import in_bulk
from faq_bot.core.progress import track
from faq_bot.models.batching import Batcher
from faq_bot.models.bundled_model import ENCODER, MODEL_ID, PROMPTS, TOKENIZER
from faq_bot.models.encoder import TokenStates, Vectors
from faq_bot.models.network_shape import DIMENSION, TOLD_LAYERS
from faq_bot.models.onnx_session import OnnxSession

LONGEST = 512  # tokens
LONGEST_READ = 320
_TOKENS_TOGETHER = 384  # in a batch, with padding
_QUESTIONS_TOGETHER = 32
_STATES = (*(f"after{number}" for number in TOLD_LAYERS), "embedding")


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """A text as the encoder reads it.

    `ids` has the shape (tokens,). `spans`, shape (tokens, 2), says where in the text each token
    stands; it is empty (0, 0) for what the model itself adds: the prompt and special tokens.
    """

    ids: NDArray[np.int64]
    spans: NDArray[np.int64]


class BundledEncoder:
    """The encoder in a directory that `ensure_bundled_model` has made; loaded when first used.

    Safe to share between threads: questions that are asked at the same time run together.
    """

    model_id = MODEL_ID
    dimension = DIMENSION

    def __init__(self, find_directory: Callable[[], Path]) -> None:
        self._find_directory = find_directory
        self._ask: Batcher[str, Vectors] = Batcher(
            lambda texts: list(self._embed_questions(texts)), _QUESTIONS_TOGETHER
        )
        self._prepare: Batcher[str, TokenStates] = Batcher(self.query_states, _QUESTIONS_TOGETHER)

    @cached_property
    def directory(self) -> Path:
        """Where the model's files are."""
        return self._find_directory()

    def file(self, name: str) -> Path:
        """Return where one of the model's files is."""
        return self.directory / name

    @cached_property
    def _session(self) -> OnnxSession:
        return OnnxSession(self.file(ENCODER))

    @cached_property
    def _vocabulary(self) -> SentencePieceProcessor:
        return SentencePieceProcessor(model_file=str(self.file(TOKENIZER)))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions: unit vectors, shape (texts, dimension)."""
        if len(texts) == 1:
            return self._ask(texts[0])[None, :]
        return self._embed_questions(texts)

    def encode_passages(self, texts: Sequence[str], description: str | None = None) -> Vectors:
        """Embed text to be searched, with a progress bar where it has a `description`."""
        return self.embed([PROMPTS["passage"] + text for text in texts], description)

    def prepare_question(self, text: str) -> TokenStates:
        """Run one question through the encoder."""
        return self._prepare(text)

    def query_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run questions through the encoder; long ones lose their end."""
        return self._states(texts, PROMPTS["query"])

    def passage_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run passages through the encoder; long ones lose their end."""
        return self._states(texts, PROMPTS["passage"])

    def tokenize(self, text: str, prompt: str = "", longest: int = LONGEST) -> Tokens:
        """Return the tokens of a text, at most `longest`."""
        whole = prompt + text
        pieces = self._vocabulary.encode(whole, return_type="offset_mapping")
        spans = [_stripped(whole, span, len(prompt)) for span in pieces["offsets"][: longest - 2]]
        begin, end = self._vocabulary.bos_id(), self._vocabulary.eos_id()
        return Tokens(
            np.array([begin, *pieces["ids"][: longest - 2], end], np.int64),
            np.array([(0, 0), *spans, (0, 0)], np.int64),
        )

    def run(self, tokens: Sequence[Tokens], outputs: Sequence[str]) -> list[Vectors]:
        """Return outputs of the network (see `encoder_graph`) for texts run as one batch."""
        width = max(len(one.ids) for one in tokens)
        ids = np.full((len(tokens), width), self._vocabulary.pad_id(), np.int64)
        mask = np.zeros((len(tokens), width), np.int32)
        for row, one in enumerate(tokens):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        return self._session.run(outputs, ids=ids, mask=mask)

    def embed(self, texts: Sequence[str], description: str | None = None) -> Vectors:
        """Embed texts as they are, with their prompts; otherwise as `encode_passages`."""
        tokens = [self.tokenize(text) for text in texts]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        batches = list(batches_of_like_length([len(one.ids) for one in tokens]))
        found = self._run_all(tokens, batches, ("embedding",))
        if description is not None and len(batches) > 1:
            found = track(found, description, len(batches))
        for rows, (embeddings,) in zip(batches, found, strict=True):
            vectors[rows] = embeddings
        return vectors

    def _embed_questions(self, texts: Sequence[str]) -> Vectors:
        return self.embed([PROMPTS["query"] + text for text in texts])

    def _run_all(
        self, tokens: Sequence[Tokens], batches: Sequence[list[int]], outputs: Sequence[str]
    ) -> Iterator[list[Vectors]]:
        """Yield outputs of the network for each batch of rows of `tokens`."""
        if len(batches) == 1:
            return iter([self.run([tokens[row] for row in batches[0]], outputs)])
        return in_bulk(lambda rows: self.run([tokens[row] for row in rows], outputs), batches)

    def _states(self, texts: Sequence[str], prompt: str) -> list[TokenStates]:
        tokens = [self.tokenize(text, prompt, LONGEST_READ) for text in texts]
        found: dict[int, TokenStates] = {}
        batches = list(batches_of_like_length([len(one.ids) for one in tokens]))
        found_states = self._run_all(tokens, batches, _STATES)
        for rows, (*states, embedding) in zip(batches, found_states, strict=True):
            for place, row in enumerate(rows):
                one, length = tokens[row], len(tokens[row].ids)
                after = (after[place, :length].astype(np.float16) for after in states)
                found[row] = TokenStates(
                    one.ids,
                    one.spans,
                    dict(zip(TOLD_LAYERS, after, strict=True)),
                    embedding[place],
                )
        return [found[row] for row in range(len(texts))]


def batches_of_like_length(
    lengths: Sequence[int], together: int = _TOKENS_TOGETHER
) -> Iterator[list[int]]:
    """Yield rows to be run together, since a batch is as wide as its longest.

    A batch has at most `together` tokens, with padding, or one row.
    """
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if rows and (len(rows) + 1) * lengths[row] > together:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _stripped(text: str, span: tuple[int, int], offset: int) -> tuple[int, int]:
    """Return a token's span without the space around it, counted from `offset`."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return max(start - offset, 0), max(end - offset, 0)
