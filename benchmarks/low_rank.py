"""Low-rank changes of the encoder's layers (Hu et al. 2021, "LoRA", arXiv 2106.09685)."""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

RANK = 64


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


def adapted(layer: nn.Module, rank: int = RANK) -> nn.Module:
    """Return a copy of one of BERT's layers in which only low-rank changes are learned."""
    layer = copy.deepcopy(layer)
    layer.requires_grad_(requires_grad=False)
    _each_linear(layer, lambda linear: Adapted(linear, rank))
    return layer


def merge(layers: Iterable[nn.Module]) -> None:
    """Make every adapted linear layer an ordinary one again, which is faster; not for training."""
    for layer in layers:
        _each_linear(layer, Adapted.merged)


def is_encoders(name: str) -> bool:
    """Whether a tensor of this name in a network is the encoder's own, unchanged."""
    return name.startswith("layers.") and not name.endswith((".up", ".down"))


def _each_linear(layer: nn.Module, change: Callable[..., nn.Module]) -> None:
    for holder, name in (
        (layer.attention.self, "query"),
        (layer.attention.self, "key"),
        (layer.attention.self, "value"),
        (layer.attention.output, "dense"),
        (layer.intermediate, "dense"),
        (layer.output, "dense"),
    ):
        setattr(holder, name, change(getattr(holder, name)))
