"""The reader as an ONNX graph: the encoder's upper layers as training has changed them, and heads.

`benchmarks/reader_network.py` is the same network as it is trained, and says what its parts do.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from faq_bot.encoder_graph import encoder_layer
from faq_bot.model_shape import MIDDLE_LAYER, PAIR_FEATURES, TOKEN_FEATURES
from faq_bot.network_graph import Graph, Layer, Linear
from faq_bot.settings import Precision
from faq_bot.weights_file import WeightsFile

Tensors = Mapping[str, NDArray[np.float32]]

_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
}


def first_layer(tensors: Tensors) -> int:
    """Return the number of the first layer in which question and passage see each other."""
    return min(int(name.split(".")[1]) for name in tensors if name.endswith(".down"))


def reader_graph(weights: WeightsFile, tensors: Tensors, precision: Precision) -> onnx.ModelProto:
    """Return the reader whose trained `tensors` these are.

    Inputs, all float32 but for the int32 `mask`: `states` and `aligned`, shape (pairs, tokens,
    dimension), `features`, shape (pairs, tokens, TOKEN_FEATURES), `pair_features`, shape (pairs,
    PAIR_FEATURES), and of the shape (pairs, tokens) `mask`, 1 where there is a token, `of_passage`,
    1 in the passage, and `readable`, 1 in the passage's own text. Outputs are logits: `span`, shape
    (pairs, tokens, 2), of an answer that begins or ends there, and `relevance`, shape (pairs, 1).
    """
    graph = Graph(precision, weights.layer_norm_epsilon)
    states = "states"
    for number in range(first_layer(tensors), weights.layers):
        if number == MIDDLE_LAYER:
            states = _with_features(graph, states, tensors)
        states = graph.layer(states, "mask", _changed(weights, number, tensors), weights.heads)
    span = graph.linear(graph.node("Concat", states, "features", axis=2), _linear(tensors, "span"))
    of_tokens = ("pairs", "tokens")
    of_states = (*of_tokens, weights.hidden)
    return graph.model(
        {
            "states": (TensorProto.FLOAT, of_states),
            "aligned": (TensorProto.FLOAT, of_states),
            "features": (TensorProto.FLOAT, (*of_tokens, TOKEN_FEATURES)),
            "pair_features": (TensorProto.FLOAT, ("pairs", PAIR_FEATURES)),
            "mask": (TensorProto.INT32, of_tokens),
            "of_passage": (TensorProto.FLOAT, of_tokens),
            "readable": (TensorProto.FLOAT, of_tokens),
        },
        {
            "span": (span, (*of_tokens, 2)),
            "relevance": (_relevance(graph, states, tensors), ("pairs", 1)),
        },
    )


def _with_features(graph: Graph, states: str, tensors: Tensors) -> str:
    """Tell each token to which text it belongs and how well it is aligned with the other."""
    question, passage = tensors["segment.weight"]
    column = graph.node("Unsqueeze", "of_passage", graph.constant([2], np.int64))
    segment = graph.node(
        "Add",
        graph.node("Mul", column, graph.constant(passage - question)),
        graph.constant(question),
    )
    inner = graph.own("Gelu", graph.linear("features", _linear(tensors, "features.0")))
    aligned = graph.node("MatMul", "aligned", graph.constant(tensors["alignment.weight"].T))
    told = (segment, graph.linear(inner, _linear(tensors, "features.2")), aligned)
    for one in told:
        states = graph.node("Add", states, one)
    return states


def _relevance(graph: Graph, states: str, tensors: Tensors) -> str:
    axis = graph.constant([1], np.int64)
    weights = graph.node("Unsqueeze", "readable", graph.constant([2], np.int64))
    total = graph.node("ReduceSum", graph.node("Mul", states, weights), axis, keepdims=0)
    count = graph.node("ReduceSum", weights, axis, keepdims=0)
    passage = graph.node("Div", total, graph.node("Max", count, graph.constant(1)))
    first = graph.node("Gather", states, graph.constant(0, np.int64), axis=1)
    pooled = graph.node("Concat", first, passage, "pair_features", axis=1)
    inner = graph.own("Gelu", graph.linear(pooled, _linear(tensors, "relevance.0")))
    return graph.linear(inner, _linear(tensors, "relevance.2"))


def _changed(weights: WeightsFile, number: int, tensors: Tensors) -> Layer:
    """Return a layer of the encoder with its low-rank changes."""
    layer = encoder_layer(weights, number)
    changed = {}
    for part, name in _PARTS.items():
        linear: Linear = getattr(layer, part)
        up, down = (tensors[f"layers.{number}.{name}.{side}"] for side in ("up", "down"))
        changed[part] = Linear(linear.weight + up @ down, linear.bias)
    return Layer(**changed, attention_norm=layer.attention_norm, output_norm=layer.output_norm)


def _linear(tensors: Tensors, name: str) -> Linear:
    return Linear(tensors[f"{name}.weight"], tensors[f"{name}.bias"])
