"""What the reader is told of a question and the passages that it reads.

What retrieval knows is given to each token as features: which tokens of question and passage are
aligned (Chen et al. 2017, arXiv 1704.00051), and how near token, sentence and passage are to the
question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from faq_bot.core.article import Span
from faq_bot.models.encoder import HalfVectors, TokenStates, Vectors
from faq_bot.models.network_shape import TOKEN_FEATURES

MOST_QUESTION_TOKENS = 64

_SCALE = 5.0  # brings inner products of centred unit vectors to about 1
_SHARPNESS = 20.0

Flags = NDArray[np.bool_]
Inputs = Mapping[str, Vectors]


@dataclass(frozen=True, slots=True, eq=False)
class Directed:
    """States as unit vectors, shape (tokens, dimension), and their lengths, shape (tokens,)."""

    units: Vectors
    lengths: Vectors

    @classmethod
    def of(cls, states: HalfVectors) -> "Directed":
        """Divide states by their lengths."""
        whole = states.astype(np.float32)
        lengths: Vectors = np.sqrt(np.einsum("td,td->t", whole, whole))
        return cls(whole / lengths[:, None], lengths)


@dataclass(frozen=True, eq=False)
class ReadablePassage:
    """A passage's tokens, its sentences as spans of its text, and the mean passage around it."""

    states: TokenStates
    mean: Vectors
    sentences: tuple[Span, ...]

    @cached_property
    def middle(self) -> Directed:
        """The states by which tokens are aligned."""
        return Directed.of(self.states.middle)

    @cached_property
    def last(self) -> Directed:
        """The states of which the embedding is the mean."""
        return Directed.of(self.states.last)

    @cached_property
    def tokens_of_sentences(self) -> list[Flags]:
        """Which tokens stand in each sentence, shape (tokens,)."""
        return [tokens_of(self.states, sentence) for sentence in self.sentences]

    @cached_property
    def sentence_vectors(self) -> Vectors:
        """Each sentence without the mean, shape (sentences + 1, dimension); the last is none."""
        vectors = np.zeros((len(self.sentences) + 1, len(self.mean)), np.float32)
        for number, tokens in enumerate(self.tokens_of_sentences):
            if tokens.any():
                whole = self.states.last[tokens].astype(np.float32).mean(axis=0)
                vectors[number] = whole / np.linalg.norm(whole) - self.mean
        return vectors

    @cached_property
    def sentence_of_token(self) -> NDArray[np.int64]:
        """The number of the sentence in which each token stands, -1 if in none."""
        numbers = np.full(len(self.states.ids), -1)
        for number, tokens in enumerate(self.tokens_of_sentences):
            numbers[tokens] = number
        return numbers


@dataclass(frozen=True, eq=False)
class Question:
    """A question as it is read, and what questions have in common, shape (dimension,)."""

    states: TokenStates
    mean: Vectors

    @cached_property
    def middle(self) -> Directed:
        """The states by which tokens are aligned."""
        return Directed.of(self.states.middle[: self.length])

    @cached_property
    def last(self) -> Directed:
        """The states of which the embedding is the mean."""
        return Directed.of(self.states.last[: self.length])

    @property
    def length(self) -> int:
        """How many of its tokens are read."""
        return min(len(self.states.ids), MOST_QUESTION_TOKENS)

    @cached_property
    def words(self) -> Flags:
        """Which of these tokens stand for its words, shape (tokens,)."""
        words = self.states.is_text[: self.length]
        return words if words.any() else np.ones(self.length, bool)


def reader_inputs(question: Question, passage: ReadablePassage) -> Inputs:
    """Return the inputs of `reader_graph.reader_graph` for a question and a passage, one text.

    The question's tokens come first. Shapes: `states` and `aligned`, what of the question is like
    each of the passage's tokens, (tokens, dimension); `features` (tokens, TOKEN_FEATURES);
    `of_passage` and `readable`, 1 for tokens of the passage and of its own text, (tokens,);
    `pair_features` (PAIR_FEATURES,).
    """
    length, words = question.length, question.words
    asked, read = question.states, passage.states
    by_middle = passage.middle.units @ question.middle.units.T
    by_last = passage.last.units @ question.last.units.T
    same = read.ids[:, None] == asked.ids[None, :length]
    query = asked.embedding - question.mean

    tokens = length + len(read.ids)
    features = np.zeros((tokens, TOKEN_FEATURES), np.float32)
    of_question, of_passage = features[:length], features[length:]
    of_passage[:, 0] = by_last[:, words].max(axis=1)
    of_passage[:, 1] = by_middle[:, words].max(axis=1)
    of_passage[:, 2] = same[:, words].any(axis=1)
    of_passage[:, 3] = _SCALE * (passage.sentence_vectors @ query)[passage.sentence_of_token]
    of_passage[:, 4] = _SCALE * (read.embedding - passage.mean) @ query
    along = (passage.last.units @ query) * passage.last.lengths
    of_passage[:, 8] = along - passage.mean @ query
    of_question[:, 5] = by_last.max(axis=0)
    of_question[:, 6] = by_middle.max(axis=0)
    of_question[:, 7] = same.any(axis=0)
    whole = (
        of_passage[:, 3].max(),
        of_passage[0, 4],
        of_question[words, 5].mean(),
        of_question[words, 7].mean(),
    )
    attention = np.exp(_SHARPNESS * by_middle[:, words])
    attention /= attention.sum(axis=1, keepdims=True)
    states = np.concatenate([asked.joined[:length], read.joined]).astype(np.float32)
    aligned = np.zeros_like(states)
    aligned[length:] = attention @ asked.middle[:length][words].astype(np.float32)
    is_passage = np.repeat(np.array([0, 1], np.float32), [length, len(read.ids)])
    return {
        "states": states,
        "aligned": aligned,
        "features": features,
        "of_passage": is_passage,
        "readable": np.concatenate([np.zeros(length, np.float32), read.is_text]).astype(np.float32),
        "pair_features": np.array(whole, np.float32),
    }


def tokens_of(states: TokenStates, span: Span) -> Flags:
    """Return which tokens share a character with `span`."""
    starts, ends = states.spans[:, 0], states.spans[:, 1]
    shared: Flags = states.is_text & (ends > span.start) & (starts < span.end)
    return shared
