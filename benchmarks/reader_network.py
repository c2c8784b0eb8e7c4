"""The network that reads a question and a passage together, as it is trained.

Question and passage run apart through the lower layers of the encoder (Cao et al. 2020,
"DeFormer", arXiv 2005.00697). The upper layers, which see both, are the encoder's own, changed by
low-rank adapters (Hu et al. 2021, "LoRA", arXiv 2106.09685). What retrieval knows is given to each
token as a feature before the last of them (see `faq_bot.reader_inputs`). The package runs the
trained network as the ONNX graph of `faq_bot.reader_graph`.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from transformers import BertModel

from faq_bot.model_shape import LOWER_LAYER, MIDDLE_LAYER, PAIR_FEATURES, TOKEN_FEATURES
from faq_bot.reader_inputs import Batch

RANK = 32
MASKED = -1e4


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
        states = torch.from_numpy(batch.states)
        features = torch.from_numpy(batch.features)
        readable = torch.from_numpy(batch.readable)
        mask = (1 - torch.from_numpy(batch.mask))[:, None, None, :] * MASKED
        for number, layer in self.layers.items():
            if int(number) == MIDDLE_LAYER:
                states = states + self.segment(torch.from_numpy(batch.of_passage).long())
                states = states + self.features(features)
                states = states + self.alignment(torch.from_numpy(batch.aligned))
            states = layer(states, mask)
        span = self.span(torch.cat([states, features], dim=-1)).float()
        allowed = readable > 0
        allowed[:, 0] = True
        span = span.masked_fill(~allowed[..., None], MASKED)
        weights = readable[..., None]
        passage = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        pooled = torch.cat([states[:, 0], passage, torch.from_numpy(batch.pair_features)], dim=-1)
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
