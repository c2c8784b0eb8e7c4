"""The page that tells what readers ask, as totals."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from faq_bot.answering.bot import FaqBot
from faq_bot.core.languages import Language
from faq_bot.core.settings import Settings
from faq_bot.newsroom.questions import State
from faq_bot.newsroom.usage import Count, Event, Usage, counts_csv, today, totals
from faq_bot.web.desk.rendering import statistics_page
from faq_bot.web.desk.work import Desk
from faq_bot.web.locale import preferred_language

Days = Annotated[int, Query(ge=1, le=3660)]
_MOST_WANTED = 10


def statistics_routes(desk: Desk, usage: Usage, settings: Settings) -> APIRouter:
    """Return the routes of the statistics; `DeskGate` guards them."""
    router = APIRouter(prefix="/editor")

    @router.get("/statistics")
    def show(request: Request, days: Days = 30) -> HTMLResponse:
        language = preferred_language(request, settings.language)
        counts = usage.counts(days)
        items, _ = desk.items(State.NEW)
        wanted = [(item.times, item.title(language)) for item in items[:_MOST_WANTED]]
        return HTMLResponse(
            statistics_page(
                language,
                days=days,
                sums=totals(counts),
                by_day=by_day(counts, days),
                by_article=by_article(counts, desk.bot, language),
                wanted=wanted,
                counts_questions=usage.counts_questions,
            )
        )

    @router.get("/statistics.csv")
    def download(days: Days = 30) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="questions-{today()}.csv"'}
        return Response(counts_csv(usage.counts(days)), media_type="text/csv", headers=headers)

    return router


def by_day(counts: Sequence[Count], days: int) -> list[tuple[date, dict[Event, int]]]:
    """Return the totals of each day, also of those on which nothing happened.

    Days are those of the period, or from the first on which something happened.
    """
    found: dict[date, list[Count]] = defaultdict(list)
    for count in counts:
        found[count.day].append(count)
    last = today()
    first = max(last - timedelta(days=days - 1), min(found, default=last))
    span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, totals(found[day])) for day in span]


def by_article(
    counts: Sequence[Count], bot: FaqBot, language: Language
) -> list[tuple[str, str, dict[Event, int]]]:
    """Return the totals of each article and language: its title, the language, the totals."""
    found: dict[tuple[str, Language], list[Count]] = defaultdict(list)
    for count in counts:
        found[count.article, count.language].append(count)
    return [
        (
            (bot.title(language, article) if bot.has(article) else None) or article,
            tag,
            totals(some),
        )
        for (article, tag), some in sorted(found.items())
    ]
