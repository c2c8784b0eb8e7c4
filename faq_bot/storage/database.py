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
    column,
    create_engine,
    event,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from faq_bot.core.errors import FaqBotError

_SECONDS_TO_WAIT = 10  # for another process that writes
_POSTGRESQL = ("postgresql://", "postgres://")
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCK = text("select pg_advisory_xact_lock(hashtext(:name))")  # until the transaction ends
_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """Tables that belong together; `migrations/NAME` makes them, up to the revision `head`.

    `error` is raised where the database cannot be used, with `advice` what to do. In a file with a
    log (`has_log`), reading does not wait for writing, but needs to write there, too.
    """

    name: str
    tables: MetaData
    head: str
    error: type[FaqBotError]
    advice: str = ""
    has_log: bool = True


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
            self.name = url.render_as_string(hide_password=True)
            try:
                self._engine = create_engine(url, pool_pre_ping=True)
            except ImportError as error:
                raise schema.error(
                    "PostgreSQL needs another package. Install: pip install 'faq-bot[cluster]'"
                ) from error
        else:
            self.path = Path(place)
            self.name = str(place)
            self._engine = _sqlite(URL.create("sqlite", database=str(place)))

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
                connection.execute(_LOCK, {"name": f"{self._schema.name}: a transaction"})
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
            with _sqlite(URL.create("sqlite"), StaticPool).begin() as connection:
                self._schema.tables.create_all(connection)
                yield connection

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock that is no transaction's, and ends with the process at the latest.

        Only PostgreSQL has such; beside a file there can be another one.
        """
        try:
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            with session as connection:
                connection.execute(text("select pg_advisory_lock(hashtext(:name))"), {"name": name})
                try:
                    yield
                finally:
                    connection.invalidate()  # ends the session, and so the lock
        except SQLAlchemyError as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Close the connections to a server; the next transaction opens another one."""
        self._engine.dispose()

    def discard_damaged(self) -> None:
        """Delete the file if it is no database any more, so that it can be made anew."""
        if self.path is None or not self.path.exists():
            return
        connection = sqlite3.connect(self.path, timeout=_SECONDS_TO_WAIT)
        try:
            is_damaged = connection.execute("pragma quick_check").fetchone() != ("ok",)
        except sqlite3.DatabaseError as error:
            is_damaged = error.sqlite_errorcode in _DAMAGED
        finally:
            connection.close()
        if is_damaged:
            self.path.unlink()
            self._is_current = False

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
        with self._engine.connect() as connection:
            found = self._revision(connection)
        if found != self._schema.head and self.path is None:
            self._migrate()
        elif found != self._schema.head:
            # Two that change the journal's mode at once would not wait for each other.
            with FileLock(f"{self.path}.lock"):
                self._migrate()
        self._is_current = True

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            if self.path is not None and self._schema.has_log:
                connection.connection.cursor().execute("pragma journal_mode = wal")
            with connection.begin():
                if self.path is None:
                    connection.execute(_LOCK, {"name": "migrations"})
                if self._revision(connection) != self._schema.head:
                    self._upgrade(connection)

    def _upgrade(self, connection: Connection) -> None:
        from alembic import command  # takes a tenth of a second, which only a change needs
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        folder = str(_MIGRATIONS).replace("%", "%%")
        config.set_main_option("script_location", folder)
        config.set_main_option("version_locations", f"{folder}/{self._schema.name}")
        config.set_main_option("path_separator", "newline")
        config.attributes |= {"connection": connection, "version_table": self._version_table}
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise self._schema.error(
                f"The database {self.name} was made by another version of FAQ bot. "
                "Use that one, or name another database."
            ) from error

    def _revision(self, connection: Connection) -> str | None:
        if not inspect(connection).has_table(self._version_table):
            return None
        version = table(self._version_table, column("version_num"))
        found: str | None = connection.scalar(select(version.c.version_num))
        return found

    @property
    def _version_table(self) -> str:
        return f"alembic_version_{self._schema.name}"

    def _unusable(self, error: Exception) -> FaqBotError:
        cause = getattr(error, "orig", None) or error
        message = f"The database {self.name} cannot be used: {cause}.{self._schema.advice}"
        return self._schema.error(message)


def is_postgresql(place: str | Path) -> bool:
    """Whether a database is in PostgreSQL, not in a file."""
    return str(place).startswith(_POSTGRESQL)


def _sqlite(url: URL, pool: type[NullPool | StaticPool] = NullPool) -> Engine:
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
