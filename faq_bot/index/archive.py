"""Where an index lives: articles and passages in a database, vectors in a store beside it.

A save is one transaction, which begins a new generation. Vectors are written before it and old ones
deleted after it, so that a reader, or a writer that is killed, meets either the old index or the
new one.
"""

import hashlib
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from filelock import FileLock, Timeout
from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Executable,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from faq_bot.articles.corpus import Corpus
from faq_bot.articles.sources import SourceFile
from faq_bot.core.article import Article, Key
from faq_bot.core.errors import IndexFilesError, IndexMissingError, IndexStaleError
from faq_bot.core.languages import LANGUAGES
from faq_bot.core.passage import Passage
from faq_bot.core.settings import Settings
from faq_bot.index.background import Background
from faq_bot.index.passage_index import PassageIndex, label_rows
from faq_bot.index.vectors.base import Vectors, VectorStore
from faq_bot.index.vectors.faiss import FaissFiles
from faq_bot.storage.database import Database, Schema, is_postgresql

FORMAT = 2  # to be raised, too, when the same articles would give other passages or vectors
DATABASE = "archive.sqlite"

_LOCK_TIMEOUT_SECONDS = 600
_ARTICLE = TypeAdapter(Article)
_PASSAGE = TypeAdapter(Passage)
_SOURCE = TypeAdapter(SourceFile)
_NAMES = TypeAdapter(tuple[str, ...])

tables = MetaData()

