"""Questions that readers sent to the editors, in an SQLite database.

A question is new, then in work, then published or rejected; who changed it and when is kept. What a
reader sends again is counted, not stored again. The text of a rejected question is deleted after a
while; the row stays for the counts.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from filelock import FileLock
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from faq_bot.errors import QueueError, QueueFullError
from faq_bot.records import Language
from faq_bot.settings import Settings

MOST_WAITING = 10_000
_SECONDS_TO_WAIT = 10  # for another process that writes

migrations = Migrations("faq-bot")


class State(StrEnum):
    """What became of a question."""

    NEW = "new"
    IN_WORK = "in-work"
    PUBLISHED = "published"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ReaderQuestion:
    """A question as it was sent.

    `times` counts how often it was sent, `name` is to be printed with it, if the reader gave one.
    `text` and `name` are None once they have been deleted. `changed_by` is the editor who changed
    the state last.
    """

    id: int
    article: str
    language: Language
    text: str | None
    name: str | None
    times: int
    state: State
    sent_at: datetime
    changed_at: datetime
    changed_by: str | None


class QuestionQueue:
    """The questions in one database, which several processes may use at the same time."""

    def __init__(
        self, path: Path, keep_rejected: timedelta, most_waiting: int | None = None
    ) -> None:
        self.path = path
        self._keep_rejected = keep_rejected
        self._most_waiting = MOST_WAITING if most_waiting is None else most_waiting
        self._is_current = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the queue that the settings name; nothing is opened before it is used."""
        return cls(settings.database, timedelta(days=settings.keep_rejected_days))

    def send(
        self, article: str, language: Language, text: str, name: str | None = None
    ) -> ReaderQuestion:
        """Store a question that a reader sent; one that was sent before is counted.

        Raises:
            QueueFullError: too many questions wait for an editor.
            QueueError: the database cannot be used.
        """
        digest = _digest(article, language, text)
        now = _now()
        with self._transaction() as db:
            self._forget_rejected(db)
            known = list(db.table("questions").rows_where("digest = ?", [digest], limit=1))
            if known:
                identifier = known[0]["id"]
                db.execute("update questions set times = times + 1 where id = ?", [identifier])
            else:
                waiting = db.table("questions").count_where("state = ?", [State.NEW])
                if waiting >= self._most_waiting:
                    raise QueueFullError("Too many questions wait for an answer. Try again later.")
                row = {
                    "article": article,
                    "language": language,
                    "text": text,
                    "name": name,
                    "digest": digest,
                    "times": 1,
                    "state": State.NEW,
                    "sent_at": now,
                    "changed_at": now,
                }
                identifier = db.table("questions").insert(row).last_pk
            return _get(db, identifier)

    def questions(self, state: State | None = None) -> list[ReaderQuestion]:
        """Return the questions, those sent most often first."""
        with self._transaction() as db:
            where, values = ("state = ?", [state]) if state else (None, [])
            rows = db.table("questions").rows_where(where, values, order_by="times desc, id")
            return [_question(row) for row in rows]

    def get(self, identifier: int) -> ReaderQuestion:
        """Return one question.

        Raises:
            QueueError: there is no such question.
        """
        with self._transaction() as db:
            return _get(db, identifier)

    def change(self, identifier: int, state: State, editor: str) -> ReaderQuestion:
        """Put a question into a state, and note who did it.

        Raises:
            QueueError: there is no such question.
        """
        with self._transaction() as db:
            before = _get(db, identifier)
            now = _now()
            changed = {"state": state, "changed_at": now, "changed_by": editor}
            db.table("questions").update(identifier, changed)
            db.table("changes").insert(
                {
                    "question": identifier,
                    "before": before.state,
                    "after": state,
                    "at": now,
                    "editor": editor,
                }
            )
            return _get(db, identifier)

    def delete(self, identifier: int) -> None:
        """Delete a question and all that was noted about it.

        Raises:
            QueueError: there is no such question.
        """
        with self._transaction() as db:
            _get(db, identifier)
            db.table("changes").delete_where("question = ?", [identifier])
            db.table("questions").delete(identifier)

    def forget_rejected(self) -> int:
        """Delete the texts of questions rejected long enough ago; return how many."""
        with self._transaction() as db:
            return self._forget_rejected(db)

    def _forget_rejected(self, db: Database) -> int:
        before = (datetime.now(UTC) - self._keep_rejected).isoformat()
        return int(
            db.execute(
                "update questions set text = null, name = null, digest = null "
                "where state = ? and changed_at <= ? and text is not null",
                [State.REJECTED, before],
            ).rowcount
        )

    @contextmanager
    def _transaction(self) -> Iterator[Database]:
        """Open the database for one transaction, brought up to date first."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_SECONDS_TO_WAIT, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise QueueError(f"The database {self.path} cannot be opened: {error}.") from error
        try:
            db = Database(connection)
            connection.execute("pragma foreign_keys = on")
            if not self._is_current:
                # Two that change the journal's mode at once would not wait for each other.
                with FileLock(f"{self.path}.lock"):
                    connection.execute("pragma journal_mode = wal")
                    migrations.apply(db)
                self._is_current = True
            connection.execute("begin immediate")
            yield db
            connection.execute("commit")
        except sqlite3.Error as error:
            raise QueueError(f"The database {self.path} cannot be used: {error}.") from error
        finally:
            connection.close()  # rolls back what was not committed


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


def _get(db: Database, identifier: int) -> ReaderQuestion:
    rows: Sequence[dict[str, Any]] = list(db.table("questions").rows_where("id = ?", [identifier]))
    if not rows:
        raise QueueError(f"There is no question {identifier}. See: faq-bot questions list")
    return _question(rows[0])


def _question(row: dict[str, Any]) -> ReaderQuestion:
    kept = {key: value for key, value in row.items() if key != "digest"}
    return ReaderQuestion(
        **kept
        | {
            "state": State(row["state"]),
            "sent_at": datetime.fromisoformat(row["sent_at"]),
            "changed_at": datetime.fromisoformat(row["changed_at"]),
        }
    )


def _digest(article: str, language: Language, text: str) -> str:
    """Return what is the same for a question typed twice, whatever its case and punctuation."""
    words = re.findall(r"\w+", text.casefold())
    return hashlib.sha256("\0".join([article, language, *words]).encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat()
