"""Nearest-neighbour search over unit vectors with FAISS, exact or, for many, approximate.

Many vectors are kept in an inverted file of clusters, of which a search visits the nearest (Jégou
et al. 2011, "Product quantization for nearest neighbor search", with a byte for each dimension
instead of product codes): a quarter of the memory, and a hundredth of the comparisons.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

MOST_EXACT = 30_000  # rows; comparing with all of them takes about 2 ms
_MOST_DECODED = 4_000  # rows of a selection whose codes are decoded to compare with all of them
_ROWS_PER_CLUSTER = 240
_TRAINED_ON = 40  # vectors for each cluster
_ROUNDS = 8
_PROBED = 200  # vectors on which the number of clusters to visit is chosen
_NEAREST = 10
_RECALL = 0.998  # of what the codes allow
_VISITED = (32, 64, 128, 256)
_AT_ONCE = 50_000  # rows decoded at once
_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Rows to which a search is restricted, prepared to be used often."""

    rows: Rows
    bits: NDArray[np.uint8]
    selector: faiss.IDSelector

    @classmethod
    def of(cls, rows: Rows, total: int) -> "Selection":
        """Prepare `rows` of an index with `total`."""
        marked = np.zeros(total, bool)
        marked[rows] = True
        bits = np.packbits(marked, bitorder="little")  # which the selector goes on reading
        return cls(rows, bits, faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits)))


class VectorIndex:
    """Vectors in rows, searched by inner product: higher is nearer. It is never changed."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        self._clusters = index if isinstance(index, faiss.IndexIVF) else None
        if self._clusters is not None:
            self._clusters.make_direct_map(True)

    @classmethod
    def of(cls, vectors: Vectors) -> "VectorIndex":
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

    def select(self, rows: Rows) -> Selection:
        """Prepare rows to which searches are to be restricted."""
        return Selection.of(rows, len(self))

    def nearest(self, query: Vectors, count: int, among: Selection) -> Rows:
        """Return the up to `count` rows of `among` nearest to `query`, nearest first.

        Args:
            query: shape (dimension,).
            count: the most rows to return.
            among: rows to which the search is restricted; few are compared exactly in any case.
        """
        if not len(among.rows):
            return among.rows
        if self._clusters is not None and len(among.rows) <= _MOST_DECODED:
            similarities = self.vectors(among.rows) @ query
            return among.rows[np.argsort(-similarities, kind="stable")[:count]]
        parameters = faiss.SearchParameters(sel=among.selector)  # type: ignore[call-arg]
        if self._clusters is not None:
            parameters = faiss.SearchParametersIVF(  # type: ignore[call-arg]
                sel=among.selector, nprobe=self._clusters.nprobe
            )
        _, rows = self._index.search(
            np.ascontiguousarray(query[None, :], np.float32),
            min(count, len(among.rows)),
            params=parameters,
        )
        found: Rows = rows[0][rows[0] >= 0]  # FAISS pads what it does not find with -1
        return found

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors in `rows`, shape (len(rows), dimension)."""
        found: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found

    def mean(self, rows: Rows) -> Vectors:
        """Return the mean of the vectors in `rows`, shape (dimension,)."""
        total = np.zeros(self.dimension)
        for start in range(0, len(rows), _AT_ONCE):
            total += self.vectors(rows[start : start + _AT_ONCE]).sum(axis=0, dtype=np.float64)
        mean: Vectors = (total / len(rows)).astype(np.float32)
        return mean

    def changed(self, source: Rows, fresh: Vectors) -> "VectorIndex":
        """Return an index with other rows.

        Args:
            source: for each new row the row here whose vector it keeps, or -1.
            fresh: the vectors of those with -1, in their order.
        """
        is_fresh = source < 0
        if self._clusters is not None and MOST_EXACT < len(source) <= 2 * len(self):
            return VectorIndex(_moved(self._clusters, source, np.flatnonzero(is_fresh), fresh))
        vectors = np.empty((len(source), self.dimension), np.float32)
        vectors[is_fresh] = fresh
        vectors[~is_fresh] = self.vectors(source[~is_fresh])
        return VectorIndex.of(vectors)

    def to_bytes(self) -> bytes:
        """Return the index as FAISS writes it to a file."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def open(cls, path: Path) -> "VectorIndex":
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
