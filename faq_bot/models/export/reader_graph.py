"""The reader as ONNX graphs: what it keeps of a passage, and how a question reads passages.

The question's tokens go through the encoder's last layers, changed by training, and see in each the
passage's tokens as the encoder alone has left them (MacAvaney et al. 2020, "PreTTR",
arXiv 2004.14255, and Gao et al. 2020, "Modularized transfomer-based ranking framework",
arXiv 2004.13313, who spare the passage the layers as well). So a passage's part is computed once,
and a question costs only its own few tokens. `benchmarks/reader_network.py` is the same network as
it is trained.
"""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from faq_bot.core.settings import Precision
from faq_bot.models.export.encoder_graph import encoder_layer
from faq_bot.models.export.network_graph import Graph, Layer, Linear, Norm, Seen
from faq_bot.models.export.weights_file import WeightsFile
from faq_bot.models.network_shape import (
    DIMENSION,
    PAIR_FEATURES,
    SPAN_DIMENSION,
    SPAN_HEADS,
    SPAN_SCALE,
    TOKEN_FEATURES,
    TOLD_LAYERS,
)

Tensors = Mapping[str, NDArray[np.float32]]

READING_LAYERS = TOLD_LAYERS[:-1]  # counted from 0: each sees the passage as it enters the layer

_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
}


def passage_graph(weights: WeightsFile, tensors: Tensors) -> onnx.ModelProto:
    """Return what the reader keeps of one passage, in float32.

    Inputs are the encoder's states of its tokens, shape (tokens, dimension), by their names there.
    Outputs are `keys` and `values`, shape (layers, tokens, dimension), and `spans`, shape (tokens,
    2 * SPAN_DIMENSION).
    """
    graph = Graph("float32", weights.layer_norm_epsilon)
    found: dict[str, list[str]] = {"keys": [], "values": []}
    for place, number in enumerate(READING_LAYERS):
        layer = _changed(weights, number, tensors)
        kind = graph.constant(tensors["passage_kind"][place])
        states = graph.node("Add", f"after{number}", kind)
        for name, linear in (("keys", layer.key), ("values", layer.value)):
            product = graph.node("MatMul", states, graph.constant(linear.weight.T))
            axis = graph.constant([0], np.int64)
            found[name].append(graph.node("Unsqueeze", product, axis))
    first, last = f"after{TOLD_LAYERS[0]}", f"after{TOLD_LAYERS[-1]}"
    spans = graph.node(
        "Concat",
        graph.node(
            "Add",
            graph.linear(last, _linear(tensors, "span.last")),
            graph.linear(first, _linear(tensors, "span.first")),
        ),
        graph.linear(last, _linear(tensors, "span.key")),
        axis=1,
    )
    shape = (len(READING_LAYERS), "tokens", DIMENSION)
    return graph.model(
        {f"after{number}": (TensorProto.FLOAT, ("tokens", DIMENSION)) for number in TOLD_LAYERS},
        {
            "keys": (graph.node("Concat", *found["keys"], axis=0), shape),
            "values": (graph.node("Concat", *found["values"], axis=0), shape),
            "spans": (spans, ("tokens", 2 * SPAN_DIMENSION)),
        },
    )


def reader_graph(weights: WeightsFile, tensors: Tensors, precision: Precision) -> onnx.ModelProto:
    """Return the reader whose trained `tensors` these are.

    Inputs are those of `reader_inputs.reader_inputs`: what is kept of the passage is float16, the
    rest float32. Outputs are logits: `span`, shape (1, passage's tokens, 2), of an answer that
    begins or ends there, `none`, shape (1, 2), of no answer, and `relevance`, shape (1, 1).
    """
    graph = Graph(precision, weights.layer_norm_epsilon)
    states = _beginning(graph, tensors)
    keys, values = (_by_layer(graph, name) for name in ("keys", "values"))
    for place, number in enumerate(READING_LAYERS):
        layer = _changed(weights, number, tensors)
        attention = _attention(graph, _linear(tensors, f"attention.{place}"))
        seen = Seen(keys[place], values[place], attention)
        states = graph.layer(states, "", layer, weights.heads, seen)
    first = graph.node("Gather", states, graph.constant(0, np.int64), axis=1)
    tokens = _spans(graph, states, first, tensors)
    gelu = graph.own("Gelu", _refined(graph, tokens, states, tensors))
    of_question, of_passage = (1, "question's tokens"), (1, "passage's tokens")
    of_layers = (len(READING_LAYERS), "passage's tokens", DIMENSION)
    inputs: dict[str, tuple[str | int, ...]] = {
        "states": (*of_question, DIMENSION),
        "words": of_question,
        "question_features": (*of_question, TOKEN_FEATURES),
        "aligned": (*of_question, DIMENSION),
        "features": (*of_passage, TOKEN_FEATURES),
        "readable": of_passage,
        "pair_features": (1, PAIR_FEATURES),
    }
    kept: dict[str, tuple[str | int, ...]] = {
        "keys": of_layers,
        "values": of_layers,
        "spans": (*of_passage, 2 * SPAN_DIMENSION),
    }
    return graph.model(
        {name: (TensorProto.FLOAT, shape) for name, shape in inputs.items()}
        | {name: (TensorProto.FLOAT16, shape) for name, shape in kept.items()},
        {
            "span": (graph.linear(gelu, _linear(tensors, "span.logits")), (*of_passage, 2)),
            "none": (graph.linear(first, _linear(tensors, "no_answer")), (1, 2)),
            "relevance": (_relevance(graph, states, first, tokens, tensors), (1, 1)),
        },
    )


