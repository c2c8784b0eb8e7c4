"""Questions that readers sent to the editors, and the editors' answers to them.

A question is new, then in work, then published or rejected; who changed it and when is kept. What a
reader sends again is counted, not stored again. The text of a rejected question is deleted after a
while; the row stays for the counts.

An answer belongs to one or more questions about one article. It is a draft until it is published;
what is published stays as it is, whatever becomes of the draft, until it is published again or
taken back. Publishing is one transaction: index and pages follow from the database
(`index_watcher`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping, Table, delete, func, insert, select, update

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.characters import clean, clean_line, words
from faq_bot.core.errors import QueueError, QueueFullError, StaleDraftError
from faq_bot.core.languages import Language
from faq_bot.core.reply import LONGEST_ANSWER, LONGEST_NAME, PublishedAnswer, Reply
from faq_bot.core.settings import Settings
from faq_bot.newsroom.tables import answers, audit, newsroom_database, note, now, questions

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


@dataclass(frozen=True, slots=True)
class EditorsAnswer:
    """An answer at work: its draft, and what of it is published.

    `changed_at` changes with each change of the draft, by `changed_by`.
    """

    id: int
    article: str
    draft: Reply
    published: Reply | None
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """What an editor did."""

    at: datetime
    editor: str
    action: str
    question: int | None
    answer: int | None


_REPLY = TypeAdapter(Reply)


class QuestionQueue:
    """The questions and answers in one database."""

    def __init__(
        self, place: str | Path, keep_rejected: timedelta, most_waiting: int = MOST_WAITING
    ) -> None:
        self.database = newsroom_database(place)
        self._keep_rejected = keep_rejected
        self._most_waiting = most_waiting

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the queue that the settings name; nothing is opened before it is used."""
        return cls(settings.database, timedelta(days=settings.keep_rejected_days), MOST_WAITING)

    def send(
        self, article: str, language: Language, text: str, name: str | None = None
    ) -> ReaderQuestion:
        """Store a question that a reader sent; one that was sent before is counted.

        Raises:
            QueueFullError: too many questions wait for an editor.
            QueueError: the database cannot be used.
        """
        digest = _digest(article, language, text)
        with self.database.writing() as db:
            self._forget_rejected(db)
            known = db.scalar(select(questions.c.id).where(questions.c.digest == digest))
            if known is not None:
                more = {"times": questions.c.times + 1}
                db.execute(update(questions).where(questions.c.id == known).values(more))
                return _get(db, known)
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
            return _get(db, _insert(db, questions, row))

    def questions(self, *states: State) -> list[ReaderQuestion]:
        """Return the questions in one of the states, or all, those sent most often first."""
        query = select(questions).order_by(questions.c.times.desc(), questions.c.id)
        if states:
            query = query.where(questions.c.state.in_(states))
        with self.database.reading() as db:
            return [*map(_question, db.execute(query).mappings())]

    def get(self, identifier: int) -> ReaderQuestion:
        """Return one question.

        Raises:
            QueueError: there is no such question.
        """
        with self.database.reading() as db:
            return _get(db, identifier)

    def history(self, identifier: int | None = None) -> list[Change]:
        """Return what editors did, all of it or with one question, the first act first."""
        columns = (audit.c[field.name] for field in fields(Change))
        query = select(*columns).order_by(audit.c.id)
        if identifier is not None:
            query = query.where(audit.c.question == identifier)
        with self.database.reading() as db:
            found = db.execute(query).mappings()
            return [Change(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in found]

    def change(self, identifiers: Sequence[int], state: State, editor: str) -> None:
        """Put questions into a state, and note who did it.

        Raises:
            QueueError: there is no such question, or only publishing leads to or from the state.
        """
        with self.database.writing() as db:
            for identifier in identifiers:
                if State.PUBLISHED in {state, _get(db, identifier).state}:
                    raise QueueError(
                        f"Question {identifier}: an answer is published with "
                        "`faq-bot questions publish` and taken back with `unpublish`."
                    )
                _change(db, identifier, state, editor)

    def undo(self, identifiers: Sequence[int], editor: str) -> None:
        """Put rejected questions back into the state in which they were before.

        Raises:
            QueueError: there is no such question, or it is not rejected.
        """
        with self.database.writing() as db:
            for identifier in identifiers:
                if _get(db, identifier).state is not State.REJECTED:
                    raise QueueError(f"Question {identifier} is not rejected.")
                last = (
                    select(audit.c.action)
                    .where(audit.c.question == identifier)
                    .where(audit.c.action.endswith(f" > {State.REJECTED}"))
                    .order_by(audit.c.id.desc())
                )
                action = db.scalars(last.limit(1)).one()
                _change(db, identifier, State(action.split(" > ")[0]), editor)

    def delete(self, identifier: int, editor: str) -> None:
        """Delete a question and all that was noted about it, but for who deleted it.

        Where an answer to it is published, that stays, without the question's own words. A draft
        goes with its last question.

        Raises:
            QueueError: there is no such question.
        """
        with self.database.writing() as db:
            answer = _get(db, identifier).answer
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
        with self.database.writing() as db:
            return self._forget_rejected(db)

    def answers(self) -> list[EditorsAnswer]:
        """Return all answers, drafts and published ones, those changed last first."""
        with self.database.reading() as db:
            found = db.execute(select(answers).order_by(answers.c.changed_at.desc()))
            return [*map(_answer, found.mappings())]

    def answer(self, identifier: int) -> EditorsAnswer:
        """Return one answer.

        Raises:
            QueueError: there is no such answer.
        """
        with self.database.reading() as db:
            return _get_answer(db, identifier)

    def answered_by(self, identifier: int) -> list[ReaderQuestion]:
        """Return the questions to which an answer belongs."""
        query = (
            select(questions)
            .where(questions.c.answer == identifier)
            .order_by(questions.c.times.desc(), questions.c.id)
        )
        with self.database.reading() as db:
            return [*map(_question, db.execute(query).mappings())]

    def write(
        self,
        identifiers: Sequence[int],
        draft: Reply,
        editor: str,
        seen: datetime | None = None,
        answer: int | None = None,
    ) -> EditorsAnswer:
        """Keep a draft of the answer to questions; those that are new are in work from then on.

        A question that the draft does not belong to any more is new again. `seen` is when the
        answer was changed last as far as the editor knows, `answer` its number, which is needed
        only where none of its questions is left.

        Raises:
            StaleDraftError: somebody else has changed the answer since; nothing is kept.
            QueueError: there is no such question, the questions are about different articles,
                or a text is too long.
        """
        draft = _checked(draft)
        with self.database.writing() as db:
            asked = [_get(db, identifier) for identifier in identifiers]
            known: int | None
            if answer is not None and not asked:
                article, known = _get_answer(db, answer).article, answer
            else:
                article, known = _one_article(asked)
            changed = {"draft": _dump(draft), "changed_at": now(), "changed_by": editor}
            if known is None:
                identifier = _insert(db, answers, changed | {"article": article})
            else:
                identifier = known
                before = _get_answer(db, identifier)
                if seen != before.changed_at and editor != before.changed_by:
                    raise StaleDraftError(before.changed_by)
                _update_answer(db, identifier, changed)
            self._link(db, identifier, asked, editor)
            return _get_answer(db, identifier)

    def publish(self, identifier: int, editor: str) -> EditorsAnswer:
        """Publish what is complete of an answer's draft; its questions are published with it.

        Raises:
            QueueError: there is no such answer, or in no language both question and answer.
        """
        with self.database.writing() as db:
            reply = _get_answer(db, identifier).draft.complete
            if not reply.texts:
                raise QueueError("Write a question and an answer in at least one language first.")
            changed = {"published": _dump(reply), "published_at": now()}
            _update_answer(db, identifier, changed)
            note(db, editor, "published", answer=identifier)
            self._change_linked(db, identifier, State.PUBLISHED, editor)
            return _get_answer(db, identifier)

    def unpublish(self, identifier: int, editor: str) -> EditorsAnswer:
        """Take a published answer back; its draft stays, and its questions are in work again.

        Raises:
            QueueError: there is no such answer, or it is not published.
        """
        with self.database.writing() as db:
            if _get_answer(db, identifier).published is None:
                raise QueueError(f"Answer {identifier} is not published.")
            _update_answer(db, identifier, {"published": None, "published_at": None})
            note(db, editor, "unpublished", answer=identifier)
            self._change_linked(db, identifier, State.IN_WORK, editor)
            return _get_answer(db, identifier)

    def published(self) -> tuple[PublishedAnswer, ...]:
        """Return what is published, the newest first."""
        with self.database.reading() as db:
            asked: dict[int, dict[Language, tuple[str, ...]]] = {}
            query = select(questions).where(questions.c.state == State.PUBLISHED)
            query = query.where(questions.c.text.is_not(None)).order_by(questions.c.id)
            for question in map(_question, db.execute(query).mappings()):
                if question.answer is not None and question.text is not None:
                    wordings = asked.setdefault(question.answer, {})
                    known = wordings.get(question.language, ())
                    wordings[question.language] = (*known, question.text)
            out = select(answers).where(answers.c.published.is_not(None))
            found = db.execute(out.order_by(answers.c.published_at.desc(), answers.c.id))
            return tuple(
                PublishedAnswer(one.id, one.article, one.published, asked.get(one.id, {}))
                for one in map(_answer, found.mappings())
                if one.published is not None
            )

    def _link(
        self, db: Connection, answer: int, asked: Sequence[ReaderQuestion], editor: str
    ) -> None:
        """Let the answer belong to exactly these questions, as far as they are not published."""
        chosen = {question.id for question in asked}
        query = select(questions.c.id).where(questions.c.answer == answer)
        at_work = questions.c.state.in_([State.NEW, State.IN_WORK])
        for identifier in db.scalars(query.where(at_work)).all():
            if identifier not in chosen:
                _update_question(db, identifier, {"answer": None})
                _change(db, identifier, State.NEW, editor)
        for question in asked:
            _update_question(db, question.id, {"answer": answer})
            if question.state in {State.NEW, State.REJECTED}:
                _change(db, question.id, State.IN_WORK, editor)

    def _change_linked(self, db: Connection, answer: int, state: State, editor: str) -> None:
        query = select(questions.c.id).where(questions.c.answer == answer)
        for identifier in db.scalars(query.where(questions.c.state != State.REJECTED)).all():
            _change(db, identifier, state, editor)

    def _forget_rejected(self, db: Connection) -> int:
        before = (datetime.now(UTC) - self._keep_rejected).isoformat()
        forgotten = (
            update(questions)
            .where(questions.c.state == State.REJECTED)
            .where(questions.c.changed_at <= before)
            .where(questions.c.text.is_not(None))
            .values(text=None, name=None, digest=None)
        )
        return int(db.execute(forgotten).rowcount)


def _get(db: Connection, identifier: int) -> ReaderQuestion:
    query = select(questions).where(questions.c.id == identifier)
    found = db.execute(query).mappings().first()
    if found is None:
        raise QueueError(f"There is no question {identifier}. See: faq-bot questions list")
    return _question(found)


def _get_answer(db: Connection, identifier: int) -> EditorsAnswer:
    query = select(answers).where(answers.c.id == identifier)
    found = db.execute(query).mappings().first()
    if found is None:
        raise QueueError(f"There is no answer {identifier}.")
    return _answer(found)


def _insert(db: Connection, table: Table, row: Mapping[str, Any]) -> int:
    (identifier,) = db.execute(insert(table).values(row)).inserted_primary_key or (0,)
    return int(identifier)


def _update_question(db: Connection, identifier: int, changed: Mapping[str, Any]) -> None:
    db.execute(update(questions).where(questions.c.id == identifier).values(changed))


def _update_answer(db: Connection, identifier: int, changed: Mapping[str, Any]) -> None:
    db.execute(update(answers).where(answers.c.id == identifier).values(changed))


def _change(db: Connection, identifier: int, state: State, editor: str) -> None:
    before = _get(db, identifier).state
    if before is not state:
        changed = {"state": state, "changed_at": now(), "changed_by": editor}
        _update_question(db, identifier, changed)
        note(db, editor, f"{before} > {state}", question=identifier)


def _one_article(asked: Sequence[ReaderQuestion]) -> tuple[str, int | None]:
    """Return the article of the questions, and the number of their answer if there is one."""
    articles = {question.article for question in asked}
    answers = {question.answer for question in asked} - {None}
    if len(articles) != 1:
        raise QueueError("An answer needs questions about one article.")
    if len(answers) > 1:
        raise QueueError("Some of these questions already have an answer of their own.")
    return articles.pop(), next(iter(answers), None)


def _checked(draft: Reply) -> Reply:
    texts = {
        tag: QuestionAnswer(clean(text.question), clean(text.answer))
        for tag, text in draft.texts.items()
    }
    if any(max(len(one.question), len(one.answer)) > LONGEST_ANSWER for one in texts.values()):
        raise QueueError(f"Question and answer have at most {LONGEST_ANSWER} characters.")
    name = clean_line(draft.name)
    return Reply(texts, name and name[:LONGEST_NAME])


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


def _answer(row: RowMapping) -> EditorsAnswer:
    return EditorsAnswer(
        id=row["id"],
        article=row["article"],
        draft=_REPLY.validate_json(row["draft"]),
        published=_REPLY.validate_json(row["published"]) if row["published"] else None,
        changed_at=datetime.fromisoformat(row["changed_at"]),
        changed_by=row["changed_by"],
    )


def _dump(reply: Reply) -> str:
    return _REPLY.dump_json(reply).decode()


def _digest(article: str, language: Language, text: str) -> str:
    """Return what is the same for a question that is sent twice."""
    return hashlib.sha256("\0".join([article, language, *words(text)]).encode()).hexdigest()
