"""Which of the stores holds an index's vectors: the one place that knows them all."""

from pathlib import Path

from faq_bot.core.errors import IndexFilesError
from faq_bot.core.settings import Settings
from faq_bot.index.vectors.base import RowLabels, VectorIndex, Vectors, VectorStore
from faq_bot.index.vectors.faiss import FaissFiles, FaissIndex


def in_memory(vectors: Vectors, labels: RowLabels) -> VectorIndex:  # noqa: ARG001
    """Hold vectors, shape (rows, dimension), in memory alone."""
    return FaissIndex.of(vectors)


def files_in(directory: Path) -> VectorStore:
    """Return the store that keeps vectors in files of a directory."""
    return FaissFiles(directory)


def open_vector_store(settings: Settings) -> VectorStore:
    """Return the store that the settings name.

    Raises:
        IndexFilesError: it cannot be reached, or a package for it is missing.
    """
    kind, _, address = settings.vector_store.partition("+")
    if kind != "milvus":
        return files_in(settings.index)
    try:
        from faq_bot.index.vectors.milvus import MilvusStore  # a package only for clusters
    except ImportError as error:
        raise IndexFilesError(
            "Milvus needs another package. Install: pip install 'faq-bot[cluster]'"
        ) from error
    return MilvusStore(address)
