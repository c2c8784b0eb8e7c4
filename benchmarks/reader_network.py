"""The reader's network as it is trained.

`faq_bot.models.export.reader_graph` is the same as the package runs it.

The question's tokens go through the encoder's last layers, changed by low-rank adapters (Hu et al.
2021, "LoRA", arXiv 2106.09685), and see in each the passage's tokens as the encoder alone has left
them. Each of the passage's tokens then looks once at the question's, and says whether an answer
begins or ends there.
"""

from collections.abc import Mapping
from typing import Self

import torch
from low_rank import RANK, adapted, is_encoders
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from faq_bot.models.network_shape import (
    DIMENSION,
    PAIR_FEATURES,
    SPAN_DIMENSION,
    SPAN_HEADS,
    SPAN_SCALE,
    TOKEN_FEATURES,
    TOLD_LAYERS,
)

MASKED = -1e4
HEADS = 12
READING_LAYERS = TOLD_LAYERS[:-1]

Batch = Mapping[str, Tensor]


class Look(nn.Module):
    """Lets the passage's tokens attend to each other or to the question."""

    def __init__(self, seen: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(SPAN_DIMENSION)
        self.query = nn.Linear(SPAN_DIMENSION, SPAN_DIMENSION)
        self.key = nn.Linear(seen, SPAN_DIMENSION)
        self.value = nn.Linear(seen, SPAN_DIMENSION)
        self.output = nn.Linear(SPAN_DIMENSION, SPAN_DIMENSION)
        for parameter in self.output.parameters():
            nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor, seen: Tensor | None, mask: Tensor) -> Tensor:
        """Return what is to be added to the tokens; `mask` is 1 where there is something to see."""
        normed = self.norm(tokens)
        seen = normed if seen is None else seen
        query = _by_head(self.query(normed), SPAN_HEADS)
        attended = functional.scaled_dot_product_attention(
            query,
            _by_head(self.key(seen), SPAN_HEADS),
            _by_head(self.value(seen), SPAN_HEADS),
            attn_mask=((1 - mask) * MASKED)[:, None, None, :].to(query.dtype),
        )
        return self.output(attended.transpose(1, 2).flatten(2))


class SpanHead(nn.Module):
    """Says of each of the passage's tokens whether an answer begins or ends there."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(DIMENSION, SPAN_DIMENSION)
        self.first = nn.Linear(DIMENSION, SPAN_DIMENSION)
        self.key = nn.Linear(DIMENSION, SPAN_DIMENSION)
        self.question_key = nn.Linear(DIMENSION, SPAN_DIMENSION)
        self.question_value = nn.Linear(DIMENSION, SPAN_DIMENSION)
        self.whole = nn.Linear(DIMENSION, SPAN_DIMENSION)
        self.features = _two_layers(TOKEN_FEATURES, 64, SPAN_DIMENSION)
        self.norm = nn.LayerNorm(SPAN_DIMENSION)
        self.inner = _two_layers(SPAN_DIMENSION, SPAN_DIMENSION, SPAN_DIMENSION)
        self.own = Look(SPAN_DIMENSION)
        self.asked = Look(DIMENSION)
        self.wide_norm = nn.LayerNorm(SPAN_DIMENSION)
        self.wide = _two_layers(SPAN_DIMENSION, 3 * SPAN_DIMENSION, SPAN_DIMENSION)
        for parameter in self.wide[2].parameters():
            nn.init.zeros_(parameter)
        self.logits = nn.Linear(SPAN_DIMENSION, 2)

    def forward(self, states: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the logits, shape (pairs, passage's tokens, 2), and the tokens' own states."""
        last, first = batch[f"after{TOLD_LAYERS[-1]}"], batch[f"after{TOLD_LAYERS[0]}"]
        likeness = self.key(last) @ self.question_key(states).transpose(1, 2) / SPAN_SCALE
        likeness = likeness + ((1 - batch["asked"]) * MASKED)[:, None, :]
        told = likeness.softmax(dim=-1) @ self.question_value(states)
        tokens = self.last(last) + self.first(first) + self.features(batch["features"])
        tokens = self.norm(tokens + told + self.whole(states[:, :1]))
        tokens = tokens + self.inner(tokens)
        refined = tokens + self.own(tokens, None, batch["read"])
        refined = refined + self.asked(refined, states, batch["asked"])
        refined = refined + self.wide(self.wide_norm(refined))
        return self.logits(functional.gelu(refined)).float(), tokens


