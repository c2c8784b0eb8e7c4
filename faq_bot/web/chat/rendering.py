"""Questions and answers as HTML. Jinja escapes everything that articles and readers wrote."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from faq_bot.core.answer import Answer
from faq_bot.core.article import Article
from faq_bot.core.languages import Language
from faq_bot.web.assets import templates
from faq_bot.web.messages import long_date, messages

# Only line breaks go: to Markdown they might end the HTML; a no-break space is the newsroom's.
_LINE_BREAK = re.compile(r"[ \t]*[\r\n][\r\n \t]*")

# What a reader may choose beside this article: nothing, another one, or also all of them.
Choice = Literal["other", "all"] | None

_templates = templates("faq_bot.web.chat")


def render_answer(answer: Answer) -> str:
    """Return the reply as one line of HTML, all of it in the question's language."""
    words = messages(answer.question_language)
    parts = answer.parts or (answer,)
    helped = all(part.answered for part in parts)
    suggestions = () if helped and not answer.occasion else answer.suggestions
    return _render(
        "answer.html",
        answer=answer,
        words=words,
        suggestions=suggestions,
        to_editors=not helped and answer.candidates,
        long_date=partial(long_date, language=answer.question_language),
    )


def render_question(text: str, language: Language) -> str:
    """Return the reader's question as one line of HTML."""
    return _render("question.html", text=text, words=messages(language))


def render_suggestions(questions: Sequence[str], language: Language) -> str:
    """Return what the empty conversation shows, questions as buttons, as one line of HTML."""
    return _render("start.html", suggestions=questions, words=messages(language), language=language)


def render_heading(article: Article | None, notice: str, language: Language, choice: Choice) -> str:
    """Return the head of the page about an article, or about all, as one line of HTML."""
    return _render(
        "heading.html",
        article=article,
        notice=notice,
        words=messages(language),
        language=language,
        choice=choice,
        long_date=partial(long_date, language=language),
    )


def render_head(words: Mapping[Language, Mapping[str, Any]], language: Language) -> str:
    """Return what the page needs in its HTML head: its title and the words for its script."""
    return _render("head.html", words=words, language=language)


def render_no_script(language: Language) -> str:
    """Return what a browser without JavaScript shows."""
    return _render("noscript.html", words=messages(language), language=language)


def render_remark(text: str, language: Language) -> str:
    """Return a remark of the bot's as one line of HTML."""
    return _render("remark.html", text=text, language=language)


def one_line(html: str) -> str:
    """Return HTML as one line, which Markdown leaves as it is."""
    return _LINE_BREAK.sub(" ", html).strip()


def _render(template: str, **values: Any) -> str:
    return one_line(_templates.get_template(template).render(**values))
