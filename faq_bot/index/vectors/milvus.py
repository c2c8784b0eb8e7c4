"""Vectors in a Milvus cluster, which several servers share.

A collection holds the rows of one model, each under a key made of its passage; rows that an index
has not heard of are passed over. So a server goes on with the generation that it has read while
another one writes the next.
"""

import json
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import numpy as np
from cachetools import LRUCache
from pymilvus import DataType, MilvusClient, MilvusException

from faq_bot.core.errors import IndexFilesError
from faq_bot.index.vectors.base import (
    MOST_COMPARED,
    RowLabels,
    Rows,
    Subset,
    VectorIndex,
    Vectors,
    nearest_of,
)

logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # errors are told by us

_COLLECTION = "faq_bot"
_AT_ONCE = 2_000  # rows in one request
_ROWS_KEPT = 50_000  # vectors of rows asked for lately, 2 kB each
_LONGEST_ID = 1_024
_NONE: Rows = np.empty(0, np.int64)
_HNSW = {"M": 16, "efConstruction": 200}  # Malkov and Yashunin 2018, arXiv 1603.09320


class MilvusIndex:
    """The rows of one generation in a collection."""

    def __init__(
        self,
        client: MilvusClient,
        collection: str,
        keys: Rows,
        dimension: int,
        gone: Rows = _NONE,
    ) -> None:
        """Take the keys of the rows in their order, and those that only the index before had."""
        self.collection = collection
        self.gone = gone
        self.dimension = dimension
        self._client = client
        self._keys = keys
        self._order = np.argsort(keys)
        self._sorted = keys[self._order]
        self._kept: LRUCache[int, Vectors] = LRUCache(_ROWS_KEPT)
        self._lock = threading.Lock()  # for what is kept; questions are answered in several threads

    def __len__(self) -> int:
        return len(self._keys)

    def nearest(self, query: Vectors, count: int, among: Subset) -> Rows:
        """Return the up to `count` rows of `among` nearest to `query`, nearest first."""
        if len(among.rows) <= MOST_COMPARED:
            return nearest_of(self.vectors(among.rows), query, among, count)
        wanted = f'language == "{among.language}"'
        if among.article is not None:
            wanted += f" and article == {json.dumps(among.article, ensure_ascii=False)}"
        with _told():
            (hits,) = self._client.search(
                self.collection,
                data=[query.tolist()],
                limit=min(count, len(among.rows)),
                filter=wanted,
                search_params={"params": {"ef": 2 * count}},
            )
        rows = self._rows(np.array([hit["key"] for hit in hits], np.int64))
        return rows[rows >= 0]

    def _rows(self, keys: Rows) -> Rows:
        """Return the row of each key, -1 for those of another generation."""
        places = np.minimum(np.searchsorted(self._sorted, keys), len(self) - 1)
        return np.where(self._sorted[places] == keys, self._order[places], -1)

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors in `rows`, shape (len(rows), dimension).

        One that another server has just deleted is zero: this index is about to be replaced.
        """
        keys = self._keys[rows].tolist()
        with self._lock:
            known = {key: self._kept[key] for key in keys if key in self._kept}
        wanted = list(dict.fromkeys(key for key in keys if key not in known))
        for some in _portions(wanted):
            with _told():
                found = self._client.get(self.collection, some, output_fields=["vector"])
            known |= {row["key"]: np.array(row["vector"], np.float32) for row in found}
        with self._lock:
            self._kept.update({key: known[key] for key in wanted[-_ROWS_KEPT:] if key in known})
        vectors = np.zeros((len(keys), self.dimension), np.float32)
        for place, key in enumerate(keys):
            if key in known:
                vectors[place] = known[key]
        return vectors

    def changed(self, source: Rows, fresh: Vectors, labels: RowLabels) -> "MilvusIndex":
        """Write what is fresh and return an index with other rows."""
        keys = labels.keys()
        _upsert(self._client, self.collection, keys, np.flatnonzero(source < 0), fresh, labels)
        gone = np.setdiff1d(self._keys, keys)
        return MilvusIndex(self._client, self.collection, keys, self.dimension, gone)


class MilvusStore:
    """A cluster, or with a file as its address, Milvus Lite."""

    def __init__(self, address: str) -> None:
        """Take `http://host:port`, with `user:password@` where need be, and connect.

        Raises:
            IndexFilesError: it cannot be reached.
        """
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        place = parts.path if parts.scheme == "file" else f"{parts.scheme}://{host}"
        with _told():
            self._client = MilvusClient(
                place, user=parts.username or "", password=parts.password or ""
            )

    def fill(self, vectors: Vectors, labels: RowLabels) -> MilvusIndex:
        """Write vectors, shape (rows, dimension), to a new collection."""
        numbers = [name.removeprefix(f"{_COLLECTION}_") for name in self._collections()]
        collection = f"{_COLLECTION}_{max(map(int, numbers), default=0) + 1}"
        self._create(collection, vectors.shape[1])
        keys = labels.keys()
        _upsert(self._client, collection, keys, np.arange(len(keys)), vectors, labels)
        return MilvusIndex(self._client, collection, keys, vectors.shape[1])

    def write(self, index: VectorIndex) -> str:
        """Return the collection of an index, which holds it already."""
        if not isinstance(index, MilvusIndex):
            raise IndexFilesError("These vectors are not in Milvus. Run: faq-bot build")
        with _told():
            self._client.flush(index.collection)
        return index.collection

    def open(self, name: str, labels: RowLabels, dimension: int) -> MilvusIndex:
        """Open a collection.

        Raises:
            ValueError: there is none.
        """
        with _told():
            if not self._client.has_collection(name):
                raise ValueError(f"Milvus has no collection {name}")
            self._client.load_collection(name)
        return MilvusIndex(self._client, name, labels.keys(), dimension)

    def forget_others(self, index: VectorIndex, name: str) -> None:
        """Drop other collections, and delete the rows that only the index before had."""
        gone = index.gone.tolist() if isinstance(index, MilvusIndex) else []
        with _told():
            for other in self._collections():
                if other != name:
                    self._client.drop_collection(other)
            for some in _portions(gone):
                self._client.delete(name, ids=some)

    def _collections(self) -> list[str]:
        with _told():
            names = self._client.list_collections()
        return [name for name in names if name.startswith(f"{_COLLECTION}_")]

    def _create(self, collection: str, dimension: int) -> None:
        schema = MilvusClient.create_schema(auto_id=False)
        schema.add_field("key", DataType.INT64, is_primary=True)
        schema.add_field("article", DataType.VARCHAR, max_length=_LONGEST_ID)
        schema.add_field("language", DataType.VARCHAR, max_length=2)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        indexes = MilvusClient.prepare_index_params()
        indexes.add_index("vector", index_type="HNSW", metric_type="IP", params=_HNSW)
        with _told():
            self._client.create_collection(
                collection, schema=schema, index_params=indexes, consistency_level="Session"
            )


def _upsert(
    client: MilvusClient,
    collection: str,
    keys: Rows,
    rows: Rows,
    vectors: Vectors,
    labels: RowLabels,
) -> None:
    """Write these of the rows that the labels tell of, with their vectors."""
    passage_of_row = np.repeat(np.arange(len(labels.passages)), labels.counts)
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        entities = []
        for row, vector in zip(rows[part].tolist(), vectors[part], strict=True):
            passage = labels.passages[passage_of_row[row]]
            entities.append(
                {
                    "key": int(keys[row]),
                    "article": passage.article,
                    "language": passage.language,
                    "vector": vector,
                }
            )
        with _told():
            client.upsert(collection, entities)


def _portions(keys: Sequence[int]) -> Iterable[Sequence[int]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


@contextmanager
def _told() -> Iterator[None]:
    """Turn what Milvus cannot do into an error of ours.

    Raises:
        IndexFilesError: it cannot be reached, or does not do what it is asked to.
    """
    try:
        yield
    except MilvusException as error:
        raise IndexFilesError(f"Milvus cannot be used: {error.message}") from error
