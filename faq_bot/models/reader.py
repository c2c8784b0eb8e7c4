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
from faq_bot.models.bundled_model import READER
from faq_bot.models.encoder import Encoder, TokenStateEncoder, TokenStates, Vectors
from faq_bot.models.onnx_session import OnnxSession
from faq_bot.models.reader_features import Question, ReadablePassage, reader_inputs

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
    def _session(self) -> OnnxSession:
        return OnnxSession(self._encoder.file(READER))

    def prepare_question(self, text: str) -> TokenStates:
        """Run a question through the encoder; its embedding comes with it."""
        return self._encoder.prepare_question(text)

    def prepare_passage(self, passage: Passage, context: str, mean: Vectors) -> ReadablePassage:
        """Run a passage through the encoder, with its context and the mean of its article."""
        (states,) = passage_states(self._encoder, [(context, passage.text)])
        return ReadablePassage(states, mean, passage.sentences)

    def read(self, question: Question, passage: ReadablePassage) -> Reading:
        """Read a passage with the question."""
        inputs = reader_inputs(question, passage)
        batch = {name: value[None] for name, value in inputs.items()}
        span, relevance = self._session.run(("span", "relevance"), **batch)
        none, own = float(span[0, 0].sum()), span[0, question.length :]
        return _reading(passage, own, none, float(relevance[0, 0]))


def open_reader(encoder: Encoder) -> Reader | None:
    """Return the reader that belongs to `encoder`, None where that tells no states of tokens."""
    return Reader(encoder) if isinstance(encoder, TokenStateEncoder) else None


def _reading(passage: ReadablePassage, span: Vectors, none: float, relevance: float) -> Reading:
    """Find the best span; `span` has the shape (tokens, 2), a start and an end logit each."""
    states = passage.states
    starts, ends = np.where(states.is_text[:, None], span, _NOT_ALLOWED).T
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
