"""The network that reads a question and a passage together: where is the answer, is there one?

Question and passage run apart through the lower layers of the encoder, so that a passage's
states serve every question; only its upper layers see both (Cao et al. 2020, "DeFormer",
arXiv 2005.00697). These layers are the encoder's own, changed by low-rank adapters (Hu et al.
2021, "LoRA", arXiv 2106.09685). What retrieval knows is given to each token as a feature before
the last of them: which tokens of question and passage are aligned (Chen et al. 2017,
arXiv 1704.00051), and how near token, sentence and passage are to the question.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertModel

from faq_bot.embedding import LOWER_LAYER, MIDDLE_LAYER, TokenStates, Vectors
from faq_bot.records import Span

RANK = 32
MOST_QUESTION_TOKENS = 64
LONGEST_ANSWER = 30

_TOKEN_FEATURES = 9
_PAIR_FEATURES = 4
_SCALE = 5.0  # brings inner products of centred unit vectors to about 1
_SHARPNESS = 20.0
MASKED = -1e4


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A question and a passage to be read together.

    `question_mean` and `passage_mean`, shape (dimension,), are what questions and what passages
    have in common. `sentences` are spans in the passage's text.
    """

    question: TokenStates
    question_mean: Vectors
    passage: TokenStates
    passage_mean: Vectors
    sentences: Sequence[Span]

    @property
    def question_length(self) -> int:
        """How many of the question's tokens are read; the passage's come after them."""
        return min(len(self.question.ids), MOST_QUESTION_TOKENS)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pairs made ready for the network; the first dimension counts pairs, the second tokens."""

    states: Tensor
    aligned: Tensor
    features: Tensor
    pair_features: Tensor
    segments: Tensor
    attended: Tensor
    readable: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Logits. `start` and `end`, shape (pairs, tokens), have "no answer" at token 0."""

    start: Tensor
    end: Tensor
    relevance: Tensor


class Adapted(nn.Module):
    """A linear layer with a low-rank change."""

    def __init__(self, base: nn.Linear, rank: int = RANK) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, states: Tensor) -> Tensor:
        """Apply the layer."""
        changed: Tensor = self.base(states) + states @ self.down.T @ self.up.T
        return changed

    def merged(self) -> nn.Linear:
        """Return an ordinary layer that does the same."""
        with torch.no_grad():
            self.base.weight += self.up @ self.down
        return self.base


class ReaderNetwork(nn.Module):
    """The encoder's upper layers with adapters, and heads for span and relevance.

    `apart`, `LOWER_LAYER` or `MIDDLE_LAYER`, tells through how many layers question and passage
    have run before.
    """

    def __init__(self, encoder: BertModel, rank: int = RANK, apart: int = LOWER_LAYER) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.apart = apart
        upper = list(enumerate(encoder.encoder.layer))[apart:]
        self.layers = nn.ModuleDict({str(number): copy.deepcopy(layer) for number, layer in upper})
        self.layers.requires_grad_(requires_grad=False)
        self._each_linear(lambda layer: Adapted(layer, rank))
        self.segment = nn.Embedding(2, size)
        widened = nn.Linear(64, size)
        self.features = nn.Sequential(nn.Linear(_TOKEN_FEATURES, 64), nn.GELU(), widened)
        self.alignment = nn.Linear(size, size, bias=False)
        self.span = nn.Linear(size + _TOKEN_FEATURES, 2)
        self.relevance = nn.Sequential(
            nn.Linear(2 * size + _PAIR_FEATURES, 128), nn.GELU(), nn.Linear(128, 1)
        )
        # Training starts from the encoder as it is.
        for parameter in (
            self.segment.weight,
            widened.weight,
            widened.bias,
            self.alignment.weight,
        ):
            nn.init.zeros_(parameter)

    def forward(self, batch: Batch) -> Scores:
        """Score the pairs."""
        states = batch.states
        mask = ((~batch.attended)[:, None, None, :] * MASKED).to(states.dtype)
        for number, layer in self.layers.items():
            if int(number) == MIDDLE_LAYER:
                states = states + self.segment(batch.segments)
                states = states + self.features(batch.features) + self.alignment(batch.aligned)
            states = layer(states, mask)
        span = self.span(torch.cat([states, batch.features], dim=-1)).float()
        allowed = batch.readable.clone()
        allowed[:, 0] = True
        span = span.masked_fill(~allowed[..., None], MASKED)
        weights = batch.readable[..., None].to(states.dtype)
        passage = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        pooled = torch.cat([states[:, 0], passage, batch.pair_features], dim=-1)
        return Scores(span[..., 0], span[..., 1], self.relevance(pooled)[:, 0].float())

    def adapter(self) -> dict[str, Tensor]:
        """Return what training changed, by name."""
        return {k: v for k, v in self.state_dict().items() if not self._is_encoders(k)}

    @classmethod
    def adapted(
        cls, encoder: BertModel, tensors: dict[str, Tensor], apart: int | None = None
    ) -> Self:
        """Make the network whose `adapter` these tensors are, or one that joins the texts earlier.

        Raises:
            ValueError: they are not of such a network.
        """
        downs = [name for name in tensors if name.endswith(".down")]
        if not downs:
            raise ValueError("the adapter does not fit the network")
        joined_at = min(int(name.split(".")[1]) for name in downs)
        network = cls(encoder, len(tensors[downs[0]]), joined_at if apart is None else apart)
        missing, unexpected = network.load_state_dict(
            {name: tensor.float() for name, tensor in tensors.items()}, strict=False
        )
        fresh = tuple(f"layers.{number}." for number in range(network.apart, joined_at))
        lost = [
            name for name in missing if not (network._is_encoders(name) or name.startswith(fresh))
        ]
        if unexpected or lost:
            raise ValueError("the adapter does not fit the network")
        return network

    def merge_adapters(self) -> None:
        """Make every adapted layer an ordinary one again, which is faster; not for training."""
        self._each_linear(Adapted.merged)

    def _each_linear(self, change: Callable[[Any], nn.Module]) -> None:
        layer: Any  # transformers leaves the types of its parts open
        for layer in self.layers.values():
            for holder, name in (
                (layer.attention.self, "query"),
                (layer.attention.self, "key"),
                (layer.attention.self, "value"),
                (layer.attention.output, "dense"),
                (layer.intermediate, "dense"),
                (layer.output, "dense"),
            ):
                setattr(holder, name, change(getattr(holder, name)))

    @staticmethod
    def _is_encoders(name: str) -> bool:
        return name.startswith("layers.") and not name.endswith((".up", ".down"))


