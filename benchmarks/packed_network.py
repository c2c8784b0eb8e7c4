"""The file of a network that was learned wholly: its layers' matrices in 8 bits, the rest in 16.

Each row of a matrix has a scale of its own, as where ONNX Runtime would run it (see
`faq_bot.models.export.network_graph`), so that nothing more is lost than there.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

_LARGEST = 127
_SCALE = ".scale"


def save_packed(tensors: Mapping[str, Tensor], path: Path, model_id: str) -> None:
    """Write the file of a network that belongs to a model."""
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.startswith("layers.") and tensor.ndim == 2:
            scales = tensor.abs().amax(dim=1).clamp(min=1e-12) / _LARGEST
            packed[name] = (tensor / scales[:, None]).round().to(torch.int8)
            packed[name + _SCALE] = scales
        else:
            packed[name] = tensor.half()
    save_file(packed, path, {"model": model_id})


def load_packed(path: Path) -> dict[str, Tensor]:
    """Return the tensors in a file, packed or not, by name."""
    packed = load_file(path)
    return {
        name: tensor.float() * packed[name + _SCALE][:, None]
        if name + _SCALE in packed
        else tensor.float()
        for name, tensor in packed.items()
        if not name.endswith(_SCALE)
    }
