"""Exact nearest-neighbour search over unit vectors with FAISS."""

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


class VectorIndex:
    """Vectors in rows, searched by inner product: higher is nearer."""

    def __init__(self, index: faiss.IndexFlat) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors) -> "VectorIndex":
        """Make an index of float32 vectors, shape (rows, dimension)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def nearest(self, query: Vectors, count: int, among: Rows) -> Rows:
        """Return the up to `count` rows of `among` nearest to `query`, nearest first.

        Args:
            query: shape (dimension,).
            count: the most rows to return.
            among: row numbers to which the search is restricted.
        """
        if not len(among):
            return among
        selector = faiss.IDSelectorBatch(among)
        _, rows = self._index.search(
            np.ascontiguousarray(query[None, :], np.float32),
            min(count, len(among)),
            params=faiss.SearchParameters(sel=selector),  # type: ignore[call-arg]
        )
        found: Rows = rows[0][rows[0] >= 0]  # FAISS pads what it does not find with -1
        return found

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors in `rows`, shape (len(rows), dimension)."""
        found: Vectors = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found

    def to_bytes(self) -> bytes:
        """Return the index as FAISS writes it to a file."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def from_bytes(cls, data: bytes) -> "VectorIndex":
        """Restore the index from what `to_bytes` returned.

        Raises:
            ValueError: the bytes are not a FAISS index of this kind.
        """
        try:
            index = faiss.deserialize_index(np.frombuffer(data, np.uint8))
        except RuntimeError as error:
            raise ValueError("not a FAISS index") from error
        if (
            not isinstance(index, faiss.IndexFlat)
            or index.metric_type != faiss.METRIC_INNER_PRODUCT
        ):
            raise ValueError("not a flat inner-product index")
        return cls(index)
