"""Measures the search in very many vectors, against the exact one.

    python benchmarks/one_vector_index.py VECTORS

The vectors are distinct mixtures of real ones, of the sentences of the written news, with a little
noise; so are the questions, without their mean, as the bot asks. Prints recall@10, milliseconds of
a search, seconds to build, to add a thousand and to open, and MB in memory and on disk.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measuring import keep_to, memory, processors, tell
from numpy.typing import NDArray
from training_data import stories

Vectors = NDArray[np.float32]

_QUESTIONS = 300
_FOUND = 10
_CHUNK = 50_000
_NOISE = 0.012  # of a dimension, so of 0.24 in all


def real_vectors() -> Vectors:
    """Embed the sentences of the written news."""
    from faq_bot.core.settings import load_settings
    from faq_bot.models.opening import open_encoder

    sentences = {
        sentence
        for pair in stories()
        for article, _ in pair
        for section in article.sections
        for paragraph in section.paragraphs
        for sentence in paragraph.text.split(". ")
    }
    return open_encoder(load_settings()).encode_passages(sorted(sentences))


def mixed(real: Vectors, count: int, chance: np.random.Generator) -> Vectors:
    """Return distinct unit vectors made from real ones."""

    def some() -> Iterator[Vectors]:
        for start in range(0, count, _CHUNK):
            size = min(_CHUNK, count - start)
            one, other = (real[chance.integers(0, len(real), size)] for _ in range(2))
            share = chance.uniform(0, 0.5, (size, 1)).astype(np.float32)
            noise = chance.normal(0, _NOISE, one.shape).astype(np.float32)
            vectors = one * (1 - share) + other * share + noise
            yield vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return np.concatenate(list(some()))


def build(count: int, folder: Path) -> dict[str, float]:
    """Build the index, find the nearest exactly, and add to it."""
    from faq_bot.index.vectors.base import RowLabels
    from faq_bot.index.vectors.faiss import FaissIndex

    chance = np.random.default_rng(0)
    real = real_vectors()
    vectors = mixed(real, count, chance)
    queries = mixed(real, _QUESTIONS, chance) - real.mean(axis=0)
    exact = np.vstack([np.argsort(-(vectors @ query))[:_FOUND] for query in queries])
    np.savez(folder / "questions.npz", queries=queries, exact=exact)
    start = time.perf_counter()
    index = FaissIndex.of(vectors)
    built = time.perf_counter() - start
    (folder / "vectors").write_bytes(index.to_bytes())
    source = np.concatenate([np.arange(1000, count), np.full(1000, -1)])
    start = time.perf_counter()
    index.changed(source, vectors[:1000], RowLabels((), ()))
    changed = time.perf_counter() - start
    return {
        "vectors built a second": count / built,
        "seconds to change a thousand": changed,
        "MB on disk": (folder / "vectors").stat().st_size / 1e6,
    }


def search(count: int, folder: Path) -> dict[str, float]:
    """Open the index and search, in all of it, in a language and in an article."""
    from faq_bot.index.vectors.base import Subset
    from faq_bot.index.vectors.faiss import FaissIndex

    before = memory()["resident"]
    start = time.perf_counter()
    index = FaissIndex.open(folder / "vectors")
    opened = time.perf_counter() - start
    found = np.load(folder / "questions.npz")
    everything, half, article = (
        Subset(rows, "de", None)
        for rows in (np.arange(count), np.arange(0, count, 2), np.arange(100, 225))
    )
    result = {"seconds to open": opened}
    for name, selection in (("all", everything), ("a language", half), ("an article", article)):
        times, shared = [], []
        for query, exact in zip(found["queries"], found["exact"], strict=True):
            begin = time.perf_counter()
            rows = index.nearest(query, _FOUND, selection)
            times.append(1000 * (time.perf_counter() - begin))
            shared.append(len(np.intersect1d(rows, exact)) / _FOUND)
        result[f"ms in {name}"] = statistics.median(times)
        if name == "all":
            result["recall@10"] = float(np.mean(shared))
    return result | {"MB resident": memory()["resident"] - before}


def main() -> None:
    """Build in one process and search in another."""
    keep_to(processors()[0])
    if sys.argv[1] == "search":
        tell(search(int(sys.argv[2]), Path(sys.argv[3])))
        return
    import json

    with tempfile.TemporaryDirectory() as name:
        found = build(int(sys.argv[1]), Path(name))
        command = [sys.executable, __file__, "search", sys.argv[1], name]
        searched = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        tell(found | json.loads(searched.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
