"""What an index needs of the vectors of its passages, wherever they are kept.

A row is a vector's number within one generation of an index. Rows follow the passages: the whole
of each, then its questions and sentences.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from faq_bot.core.languages import Language
from faq_bot.core.passage import Passage

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]

MOST_COMPARED = 4_000  # rows of a subset that are all compared with a query
_MOST_AVERAGED = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Subset:
    """Rows to which a search is restricted: a language's, all of them or those of one article."""

    rows: Rows
    language: Language
    article: str | None


@dataclass(frozen=True, slots=True)
class RowLabels:
    """What the rows belong to: the passages in their order, and how many rows each has."""

    passages: Sequence[Passage]
    counts: Sequence[int]

    def keys(self) -> Rows:
        """Return a number for each row that is the same in every index, shape (rows,)."""
        labels = zip(self.passages, self.counts, strict=True)
        found = [key for passage, count in labels for key in _keys(passage.id, count)]
        return np.array(found, np.int64)


def _keys(passage: str, count: int) -> list[int]:
    digests = (hashlib.sha256(f"{passage}/{part}".encode()).digest() for part in range(count))
    return [int.from_bytes(digest[:8]) >> 1 for digest in digests]


class VectorIndex(Protocol):
    """Unit vectors in rows, searched by inner product: higher is nearer. It is never changed."""

    def __len__(self) -> int:
        """How many rows there are."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def nearest(self, query: Vectors, count: int, among: Subset) -> Rows:
        """Return the up to `count` rows of `among` nearest to `query`, nearest first.

        `query` has the shape (dimension,). Up to `MOST_COMPARED` rows are compared exactly.
        """

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors in `rows`, shape (len(rows), dimension)."""

    def changed(self, source: Rows, fresh: Vectors, labels: RowLabels) -> Self:
        """Return an index with other rows.

        Args:
            source: for each new row the row here whose vector it keeps, or -1.
            fresh: the vectors of those with -1, in their order.
            labels: what the new rows belong to.
        """


class Fill(Protocol):
    """Makes an index of float32 vectors, shape (rows, dimension), with what its rows belong to."""

    def __call__(self, vectors: Vectors, labels: RowLabels) -> VectorIndex:
        """Make the index, wherever it holds them."""


class VectorStore(Protocol):
    """Where vectors are kept for good."""

    def fill(self, vectors: Vectors, labels: RowLabels) -> VectorIndex:
        """Make an index, as `Fill` describes."""

    def write(self, index: VectorIndex) -> str:
        """Make an index last; return the name by which it can be opened."""

    def open(self, name: str, labels: RowLabels, dimension: int) -> VectorIndex:
        """Open an index that was written.

        Raises:
            ValueError: there is none, or it is damaged.
        """

    def forget_others(self, index: VectorIndex, name: str) -> None:
        """Delete what belongs to no index but this one, which has that name."""


def mean(index: VectorIndex, rows: Rows) -> Vectors:
    """Return the mean of the vectors in `rows`, of very many a sample's, shape (dimension,)."""
    if len(rows) > _MOST_AVERAGED:
        rows = rows[np.linspace(0, len(rows) - 1, _MOST_AVERAGED).astype(np.int64)]
    found: Vectors = index.vectors(rows).mean(axis=0, dtype=np.float64).astype(np.float32)
    return found


def nearest_of(vectors: Vectors, query: Vectors, among: Subset, count: int) -> Rows:
    """Return the rows of a subset, which has these vectors, by inner product with a query."""
    order = np.argsort(-(vectors @ query), kind="stable")
    return among.rows[order[:count]]
