"""Nearest-neighbour search over unit vectors with FAISS, exact or, for many, approximate.

Many vectors are kept in an inverted file of clusters, of which a search visits the nearest (Jégou
et al. 2011, "Product quantization for nearest neighbor search", with a byte for each dimension
instead of product codes): a quarter of the memory, and a hundredth of the comparisons.
"""

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from faq_bot.index.vectors.base import (
    MOST_COMPARED,
    RowLabels,
    Rows,
    Subset,
    VectorIndex,
    Vectors,
    nearest_of,
)

MOST_EXACT = 30_000  # rows; comparing with all of them takes about 2 ms
_ROWS_PER_CLUSTER = 240
_TRAINED_ON = 40  # vectors for each cluster
_ROUNDS = 8
_PROBED = 200  # vectors on which the number of clusters to visit is chosen
_NEAREST = 10
_RECALL = 0.998  # of what the codes allow
_VISITED = (32, 64, 128, 256)
_SEED = 0
_SUBSETS_KEPT = 8  # large ones: the languages of an index
# Also what an index consisted of before its articles and passages were in a database.
_FILE = re.compile(
    r"vectors-[0-9a-f]+\.faiss(\.new)?|(articles|passages|background)-[0-9a-f]{12}\.\w+|manifest\.json"
)


class FaissIndex:
    """Vectors in rows, searched by inner product: higher is nearer. It is never changed."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        self._clusters = index if isinstance(index, faiss.IndexIVF) else None
        if self._clusters is not None:
            self._clusters.make_direct_map(True)
        self._selector = lru_cache(_SUBSETS_KEPT)(self._select)

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """Make an index of float32 vectors, shape (rows, dimension)."""
        vectors = np.ascontiguousarray(vectors, np.float32)
        if len(vectors) > MOST_EXACT:
            return cls(_clustered(vectors))
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def nearest(self, query: Vectors, count: int, among: Subset) -> Rows:
        """Return the up to `count` rows of `among` nearest to `query`, nearest first."""
        if len(among.rows) <= MOST_COMPARED:
            return nearest_of(self.vectors(among.rows), query, among, count)
        selector, _ = self._selector(among)
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        if self._clusters is not None:
            parameters = faiss.SearchParametersIVF(  # type: ignore[call-arg]
                sel=selector, nprobe=self._clusters.nprobe
            )
        _, rows = self._index.search(
            np.ascontiguousarray(query[None, :], np.float32),
            min(count, len(among.rows)),
            params=parameters,
        )
        found: Rows = rows[0][rows[0] >= 0]  # FAISS pads what it does not find with -1
        return found

    def _select(self, among: Subset) -> tuple[faiss.IDSelector, NDArray[np.uint8]]:
        """Return what selects the rows, and the bits that it goes on reading."""
        marked = np.zeros(len(self), bool)
        marked[among.rows] = True
        bits = np.packbits(marked, bitorder="little")
        return faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits)), bits

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors in `rows`, shape (len(rows), dimension)."""
        found: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found

    def changed(self, source: Rows, fresh: Vectors, labels: RowLabels) -> Self:  # noqa: ARG002
        """Return an index with other rows, as `VectorIndex.changed` describes."""
        is_fresh = source < 0
        if self._clusters is not None and MOST_EXACT < len(source) <= 2 * len(self):
            return type(self)(_moved(self._clusters, source, np.flatnonzero(is_fresh), fresh))
        vectors = np.empty((len(source), self.dimension), np.float32)
        vectors[is_fresh] = fresh
        vectors[~is_fresh] = self.vectors(source[~is_fresh])
        return self.of(vectors)

    def to_bytes(self) -> bytes:
        """Return the index as FAISS writes it to a file."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the index in a file, which holds what `to_bytes` returned, to memory.

        Raises:
            ValueError: the file is not a FAISS index of this kind.
        """
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ValueError("not a FAISS index") from error
        known = isinstance(index, faiss.IndexFlat | faiss.IndexIVFScalarQuantizer)
        if not known or index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise ValueError("not an index of inner products")
        return cls(index)


