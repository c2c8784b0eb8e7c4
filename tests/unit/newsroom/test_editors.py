"""Accounts and sessions of editors."""

from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from faq_bot.core.errors import AccountError
from faq_bot.newsroom.audit import AuditTrail
from faq_bot.newsroom.editors import Editors
from faq_bot.newsroom.tables import newsroom_database
from tests.support.databases import everything

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with a thousandth of the work; the desk's tests have the real one."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("faq_bot.newsroom.editors._hasher", hasher)


@pytest.fixture(name="editors")
def editors_of_a_newsroom(place: Path | str) -> Editors:
    editors = Editors(newsroom_database(place), timedelta(hours=1))
    editors.add("mia", PASSWORD)
    return editors


def test_only_name_and_password_together_open_a_session(editors: Editors) -> None:
    key = editors.log_in("mia", PASSWORD)
    assert key is not None
    assert editors.editor(key) == "mia"
    for name, password in (("mia", "wrong"), ("mia", ""), ("ben", PASSWORD), ("", "")):
        assert editors.log_in(name, password) is None
    assert editors.editor("guessed") is None


def test_a_session_ends(editors: Editors, place: Path | str) -> None:
    key = editors.log_in("mia", PASSWORD) or ""
    editors.log_out(key)
    assert editors.editor(key) is None
    short = Editors(newsroom_database(place), timedelta(0))
    assert short.editor(short.log_in("mia", PASSWORD) or "") is None


def test_a_new_password_and_a_removed_account_end_all_sessions(editors: Editors) -> None:
    key = editors.log_in("mia", PASSWORD) or ""
    editors.add("mia", "another long password")
    assert editors.editor(key) is None
    assert editors.log_in("mia", PASSWORD) is None
    key = editors.log_in("mia", "another long password") or ""
    editors.remove("mia")
    assert editors.editor(key) is None
    assert editors.names() == []
    with pytest.raises(AccountError, match="no editor 'mia'"):
        editors.remove("mia")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ben", "short"), ("ben", "x" * 2000), ("", PASSWORD), ("a\nb", PASSWORD),
        ("x" * 61, PASSWORD), ("ben", "ben and a long word"),
    ],
)  # fmt: skip
def test_what_is_no_name_or_password_is_refused(editors: Editors, name: str, password: str) -> None:
    with pytest.raises(AccountError):
        editors.add(name, password)
    assert editors.names() == ["mia"]


def test_neither_password_nor_key_stands_in_the_file(editors: Editors, place: Path | str) -> None:
    key = editors.log_in("mia", PASSWORD) or ""
    content = everything(place)
    assert "$argon2id$" in content
    assert PASSWORD not in content
    assert key not in content


def test_log_ins_are_in_the_audit_trail(editors: Editors, place: Path | str) -> None:
    key = editors.log_in("mia", PASSWORD) or ""
    editors.log_in("mia", "wrong")
    editors.log_in("typed my password here", "wrong")
    editors.log_out(key)
    history = AuditTrail(newsroom_database(place)).history()
    assert [(change.editor, change.action) for change in history] == [
        ("mia", "account set up"),
        ("mia", "logged in"),
        ("mia", "log-in failed"),
        ("mia", "logged out"),
    ]
