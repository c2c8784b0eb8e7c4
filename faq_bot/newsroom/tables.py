"""The tables of the editors' desk: readers' questions, answers, accounts, totals, who did what."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text

from faq_bot.core.errors import QueueError
from faq_bot.storage.database import Database, Schema

tables = MetaData()

questions = Table(
    "questions",
    tables,
    Column("id", Integer, primary_key=True),
    Column("article", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Text),
    Column("name", Text),
    Column("digest", Text),
    Column("times", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("sent_at", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("changed_by", Text),
    Column("answer", Integer),
    Index("idx_questions_digest", "digest", unique=True),
    Index("idx_questions_state", "state"),
    Index("idx_questions_answer", "answer"),
)
answers = Table(
    "answers",
    tables,
    Column("id", Integer, primary_key=True),
    Column("article", Text, nullable=False),
    Column("draft", Text, nullable=False),
    Column("published", Text),
    Column("published_at", Text),
    Column("changed_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
)
audit = Table(
    "audit",
    tables,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("editor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("question", Integer),
    Column("answer", Integer),
    Index("idx_audit_question", "question"),
)
accounts = Table(
    "accounts",
    tables,
    Column("name", Text, primary_key=True),
    Column("password", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)
sessions = Table(
    "sessions",
    tables,
    Column("digest", Text, primary_key=True),
    Column("editor", Text, ForeignKey("accounts.name"), nullable=False),
    Column("expires_at", Text, nullable=False),
)
counts = Table(
    "counts",
    tables,
    Column("day", Text, primary_key=True),
    Column("article", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("total", Integer, nullable=False),
)

SCHEMA = Schema("newsroom", tables, head="desk", error=QueueError)


def newsroom_database(place: str | Path) -> Database:
    """Return the desk's database in a file or at an address; nothing is opened yet."""
    return Database(place, SCHEMA)


def now() -> str:
    """Return the time as it is stored: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat()
