"""What stands in a newsroom's database."""

from pathlib import Path

from sqlalchemy import MetaData

from faq_bot.newsroom.tables import newsroom_database


def everything(place: Path | str) -> str:
    """Return all that stands in a database."""
    tables = MetaData()
    with newsroom_database(place).reading() as db:
        tables.reflect(db)
        return "\n".join(str(db.execute(table.select()).all()) for table in tables.sorted_tables)
