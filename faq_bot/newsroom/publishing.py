"""What of the editors' answers is published.

What is published stays as it is, whatever becomes of the draft, until it is published again or
taken back. Publishing is one transaction of the database; index and pages follow from it
(`web.index_watcher`).
"""

from collections import defaultdict

from sqlalchemy import Connection, select

from faq_bot.core.errors import QueueError
from faq_bot.core.languages import Language
from faq_bot.core.reply import PublishedAnswer, Reply
from faq_bot.newsroom.audit import note
from faq_bot.newsroom.drafts import EditorsAnswer, editors_answer, read_answer, reply_json
from faq_bot.newsroom.questions import State, move_question
from faq_bot.newsroom.rows import update_row
from faq_bot.newsroom.tables import answers, now, questions
from faq_bot.storage.database import Database


class Publishing:
    """The published answers in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def published(self) -> tuple[PublishedAnswer, ...]:
        """Return what is published, the newest first."""
        with self._database.reading() as db:
            wordings = _wordings(db)
            query = select(answers).where(answers.c.published.is_not(None))
            query = query.order_by(answers.c.published_at.desc(), answers.c.id)
            found = map(editors_answer, db.execute(query).mappings())
            return tuple(
                PublishedAnswer(one.id, one.article, one.published, wordings.get(one.id, {}))
                for one in found
                if one.published is not None
            )

    def publish(self, answer: int, editor: str) -> EditorsAnswer:
        """Publish what is complete of an answer's draft; its questions are published with it.

        Raises:
            QueueError: there is no such answer, or in no language both question and answer.
        """
        with self._database.writing() as db:
            reply = read_answer(db, answer).draft.complete
            if not reply.texts:
                raise QueueError("Write a question and an answer in at least one language first.")
            return _put_out(db, answer, reply, editor)

    def unpublish(self, answer: int, editor: str) -> EditorsAnswer:
        """Take a published answer back; its draft stays, and its questions are in work again.

        Raises:
            QueueError: there is no such answer, or it is not published.
        """
        with self._database.writing() as db:
            if read_answer(db, answer).published is None:
                raise QueueError(f"Answer {answer} is not published.")
            return _put_out(db, answer, None, editor)


def _put_out(db: Connection, answer: int, reply: Reply | None, editor: str) -> EditorsAnswer:
    """Let the reply, or nothing, be what readers see; the answer's questions go with it.

    Rejected ones stay so.
    """
    if reply is None:
        stored, at, action, state = None, None, "unpublished", State.IN_WORK
    else:
        stored, at, action, state = reply_json(reply), now(), "published", State.PUBLISHED
    update_row(db, answers, answer, {"published": stored, "published_at": at})
    note(db, editor, action, answer=answer)
    query = select(questions.c.id).where(questions.c.answer == answer)
    for question in db.scalars(query.where(questions.c.state != State.REJECTED)).all():
        move_question(db, question, state, editor)
    return read_answer(db, answer)


def _wordings(db: Connection) -> dict[int, dict[Language, tuple[str, ...]]]:
    """Return the words in which readers asked, by the number of the published answer."""
    query = (
        select(questions.c.answer, questions.c.language, questions.c.text)
        .where(questions.c.state == State.PUBLISHED)
        .where(questions.c.answer.is_not(None))
        .where(questions.c.text.is_not(None))
        .order_by(questions.c.id)
    )
    wordings: dict[int, dict[Language, tuple[str, ...]]] = defaultdict(dict)
    for answer, language, text in db.execute(query):
        wordings[answer][language] = (*wordings[answer].get(language, ()), text)
    return wordings
