"""The reader as it is trained: `faq_bot.models.export.reader_graph` is the same as it runs.

Question and passage run apart through the lower layers of the encoder (Cao et al. 2020,
"DeFormer", arXiv 2005.00697). The upper layers, which see both, begin as the encoder's own. What
retrieval knows is given to each token as a feature on the way (see
`faq_bot.models.reader_features`).
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertModel

from faq_bot.models.network_shape import (
    JOINED_LAYER,
    LAYERS,
    PAIR_FEATURES,
    TOKEN_FEATURES,
    TOLD_LAYER,
)
from faq_bot.models.reader_features import Question, ReadablePassage, reader_inputs

MASKED = -1e4

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

    A question's tokens come first, then the passage's (`reader_features.reader_inputs`); `mask` is
    1 where there is a token.
    """

    states: Tensor
    aligned: Tensor
    features: Tensor
    of_passage: Tensor
    readable: Tensor
    pair_features: Tensor
    mask: Tensor

    def to(self, device: torch.device) -> Self:
        """Return it on a device."""
        return type(self)(*(getattr(self, field.name).to(device) for field in fields(self)))


class ReaderNetwork(nn.Module):
    """The encoder's upper layers, and heads for span and relevance."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        # PyTorch's fused attention gives the same and takes twice as long to learn on processors.
        encoder.set_attn_implementation("eager")
        upper = {
            str(n): copy.deepcopy(encoder.encoder.layer[n]) for n in range(JOINED_LAYER, LAYERS)
        }
        self.layers = nn.ModuleDict(upper)
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

    @classmethod
    def of(cls, encoder: BertModel, learned: Mapping[str, np.ndarray]) -> Self:
        """Make the network that has learned these tensors.

        Raises:
            ValueError: they are not of such a network.
        """
        network = cls(encoder)
        try:
            network.load_state_dict({n: torch.from_numpy(one) for n, one in learned.items()})
        except RuntimeError as error:
            raise ValueError("the tensors do not fit the network") from error
        return network

    def forward(self, batch: Batch) -> Scores:
        """Score the pairs."""
        states, features, readable = batch.states, batch.features, batch.readable
        mask = (1 - batch.mask)[:, None, None, :] * MASKED
        for number, layer in self.layers.items():
            if int(number) == TOLD_LAYER:
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

    def learned(self) -> dict[str, np.ndarray]:
        """Return all weights by name."""
        return {name: one.detach().float().cpu().numpy() for name, one in self.state_dict().items()}


def make_batch(pairs: Sequence[Pair]) -> Batch:
    """Make pairs ready for the network."""
    inputs = [dict(reader_inputs(*pair)) for pair in pairs]
    for one in inputs:
        one["mask"] = np.ones(len(one["states"]), np.float32)
    width = max(len(one["states"]) for one in inputs)

    def padded(name: str) -> Tensor:
        arrays = [one[name] for one in inputs]
        whole = np.zeros((len(arrays), width, *arrays[0].shape[1:]), np.float32)
        for row, array in enumerate(arrays):
            whole[row, : len(array)] = array
        return torch.from_numpy(whole)

    names = ("states", "aligned", "features", "of_passage", "readable", "mask")
    whole = torch.from_numpy(np.stack([one["pair_features"] for one in inputs]))
    return Batch(pair_features=whole, **{name: padded(name) for name in names})
