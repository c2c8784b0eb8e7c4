"""All that the newsroom keeps, in one database."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from faq_bot.core.settings import Settings
from faq_bot.newsroom.audit import AuditTrail
from faq_bot.newsroom.drafts import Drafts
from faq_bot.newsroom.editors import Editors
from faq_bot.newsroom.publishing import Publishing
from faq_bot.newsroom.questions import MOST_WAITING, Questions
from faq_bot.newsroom.tables import newsroom_database
from faq_bot.newsroom.usage import Usage
from faq_bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The parts of the editors' desk, each with its own view of the same database."""

    database: Database
    questions: Questions
    drafts: Drafts
    publishing: Publishing
    editors: Editors
    usage: Usage
    audit: AuditTrail

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the newsroom that the settings name; nothing is opened before it is used."""
        database = newsroom_database(settings.database)
        keep_rejected = timedelta(days=settings.keep_rejected_days)
        return cls(
            database=database,
            questions=Questions(database, keep_rejected, MOST_WAITING),
            drafts=Drafts(database),
            publishing=Publishing(database),
            editors=Editors(database, timedelta(hours=settings.session_hours)),
            usage=Usage(database, counts_questions=settings.count_questions),
            audit=AuditTrail(database),
        )
