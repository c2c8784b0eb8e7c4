"""The network that reads a question and a passage together, from which the reader learns.

Question and passage run apart through the lower layers of the encoder (Cao et al. 2020,
"DeFormer", arXiv 2005.00697). The upper layers, which see both, are the encoder's own, changed by
low-rank adapters (Hu et al. 2021, "LoRA", arXiv 2106.09685). What retrieval knows is given to each
token as a feature before the last of them (see `faq_bot.models.reader_features`). It reads
best, but a question costs as much as all tokens of the passages read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from low_rank import RANK, adapted, is_encoders, merge
from torch import Tensor, nn
from transformers import BertModel

from faq_bot.models.network_shape import PAIR_FEATURES, TOKEN_FEATURES
from faq_bot.models.reader_features import Question, ReadablePassage, align

LOWER_LAYER, MIDDLE_LAYER = 4, 8
MASKED = -1e4
_SHARPNESS = 20.0

Pair = tuple[Question, ReadablePassage]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Logits. `start` and `end`, shape (pairs, tokens), have "no answer" at token 0."""

    start: Tensor
    end: Tensor
    relevance: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pairs made ready for the network; the first dimension counts pairs, the second tokens.

    A question's tokens come first, then the passage's.
    """

    states: Tensor
    aligned: Tensor
    features: Tensor
    pair_features: Tensor
    mask: Tensor
    of_passage: Tensor
    readable: Tensor


class JointNetwork(nn.Module):
    """The encoder's upper layers with low-rank changes, and heads for span and relevance.

    `apart`, `LOWER_LAYER` or `MIDDLE_LAYER`, tells through how many layers question and passage
    have run before.
    """

    def __init__(self, encoder: BertModel, rank: int = RANK, apart: int = LOWER_LAYER) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.apart = apart
        self.is_whole = False
        upper = list(enumerate(encoder.encoder.layer))[apart:]
        self.layers = nn.ModuleDict({str(number): adapted(layer, rank) for number, layer in upper})
        self.segment = nn.Embedding(2, size)
        widened = nn.Linear(64, size)
        self.features = nn.Sequential(nn.Linear(TOKEN_FEATURES, 64), nn.GELU(), widened)
        self.alignment = nn.Linear(size, size, bias=False)
        self.span = nn.Linear(size + TOKEN_FEATURES, 2)
        self.relevance = nn.Sequential(
            nn.Linear(2 * size + PAIR_FEATURES, 128), nn.GELU(), nn.Linear(128, 1)
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
        states, features, readable = batch.states, batch.features, batch.readable
        mask = (1 - batch.mask)[:, None, None, :] * MASKED
        for number, layer in self.layers.items():
            if int(number) == MIDDLE_LAYER:
                states = states + self.segment(batch.of_passage.long())
                states = states + self.features(features)
                states = states + self.alignment(batch.aligned)
            states = layer(states, mask)
        span = self.span(torch.cat([states, features], dim=-1)).float()
        allowed = readable > 0
        allowed[:, 0] = True
        span = span.masked_fill(~allowed[..., None], MASKED)
        weights = readable[..., None]
        passage = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        pooled = torch.cat([states[:, 0], passage, batch.pair_features], dim=-1)
        return Scores(span[..., 0], span[..., 1], self.relevance(pooled)[:, 0].float())

    def learned(self) -> dict[str, Tensor]:
        """Return what training changed, by name."""
        whole = self.is_whole
        return {n: one for n, one in self.state_dict().items() if whole or not is_encoders(n)}

    @classmethod
    def of(
        cls, encoder: BertModel, learned: Mapping[str, Tensor], apart: int | None = None
    ) -> Self:
        """Make the network that has learned these tensors, or one that joins the texts earlier.

        Raises:
            ValueError: they are not of such a network.
        """
        of_layers = [name for name in learned if name.startswith("layers.")]
        if not of_layers:
            raise ValueError("the tensors do not fit the network")
        joined_at = min(int(name.split(".")[1]) for name in of_layers)
        rank = next((len(learned[name]) for name in of_layers if name.endswith(".down")), RANK)
        network = cls(encoder, rank, joined_at if apart is None else apart)
        if not any(name.endswith(".down") for name in of_layers):
            network.loosen()
        missing, unexpected = network.load_state_dict(
            {name: tensor.float() for name, tensor in learned.items()}, strict=False
        )
        fresh = tuple(f"layers.{number}." for number in range(network.apart, joined_at))
        lost = [name for name in missing if not (is_encoders(name) or name.startswith(fresh))]
        if unexpected or lost:
            raise ValueError("the tensors do not fit the network")
        return network

    def loosen(self) -> None:
        """Learn all weights of the layers from now on, not low-rank changes of them."""
        self.merge()
        self.is_whole = True
        self.layers.requires_grad_(requires_grad=True)

    def merge(self) -> None:
        """Make low-rank changes part of the layers, which is faster; they are learned no more."""
        if not self.is_whole:
            merge(self.layers.values())


def make_batch(pairs: Sequence[Pair], apart: int = LOWER_LAYER) -> Batch:
    """Make pairs ready for a network with this `apart`."""
    described = [_described(*pair, apart) for pair in pairs]
    width = max(len(one["states"]) for one in described)

    def padded(name: str) -> Tensor:
        arrays = [one[name] for one in described]
        whole = np.zeros((len(arrays), width, *arrays[0].shape[1:]), np.float32)
        for row, array in enumerate(arrays):
            whole[row, : len(array)] = array
        return torch.from_numpy(whole)

    names = ("states", "aligned", "features", "mask", "of_passage", "readable")
    whole = torch.from_numpy(np.stack([one["whole"] for one in described]))
    return Batch(pair_features=whole, **{name: padded(name) for name in names})


def _described(question: Question, passage: ReadablePassage, apart: int) -> dict[str, np.ndarray]:
    pair = align(question, passage)
    length, words = question.length, question.words
    asked = question.states.middle[:length].astype(np.float32)
    likeness = passage.middle.units @ question.middle.units[words].T
    attention = np.exp(_SHARPNESS * likeness)
    attention /= attention.sum(axis=1, keepdims=True)
    tokens = len(passage.states.ids)
    return {
        "states": np.concatenate(
            [question.states.after[apart][:length], passage.states.after[apart]]
        ).astype(np.float32),
        "aligned": np.concatenate([np.zeros_like(asked), attention @ asked[words]]),
        "features": np.concatenate([pair.question, pair.passage]),
        "mask": np.ones(length + tokens, np.float32),
        "of_passage": np.repeat([0.0, 1.0], [length, tokens]),
        "readable": np.concatenate([np.zeros(length), passage.states.is_text]),
        "whole": pair.whole,
    }
