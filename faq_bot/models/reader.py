"""The trained reader: which passage answers a question, and with which words.

It was trained by `benchmarks/train_reader.py`, which names the data. It reads the states of tokens,
so it belongs to an encoder that tells them; with any other the bot works without a reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from faq_bot.core.article import Span
from faq_bot.core.passage import Passage
from faq_bot.models.bundled_model import PASSAGE, READER
from faq_bot.models.encoder import Encoder, TokenStateEncoder, TokenStates, Vectors
from faq_bot.models.network_shape import TOLD_LAYERS
from faq_bot.models.onnx_session import OnnxSession
from faq_bot.models.reader_features import Kept, Question, ReadablePassage, reader_inputs

LONGEST_ANSWER = 30  # tokens

_NOT_ALLOWED = -1e4


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of a question and a passage, in logits.

    `relevance` says whether the passage answers the question, `margin` by how much the best
    `span` in the passage's text is better than none.
    `sentences` holds the margin of the best span that begins in each sentence.
    """

    relevance: float
    margin: float
    span: Span | None
    sentences: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPassage:
    """A passage, ready to be read with any question."""

    readable: ReadablePassage
    kept: Kept


def passage_states(
    encoder: TokenStateEncoder, texts: Sequence[tuple[str, str]]
) -> list[TokenStates]:
    """Run passages through the encoder, each with the context that stands before it.

    The states' spans refer to the passage's own text; the context has none.
    """
    states = encoder.passage_states([f"{context} {text}" for context, text in texts])
    return [
        replace(state, spans=np.maximum(state.spans - len(context) - 1, 0))
        for state, (context, _) in zip(states, texts, strict=True)
    ]


class Reader:
    """Reads a question and passages together; safe to share between threads."""

    def __init__(self, encoder: TokenStateEncoder) -> None:
        self._encoder = encoder

    @cached_property
    def _passage_session(self) -> OnnxSession:
        return OnnxSession(self._encoder.file(PASSAGE))

    @cached_property
    def _session(self) -> OnnxSession:
        return OnnxSession(self._encoder.file(READER))

    def prepare_question(self, text: str) -> TokenStates:
        """Run a question through the encoder; its embedding comes with it."""
        return self._encoder.prepare_question(text)

    def prepare_passage(self, passage: Passage, context: str, mean: Vectors) -> PreparedPassage:
        """Run a passage through the encoder, with its context and the mean of its article."""
        (states,) = passage_states(self._encoder, [(context, passage.text)])
        keys, values, spans = self._passage_session.run(
            ("keys", "values", "spans"),
            **{f"after{layer}": after.astype(np.float32) for layer, after in states.after.items()},
        )
        kept = Kept(*(part.astype(np.float16) for part in (keys, values, spans)))
        needed = {layer: states.after[layer] for layer in (TOLD_LAYERS[0], TOLD_LAYERS[-1])}
        readable = ReadablePassage(replace(states, after=needed), mean, passage.sentences)
        return PreparedPassage(readable, kept)

    def read(self, question: Question, passage: PreparedPassage) -> Reading:
        """Read a passage with the question."""
        inputs = reader_inputs(question, passage.readable, passage.kept)
        span, none, relevance = self._session.run(("span", "none", "relevance"), **inputs)
        return _reading(passage.readable, span[0], float(none.sum()), float(relevance[0, 0]))


def open_reader(encoder: Encoder) -> Reader | None:
    """Return the reader that belongs to `encoder`, None where that tells no states of tokens."""
    return Reader(encoder) if isinstance(encoder, TokenStateEncoder) else None


def _reading(passage: ReadablePassage, span: Vectors, none: float, relevance: float) -> Reading:
    """Find the best span; `span` has the shape (tokens, 2), a start and an end logit each."""
    states = passage.states
    starts, ends = np.where(states.is_text[:, None], span[: len(states.ids)], _NOT_ALLOWED).T
    by_span = starts[:, None] + ends[None, :]
    place = np.arange(len(states.ids))
    width = place[None, :] - place[:, None]
    by_span[(width < 0) | (width >= LONGEST_ANSWER)] = -np.inf
    best_from = by_span.max(axis=1)
    first = int(best_from.argmax())
    last = int(by_span[first].argmax())
    found = states.is_text[[first, last]].all()
    return Reading(
        relevance=relevance,
        margin=float(best_from[first]) - none,
        span=Span(int(states.spans[first, 0]), int(states.spans[last, 1])) if found else None,
        sentences=tuple(
            float(best_from[tokens].max()) - none if tokens.any() else -np.inf
            for tokens in passage.tokens_of_sentences
        ),
    )
