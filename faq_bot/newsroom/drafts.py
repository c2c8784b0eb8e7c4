"""Editors' answers to readers' questions, while they are being written.

An answer belongs to one or more questions about one article. Editors change its draft only; what of
it readers see is a copy that is made when it is published (`publishing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, RowMapping, select

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.characters import clean, clean_line
from faq_bot.core.errors import QueueError, StaleDraftError
from faq_bot.core.reply import LONGEST_ANSWER, LONGEST_NAME, Reply
from faq_bot.newsroom.questions import ReaderQuestion, State, move_question, read_question
from faq_bot.newsroom.rows import insert_row, read_row, update_row
from faq_bot.newsroom.tables import answers, now, questions
from faq_bot.storage.database import Database

_REPLY = TypeAdapter(Reply)


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


class Drafts:
    """The answers in one database, as editors write them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[EditorsAnswer]:
        """Return all answers, also those that are published, those changed last first."""
        with self._database.reading() as db:
            found = db.execute(select(answers).order_by(answers.c.changed_at.desc()))
            return [*map(editors_answer, found.mappings())]

    def get(self, identifier: int) -> EditorsAnswer:
        """Return one answer.

        Raises:
            QueueError: there is no such answer.
        """
        with self._database.reading() as db:
            return read_answer(db, identifier)

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
        with self._database.writing() as db:
            asked = [read_question(db, identifier) for identifier in identifiers]
            if answer is None or asked:
                article, answer = _one_article(asked)
            else:
                article = read_answer(db, answer).article
            changed = {"draft": reply_json(draft), "changed_at": now(), "changed_by": editor}
            if answer is None:
                answer = insert_row(db, answers, changed | {"article": article})
            else:
                before = read_answer(db, answer)
                if seen != before.changed_at and editor != before.changed_by:
                    raise StaleDraftError(before.changed_by)
                update_row(db, answers, answer, changed)
            _link(db, answer, asked, editor)
            return read_answer(db, answer)


def read_answer(db: Connection, identifier: int) -> EditorsAnswer:
    """Return one answer as a transaction sees it.

    Raises:
        QueueError: there is no such answer.
    """
    row = read_row(db, answers, identifier)
    if row is None:
        raise QueueError(f"There is no answer {identifier}.")
    return editors_answer(row)


def editors_answer(row: RowMapping) -> EditorsAnswer:
    """Return the answer that a row holds."""
    return EditorsAnswer(
        id=row["id"],
        article=row["article"],
        draft=_REPLY.validate_json(row["draft"]),
        published=_REPLY.validate_json(row["published"]) if row["published"] else None,
        changed_at=datetime.fromisoformat(row["changed_at"]),
        changed_by=row["changed_by"],
    )


def reply_json(reply: Reply) -> str:
    """Return a reply as it is stored."""
    return _REPLY.dump_json(reply).decode()


def _link(db: Connection, answer: int, asked: Sequence[ReaderQuestion], editor: str) -> None:
    """Let the answer belong to exactly these questions, as far as they are not published."""
    chosen = {question.id for question in asked}
    query = select(questions.c.id).where(questions.c.answer == answer)
    at_work = questions.c.state.in_([State.NEW, State.IN_WORK])
    for identifier in db.scalars(query.where(at_work)).all():
        if identifier not in chosen:
            update_row(db, questions, identifier, {"answer": None})
            move_question(db, identifier, State.NEW, editor)
    for question in asked:
        update_row(db, questions, question.id, {"answer": answer})
        if question.state in {State.NEW, State.REJECTED}:
            move_question(db, question.id, State.IN_WORK, editor)


def _one_article(asked: Sequence[ReaderQuestion]) -> tuple[str, int | None]:
    """Return the article of the questions, and the number of their answer if there is one."""
    articles = {question.article for question in asked}
    known = {question.answer for question in asked} - {None}
    if len(articles) != 1:
        raise QueueError("An answer needs questions about one article.")
    if len(known) > 1:
        raise QueueError("Some of these questions already have an answer of their own.")
    return articles.pop(), next(iter(known), None)


def _checked(draft: Reply) -> Reply:
    texts = {
        tag: QuestionAnswer(clean(text.question), clean(text.answer))
        for tag, text in draft.texts.items()
    }
    if any(max(len(one.question), len(one.answer)) > LONGEST_ANSWER for one in texts.values()):
        raise QueueError(f"Question and answer have at most {LONGEST_ANSWER} characters.")
    name = clean_line(draft.name)
    return Reply(texts, name and name[:LONGEST_NAME])
