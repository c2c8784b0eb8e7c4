"""What readers ask, as totals: by day, article and language, never by person, never with words."""

import csv
import io
import logging
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, text

from faq_bot.core.answer import Answer, Outcome
from faq_bot.core.errors import QueueError
from faq_bot.core.languages import Language
from faq_bot.newsroom.tables import counts as totals_by_day
from faq_bot.storage.database import Database

_log = logging.getLogger(__name__)


class Event(StrEnum):
    """What is counted: how a question ended, whether a reply helped, a question that was sent."""

    ANSWERED = "answered"
    UNSURE = "unsure"
    REFUSED = "refused"
    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"
    SENT = "sent"


OUTCOMES = (Event.ANSWERED, Event.UNSURE, Event.REFUSED)

_EVENT_OF: dict[Outcome, Event] = {
    Outcome.ANSWER: Event.ANSWERED,
    Outcome.UNSURE: Event.UNSURE,
    Outcome.REFUSED: Event.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened on one day (UTC), to one article, in one language."""

    day: date
    article: str
    language: Language
    event: Event
    total: int


class Usage:
    """The totals in the newsroom's database.

    Questions are counted only where the newsroom has turned that on; what readers do on purpose,
    to say whether a reply helped or to send a question, always is.
    """

    def __init__(self, database: Database, *, counts_questions: bool) -> None:
        self._database = database
        self.counts_questions = counts_questions

    def count_answer(self, answer: Answer, article: str | None) -> None:
        """Count a question by how it ended; greetings and the like are no questions.

        Where it was not asked about one `article`, that of the passage which came nearest counts.
        """
        if not self.counts_questions:
            return
        for part in answer.parts or (answer,):
            if part.candidates:
                nearest = part.candidates[0].article
                self.count(_EVENT_OF[part.outcome], article or nearest, part.question_language)

    def count(self, event: Event, article: str, language: Language) -> None:
        """Count one event of today; what cannot be counted does not keep anybody from anything."""
        try:
            with self._database.writing() as db:
                db.execute(
                    text(
                        "insert into counts (day, article, language, event, total) "
                        "values (:day, :article, :language, :event, 1) "
                        "on conflict (day, article, language, event) "
                        "do update set total = counts.total + 1"
                    ),
                    {
                        "day": today().isoformat(),
                        "article": article,
                        "language": language,
                        "event": str(event),
                    },
                )
        except QueueError:
            _log.exception("An event could not be counted.")

    def counts(self, days: int | None = None) -> list[Count]:
        """Return the totals of the last `days` days, today included, or all, the oldest first.

        Raises:
            QueueError: the database cannot be used.
        """
        first = "" if days is None else (today() - timedelta(days=days - 1)).isoformat()
        by_day = totals_by_day
        query = (
            select(by_day)
            .where(by_day.c.day >= first)
            .order_by(by_day.c.day, by_day.c.article, by_day.c.language, by_day.c.event)
        )
        with self._database.reading() as db:
            return [
                Count(
                    date.fromisoformat(row["day"]),
                    row["article"],
                    row["language"],
                    Event(row["event"]),
                    row["total"],
                )
                for row in db.execute(query).mappings()
            ]


def today() -> date:
    """Return the day to which events are counted now."""
    return datetime.now(UTC).date()


def totals(counts: Iterable[Count]) -> dict[Event, int]:
    """Return how often each event happened."""
    sums = dict.fromkeys(Event, 0)
    for count in counts:
        sums[count.event] += count.total
    return sums


def counts_csv(counts: Iterable[Count]) -> str:
    """Return the totals as comma-separated values with a line of names (RFC 4180)."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(field.name for field in fields(Count))
    writer.writerows(map(astuple, counts))
    return written.getvalue()
