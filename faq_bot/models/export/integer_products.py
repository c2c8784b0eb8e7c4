"""Which whole numbers this processor multiplies without error.

ONNX Runtime multiplies activations of 8 bits without a sign with weights that have one. Processors
without VNNI add two such products in 16 bits, which do not hold them: the sum saturates, and nobody
is told. With weights without a sign the sums are exact everywhere.
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html)
"""

from functools import lru_cache

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

_TERMS = 64
_OPSET, _IR_VERSION = 20, 10


@lru_cache(maxsize=1)
def weight_type() -> type[np.int8 | np.uint8]:
    """Return the type of weights whose products are exact here, the faster one if both are."""
    activations = np.full((1, _TERMS), np.iinfo(np.uint8).max, np.uint8)
    weights = np.full((_TERMS, _TERMS), np.iinfo(np.int8).max, np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["activations", "weights"], ["sums"])],
        "largest sums",
        [helper.make_tensor_value_info("activations", TensorProto.UINT8, activations.shape)],
        [helper.make_tensor_value_info("sums", TensorProto.INT32, [1, _TERMS])],
        [numpy_helper.from_array(weights, "weights")],
    )
    opset = helper.make_opsetid("", _OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (sums,) = session.run(None, {"activations": activations})
    exact = activations.astype(np.int64) @ weights.astype(np.int64)
    return np.int8 if np.array_equal(sums, exact) else np.uint8
