"""Who may enter the editors' desk: accounts and sessions."""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, delete, insert, select

from faq_bot.core.characters import clean
from faq_bot.core.errors import AccountError
from faq_bot.newsroom.audit import note
from faq_bot.newsroom.tables import accounts, now, sessions
from faq_bot.storage.database import Database

SHORTEST_PASSWORD = 12
_LONGEST_PASSWORD = 1_000  # or hashing it would take long
_NAME = re.compile(r"[\w.@ -]{1,60}")

_hasher = PasswordHasher()  # Argon2id with the parameters of RFC 9106


class Editors:
    """The accounts in the newsroom's database, and the sessions of those who are logged in.

    Of a session's key only a digest is stored, so that nobody can enter with what the file says.
    """

    def __init__(self, database: Database, session: timedelta) -> None:
        self._database = database
        self._session = session

    def names(self) -> list[str]:
        """Return the names of all editors."""
        with self._database.reading() as db:
            return [*db.scalars(select(accounts.c.name).order_by(accounts.c.name))]

    def add(self, name: str, password: str) -> None:
        """Make an account, or give it a new password, which ends its sessions.

        Raises:
            AccountError: the name or the password cannot be used.
        """
        if clean(name) != name or not _NAME.fullmatch(name):
            raise AccountError(
                "A name has at most 60 letters, digits, spaces and the characters . @ - _"
            )
        if not SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
            raise AccountError(f"A password has at least {SHORTEST_PASSWORD} characters.")
        if name.casefold() in password.casefold():
            raise AccountError("The password must not contain the name.")
        hashed = _hasher.hash(password)
        with self._database.writing() as db:
            _delete(db, name)
            db.execute(insert(accounts).values(name=name, password=hashed, created_at=now()))
            note(db, name, "account set up")

    def remove(self, name: str) -> None:
        """Remove an account and its sessions; what the editor did stays in the audit trail.

        Raises:
            AccountError: there is no such account.
        """
        with self._database.writing() as db:
            if not _delete(db, name):
                raise AccountError(f"There is no editor {name!r}. See: faq-bot editors list")
            note(db, name, "account removed")

    def log_in(self, name: str, password: str) -> str | None:
        """Begin a session and return its key, or None if name and password do not fit."""
        with self._database.reading() as db:
            found = db.scalar(select(accounts.c.password).where(accounts.c.name == name))
        hashed = found or _nobodys_password()
        try:
            _hasher.verify(hashed, password[:_LONGEST_PASSWORD])
        except VerificationError:
            fits = False
        else:
            fits = found is not None
        if not fits:
            if found:
                with self._database.writing() as db:
                    note(db, name, "log-in failed")
            return None
        key = secrets.token_urlsafe(32)
        expires_at = (datetime.now(UTC) + self._session).isoformat()
        with self._database.writing() as db:
            _forget_expired(db)
            session = {"digest": _digest(key), "editor": name, "expires_at": expires_at}
            db.execute(insert(sessions).values(session))
            note(db, name, "logged in")
        return key

    def log_out(self, key: str) -> None:
        """End a session."""
        with self._database.writing() as db:
            is_this = sessions.c.digest == _digest(key)
            for editor in db.scalars(select(sessions.c.editor).where(is_this)).all():
                note(db, editor, "logged out")
            db.execute(delete(sessions).where(is_this))
            _forget_expired(db)

    def editor(self, key: str) -> str | None:
        """Return whose session it is, or None if it has ended."""
        query = select(sessions.c.editor).where(sessions.c.digest == _digest(key))
        with self._database.reading() as db:
            found: str | None = db.scalar(query.where(sessions.c.expires_at > now()))
            return found


@cache
def _nobodys_password() -> str:
    """Return a hash to compare with where there is no account, so that it takes as long."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _delete(db: Connection, name: str) -> bool:
    """Delete an account with its sessions; return whether there was one."""
    db.execute(delete(sessions).where(sessions.c.editor == name))
    return db.execute(delete(accounts).where(accounts.c.name == name)).rowcount > 0


def _forget_expired(db: Connection) -> None:
    db.execute(delete(sessions).where(sessions.c.expires_at <= now()))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