generations = Table(
    "generations",
    tables,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("format", Integer, nullable=False),
    Column("model", Text, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("vectors", Text, nullable=False),
    Column("background", LargeBinary, nullable=False),
    Column("folders", Text, nullable=False),
    Column("removed", Text, nullable=False),
    Column("listings", Text, nullable=False),
)
articles = Table(
    "articles",
    tables,
    Column("id", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("document", Text, nullable=False),
)
passages = Table(
    "passages",
    tables,
    Column("id", Text, primary_key=True),
    Column("article", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index("idx_passages_article", "article", "language"),
)
sources = Table(
    "sources",
    tables,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("document", Text, nullable=False),
)

SCHEMA = Schema(
    "archive",
    tables,
    head="archive",
    error=IndexFilesError,
    advice=" Run: faq-bot build",
    has_log=False,  # a directory may be read-only
)


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
        self.vectors = vectors or FaissFiles(directory)
        self._database = Database(database or directory / DATABASE, SCHEMA)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the archive that the settings name; nothing is opened before it is used."""
        database = settings.database if is_postgresql(settings.database) else None
        kind, _, address = settings.vector_store.partition("+")
        if kind != "milvus":
            return cls(settings.index, database)
        try:
            from faq_bot.index.vectors.milvus import MilvusStore  # a package only for clusters
        except ImportError as error:
            raise IndexFilesError(
                "Milvus needs another package. Install: pip install 'faq-bot[cluster]'"
            ) from error
        return cls(settings.index, database, MilvusStore(address))

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
            number = db.scalar(select(func.max(generations.c.number))) or 0
            for table in tables.tables.values() if anew else [generations]:
                db.execute(delete(table))
            generation = {
                # Also after a database that was damaged and lost, each is another number.
                "number": max(number + 1, time.time_ns() // 1_000_000),
                "format": FORMAT,
                "model": index.model_id,
                "dimension": index.vectors.dimension,
                "vectors": name,
                "background": _packed(index.background),
                "folders": _text(_NAMES, corpus.folders),
                "removed": _text(_NAMES, corpus.removed),
                "listings": _text(_NAMES, corpus.listings),
            }
            db.execute(insert(generations).values(generation))
            _write_articles(db, index)
            _write_sources(db, corpus.files)
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
            return _corpus((), generation, files)
        except ValueError as error:
            raise self._damaged(error) from error

    def _read(self) -> "_Stored":
        """Read all rows at once: nobody can write to a file meanwhile."""
        with self._database.reading() as db:
            return _Stored(
                self._generation(db),
                db.execute(select(articles).order_by(articles.c.position)).all(),
                db.execute(select(passages).order_by(passages.c.position)).all(),
                db.execute(select(sources).order_by(sources.c.position)).all(),
            )

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

    def _opened(self, stored: "_Stored") -> tuple[PassageIndex, Corpus]:
        cut = tuple(_PASSAGE.validate_json(row.document) for row in stored.passages_in_order())
        read = tuple(_ARTICLE.validate_json(row.document) for row in stored.articles)
        generation = stored.generation
        labels = label_rows(cut)
        index = PassageIndex(
            articles=read,
            passages=cut,
            vectors=self.vectors.open(generation.vectors, labels, generation.dimension),
            background=_unpacked(generation.background),
            model_id=generation.model,
        )
        return index, _corpus(read, generation, stored.sources)

    def _damaged(self, error: Exception) -> IndexFilesError:
        return IndexFilesError(f"The index in {self} is damaged: {error}. Run: faq-bot build")


@dataclass(frozen=True, slots=True)
class _Stored:
    """The rows of one generation, each group in the order of its positions."""

    generation: Row[Any]
    articles: Sequence[Row[Any]]
    passages: Sequence[Row[Any]]
    sources: Sequence[Row[Any]]

    def passages_in_order(self) -> Iterator[Row[Any]]:
        """Yield the passages, article by article.

        Raises:
            ValueError: an article or a passage was altered.
        """
        cut: dict[tuple[str, str], list[Row[Any]]] = {}
        for row in self.passages:
            cut.setdefault((row.article, row.language), []).append(row)
        for row in self.articles:
            own = cut.get((row.id, row.language), [])
            if row.sha256 != _digest(row.document, [passage.document for passage in own]):
                raise ValueError(f"article {row.id} was altered")
            yield from own


def _corpus(read: tuple[Article, ...], generation: Row[Any], files: Sequence[Row[Any]]) -> Corpus:
    return Corpus(
        articles=read,
        files={row.name: _SOURCE.validate_json(row.document) for row in files},
        folders=_NAMES.validate_json(generation.folders),
        removed=_NAMES.validate_json(generation.removed),
        listings=_NAMES.validate_json(generation.listings),
    )


def _write_articles(db: Connection, index: PassageIndex) -> None:
    """Make articles and passages those of the index, by way of what is different."""
    columns = articles.c["id", "language", "position", "sha256"]
    known = {(row.id, row.language): row for row in db.execute(select(*columns))}
    versions = [_rows(index, position, own) for position, own in enumerate(index.articles)]
    new = [
        version
        for version in versions
        if version.key not in known or known[version.key].sha256 != version.article["sha256"]
    ]
    replaced = {version.key for version in new}
    moved = [
        version
        for version in versions
        if version.key not in replaced
        and known[version.key].position != version.article["position"]
    ]
    gone = known.keys() - {version.key for version in versions}
    keys = [_named(key) for key in (replaced | gone) & known.keys()]
    _execute(db, delete(passages).where(_is_of(passages.c.article, passages.c.language)), keys)
    _execute(db, delete(articles).where(_is_of(articles.c.id, articles.c.language)), keys)
    _execute(db, insert(articles), [version.article for version in new])
    _execute(db, insert(passages), [row for version in new for row in version.passages])
    _execute(
        db,
        update(articles)
        .where(_is_of(articles.c.id, articles.c.language))
        .values(position=bindparam("to")),
        [_named(version.key) | {"to": version.article["position"]} for version in moved],
    )


@dataclass(frozen=True, slots=True)
class _Version:
    """The rows of one version of an article."""

    key: Key
    article: dict[str, Any]
    passages: list[dict[str, Any]]


def _rows(index: PassageIndex, position: int, article: Article) -> _Version:
    identifier, language = article.key
    document = _text(_ARTICLE, article)
    cut = [
        {
            "id": passage.id,
            "article": identifier,
            "language": language,
            "position": place,
            "document": _text(_PASSAGE, passage),
        }
        for place, passage in enumerate(index.passages_of(article))
    ]
    row = {
        "id": identifier,
        "language": language,
        "position": position,
        "sha256": _digest(document, [str(passage["document"]) for passage in cut]),
        "document": document,
    }
    return _Version(article.key, row, cut)


def _named(key: Key) -> dict[str, Any]:
    return {"of_article": key[0], "of_language": key[1]}


def _is_of(article: Column[str], language: Column[str]) -> ColumnElement[bool]:
    return and_(article == bindparam("of_article"), language == bindparam("of_language"))


def _execute(db: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        db.execute(statement, rows)


def _write_sources(db: Connection, files: Mapping[str, SourceFile]) -> None:
    db.execute(delete(sources))
    rows = [
        {"name": name, "position": position, "document": _text(_SOURCE, file)}
        for position, (name, file) in enumerate(files.items())
    ]
    _execute(db, insert(sources), rows)


def _digest(document: str, cut: Sequence[str]) -> str:
    return hashlib.sha256("\0".join([document, *cut]).encode()).hexdigest()


def _text(kind: TypeAdapter[Any], value: object) -> str:
    return kind.dump_json(value).decode()


def _packed(background: Background) -> bytes:
    queries = {f"queries_{tag}": vectors for tag, vectors in background.queries.items()}
    statements = {f"passages_{tag}": vectors for tag, vectors in background.passages.items()}
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **queries, **statements)
    return packed.getvalue()


def _unpacked(data: bytes) -> Background:
    arrays: Mapping[str, Vectors] = np.load(io.BytesIO(data), allow_pickle=False)
    return Background(
        {language: arrays[f"queries_{language}"] for language in LANGUAGES},
        {language: arrays[f"passages_{language}"] for language in LANGUAGES},
    )
