"""The encoder of the bundled model as an ONNX graph."""

import numpy as np
import onnx
from onnx import TensorProto

from faq_bot.core.settings import Precision
from faq_bot.models.export.network_graph import Floats, Graph, Layer, Linear, Norm
from faq_bot.models.export.weights_file import BLOCK, WeightsFile
from faq_bot.models.network_shape import TOLD_LAYERS


def encoder_graph(weights: WeightsFile, precision: Precision) -> onnx.ModelProto:
    """Return the encoder.

    Inputs are `ids`, int64, and `mask`, int32, both of the shape (texts, tokens). Outputs are the
    states, shape (texts, tokens, dimension), after the layers in `TOLD_LAYERS`, called `after8` and
    so on, and `embedding`, shape (texts, dimension): the mean of a text's last states, brought to
    length 1.
    """
    graph = Graph(precision, weights.layer_norm_epsilon)
    states = _embedded(graph, weights)
    after = {}
    for number in range(weights.layers):
        states = graph.layer(states, "mask", encoder_layer(weights, number), weights.heads)
        after[number + 1] = states
    shape = ("texts", "tokens", weights.hidden)
    return graph.model(
        {
            "ids": (TensorProto.INT64, ("texts", "tokens")),
            "mask": (TensorProto.INT32, ("texts", "tokens")),
        },
        {f"after{number}": (after[number], shape) for number in TOLD_LAYERS}
        | {"embedding": (_mean(graph, states), ("texts", weights.hidden))},
    )


def encoder_layer(weights: WeightsFile, number: int) -> Layer:
    """Return the weights of the layer with this number, counted from 0."""

    def linear(name: str) -> Linear:
        bias = weights.decode(f"l{number}.{name}.b")
        return Linear(weights.decode(f"l{number}.{name}.w").reshape(len(bias), -1), bias)

    def norm(name: str) -> Norm:
        return Norm(*(weights.decode(f"l{number}.{name}.{part}") for part in "wb"))

    return Layer(
        query=linear("q"),
        key=linear("k"),
        value=linear("v"),
        attention_output=linear("ao"),
        attention_norm=norm("aln"),
        intermediate=linear("fi"),
        output=linear("fo"),
        output_norm=norm("oln"),
    )


def _embedded(graph: Graph, weights: WeightsFile) -> str:
    """Look the tokens up in the table of word embeddings, which stays in its 4 bits."""
    nibbles, scales = weights.blocks("emb.word")
    packed = nibbles[:, ::2] | nibbles[:, 1::2] << 4
    words = graph.own(
        "GatherBlockQuantized",
        graph.constant(packed.reshape(weights.vocabulary, -1), np.uint8),
        "ids",
        graph.constant(scales.reshape(weights.vocabulary, -1)),
        bits=4,
        block_size=BLOCK,
        gather_axis=0,
        quantize_axis=1,
    )
    places = weights.decode("emb.pos").reshape(weights.positions, -1)
    first_type: Floats = weights.decode("emb.type")[: weights.hidden]
    length = graph.node("Shape", "ids", start=1, end=2)
    start = graph.constant([0], np.int64)
    at = graph.node("Slice", graph.constant(places + first_type), start, length)
    norm = Norm(weights.decode("emb.ln.w"), weights.decode("emb.ln.b"))
    return graph.norm(graph.node("Add", words, at), norm)


def _mean(graph: Graph, states: str) -> str:
    mask = graph.node("Cast", "mask", to=TensorProto.FLOAT)
    counted = graph.node("Unsqueeze", mask, graph.constant([2], np.int64))
    tokens = graph.constant([1], np.int64)
    total = graph.node("ReduceSum", graph.node("Mul", states, counted), tokens, keepdims=0)
    return graph.node("LpNormalization", total, axis=-1, p=2)
