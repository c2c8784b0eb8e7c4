"""The trained reader: which passage answers a question, and with which words.

It was trained by `benchmarks/train_reader.py`, which names the data. It belongs to the bundled
model; with another one the bot works without a reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from faq_bot.bundled_encoder import BundledEncoder, TokenStates, Vectors
from faq_bot.bundled_model import READER
from faq_bot.embedding import Encoder
from faq_bot.model_shape import LOWER_LAYER
from faq_bot.onnx_session import OnnxSession
from faq_bot.processors import side_by_side
from faq_bot.reader_inputs import Pair, ReadablePassage, make_batch
from faq_bot.records import Passage, Span

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


def passage_states(encoder: BundledEncoder, texts: Sequence[tuple[str, str]]) -> list[TokenStates]:
    """Run passages through the encoder, each with the context that stands before it.

    The states' spans refer to the passage's own text; the context has none.
    """
    states = encoder.passage_states([f"{context} {text}" for context, text in texts])
    return [
        replace(state, spans=np.maximum(state.spans - len(context) - 1, 0))
        for state, (context, _) in zip(states, texts, strict=True)
    ]


class Reader:
    """Reads questions and passages together; safe to share between threads."""

    def __init__(self, encoder: BundledEncoder) -> None:
        self._encoder = encoder

    @cached_property
    def _session(self) -> OnnxSession:
        return OnnxSession(self._encoder.directory / READER)

    def prepare_question(self, text: str) -> TokenStates:
        """Run a question through the encoder; its embedding comes with it."""
        return self._encoder.prepare_question(text)

    def prepare_passage(self, passage: Passage, context: str, mean: Vectors) -> ReadablePassage:
        """Run a passage through the encoder, with its context and the mean of its article."""
        (states,) = passage_states(self._encoder, [(context, passage.text)])
        return ReadablePassage(states, mean, passage.sentences)

    def read(
        self, question: TokenStates, question_mean: Vectors, passages: Sequence[ReadablePassage]
    ) -> list[Reading]:
        """Read each passage with the question."""
        pairs = [Pair(question, question_mean, passage) for passage in passages]
        return list(side_by_side(self._read, pairs))

    def _read(self, pair: Pair) -> Reading:
        batch = make_batch([pair], LOWER_LAYER)
        span, relevance = self._session.run(
            ("span", "relevance"),
            states=batch.states,
            aligned=batch.aligned,
            features=batch.features,
            pair_features=batch.pair_features,
            mask=batch.mask,
            of_passage=batch.of_passage,
            readable=batch.readable,
        )
        return _reading(pair, span[0], float(relevance[0, 0]))


def open_reader(encoder: Encoder) -> Reader | None:
    """Return the reader that belongs to `encoder`, if there is one."""
    return Reader(encoder) if isinstance(encoder, BundledEncoder) else None


def _reading(pair: Pair, span: Vectors, relevance: float) -> Reading:
    """Find the best span; `span` has the shape (tokens, 2), a start and an end logit each."""
    states = pair.passage.states
    none = float(span[0].sum())
    own = span[pair.question_length :][: len(states.ids)]
    starts, ends = np.where(states.is_text[:, None], own, _NOT_ALLOWED).T
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
            for tokens in pair.passage.tokens_of_sentences
        ),
    )
