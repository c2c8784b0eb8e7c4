"""What the reader is told of a question and a passage.

Question and passage run apart through the lower layers of the encoder, so that a passage's
states serve every question; only the upper layers see both (Cao et al. 2020, "DeFormer",
arXiv 2005.00697). What retrieval knows is given to each token as a feature: which tokens of
question and passage are aligned (Chen et al. 2017, arXiv 1704.00051), and how near token,
sentence and passage are to the question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from faq_bot.bundled_encoder import TokenStates, Vectors
from faq_bot.model_shape import MIDDLE_LAYER, PAIR_FEATURES, TOKEN_FEATURES
from faq_bot.records import Span

MOST_QUESTION_TOKENS = 64

_SCALE = 5.0  # brings inner products of centred unit vectors to about 1
_SHARPNESS = 20.0

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ReadablePassage:
    """A passage's tokens, its sentences as spans of its text, and the mean passage around it."""

    states: TokenStates
    mean: Vectors
    sentences: tuple[Span, ...]

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


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A question and a passage to be read together.

    `question_mean`, shape (dimension,), is what questions have in common.
    """

    question: TokenStates
    question_mean: Vectors
    passage: ReadablePassage

    @property
    def question_length(self) -> int:
        """How many of the question's tokens are read; the passage's come after them."""
        return min(len(self.question.ids), MOST_QUESTION_TOKENS)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pairs made ready for the network; `reader_graph` tells the shapes."""

    states: Vectors
    aligned: Vectors
    features: Vectors
    pair_features: Vectors
    mask: NDArray[np.int32]
    of_passage: Vectors
    readable: Vectors


def make_batch(pairs: Sequence[Pair], apart: int) -> Batch:
    """Make pairs ready for a network that joins them after `apart` layers."""
    width = max(pair.question_length + len(pair.passage.states.ids) for pair in pairs)
    tokens = (len(pairs), width)
    dimension = len(pairs[0].question_mean)
    batch = Batch(
        states=np.zeros((*tokens, dimension), np.float32),
        aligned=np.zeros((*tokens, dimension), np.float32),
        features=np.zeros((*tokens, TOKEN_FEATURES), np.float32),
        pair_features=np.zeros((len(pairs), PAIR_FEATURES), np.float32),
        mask=np.zeros(tokens, np.int32),
        of_passage=np.zeros(tokens, np.float32),
        readable=np.zeros(tokens, np.float32),
    )
    for row, pair in enumerate(pairs):
        _describe(pair, apart, row, batch)
    return batch


def _describe(pair: Pair, apart: int, row: int, batch: Batch) -> None:
    length = pair.question_length
    question, passage = pair.question, pair.passage.states
    words = question.is_text[:length]
    if not words.any():
        words = np.ones(length, bool)
    question_middle = question.middle[:length].astype(np.float32)
    passage_last = passage.last.astype(np.float32)
    by_middle = _unit(passage.middle.astype(np.float32)) @ _unit(question_middle).T
    by_last = _unit(passage_last) @ _unit(question.last[:length].astype(np.float32)).T
    same = passage.ids[:, None] == question.ids[None, :length]
    query = question.embedding - pair.question_mean

    of_question = slice(length)
    of_passage = slice(length, length + len(passage.ids))
    features = batch.features[row]
    features[of_passage, 0] = by_last[:, words].max(axis=1)
    features[of_passage, 1] = by_middle[:, words].max(axis=1)
    features[of_passage, 2] = same[:, words].any(axis=1)
    by_sentence = pair.passage.sentence_vectors @ query
    features[of_passage, 3] = _SCALE * by_sentence[pair.passage.sentence_of_token]
    features[of_passage, 4] = _SCALE * (passage.embedding - pair.passage.mean) @ query
    features[of_question, 5] = by_last.max(axis=0)
    features[of_question, 6] = by_middle.max(axis=0)
    features[of_question, 7] = same.any(axis=0)
    features[of_passage, 8] = passage_last @ query - pair.passage.mean @ query
    batch.pair_features[row] = (
        features[of_passage, 3].max(),
        features[length, 4],
        features[of_question, 5][words].mean(),
        features[of_question, 7][words].mean(),
    )

    attention = np.exp(_SHARPNESS * by_middle[:, words])
    attention /= attention.sum(axis=1, keepdims=True)
    batch.aligned[row, of_passage] = attention @ question_middle[words]
    for states, place in ((question, of_question), (passage, of_passage)):
        before = states.middle if apart == MIDDLE_LAYER else states.lower
        batch.states[row, place] = before[: place.stop - (place.start or 0)]
    batch.mask[row, : of_passage.stop] = 1
    batch.of_passage[row, of_passage] = 1
    batch.readable[row, of_passage] = passage.is_text


def tokens_of(states: TokenStates, span: Span) -> Flags:
    """Return which tokens share a character with `span`."""
    starts, ends = states.spans[:, 0], states.spans[:, 1]
    shared: Flags = states.is_text & (ends > span.start) & (starts < span.end)
    return shared


def _unit(states: Vectors) -> Vectors:
    unit: Vectors = states / np.linalg.norm(states, axis=1, keepdims=True)
    return unit
