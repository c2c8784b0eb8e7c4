"""The audit trail: what editors did, and when."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, insert, select

from faq_bot.newsroom.tables import audit, now
from faq_bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Change:
    """What an editor did."""

    at: datetime
    editor: str
    action: str
    question: int | None
    answer: int | None


class AuditTrail:
    """What was noted in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def history(self, question: int | None = None) -> list[Change]:
        """Return what editors did, all of it or with one question, the first act first."""
        columns = (audit.c[field.name] for field in fields(Change))
        query = select(*columns).order_by(audit.c.id)
        if question is not None:
            query = query.where(audit.c.question == question)
        with self._database.reading() as db:
            found = db.execute(query).mappings()
            return [Change(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in found]


def note(
    db: Connection,
    editor: str,
    action: str,
    *,
    question: int | None = None,
    answer: int | None = None,
) -> None:
    """Add what an editor did, as part of the transaction that does it."""
    row = {"at": now(), "editor": editor, "action": action, "question": question, "answer": answer}
    db.execute(insert(audit).values(row))
