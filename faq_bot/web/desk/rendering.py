"""The desk's HTML. Jinja escapes everything that readers and editors wrote."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from faq_bot.core.answer import Answer
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.newsroom.usage import OUTCOMES, Event
from faq_bot.web.assets import templates
from faq_bot.web.chat.rendering import one_line, render_answer, render_question
from faq_bot.web.gradio_page import Frame
from faq_bot.web.messages import messages

PERIODS = (7, 30, 365)  # days
_MOST_EVIDENCE = 5

_templates = templates("faq_bot.web.desk", "faq_bot.web.chat")


def log_in_page(
    language: Language,
    *,
    is_open: bool,
    name: str = "",
    seconds: int = 0,
    failed: bool = False,
) -> str:
    """Return the page to log in; `seconds` tells how long the editor has to wait."""
    return _templates.get_template("log_in.html").render(
        **_common(language),
        is_open=is_open,
        name=name,
        seconds=seconds,
        failed=failed,
    )


def desk_frame(language: Language) -> Frame:
    """Return what stands around the page of readers' questions."""
    words = messages(language, "desk")
    return Frame(
        language,
        head=_templates.get_template("head.html").render(
            words=words, script_words=words.grouped(), language=language
        ),
        top=_templates.get_template("masthead.html").render(
            **_masthead(language, "questions", "../")
        ),
        bottom=f'<noscript><p lang="{language}">{words.needs_script}</p></noscript>',
    )


def render_evidence(answer: Answer, language: Language) -> str:
    """Return what the bot finds for a question today, as one line of HTML."""
    html = _templates.get_template("evidence.html").render(
        words=messages(language, "desk"), answer=answer, sources=answer.candidates[:_MOST_EVIDENCE]
    )
    return one_line(html)


def render_preview(answers: Sequence[Answer], language: Language) -> str:
    """Return questions with their replies as readers will see them, as one line of HTML."""
    shown = "".join(
        render_question(answer.question, answer.question_language) + render_answer(answer)
        for answer in answers
    )
    return f'<p class="label">{messages(language, "desk").preview_of}</p>{shown}'


def statistics_page(
    language: Language,
    *,
    days: int,
    sums: Mapping[Event, int],
    by_day: Sequence[tuple[date, Mapping[Event, int]]],
    by_article: Sequence[tuple[str, str, Mapping[Event, int]]],
    wanted: Sequence[tuple[int, str]],
    counts_questions: bool,
) -> str:
    """Return the page of totals: all together, by day, by article and language."""
    shown = [event for event in Event if any(totals[event] for _, totals in by_day)]
    bars = [event for event in shown if event in OUTCOMES] or shown
    return _templates.get_template("statistics.html").render(
        **_masthead(language, "statistics", "./"),
        days=days,
        periods=PERIODS,
        events=shown,
        bars=bars,
        sums=sums,
        by_day=[(short_day(day, language), day, totals) for day, totals in by_day],
        most=max(sum(totals[event] for event in bars) for _, totals in by_day),
        by_article=by_article,
        wanted=wanted,
        counts_questions=counts_questions,
    )


def short_day(day: date, language: Language) -> str:
    """Return a day as the language writes it."""
    return f"{day:%d.%m.}" if language == "de" else f"{day:%d %b}"


def render_message(text: str) -> str:
    """Return what happened, as one line of HTML."""
    return one_line(_templates.get_template("message.html").render(text=text))


def moment(when: datetime, language: Language) -> str:
    """Return day and time as the language writes them, in the server's time zone."""
    local = when.astimezone()
    return f"{local:%d.%m., %H:%M}" if language == "de" else f"{local:%d %b, %H:%M}"


def _masthead(language: Language, page: str, address: str) -> dict[str, Any]:
    """Return what the bar above a page of the desk needs; `address` leads to `/editor/`."""
    return {**_common(language), "page": page, "address": address}


def _common(language: Language) -> dict[str, Any]:
    """Return what every page needs: its words, its language, and all there are."""
    return {
        "words": messages(language, "desk"),
        "language": language,
        "languages": {tag: messages(tag, "desk").language_name for tag in LANGUAGES},
    }
