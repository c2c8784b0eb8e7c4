"""The index directory: what it holds, written so that it is always whole.

Each data file's name ends in a digest of its content, and `manifest.json` lists the files that
belong together. A save writes new files first and then replaces the manifest in one step, so
that a reader, or a writer that is killed, meets either the old index or the new one.
"""

import hashlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from pydantic import BaseModel, TypeAdapter, ValidationError

from faq_bot.background import Background
from faq_bot.corpus import Corpus
from faq_bot.errors import IndexFilesError, IndexMissingError, IndexStaleError
from faq_bot.passage_index import PassageIndex
from faq_bot.records import LANGUAGES, Article, Passage, SourceFile
from faq_bot.vector_index import VectorIndex, Vectors

FORMAT = 1  # to be raised, too, when the same articles would give other passages or vectors
MANIFEST = "manifest.json"

_DATA_FILE = re.compile(r"(articles|passages|vectors|background)-[0-9a-f]{12}\.\w+(\.new)?")
_LOCK_TIMEOUT_SECONDS = 600
_ARTICLES = TypeAdapter(tuple[Article, ...])
_PASSAGES = TypeAdapter(tuple[Passage, ...])


class DataFile(BaseModel):
    """A file of the index, as it was written."""

    name: str
    sha256: str


class Manifest(BaseModel):
    """What an index is made of; `corpus_sha256` is that of the articles."""

    format: int
    model: str
    dimension: int
    vectors: int
    corpus_sha256: str
    articles: DataFile
    passages: DataFile
    vector_file: DataFile
    background: DataFile
    sources: dict[str, SourceFile]
    folders: tuple[str, ...]
    removed: tuple[str, ...]
    listings: tuple[str, ...] = ()

    def corpus(self, articles: tuple[Article, ...]) -> Corpus:
        """Return these articles with where they came from."""
        return Corpus(articles, self.sources, self.folders, self.removed, self.listings)

    @property
    def data_files(self) -> dict[str, DataFile]:
        """The files that belong together, by what they hold."""
        return {
            "articles": self.articles,
            "passages": self.passages,
            "vectors": self.vector_file,
            "background": self.background,
        }


@contextmanager
def write_lock(directory: Path) -> Iterator[None]:
    """Keep other writers out of the index directory, which is created if need be.

    Raises:
        IndexFilesError: the directory cannot be written, or another writer does not finish.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / ".lock", timeout=_LOCK_TIMEOUT_SECONDS):
            yield
    except Timeout as error:
        raise IndexFilesError(f"Another process has been writing {directory} for long.") from error
    except OSError as error:
        raise IndexFilesError(
            f"The index directory {directory} cannot be written ({error.strerror}). "
            "Make it writable, or choose another with --index DIR."
        ) from error


def save_index(directory: Path, index: PassageIndex, corpus: Corpus) -> None:
    """Write the index; call it under `write_lock`."""
    articles = _write(directory, "articles", "json", _ARTICLES.dump_json(index.articles))
    background = io.BytesIO()
    np.savez(background, allow_pickle=False, **_arrays(index.background))
    manifest = Manifest(
        format=FORMAT,
        model=index.model_id,
        dimension=index.vectors.dimension,
        vectors=len(index.vectors),
        corpus_sha256=articles.sha256,
        articles=articles,
        passages=_write(directory, "passages", "json", _PASSAGES.dump_json(index.passages)),
        vector_file=_write(directory, "vectors", "faiss", index.vectors.to_bytes()),
        background=_write(directory, "background", "npz", background.getvalue()),
        sources=dict(corpus.files),
        folders=corpus.folders,
        removed=corpus.removed,
        listings=corpus.listings,
    )
    _replace(directory / MANIFEST, manifest.model_dump_json(indent=1).encode())
    _delete_unlisted(directory, manifest)


def load_index(directory: Path) -> tuple[PassageIndex, Corpus]:
    """Read the index.

    Raises:
        IndexMissingError: the directory has no index.
        IndexStaleError: the index was written in another format.
        IndexFilesError: the index is damaged, or not one of this program.
    """
    manifest = read_manifest(directory)
    try:
        return _load(directory, manifest)
    except IndexFilesError:
        if (newer := read_manifest(directory)) == manifest:
            raise
        return _load(directory, newer)  # a writer was faster


def written_at(directory: Path) -> tuple[int, int] | None:
    """Return what is different whenever an index was written to the directory, if there is one."""
    try:
        found = (directory / MANIFEST).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def read_manifest(directory: Path) -> Manifest:
    """Read what the index is made of.

    Raises:
        IndexFilesError: as for `load_index`.
    """
    path = directory / MANIFEST
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise IndexMissingError(f"There is no index in {directory}. Run: faq-bot build") from error
    except OSError as error:
        raise IndexFilesError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        written = _Format.model_validate_json(text).format
        if written != FORMAT:
            raise IndexStaleError(
                f"The index in {directory} has format {written}, this version of FAQ bot reads "
                f"format {FORMAT}. Run: faq-bot build"
            )
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise _damaged(path, "it is not the manifest of an index") from error


class _Format(BaseModel):
    format: int


def _load(directory: Path, manifest: Manifest) -> tuple[PassageIndex, Corpus]:
    data = {role: _read(directory, file) for role, file in manifest.data_files.items()}
    try:
        arrays = np.load(io.BytesIO(data["background"]), allow_pickle=False)
        index = PassageIndex(
            articles=_ARTICLES.validate_json(data["articles"]),
            passages=_PASSAGES.validate_json(data["passages"]),
            vectors=VectorIndex.open(directory / manifest.vector_file.name),
            background=Background(
                {language: arrays[f"queries_{language}"] for language in LANGUAGES},
                {language: arrays[f"passages_{language}"] for language in LANGUAGES},
            ),
            model_id=manifest.model,
        )
    except (ValueError, KeyError, OSError) as error:
        raise _damaged(directory, f"its files have unexpected content ({error})") from error
    if not index.first_rows[-1] == len(index.vectors) == manifest.vectors:
        raise _damaged(directory, "its vectors do not fit its passages")
    return index, manifest.corpus(index.articles)


def _arrays(background: Background) -> dict[str, Vectors]:
    queries = {f"queries_{tag}": vectors for tag, vectors in background.queries.items()}
    return queries | {f"passages_{tag}": vectors for tag, vectors in background.passages.items()}


def _read(directory: Path, file: DataFile) -> bytes:
    path = directory / file.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _damaged(path, f"it cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise _damaged(path, "it is truncated or was altered")
    return data


def _damaged(path: Path, reason: str) -> IndexFilesError:
    return IndexFilesError(f"The index is damaged: {path}: {reason}. Run: faq-bot build")


def _write(directory: Path, role: str, ending: str, data: bytes) -> DataFile:
    digest = hashlib.sha256(data).hexdigest()
    file = DataFile(name=f"{role}-{digest[:12]}.{ending}", sha256=digest)
    _replace(directory / file.name, data)
    return file


def _replace(path: Path, data: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _delete_unlisted(directory: Path, manifest: Manifest) -> None:
    kept = {file.name for file in manifest.data_files.values()}
    for path in directory.iterdir():
        if _DATA_FILE.fullmatch(path.name) and path.name not in kept:
            path.unlink()