def make_batch(pairs: Sequence[Pair], apart: int = LOWER_LAYER) -> Batch:
    """Make pairs ready for a network with this `apart`."""
    described = [_describe(pair, apart) for pair in pairs]
    lengths = [len(pair.states) for pair in described]
    width = max(lengths)

    def padded(name: str) -> Tensor:
        arrays = [getattr(pair, name) for pair in described]
        whole = np.zeros((len(arrays), width, *arrays[0].shape[1:]), arrays[0].dtype)
        for row, array in enumerate(arrays):
            whole[row, : len(array)] = array
        return torch.from_numpy(whole)

    return Batch(
        states=padded("states"),
        aligned=padded("aligned"),
        features=padded("features"),
        pair_features=torch.from_numpy(np.stack([pair.pair_features for pair in described])),
        segments=padded("segments"),
        attended=torch.arange(width)[None, :] < torch.tensor(lengths)[:, None],
        readable=padded("readable"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Described:
    states: Vectors
    aligned: Vectors
    features: Vectors
    pair_features: Vectors
    segments: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    readable: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def _describe(pair: Pair, apart: int) -> _Described:
    length = pair.question_length
    words = pair.question.is_text[:length]
    if not words.any():
        words = np.ones(length, bool)
    question_ids, passage_ids = pair.question.ids[:length], pair.passage.ids
    question_states = pair.question.middle[:length].astype(np.float32)
    passage_states = pair.passage.middle.astype(np.float32)
    passage_last = pair.passage.last.astype(np.float32)
    by_middle = _unit(passage_states) @ _unit(question_states).T
    by_last = _unit(passage_last) @ _unit(pair.question.last[:length].astype(np.float32)).T
    same = passage_ids[:, None] == question_ids[None, :]
    query = pair.question.embedding - pair.question_mean

    features = np.zeros((length + len(passage_ids), _TOKEN_FEATURES), np.float32)
    of_question, of_passage = features[:length], features[length:]
    of_passage[:, 0] = by_last[:, words].max(axis=1)
    of_passage[:, 1] = by_middle[:, words].max(axis=1)
    of_passage[:, 2] = same[:, words].any(axis=1)
    of_passage[:, 3] = _SCALE * _sentence_similarity(pair, passage_last, query)
    of_passage[:, 4] = _SCALE * (pair.passage.embedding - pair.passage_mean) @ query
    of_question[:, 5] = by_last.max(axis=0)
    of_question[:, 6] = by_middle.max(axis=0)
    of_question[:, 7] = same.any(axis=0)
    of_passage[:, 8] = (passage_last - pair.passage_mean) @ query

    attention = np.exp(_SHARPNESS * by_middle[:, words])
    attention /= attention.sum(axis=1, keepdims=True)
    aligned = np.zeros((length + len(passage_ids), question_states.shape[1]), np.float32)
    aligned[length:] = attention @ question_states[words]
    before, passage_before = (
        states.middle if apart == MIDDLE_LAYER else states.lower
        for states in (pair.question, pair.passage)
    )
    of_pair = (
        of_passage[:, 3].max(),
        of_passage[0, 4],
        of_question[words, 5].mean(),
        of_question[words, 7].mean(),
    )
    segments = np.zeros(len(features), np.int64)
    segments[length:] = 1
    readable = np.zeros(len(features), bool)
    readable[length:] = pair.passage.is_text
    return _Described(
        np.concatenate([before[:length], passage_before]).astype(np.float32),
        aligned,
        features,
        np.array(of_pair, np.float32),
        segments,
        readable,
    )


def _sentence_similarity(pair: Pair, states: Vectors, query: Vectors) -> Vectors:
    """Return for each token how near the mean of its sentence is to the question."""
    similarity = np.zeros(len(states), np.float32)
    for sentence in pair.sentences:
        tokens = tokens_of(pair.passage, sentence)
        if tokens.any():
            mean = states[tokens].mean(axis=0)
            similarity[tokens] = (mean / np.linalg.norm(mean) - pair.passage_mean) @ query
    return similarity


def tokens_of(states: TokenStates, span: Span) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which tokens share a character with `span`."""
    starts, ends = states.spans[:, 0], states.spans[:, 1]
    shared: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        states.is_text & (ends > span.start) & (starts < span.end)
    )
    return shared


def _unit(states: Vectors) -> Vectors:
    unit: Vectors = states / np.linalg.norm(states, axis=1, keepdims=True)
    return unit