def _beginning(graph: Graph, tensors: Tensors) -> str:
    """Tell the question's tokens whose they are and how well they are aligned with the passage."""
    states = graph.node("Add", "states", graph.constant(tensors["question_kind"]))
    inner = graph.own("Gelu", graph.linear("question_features", _linear(tensors, "features.0")))
    states = graph.node("Add", states, graph.linear(inner, _linear(tensors, "features.2")))
    aligned = graph.node("MatMul", "aligned", graph.constant(tensors["alignment.weight"].T))
    return graph.node("Add", states, aligned)


def _in_float32(graph: Graph, name: str) -> str:
    return graph.node("Cast", name, to=TensorProto.FLOAT)


def _by_layer(graph: Graph, name: str) -> list[str]:
    layers = len(READING_LAYERS)
    return graph.several("Split", layers, _in_float32(graph, name), axis=0, num_outputs=layers)


def _attention(graph: Graph, linear: Linear) -> str:
    """Return how much more the passage's tokens are to be attended to by what is known of them."""
    by_head = graph.node("Transpose", graph.linear("features", linear), perm=[0, 2, 1])
    by_head = graph.node("Unsqueeze", by_head, graph.constant([2], np.int64))
    length = graph.node("Shape", "states", start=1, end=2)
    none, three = graph.constant([0], np.int64), graph.constant([0, 0, 0], np.int64)
    padding = graph.node("Concat", three, length, three, none, axis=0)
    padded = graph.node("Pad", by_head, padding)
    ones = graph.constant([1], np.int64)
    return graph.node("Expand", padded, graph.node("Concat", ones, ones, length, ones, axis=0))


def _spans(graph: Graph, states: str, first: str, tensors: Tensors) -> str:
    """Let each of the passage's tokens look at the question as it is after reading."""
    split = graph.constant([SPAN_DIMENSION, SPAN_DIMENSION], np.int64)
    own, key = graph.several("Split", 2, _in_float32(graph, "spans"), split, axis=2)
    their_keys = graph.linear(states, _linear(tensors, "span.question_key"))
    likeness = graph.node("MatMul", key, graph.node("Transpose", their_keys, perm=[0, 2, 1]))
    scaled = graph.node("Mul", likeness, graph.constant(1 / SPAN_SCALE))
    told = graph.node(
        "MatMul",
        graph.node("Softmax", scaled, axis=-1),
        graph.linear(states, _linear(tensors, "span.question_value")),
    )
    inner = graph.own("Gelu", graph.linear("features", _linear(tensors, "span.features.0")))
    about = graph.linear(inner, _linear(tensors, "span.features.2"))
    whole = graph.linear(first, _linear(tensors, "span.whole"))
    whole = graph.node("Unsqueeze", whole, graph.constant([1], np.int64))
    tokens = own
    for one in (about, told, whole):
        tokens = graph.node("Add", tokens, one)
    tokens = _normed(graph, tokens, "span.norm", tensors)
    inner = graph.own("Gelu", graph.linear(tokens, _linear(tensors, "span.inner.0")))
    return graph.node("Add", tokens, graph.linear(inner, _linear(tensors, "span.inner.2")))


def _refined(graph: Graph, tokens: str, states: str, tensors: Tensors) -> str:
    """Let the passage's tokens attend to each other and once more to the question."""
    for name in ("own", "asked"):
        normed = _normed(graph, tokens, f"span.{name}.norm", tensors)
        seen = normed if name == "own" else states
        parts = [
            graph.linear(value, _linear(tensors, f"span.{name}.{part}"))
            for part, value in (("query", normed), ("key", seen), ("value", seen))
        ]
        attended = graph.own("MultiHeadAttention", *parts, num_heads=SPAN_HEADS)
        change = graph.linear(attended, _linear(tensors, f"span.{name}.output"))
        tokens = graph.node("Add", tokens, change)
    wide = graph.linear(
        _normed(graph, tokens, "span.wide_norm", tensors), _linear(tensors, "span.wide.0")
    )
    change = graph.linear(graph.own("Gelu", wide), _linear(tensors, "span.wide.2"))
    return graph.node("Add", tokens, change)


def _normed(graph: Graph, states: str, name: str, tensors: Tensors) -> str:
    return graph.norm(states, Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"]))


def _relevance(graph: Graph, states: str, first: str, tokens: str, tensors: Tensors) -> str:
    question = _mean(graph, states, "words")
    passage = _mean(graph, tokens, "readable")
    pooled = graph.node("Concat", first, question, passage, "pair_features", axis=1)
    inner = graph.own("Gelu", graph.linear(pooled, _linear(tensors, "relevance.0")))
    return graph.linear(inner, _linear(tensors, "relevance.2"))


def _mean(graph: Graph, states: str, weights: str) -> str:
    axis = graph.constant([1], np.int64)
    column = graph.node("Unsqueeze", weights, graph.constant([2], np.int64))
    total = graph.node("ReduceSum", graph.node("Mul", states, column), axis, keepdims=0)
    count = graph.node("ReduceSum", column, axis, keepdims=0)
    return graph.node("Div", total, graph.node("Max", count, graph.constant(1)))


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
