"""Single rows of the tables by their numbers, within a transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, insert, select, update


def read_row(db: Connection, table: Table, identifier: int) -> RowMapping | None:
    """Return a row, or None if there is none with this number."""
    return db.execute(select(table).where(table.c.id == identifier)).mappings().first()


def insert_row(db: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Add a row and return its number."""
    (identifier,) = db.execute(insert(table).values(row)).inserted_primary_key or (0,)
    return int(identifier)


def update_row(db: Connection, table: Table, identifier: int, changed: Mapping[str, Any]) -> None:
    """Change some columns of a row."""
    db.execute(update(table).where(table.c.id == identifier).values(changed))
