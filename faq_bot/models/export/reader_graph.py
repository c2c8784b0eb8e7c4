"""The reader as an ONNX graph: the encoder's upper layers, in which both texts see each other.

Question and passage run apart through the lower layers (Cao et al. 2020, "DeFormer", arXiv
2005.00697), so that a passage's part of these is computed once and kept.
`benchmarks/reader_network.py` is the same network as it is trained.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from faq_bot.core.settings import Precision
from faq_bot.models.export.network_graph import Graph, Layer, Linear, Norm
from faq_bot.models.export.weights_file import WeightsFile
from faq_bot.models.network_shape import (
    DIMENSION,
    JOINED_LAYER,
    LAYERS,
    PAIR_FEATURES,
    TOKEN_FEATURES,
    TOLD_LAYER,
)

Tensors = Mapping[str, NDArray[np.float32]]


def reader_graph(weights: WeightsFile, tensors: Tensors, precision: Precision) -> onnx.ModelProto:
    """Return the reader whose trained `tensors` these are.

    Inputs are those of `reader_features.reader_inputs`. Outputs are logits: `span`, shape (1,
    tokens, 2), of an answer that begins or ends at a token, where token 0 stands for no answer, and
    `relevance`, shape (1, 1).
    """
    graph = Graph(precision, weights.layer_norm_epsilon)
    states = "states"
    for number in range(JOINED_LAYER, LAYERS):
        if number == TOLD_LAYER:
            states = _told(graph, states, tensors)
        states = graph.layer(states, "", _layer(tensors, number), weights.heads)
    both = graph.node("Concat", states, "features", axis=2)
    first = graph.node("Gather", states, graph.constant(0, np.int64), axis=1)
    pooled = graph.node("Concat", first, _mean(graph, states), "pair_features", axis=1)
    inner = graph.own("Gelu", graph.linear(pooled, _linear(tensors, "relevance.0")))
    tokens = (1, "tokens")
    inputs: dict[str, tuple[str | int, ...]] = {
        "states": (*tokens, DIMENSION),
        "aligned": (*tokens, DIMENSION),
        "features": (*tokens, TOKEN_FEATURES),
        "of_passage": tokens,
        "readable": tokens,
        "pair_features": (1, PAIR_FEATURES),
    }
    return graph.model(
        {name: (TensorProto.FLOAT, shape) for name, shape in inputs.items()},
        {
            "span": (graph.linear(both, _linear(tensors, "span")), (*tokens, 2)),
            "relevance": (graph.linear(inner, _linear(tensors, "relevance.2")), (1, 1)),
        },
    )


def _told(graph: Graph, states: str, tensors: Tensors) -> str:
    """Tell each token whose it is and what retrieval knows of it."""
    question, passage = tensors["segment.weight"]
    states = graph.node("Add", states, graph.constant(question))
    column = graph.node("Unsqueeze", "of_passage", graph.constant([2], np.int64))
    more = graph.node("Mul", column, graph.constant(passage - question))
    inner = graph.own("Gelu", graph.linear("features", _linear(tensors, "features.0")))
    features = graph.linear(inner, _linear(tensors, "features.2"))
    aligned = graph.node("MatMul", "aligned", graph.constant(tensors["alignment.weight"].T))
    for one in (more, features, aligned):
        states = graph.node("Add", states, one)
    return states


def _mean(graph: Graph, states: str) -> str:
    """Return the mean state of the passage's own text."""
    axis = graph.constant([1], np.int64)
    column = graph.node("Unsqueeze", "readable", graph.constant([2], np.int64))
    total = graph.node("ReduceSum", graph.node("Mul", states, column), axis, keepdims=0)
    count = graph.node("ReduceSum", column, axis, keepdims=0)
    return graph.node("Div", total, graph.node("Max", count, graph.constant(1)))


def _layer(tensors: Tensors, number: int) -> Layer:
    def linear(name: str) -> Linear:
        return _linear(tensors, f"layers.{number}.{name}")

    def norm(name: str) -> Norm:
        own = f"layers.{number}.{name}.LayerNorm"
        return Norm(tensors[f"{own}.weight"], tensors[f"{own}.bias"])

    return Layer(
        query=linear("attention.self.query"),
        key=linear("attention.self.key"),
        value=linear("attention.self.value"),
        attention_output=linear("attention.output.dense"),
        attention_norm=norm("attention.output"),
        intermediate=linear("intermediate.dense"),
        output=linear("output.dense"),
        output_norm=norm("output"),
    )


def _linear(tensors: Tensors, name: str) -> Linear:
    return Linear(tensors[f"{name}.weight"], tensors[f"{name}.bias"])
