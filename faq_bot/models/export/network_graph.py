"""BERT's layers as an ONNX graph for ONNX Runtime on CPU, in int8 or in float32.

In int8 each token is quantised by its own largest value, and each row of a weight matrix by its
own, so that a text's vector does not depend on the texts in its batch (the per-token and
per-channel scheme of Yao et al. 2022, "ZeroQuant", arXiv 2206.01861). Some operators are ONNX
Runtime's own: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from faq_bot.core.settings import Precision
from faq_bot.models.export.integer_products import weight_type

Floats = NDArray[np.float32]

_OWN_OPERATORS = "com.microsoft"
_OPSET = 20
_IR_VERSION = 10
_LARGEST = 127
_ZERO = 128  # of unsigned activations, as the processor's instructions take them


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear layer: `weight` has the shape (out, in), `bias` (out,)."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A layer normalisation; both have the shape (dimension,)."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The weights of one layer, by BERT's names of its parts (Devlin et al. 2019)."""

    query: Linear
    key: Linear
    value: Linear
    attention_output: Linear
    attention_norm: Norm
    intermediate: Linear
    output: Linear
    output_norm: Norm


@dataclass(frozen=True, slots=True)
class Seen:
    """Another text that a layer's tokens see: values of the graph.

    `keys` and `values`, without their biases, have the shape (texts, its tokens, dimension);
    `attention`, shape (texts, heads, tokens, tokens + its tokens), is added to the attention.
    """

    keys: str
    values: str
    attention: str


class Graph:
    """A graph in the making; a value in it is known by its name."""

    def __init__(self, precision: Precision, epsilon: float) -> None:
        self._precision = precision
        self._epsilon = epsilon
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, value: object, kind: type[np.generic] = np.float32) -> str:
        """Add a constant."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.array(value, kind, order="C"), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator of ONNX with one output."""
        return self._node("", operator, inputs, attributes)

    def own(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator of ONNX Runtime with one output."""
        return self._node(_OWN_OPERATORS, operator, inputs, attributes)

    def _node(
        self, domain: str, operator: str, inputs: Sequence[str], attributes: Mapping[str, Any]
    ) -> str:
        name = f"n{len(self._nodes)}"
        node = helper.make_node(operator, inputs, [name], domain=domain, **attributes)
        self._nodes.append(node)
        return name

    def several(self, operator: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add an operator of ONNX with several outputs."""
        names = [f"n{len(self._nodes)}.{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def norm(self, states: str, norm: Norm) -> str:
        """Normalise states."""
        weight, bias = self.constant(norm.weight), self.constant(norm.bias)
        return self.node("LayerNormalization", states, weight, bias, epsilon=self._epsilon)

    def linear(self, states: str, layer: Linear) -> str:
        """Apply a small linear layer in float32."""
        product = self.node("MatMul", states, self.constant(layer.weight.T))
        return self.node("Add", product, self.constant(layer.bias))

    def layer(
        self, states: str, mask: str, weights: Layer, heads: int, seen: Seen | None = None
    ) -> str:
        """Add a layer: states, shape (texts, tokens, dimension), in and out.

        `mask`, int32, shape (texts, tokens), is 1 where there is a token; without a name there is
        one everywhere.
        """
        before = (weights.query, weights.key, weights.value)
        together = self._product(states, np.concatenate([linear.weight for linear in before]))
        parts = self.several("Split", 3, together, axis=-1, num_outputs=3)
        if seen is not None:
            parts[1] = self.node("Concat", parts[1], seen.keys, axis=1)
            parts[2] = self.node("Concat", parts[2], seen.values, axis=1)
        attended = self.own(
            "MultiHeadAttention",
            *parts,
            self.constant(np.concatenate([linear.bias for linear in before])),
            mask,
            *((seen.attention,) if seen is not None else ()),
            num_heads=heads,
        )
        states = self._added(states, attended, weights.attention_output, weights.attention_norm)
        inner = self._product(states, weights.intermediate.weight)
        inner = self.own("BiasGelu", inner, self.constant(weights.intermediate.bias))
        return self._added(states, inner, weights.output, weights.output_norm)

    def _added(self, states: str, change: str, linear: Linear, norm: Norm) -> str:
        change = self._product(change, linear.weight)
        change = self.node("Add", change, self.constant(linear.bias))
        return self.norm(self.node("Add", change, states), norm)

    def _product(self, states: str, weight: Floats) -> str:
        """Multiply states with a matrix, shape (out, in)."""
        if self._precision == "float32":
            return self.node("MatMul", states, self.constant(weight.T))
        # No token is all zeros here: each comes from a normalisation, an average or 1,536 GELUs.
        axis = self.constant([-1], np.int64)
        largest = self.node("ReduceMax", self.node("Abs", states), axis, keepdims=1)
        scaled = self.node("Div", states, largest)
        return self.node("Mul", self._int8_product(scaled, weight), largest)

    def _int8_product(self, scaled: str, weight: Floats) -> str:
        step, zero = self.constant(1 / _LARGEST), self.constant(_ZERO, np.uint8)
        steps = np.abs(weight).max(axis=1) / _LARGEST
        kind = weight_type()
        middle = 0 if kind is np.int8 else _ZERO
        whole = np.rint(weight / steps[:, None]) + middle
        return self.own(
            "MatMulIntegerToFloat",
            self.node("QuantizeLinear", scaled, step, zero),
            self.constant(whole.T, kind),
            step,
            self.constant(steps),
            zero,
            self.constant(np.full(len(steps), middle), kind),
        )

    def model(
        self,
        inputs: Mapping[str, tuple[int, Sequence[str | int]]],
        outputs: Mapping[str, tuple[str, Sequence[str | int]]],
    ) -> onnx.ModelProto:
        """Return the finished model.

        `inputs` have ONNX's number of a type and a shape, `outputs`, all float32, the name of a
        value and its shape.
        """
        for name, (value, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()],
            [
                helper.make_tensor_value_info(n, TensorProto.FLOAT, shape)
                for n, (_, shape) in outputs.items()
            ],
            self._constants,
        )
        domains = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_OWN_OPERATORS, 1)]
        return helper.make_model(graph, opset_imports=domains, ir_version=_IR_VERSION)