class ReaderNetwork(nn.Module):
    """The network; what it learns is in `state_dict` without the encoder's own weights."""

    def __init__(self, encoder: BertModel, rank: int = RANK) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {str(number): adapted(encoder.encoder.layer[number], rank) for number in READING_LAYERS}
        )
        self.question_kind = nn.Parameter(torch.zeros(DIMENSION))
        self.passage_kind = nn.Parameter(torch.zeros(len(READING_LAYERS), DIMENSION))
        self.features = _two_layers(TOKEN_FEATURES, 64, DIMENSION)
        self.alignment = nn.Linear(DIMENSION, DIMENSION, bias=False)
        self.attention = nn.ModuleList([nn.Linear(TOKEN_FEATURES, HEADS) for _ in READING_LAYERS])
        self.span = SpanHead()
        self.no_answer = nn.Linear(DIMENSION, 2)
        pooled = 2 * DIMENSION + SPAN_DIMENSION + PAIR_FEATURES
        self.relevance = _two_layers(pooled, 128, 1)
        # Training starts from the encoder as it is.
        for layer in (self.alignment, self.features[2], *self.attention):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the logits of spans and relevance.

        `batch` has the inputs of `reader_graph.reader_graph` but that `asked` and `read`, 1 where
        there is a token, stand for `mask`, and the passage's states `after8` and so on for what is
        kept of them. The first has the shape (pairs, 1 + passage's tokens, 2) and begins with that
        of no answer, the second (pairs,).
        """
        states = batch["states"] + self.question_kind
        states = states + self.features(batch["question_features"])
        states = states + self.alignment(batch["aligned"])
        mask = (1 - torch.cat([batch["asked"], batch["read"]], dim=1)) * MASKED
        for place, number in enumerate(READING_LAYERS):
            more = self.attention[place](batch["features"]).transpose(1, 2)[:, :, None, :]
            more = mask[:, None, None, :] + functional.pad(more, (states.shape[1], 0))
            seen = batch[f"after{number}"] + self.passage_kind[place]
            states = self._layer(self.layers[str(number)], states, seen, more)
        span, tokens = self.span(states, batch)
        span = span.masked_fill(batch["readable"][..., None] == 0, MASKED)
        none = self.no_answer(states[:, 0]).float()
        pooled = torch.cat(
            [
                states[:, 0],
                _mean(states, batch["words"]),
                _mean(tokens, batch["readable"]),
                batch["pair_features"],
            ],
            dim=-1,
        )
        return torch.cat([none[:, None], span], dim=1), self.relevance(pooled)[:, 0].float()

    @staticmethod
    def _layer(layer: nn.Module, states: Tensor, seen: Tensor, more: Tensor) -> Tensor:
        attention = layer.attention.self

        both = torch.cat([states, seen], dim=1)
        query = _by_head(attention.query(states), HEADS)
        attended = functional.scaled_dot_product_attention(
            query,
            _by_head(attention.key(both), HEADS),
            _by_head(attention.value(both), HEADS),
            attn_mask=more.expand(-1, -1, states.shape[1], -1).to(query.dtype),
        )
        states = layer.attention.output(attended.transpose(1, 2).flatten(2), states)
        return layer.output(layer.intermediate(states), states)

    def learned(self) -> dict[str, Tensor]:
        """Return what training changed, by name."""
        return {name: tensor for name, tensor in self.state_dict().items() if not is_encoders(name)}

    @classmethod
    def of(cls, encoder: BertModel, learned: Mapping[str, Tensor]) -> Self:
        """Make the network that has learned these tensors.

        Raises:
            ValueError: they are not of such a network.
        """
        ranks = [len(tensor) for name, tensor in learned.items() if name.endswith(".down")]
        network = cls(encoder, ranks[0] if ranks else RANK)
        tensors = {name: tensor.float() for name, tensor in learned.items()}
        missing, unexpected = network.load_state_dict(tensors, strict=False)
        if unexpected or not all(map(is_encoders, missing)):
            raise ValueError("the tensors do not fit the network")
        return network


def _two_layers(inputs: int, inner: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, inner), nn.GELU(), nn.Linear(inner, outputs))


def _by_head(projected: Tensor, heads: int) -> Tensor:
    return projected.unflatten(2, (heads, -1)).transpose(1, 2)


def _mean(states: Tensor, weights: Tensor) -> Tensor:
    return (states * weights[..., None]).sum(dim=1) / weights.sum(dim=1, keepdim=True).clamp(min=1)
