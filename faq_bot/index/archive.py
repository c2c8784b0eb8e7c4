"""Where an index lives: articles and passages in a database, vectors in a store beside it.

A save is one transaction, which begins a new generation. Vectors are written before it and old ones
deleted after it, so that a reader, or a writer that is killed, meets either the old index or the
new one.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Row, delete, func, select

from faq_bot.articles.corpus import Corpus
from faq_bot.core.errors import IndexFilesError, IndexMissingError, IndexStaleError
from faq_bot.core.settings import Settings
from faq_bot.index.archive_rows import (
    StoredIndex,
    read_corpus_rows,
    write_articles,
    write_generation,
    write_sources,
)
from faq_bot.index.archive_tables import SCHEMA, generations, sources, tables
from faq_bot.index.passage_index import PassageIndex, label_rows
from faq_bot.index.vectors.base import VectorStore
from faq_bot.index.vectors.opening import files_in, open_vector_store
from faq_bot.storage.database import Database, is_postgresql

FORMAT = 2  # to be raised, too, when the same articles would give other passages or vectors
DATABASE = "archive.sqlite"

_LOCK_TIMEOUT_SECONDS = 600


class Archive:
    """One index, which several processes may read and write.

    Paths of article files are kept relative to `directory`, which also holds the files of an
    archive that is not on servers.
    """

    def __init__(
        self,
        directory: Path,
        database: str | None = None,
        vectors: VectorStore | None = None,
    ) -> None:
        """Take the address of a PostgreSQL database and a store, where they are not files."""
        self.directory = directory
        self.vectors = vectors or files_in(directory)
        self._database = Database(database or directory / DATABASE, SCHEMA)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the archive that the settings name; nothing is read before it is used.

        Raises:
            IndexFilesError: the store of the vectors cannot be reached.
        """
        database = settings.database if is_postgresql(settings.database) else None
        return cls(settings.index, database, open_vector_store(settings))

    @property
    def is_shared(self) -> bool:
        """Whether it is on a server, where others use it, too."""
        return self._database.path is None

    def close(self) -> None:
        """Close the connections to a server."""
        self._database.close()

    def __str__(self) -> str:
        """Return what a user is told of where it is."""
        return self._database.name if self.is_shared else str(self.directory)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other writers out; the directory is created if need be.

        Raises:
            IndexFilesError: it cannot be written, or another writer does not finish.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            here = FileLock(self.directory / ".lock", timeout=_LOCK_TIMEOUT_SECONDS)
            with here, self._database.lock("archive") if self.is_shared else nullcontext():
                yield
        except Timeout as error:
            raise IndexFilesError(
                f"Another process has been writing {self.directory} for long."
            ) from error
        except OSError as error:
            raise IndexFilesError(
                f"The index directory {self.directory} cannot be written ({error.strerror}). "
                "Make it writable, or choose another with --index DIR."
            ) from error

    def generation(self) -> int | None:
        """Return the number of the generation there is now, None where there is no index.

        Raises:
            IndexFilesError: the database cannot be read.
        """
        with self._database.reading() as db:
            found: int | None = db.scalar(select(func.max(generations.c.number)))
            return found

    def save(self, index: PassageIndex, corpus: Corpus, *, anew: bool = False) -> None:
        """Write a generation; call it under `lock`.

        Only what is different from the one before is written, unless all is to be written `anew`.

        Raises:
            IndexFilesError: the database cannot be written.
        """
        name = self.vectors.write(index.vectors)
        if anew:
            self._database.discard_damaged()
        with self._database.writing() as db:
            # Also after a database that was damaged and lost, each is another number.
            last = db.scalar(select(func.max(generations.c.number))) or 0
            number = max(last + 1, time.time_ns() // 1_000_000)
            for table in tables.tables.values() if anew else ():
                db.execute(delete(table))
            write_generation(db, index, corpus, number=number, format=FORMAT, vectors=name)
            write_articles(db, index)
            write_sources(db, corpus.files)
        self.vectors.forget_others(index.vectors, name)

    def load(self) -> tuple[PassageIndex, Corpus]:
        """Read the index.

        Raises:
            IndexMissingError: there is none.
            IndexStaleError: it was written in another format.
            IndexFilesError: it is damaged.
        """
        while True:
            stored = self._read()
            try:
                return self._opened(stored)
            except (ValueError, KeyError, OSError) as error:
                if self.generation() == stored.generation.number:
                    raise self._damaged(error) from error
                # A writer was faster, and the vectors are gone.

    def corpus(self) -> Corpus:
        """Return where the articles came from, without them.

        Raises:
            IndexFilesError: as for `load`.
        """
        with self._database.reading() as db:
            generation, files = self._generation(db), db.execute(select(sources)).all()
        try:
            return read_corpus_rows(generation, files)
        except ValueError as error:
            raise self._damaged(error) from error

    def _read(self) -> StoredIndex:
        """Read all rows at once: nobody can write to a file meanwhile."""
        with self._database.reading() as db:
            return StoredIndex.read(db, self._generation(db))

    def _generation(self, db: Connection) -> Row[Any]:
        generation = db.execute(select(generations)).one_or_none()
        if generation is None:
            raise IndexMissingError(f"There is no index in {self}. Run: faq-bot build")
        if generation.format != FORMAT:
            raise IndexStaleError(
                f"The index in {self} has format {generation.format}, this version of "
                f"FAQ bot reads format {FORMAT}. Run: faq-bot build"
            )
        return generation

    def _opened(self, stored: StoredIndex) -> tuple[PassageIndex, Corpus]:
        generation, cut, articles = stored.generation, stored.passages(), stored.articles()
        index = PassageIndex(
            articles=articles,
            passages=cut,
            vectors=self.vectors.open(generation.vectors, label_rows(cut), generation.dimension),
            background=stored.background(),
            model_id=generation.model,
        )
        return index, read_corpus_rows(generation, stored.source_rows, articles)

    def _damaged(self, error: Exception) -> IndexFilesError:
        return IndexFilesError(f"The index in {self} is damaged: {error}. Run: faq-bot build")
