"""An index as rows of the archive's tables, and back.

Articles, passages and sources are JSON documents. A digest over an article and its passages shows
whether they are still what was written.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from faq_bot.articles.corpus import Corpus
from faq_bot.articles.sources import SourceFile
from faq_bot.core.article import Article, Key
from faq_bot.core.passage import Passage
from faq_bot.index.archive_tables import articles, generations, passages, sources
from faq_bot.index.background import Background
from faq_bot.index.passage_index import PassageIndex

_ARTICLE = TypeAdapter(Article)
_PASSAGE = TypeAdapter(Passage)
_SOURCE = TypeAdapter(SourceFile)
_NAMES = TypeAdapter(tuple[str, ...])


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """The rows of one generation, each group in the order of its positions."""

    generation: Row[Any]
    article_rows: Sequence[Row[Any]]
    passage_rows: Sequence[Row[Any]]
    source_rows: Sequence[Row[Any]]

    @classmethod
    def read(cls, db: Connection, generation: Row[Any]) -> Self:
        """Read all rows."""
        return cls(
            generation,
            db.execute(select(articles).order_by(articles.c.position)).all(),
            db.execute(select(passages).order_by(passages.c.position)).all(),
            db.execute(select(sources).order_by(sources.c.position)).all(),
        )

    def passages(self) -> tuple[Passage, ...]:
        """Return the passages, article by article.

        Raises:
            ValueError: an article or a passage was altered.
        """
        return tuple(_PASSAGE.validate_json(row.document) for row in self._checked_passages())

    def _checked_passages(self) -> Iterator[Row[Any]]:
        cut: dict[tuple[str, str], list[Row[Any]]] = {}
        for row in self.passage_rows:
            cut.setdefault((row.article, row.language), []).append(row)
        for row in self.article_rows:
            own = cut.get((row.id, row.language), [])
            if row.sha256 != _digest(row.document, [passage.document for passage in own]):
                raise ValueError(f"article {row.id} was altered")
            yield from own

    def articles(self) -> tuple[Article, ...]:
        """Return the articles.

        Raises:
            ValueError: one of them is none.
        """
        return tuple(_ARTICLE.validate_json(row.document) for row in self.article_rows)

    def background(self) -> Background:
        """Return the vectors of the background texts; errors are those of `from_bytes`."""
        return Background.from_bytes(self.generation.background)


def read_corpus_rows(
    generation: Row[Any], source_rows: Sequence[Row[Any]], read: tuple[Article, ...] = ()
) -> Corpus:
    """Return where the articles came from, with those that were `read`.

    Raises:
        ValueError: a row was altered.
    """
    return Corpus(
        articles=read,
        files={row.name: _SOURCE.validate_json(row.document) for row in source_rows},
        folders=_NAMES.validate_json(generation.folders),
        removed=_NAMES.validate_json(generation.removed),
        listings=_NAMES.validate_json(generation.listings),
    )


def write_generation(
    db: Connection, index: PassageIndex, corpus: Corpus, **columns: int | str
) -> None:
    """Write the row of a generation, the only one; `columns` are those that neither tells."""
    row = {
        "model": index.model_id,
        "dimension": index.vectors.dimension,
        "background": index.background.to_bytes(),
        "folders": _text(_NAMES, corpus.folders),
        "removed": _text(_NAMES, corpus.removed),
        "listings": _text(_NAMES, corpus.listings),
    }
    db.execute(delete(generations))
    db.execute(insert(generations).values(row | columns))


def write_articles(db: Connection, index: PassageIndex) -> None:
    """Make articles and passages those of the index, by way of what is different."""
    columns = articles.c["id", "language", "position", "sha256"]
    stored = {(row.id, row.language): row for row in db.execute(select(*columns))}
    kept: list[_Version] = []
    new: list[_Version] = []
    for position, article in enumerate(index.articles):
        version = _Version.of(index, position, article)
        known = stored.get(version.key)
        is_same = known is not None and known.sha256 == version.article["sha256"]
        (kept if is_same else new).append(version)
    _delete(db, stored.keys() - {version.key for version in kept})
    _execute(db, insert(articles), [version.article for version in new])
    _execute(db, insert(passages), [row for version in new for row in version.passages])
    _move(db, [one for one in kept if one.article["position"] != stored[one.key].position])


@dataclass(frozen=True, slots=True)
class _Version:
    """The rows of one version of an article."""

    key: Key
    article: dict[str, Any]
    passages: list[dict[str, Any]]

    @classmethod
    def of(cls, index: PassageIndex, position: int, article: Article) -> Self:
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
        return cls(article.key, row, cut)


def _delete(db: Connection, keys: Collection[Key]) -> None:
    rows = [_named(key) for key in keys]
    _execute(db, delete(passages).where(_is_of(passages.c.article, passages.c.language)), rows)
    _execute(db, delete(articles).where(_is_of(articles.c.id, articles.c.language)), rows)


def _move(db: Connection, versions: Sequence[_Version]) -> None:
    move = update(articles).where(_is_of(articles.c.id, articles.c.language))
    rows = [_named(one.key) | {"to": one.article["position"]} for one in versions]
    _execute(db, move.values(position=bindparam("to")), rows)


def _named(key: Key) -> dict[str, Any]:
    return {"of_article": key[0], "of_language": key[1]}


def _is_of(article: Column[str], language: Column[str]) -> ColumnElement[bool]:
    return and_(article == bindparam("of_article"), language == bindparam("of_language"))


def write_sources(db: Connection, files: Mapping[str, SourceFile]) -> None:
    """Make the sources these."""
    db.execute(delete(sources))
    rows = [
        {"name": name, "position": position, "document": _text(_SOURCE, file)}
        for position, (name, file) in enumerate(files.items())
    ]
    _execute(db, insert(sources), rows)


def _execute(db: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        db.execute(statement, rows)


def _digest(document: str, cut: Sequence[str]) -> str:
    return hashlib.sha256("\0".join([document, *cut]).encode()).hexdigest()


def _text(kind: TypeAdapter[Any], value: object) -> str:
    return kind.dump_json(value).decode()
