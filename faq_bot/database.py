"""A database: a SQLite file, or PostgreSQL for several servers.

One transaction at a time writes, tables are brought up to date by migrations.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    NullPool,
    StaticPool,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from faq_bot.errors import FaqBotError

_SECONDS_TO_WAIT = 10  # for another process that writes
_POSTGRESQL = ("postgresql://", "postgres://")
_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """Tables that belong together; `migrations/NAME` makes them, up to the revision `head`.

    `error` is raised where the database cannot be used.
    """

    name: str
    tables: MetaData
    head: str
    error: type[FaqBotError]


class Database:
    """One schema in a database that several processes may use at the same time.

    A process that is killed leaves what was before its transaction, or what is after it.
    """

    def __init__(self, place: str | Path, schema: Schema) -> None:
        """Take the path of a SQLite file or the address `postgresql://…`; nothing is opened yet."""
        self._schema = schema
        self._is_current = False
        if is_postgresql(place):
            self.path: Path | None = None
            url = make_url(str(place)).set(drivername="postgresql+psycopg")
            self._name = url.render_as_string(hide_password=True)
            self._engine = create_engine(url, pool_pre_ping=True)
        else:
            self.path = Path(place)
            self._name = str(place)
            self._engine = _sqlite(f"sqlite:///{place}")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the database for a transaction, and keep other writers out; it is made if need be.

        Raises:
            the schema's error: the database cannot be opened or used.
        """
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise self._unusable(error) from error
        with self._transaction(writes=True) as connection:
            if self.path is None:
                lock = text("select pg_advisory_xact_lock(hashtext(:name))")
                connection.execute(lock, {"name": self._schema.name})
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open the database to be read as it is now; a file not there is not made, but empty.

        Raises:
            the schema's error: the database cannot be opened or used.
        """
        if self.path is None or self.path.exists():
            with self._transaction(writes=False) as connection:
                yield connection
        else:
            engine = _sqlite("sqlite://", StaticPool)
            with engine.begin() as connection:
                self._schema.tables.create_all(connection)
                yield connection
            engine.dispose()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock that is no transaction's, and ends with the process at the latest.

        Only PostgreSQL has such; beside a file there can be another one.
        """
        try:
            with self._engine.connect() as connection:
                connection.execute(text("select pg_advisory_lock(hashtext(:name))"), {"name": name})
                try:
                    yield
                finally:
                    connection.invalidate()  # ends the session, and so the lock
        except SQLAlchemyError as error:
            raise self._unusable(error) from error

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        try:
            self._bring_up_to_date()
            options = _options(writes=writes, postgresql=self.path is None)
            connected = self._engine.connect().execution_options(**options)
            with connected as connection, connection.begin():
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def _bring_up_to_date(self) -> None:
        if self._is_current:
            return
        if self.path is None:
            self._migrate()
        else:
            # Two that change the journal's mode at once would not wait for each other.
            with FileLock(f"{self.path}.lock"):
                self._migrate()
        self._is_current = True

    def _migrate(self) -> None:
        table = f"alembic_version_{self._schema.name}"
        with self._engine.connect() as connection:
            if self.path is not None:
                connection.connection.cursor().execute("pragma journal_mode = wal")
            with connection.begin():
                if self.path is None:
                    lock = text("select pg_advisory_xact_lock(hashtext('migrations'))")
                    connection.execute(lock)
                if inspect(connection).has_table(table):
                    (found,) = connection.execute(text(f"select version_num from {table}")).one()  # noqa: S608
                    if found == self._schema.head:
                        return
                _upgrade(connection, self._schema.name, table)

    def _unusable(self, error: Exception) -> FaqBotError:
        cause = getattr(error, "orig", None) or error
        return self._schema.error(f"The database {self._name} cannot be used: {cause}.")


def is_postgresql(place: str | Path) -> bool:
    """Whether a database is in PostgreSQL, not in a file."""
    return str(place).startswith(_POSTGRESQL)


def _upgrade(connection: Connection, schema: str, table: str) -> None:
    from alembic import command  # takes a tenth of a second, which only a change needs
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("version_locations", str(_MIGRATIONS / schema))
    config.set_main_option("path_separator", "newline")
    config.attributes |= {"connection": connection, "version_table": table}
    command.upgrade(config, "head")


def _sqlite(url: str, pool: type[NullPool | StaticPool] = NullPool) -> Engine:
    """Return an engine whose transactions begin when they are told to (SQLAlchemy's recipe)."""
    engine = create_engine(url, poolclass=pool, connect_args={"timeout": _SECONDS_TO_WAIT})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # or the driver would begin them itself, and late
        connection.execute("pragma foreign_keys = on")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "begin"))

    return engine


def _options(*, writes: bool, postgresql: bool) -> dict[str, Any]:
    if postgresql:
        isolation = "READ COMMITTED" if writes else "REPEATABLE READ"
        return {"isolation_level": isolation, "postgresql_readonly": not writes}
    return {"begin": "begin immediate" if writes else "begin"}
