"""The archive's tables."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

from faq_bot.core.errors import IndexFilesError
from faq_bot.storage.database import Schema

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