class FaissFiles:
    """Indexes in files of a directory, named after the digests of what they hold."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def fill(self, vectors: Vectors, labels: RowLabels) -> FaissIndex:  # noqa: ARG002
        """Make an index in memory."""
        return FaissIndex.of(vectors)

    def write(self, index: VectorIndex) -> str:
        """Write a file, so that it is there as a whole or not at all; return its name."""
        if not isinstance(index, FaissIndex):
            index = FaissIndex.of(index.vectors(np.arange(len(index))))
        data = index.to_bytes()
        name = _name(hashlib.sha256(data).hexdigest())
        new = self._directory / f"{name}.new"
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._directory / name)
        return name

    def open(self, name: str, labels: RowLabels, dimension: int) -> FaissIndex:
        """Map a file to memory, after a look whether it is what its name says.

        Raises:
            ValueError: it is not there, truncated or altered.
        """
        path = self._directory / name
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
        except OSError as error:
            raise ValueError(f"{name} cannot be read: {error.strerror}") from error
        if name != _name(digest.hexdigest()):
            raise ValueError(f"{name} is truncated or was altered")
        index = FaissIndex.open(path)
        if (len(index), index.dimension) != (sum(labels.counts), dimension):
            raise ValueError(f"{name} does not fit the passages")
        return index

    def forget_others(self, index: VectorIndex, name: str) -> None:  # noqa: ARG002
        """Delete the files of other indexes; whoever has mapped one keeps it."""
        for path in self._directory.iterdir():
            if _FILE.fullmatch(path.name) and path.name != name:
                path.unlink()


def _name(digest: str) -> str:
    return f"vectors-{digest[:32]}.faiss"


def _clustered(vectors: Vectors) -> faiss.Index:
    """Cluster vectors, and choose how many clusters a search visits by trying it."""
    random = np.random.default_rng(_SEED)
    count, dimension = vectors.shape
    clusters = count // _ROWS_PER_CLUSTER
    description = f"IVF{clusters},SQ8"
    index: Any = faiss.index_factory(dimension, description, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ROUNDS
    sample = random.choice(count, min(count, clusters * _TRAINED_ON), replace=False)
    index.train(vectors[np.sort(sample)])
    index.add(vectors)
    # Questions come without what they have in common, and so do these.
    probes = vectors[random.choice(count, _PROBED, replace=False)] - vectors[sample].mean(axis=0)
    index.nprobe = clusters
    _, best = index.search(probes, _NEAREST)
    for index.nprobe in _VISITED:
        _, found = index.search(probes, _NEAREST)
        shared = [len(np.intersect1d(*pair)) for pair in zip(best, found, strict=True)]
        if np.mean(shared) >= _RECALL * _NEAREST:
            break
    return index  # type: ignore[no-any-return]


def _moved(index: Any, source: Rows, fresh_rows: Rows, fresh: Vectors) -> faiss.Index:
    """Return the same clusters with the codes of the rows that are kept, and with fresh vectors."""
    kept = np.flatnonzero(source >= 0)
    new_row = np.full(index.ntotal, -1, np.int64)
    new_row[source[kept]] = kept
    other = _empty_copy(index)
    lists, size = index.invlists, index.invlists.code_size
    for number in range(index.nlist):
        if length := lists.list_size(number):
            rows = new_row[faiss.rev_swig_ptr(lists.get_ids(number), length)]
            codes = faiss.rev_swig_ptr(lists.get_codes(number), length * size)
            codes = np.ascontiguousarray(codes.reshape(length, size)[rows >= 0])
            rows = rows[rows >= 0]
            other.invlists.add_entries(number, len(rows), _pointer(rows), _pointer(codes))
    other.ntotal = len(kept)
    if len(fresh_rows):
        other.add_with_ids(np.ascontiguousarray(fresh, np.float32), fresh_rows)
    return other  # type: ignore[no-any-return]


def _empty_copy(index: Any) -> Any:
    centres = faiss.IndexFlatIP(index.d)
    centres.add(index.quantizer.reconstruct_n(0, index.nlist))
    copy: Any = faiss.IndexIVFScalarQuantizer(
        centres, index.d, index.nlist, index.sq.qtype, index.metric_type, index.by_residual
    )
    copy.sq, copy.is_trained, copy.nprobe = index.sq, True, index.nprobe
    return copy


def _pointer(array: NDArray[Any]) -> Any:
    return faiss.swig_ptr(array)
