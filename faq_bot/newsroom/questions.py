"""Questions that readers sent to the editors.

A question is new, then in work, then published or rejected; who changed it and when is kept
(`audit`). What a reader sends again is counted, not stored again. The text of a rejected question
is deleted after a while; the row stays for the counts.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, select, update

from faq_bot.core.characters import words
from faq_bot.core.errors import QueueError, QueueFullError
from faq_bot.core.languages import Language
from faq_bot.newsroom.audit import note
from faq_bot.newsroom.rows import insert_row, read_row, update_row
from faq_bot.newsroom.tables import answers, audit, now, questions
from faq_bot.storage.database import Database

MOST_WAITING = 10_000


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
    the state last, `answer` the number of the answer written for it.
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
    answer: int | None


class Questions:
    """The readers' questions in one database."""

    def __init__(
        self, database: Database, keep_rejected: timedelta, most_waiting: int = MOST_WAITING
    ) -> None:
        self._database = database
        self.keep_rejected = keep_rejected
        self._most_waiting = most_waiting

    def send(
        self, article: str, language: Language, text: str, name: str | None = None
    ) -> ReaderQuestion:
        """Store a question that a reader sent; one that was sent before is counted.

        Raises:
            QueueFullError: too many questions wait for an editor.
            QueueError: the database cannot be used.
        """
        digest = _digest(article, language, text)
        with self._database.writing() as db:
            self._forget_rejected(db)
            known = db.scalar(select(questions.c.id).where(questions.c.digest == digest))
            if known is not None:
                update_row(db, questions, known, {"times": questions.c.times + 1})
                return read_question(db, known)
            waiting = select(func.count()).where(questions.c.state == State.NEW)
            if db.scalars(waiting).one() >= self._most_waiting:
                raise QueueFullError("Too many questions wait for an answer. Try again later.")
            sent_at = now()
            row = {
                "article": article,
                "language": language,
                "text": text,
                "name": name,
                "digest": digest,
                "times": 1,
                "state": State.NEW,
                "sent_at": sent_at,
                "changed_at": sent_at,
            }
            return read_question(db, insert_row(db, questions, row))

    def find(self, *states: State) -> list[ReaderQuestion]:
        """Return the questions in one of the states, or all, those sent most often first."""
        return self._where(questions.c.state.in_(states or tuple(State)))

    def answered_by(self, answer: int) -> list[ReaderQuestion]:
        """Return the questions to which an answer belongs, those sent most often first."""
        return self._where(questions.c.answer == answer)

    def _where(self, condition: ColumnElement[bool]) -> list[ReaderQuestion]:
        query = select(questions).where(condition)
        query = query.order_by(questions.c.times.desc(), questions.c.id)
        with self._database.reading() as db:
            return [*map(_question, db.execute(query).mappings())]

    def get(self, identifier: int) -> ReaderQuestion:
        """Return one question.

        Raises:
            QueueError: there is no such question.
        """
        with self._database.reading() as db:
            return read_question(db, identifier)

    def change(self, identifiers: Sequence[int], state: State, editor: str) -> None:
        """Put questions into a state, and note who did it.

        Raises:
            QueueError: there is no such question, or only publishing leads to or from the state.
        """

        def next_state(_: Connection, question: ReaderQuestion) -> State:
            if State.PUBLISHED in {state, question.state}:
                raise QueueError(
                    f"Question {question.id}: an answer is published with "
                    "`faq-bot questions publish` and taken back with `unpublish`."
                )
            return state

        self._move(identifiers, next_state, editor)

    def undo(self, identifiers: Sequence[int], editor: str) -> None:
        """Put rejected questions back into the state in which they were before.

        Raises:
            QueueError: there is no such question, or it is not rejected.
        """
        self._move(identifiers, _state_before_rejection, editor)

    def _move(
        self,
        identifiers: Sequence[int],
        next_state: Callable[[Connection, ReaderQuestion], State],
        editor: str,
    ) -> None:
        """Move all of the questions to their next states, or none if that fails for one."""
        with self._database.writing() as db:
            for identifier in identifiers:
                state = next_state(db, read_question(db, identifier))
                move_question(db, identifier, state, editor)

    def delete(self, identifier: int, editor: str) -> None:
        """Delete a question and all that was noted about it, but for who deleted it.

        Where an answer to it is published, that stays, without the question's own words. A draft
        goes with its last question.

        Raises:
            QueueError: there is no such question.
        """
        with self._database.writing() as db:
            answer = read_question(db, identifier).answer
            db.execute(delete(audit).where(audit.c.question == identifier))
            db.execute(delete(questions).where(questions.c.id == identifier))
            used = select(questions.c.answer).where(questions.c.answer.is_not(None))
            db.execute(
                delete(answers)
                .where(answers.c.id == answer)
                .where(answers.c.published.is_(None))
                .where(answers.c.id.not_in(used))
            )
            note(db, editor, "deleted", question=identifier)

    def forget_rejected(self) -> int:
        """Delete the texts of questions rejected long enough ago; return how many."""
        with self._database.writing() as db:
            return self._forget_rejected(db)

    def _forget_rejected(self, db: Connection) -> int:
        before = (datetime.now(UTC) - self.keep_rejected).isoformat()
        forgotten = (
            update(questions)
            .where(questions.c.state == State.REJECTED)
            .where(questions.c.changed_at <= before)
            .where(questions.c.text.is_not(None))
            .values(text=None, name=None, digest=None)
        )
        return int(db.execute(forgotten).rowcount)


def read_question(db: Connection, identifier: int) -> ReaderQuestion:
    """Return one question as a transaction sees it.

    Raises:
        QueueError: there is no such question.
    """
    row = read_row(db, questions, identifier)
    if row is None:
        raise QueueError(f"There is no question {identifier}. See: faq-bot questions list")
    return _question(row)


def move_question(db: Connection, identifier: int, state: State, editor: str) -> None:
    """Put a question into a state within a transaction, and note it if that is another one.

    Raises:
        QueueError: there is no such question.
    """
    before = read_question(db, identifier).state
    if before is not state:
        changed = {"state": state, "changed_at": now(), "changed_by": editor}
        update_row(db, questions, identifier, changed)
        note(db, editor, f"{before} > {state}", question=identifier)


def _state_before_rejection(db: Connection, question: ReaderQuestion) -> State:
    """Return the state from which a question was rejected last, as the audit trail tells."""
    if question.state is not State.REJECTED:
        raise QueueError(f"Question {question.id} is not rejected.")
    rejections = (
        select(audit.c.action)
        .where(audit.c.question == question.id)
        .where(audit.c.action.endswith(f" > {State.REJECTED}"))
        .order_by(audit.c.id.desc())
    )
    action = db.scalars(rejections.limit(1)).one()
    return State(action.split(" > ")[0])


def _question(row: RowMapping) -> ReaderQuestion:
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
    """Return what is the same for a question that is sent twice."""
    return hashlib.sha256("\0".join([article, language, *words(text)]).encode()).hexdigest()
