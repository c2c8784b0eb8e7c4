"""The newsroom's SQLite database: one transaction at a time, brought up to date by migrations."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from faq_bot.errors import QueueError

_SECONDS_TO_WAIT = 10  # for another process that writes

migrations = Migrations("faq-bot")


class NewsroomDatabase:
    """A database that several processes may use at the same time.

    Each transaction has a connection of its own. A process that is killed leaves what was before
    its transaction, or what is after it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_current = False

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Open the database for a transaction; it is made if need be.

        Raises:
            QueueError: the database cannot be opened or used.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise QueueError(f"The database {self.path} cannot be opened: {error}.") from error
        with self._transaction("begin immediate") as db:
            yield db

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Open the database to be read; one that is not there is not made, but empty.

        Raises:
            QueueError: the database cannot be opened or used.
        """
        if self.path.exists():
            with self._transaction("begin") as db:
                yield db
        else:
            db = Database(memory=True)
            try:
                migrations.apply(db)
                yield db
            finally:
                db.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Database]:
        try:
            connection = sqlite3.connect(self.path, timeout=_SECONDS_TO_WAIT, isolation_level=None)
        except sqlite3.Error as error:
            raise QueueError(f"The database {self.path} cannot be opened: {error}.") from error
        try:
            db = Database(connection)
            connection.execute("pragma foreign_keys = on")
            self._bring_up_to_date(db)
            connection.execute(begin)
            yield db
            connection.execute("commit")
        except sqlite3.Error as error:
            raise QueueError(f"The database {self.path} cannot be used: {error}.") from error
        finally:
            connection.close()  # rolls back what was not committed

    def _bring_up_to_date(self, db: Database) -> None:
        if self._is_current:
            return
        # Two that change the journal's mode at once would not wait for each other.
        with FileLock(f"{self.path}.lock"):
            db.conn.execute("pragma journal_mode = wal")
            migrations.apply(db)
        self._is_current = True


def rows(db: Database, query: str, *values: object) -> list[dict[str, Any]]:
    """Return the rows of a query, each as a dictionary."""
    return list(db.query(query, values))


def insert(db: Database, table: str, row: dict[str, Any]) -> int:
    """Insert a row and return its number."""
    identifier: int = db.table(table).insert(row).last_pk or 0
    return identifier


def now() -> str:
    """Return the time as it is stored: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat()


def note(
    db: Database,
    editor: str,
    action: str,
    *,
    question: int | None = None,
    answer: int | None = None,
) -> None:
    """Add what an editor did to the audit trail."""
    db.table("audit").insert(
        {"at": now(), "editor": editor, "action": action, "question": question, "answer": answer}
    )


@migrations()
def create_tables(db: Database) -> None:
    """Create the tables of the first version."""
    db.table("questions").create(
        {
            "id": int,
            "article": str,
            "language": str,
            "text": str,
            "name": str,
            "digest": str,
            "times": int,
            "state": str,
            "sent_at": str,
            "changed_at": str,
            "changed_by": str,
        },
        pk="id",
        not_null={"article", "language", "times", "state", "sent_at", "changed_at"},
    )
    db.table("questions").create_index(["digest"], unique=True)
    db.table("questions").create_index(["state"])
    db.table("changes").create(
        {"id": int, "question": int, "before": str, "after": str, "at": str, "editor": str},
        pk="id",
        foreign_keys=[("question", "questions", "id")],
        not_null={"question", "before", "after", "at", "editor"},
    )
    db.table("changes").create_index(["question"])


@migrations()
def add_desk(db: Database) -> None:
    """Add answers, accounts, sessions and counts; one audit trail replaces the list of changes."""
    db.table("answers").create(
        {
            "id": int,
            "article": str,
            "draft": str,
            "published": str,
            "published_at": str,
            "changed_at": str,
            "changed_by": str,
        },
        pk="id",
        not_null={"article", "draft", "changed_at", "changed_by"},
    )
    db.table("questions").add_column("answer", int)
    db.table("questions").create_index(["answer"])
    db.table("audit").create(
        {"id": int, "at": str, "editor": str, "action": str, "question": int, "answer": int},
        pk="id",
        not_null={"at", "editor", "action"},
    )
    db.table("audit").create_index(["question"])
    db.execute(
        "insert into audit (at, editor, action, question) "
        "select at, editor, before || ' > ' || after, question from changes order by id"
    )
    db.table("changes").drop()
    db.table("accounts").create(
        {"name": str, "password": str, "created_at": str},
        pk="name",
        not_null={"password", "created_at"},
    )
    db.table("sessions").create(
        {"digest": str, "editor": str, "expires_at": str},
        pk="digest",
        foreign_keys=[("editor", "accounts", "name")],
        not_null={"editor", "expires_at"},
    )
    db.table("counts").create(
        {"day": str, "article": str, "language": str, "event": str, "total": int},
        pk=("day", "article", "language", "event"),
        not_null={"total"},
    )
