"""Averages two joint networks into one that does what both have learned.

    python benchmarks/average_readers.py FIRST SECOND OUTPUT

Both must have been trained from the same start, as `benchmarks/train_joint_reader.py` does it: then
the mean of their weights is a network, often a better one than either (Wortsman et al. 2022, "Model
soups", arXiv 2203.05482). The mean of two low-rank changes has the sum of their ranks.
"""

import argparse
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def mean(name: str, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the tensor `name` of the mean of two networks."""
    if name.endswith(".down"):
        return torch.cat([first, second])
    if name.endswith(".up"):
        return torch.cat([first, second], dim=1) / 2
    return (first + second) / 2


def main() -> None:
    """Read two networks and write their mean."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    first, second = (load_file(path) for path in (arguments.first, arguments.second))
    tensors = {
        name: mean(name, tensor.float(), second[name].float()).half()
        for name, tensor in first.items()
    }
    with safe_open(arguments.first, "pt") as file:
        save_file(tensors, arguments.output, file.metadata())
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
