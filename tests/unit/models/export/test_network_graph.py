"""Layers as they are computed on this processor."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto

from faq_bot.core.settings import Precision
from faq_bot.models.export.network_graph import Graph

WIDTH = 384


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_the_largest_sums_do_not_saturate(precision: Precision) -> None:
    """On processors without VNNI, signed weights would give about half of the sum."""
    graph = Graph(precision, epsilon=1e-12)
    product = graph._product("states", np.ones((WIDTH, WIDTH), np.float32))
    shape = (1, 1, WIDTH)
    model = graph.model({"states": (TensorProto.FLOAT, shape)}, {"product": (product, shape)})
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (found,) = session.run(None, {"states": np.ones(shape, np.float32)})
    np.testing.assert_allclose(found, np.full(shape, WIDTH), rtol=1e-5)
