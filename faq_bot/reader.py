"""The trained reader: which passage answers a question, and with which words.

Its adapter was trained by `benchmarks/train_reader.py`, which names the data. It belongs to the
bundled model; with another one the bot works without a reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from faq_bot.embedding import Encoder, SentenceTransformerEncoder, TokenStates, Vectors
from faq_bot.records import Passage, Span

if TYPE_CHECKING:
    from torch import Tensor

ADAPTER = "reader.safetensors"


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
class ReadablePassage:
    """A passage's tokens, its sentences as spans of its text, and the mean passage around it."""

    states: TokenStates
    mean: Vectors
    sentences: tuple[Span, ...]


def passage_states(
    encoder: SentenceTransformerEncoder, texts: Sequence[tuple[str, str]]
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
    """Reads questions and passages together; safe to share between threads."""

    def __init__(self, encoder: SentenceTransformerEncoder, adapter: "dict[str, Tensor]") -> None:
        from faq_bot.reader_network import ReaderNetwork

        self._encoder = encoder
        self._network = ReaderNetwork.adapted(encoder.network(), adapter)
        self._network.merge_adapters()
        self._network.eval()

    def prepare_question(self, text: str) -> TokenStates:
        """Run a question through the encoder; its embedding comes with it."""
        (states,) = self._encoder.query_states([text])
        return states

    def prepare_passage(self, passage: Passage, context: str, mean: Vectors) -> ReadablePassage:
        """Run a passage through the encoder, with its context and the mean of its article."""
        (states,) = passage_states(self._encoder, [(context, passage.text)])
        return ReadablePassage(states, mean, passage.sentences)

    def read(
        self, question: TokenStates, question_mean: Vectors, passages: Sequence[ReadablePassage]
    ) -> list[Reading]:
        """Read each passage with the question."""
        import torch

        from faq_bot.reader_network import Pair, make_batch

        pairs = [
            Pair(question, question_mean, passage.states, passage.mean, passage.sentences)
            for passage in passages
        ]
        with torch.inference_mode():
            scores = self._network(make_batch(pairs, self._network.apart))
        start, end = scores.start.numpy(), scores.end.numpy()
        return [
            _reading(
                passage,
                start[row],
                end[row],
                offset=pairs[row].question_length,
                relevance=float(scores.relevance[row]),
            )
            for row, passage in enumerate(passages)
        ]


def open_reader(encoder: Encoder) -> Reader | None:
    """Return the reader that belongs to `encoder`, if there is one."""
    from safetensors import safe_open

    if not isinstance(encoder, SentenceTransformerEncoder):
        return None
    with (
        resources.as_file(resources.files("faq_bot").joinpath(ADAPTER)) as path,
        safe_open(path, "pt") as file,
    ):
        if file.metadata()["model"] != encoder.model_id:
            return None
        return Reader(encoder, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118


def _reading(
    passage: ReadablePassage,
    start: Vectors,
    end: Vectors,
    *,
    offset: int,
    relevance: float,
) -> Reading:
    from faq_bot.reader_network import LONGEST_ANSWER, tokens_of

    spans = passage.states.spans
    own = slice(offset, offset + len(spans))
    starts, ends = start[own], end[own]
    none = float(start[0] + end[0])
    by_span = starts[:, None] + ends[None, :]
    width = np.arange(len(spans))[None, :] - np.arange(len(spans))[:, None]
    by_span[(width < 0) | (width >= LONGEST_ANSWER)] = -np.inf
    first, last = np.unravel_index(int(by_span.argmax()), by_span.shape)
    margin = float(by_span[first, last]) - none
    found = passage.states.is_text[[first, last]].all()
    return Reading(
        relevance=relevance,
        margin=margin,
        span=Span(int(spans[first, 0]), int(spans[last, 1])) if found else None,
        sentences=tuple(
            float(by_span[tokens].max()) - none if tokens.any() else -np.inf
            for tokens in (tokens_of(passage.states, sentence) for sentence in passage.sentences)
        ),
    )
