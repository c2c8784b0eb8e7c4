"""Measures what the processors could do at best: products of large matrices.

    python benchmarks/one_limit.py

Prints multiply-adds a second in float32 and in int8, and what a question and a passage of the usual
length would take at that speed, if the encoder were nothing but its matrices.
"""

import statistics
import time

import numpy as np
import onnxruntime
import torch
from measuring import PROCESSORS, keep_to, processors, tell
from onnx import TensorProto, helper

from faq_bot.models.export.weights_file import find_weights, read_weights

_SIZE = 2048
_ROUNDS = 15
_QUESTION, _PASSAGE = 14, 60  # tokens


def speed_in_float32() -> float:
    """Return multiply-adds a second of PyTorch's product."""
    torch.set_num_threads(PROCESSORS)
    one, other = torch.randn(_SIZE, _SIZE), torch.randn(_SIZE, _SIZE)
    return _speed(lambda: one @ other)


def speed_in_int8() -> float:
    """Return multiply-adds a second of ONNX Runtime's product."""
    shape = (_SIZE, _SIZE)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["one", "other"], ["product"])],
        "product",
        [
            helper.make_tensor_value_info("one", TensorProto.UINT8, shape),
            helper.make_tensor_value_info("other", TensorProto.INT8, shape),
        ],
        [helper.make_tensor_value_info("product", TensorProto.INT32, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = PROCESSORS
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    chance = np.random.default_rng(0)
    inputs = {
        "one": chance.integers(0, 255, shape, np.uint8),
        "other": chance.integers(-127, 127, shape, np.int8),
    }
    return _speed(lambda: session.run(None, inputs))


def _speed(product: object) -> float:
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        product()  # type: ignore[operator]
        times.append(time.perf_counter() - start)
    return _SIZE**3 / statistics.median(times[3:])


def multiplications(tokens: int) -> int:
    """Return how many multiply-adds the encoder needs for a text."""
    weights = read_weights(find_weights())
    size, inner = weights.hidden, weights.feed_forward
    a_layer = tokens * (4 * size**2 + 2 * size * inner) + 2 * tokens**2 * size
    return weights.layers * a_layer


def main() -> None:
    """Measure."""
    keep_to(processors()[0])
    found = {}
    for name, speed in (("float32", speed_in_float32()), ("int8", speed_in_int8())):
        found[f"thousand million multiply-adds/s in {name}"] = speed / 1e9
        found[f"ms for a question of {_QUESTION} tokens in {name}"] = (
            1000 * multiplications(_QUESTION) / speed
        )
        found[f"passages of {_PASSAGE} tokens/s in {name}"] = speed / multiplications(_PASSAGE)
    tell(found)


if __name__ == "__main__":
    main()
