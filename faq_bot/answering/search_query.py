"""What is searched for, and where."""

from dataclasses import dataclass

from faq_bot.core.languages import Language

MOST_READ = 8  # passages that the reader reads for one question


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question to search passages for.

    `article_ids` are the articles to be searched, None for all of them. `limit` is the number of
    candidates to be returned at most. Passages whose ids are in `exclude` count as if they were not
    there.
    """

    text: str
    language: Language
    article_ids: tuple[str, ...] | None = None
    limit: int = MOST_READ
    exclude: frozenset[str] = frozenset()
