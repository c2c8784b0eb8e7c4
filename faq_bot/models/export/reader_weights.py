"""The file of the trained reader: its layers' matrices in 8 bits, the rest in 16.

Each row of a matrix has a scale of its own, as in the graph that runs it (see `network_graph`), so
that nothing more is lost than there.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

_LARGEST = 127
_SCALE = ".scale"


def pack_reader(tensors: Mapping[str, NDArray[np.float32]], model_id: str) -> bytes:
    """Return the file of a reader that belongs to a model."""
    packed: dict[str, NDArray[np.generic]] = {}
    for name, tensor in tensors.items():
        if name.startswith("layers.") and tensor.ndim == 2:
            scales = np.abs(tensor).max(axis=1).clip(1e-12) / _LARGEST
            packed[name] = np.rint(tensor / scales[:, None]).astype(np.int8)
            packed[name + _SCALE] = scales.astype(np.float32)
        else:
            packed[name] = tensor.astype(np.float16)
    return save(packed, {"model": model_id})


def unpack_reader(data: bytes) -> dict[str, NDArray[np.float32]]:
    """Return the tensors in the file of a reader, by name."""
    packed = load(data)
    tensors = {}
    for name, tensor in packed.items():
        if not name.endswith(_SCALE):
            scales = packed.get(name + _SCALE)
            whole = tensor.astype(np.float32)
            tensors[name] = whole if scales is None else whole * scales[:, None]
    return tensors
