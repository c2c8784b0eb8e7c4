"""The chat page: what is on it and what happens when it is used."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from faq_bot.answering.bot import FaqBot
from faq_bot.core.answer import Scope
from faq_bot.core.errors import BusyError, QuestionError, QuestionTooLongError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings
from faq_bot.newsroom.usage import Usage
from faq_bot.web.admission import Admission
from faq_bot.web.chat.rendering import (
    Choice,
    render_answer,
    render_head,
    render_heading,
    render_no_script,
    render_question,
    render_remark,
    render_suggestions,
)
from faq_bot.web.messages import messages, notice, words_for_scripts
from faq_bot.web.quiet_gradio import gr
from faq_bot.web.rate_limit import RateLimiter

_log = logging.getLogger(__name__)

Message = dict[str, Any]

_MOST_MESSAGES = 200
_SUGGESTIONS = 4
_SECONDS_KEPT = 3600


@dataclass(frozen=True, slots=True)
class _Chat:
    """What the page's events go by."""

    bot: FaqBot
    usage: Usage
    settings: Settings

    def article(self, request: gr.Request) -> str | None:
        """Return the article that the page's address names, None for all of them."""
        named: str | None = request.query_params.get("article")
        if self.bot.has(named):
            return named
        return None if self.settings.scope is Scope.ARCHIVE else self.bot.find_articles()[0]

    def reply(
        self, text: str, tag: Language, previous: str | None, article: str | None
    ) -> tuple[str, str]:
        """Return the reply, and what stays in the input so that nothing typed is lost."""
        words = messages(tag)
        scope, most = self.settings.scope, self.settings.max_question_length
        try:
            answer = self.bot.ask(
                text, ui_language=tag, previous=previous, article=article, scope=scope
            )
            self.usage.count_answer(answer, article)
            return render_answer(answer), ""
        except QuestionTooLongError:
            return render_remark(words.too_long.format(most=most), tag), text
        except QuestionError:
            return render_remark(words.no_words, tag), text
        except Exception:  # noqa: BLE001 - whatever it is, the reader gets a sentence
            _log.exception("A question could not be answered.")
            return render_remark(words.failure, tag), text

    def labels(self, language: Language, article: str | None) -> Mapping[str, Mapping[str, Any]]:
        """Return all the words on the page, by the part they belong to."""
        words = messages(language)
        suggestions = self.bot.suggestions(language, article, _SUGGESTIONS)
        return {
            "heading": {"value": self._heading(language, article)},
            "switch": {"label": words.switch_label},
            "chat": {
                "label": words.conversation,
                "placeholder": render_suggestions(suggestions, language),
            },
            "question": {"label": words.input_label, "placeholder": words.placeholder},
            "send": {"value": words.send},
            "clear": {"value": words.clear},
            # A question for them needs an article, or a reply that names one.
            "editors": {"value": words.ask_editors, "visible": self._about(article) is not None},
        }

    def _about(self, article: str | None) -> str | None:
        """Return the article that the page is about, None for several."""
        return article or self.bot.only_article

    def _heading(self, language: Language, article: str | None) -> str:
        about = self._about(article)
        version = None if about is None else self.bot.version(about, language)
        choice: Choice = None
        if self.bot.only_article is None:
            choice = "all" if article and self.settings.scope is Scope.ARCHIVE else "other"
        told = notice(language, counts_questions=self.usage.counts_questions)
        return render_heading(version, told, language, choice)


def build_page(
    bot: FaqBot,
    language: Language,
    settings: Settings,
    limiter: RateLimiter,
    admission: Admission,
    usage: Usage,
) -> gr.Blocks:
    """Build the page in one language; its switch changes it to the other.

    It is about the article that `?article=` in its address names, or else about all or, where the
    settings do not allow that, the newest. The conversation lives in the server's memory while the
    page is open, an hour at most.
    """
    events = _Chat(bot, usage, settings)
    most = settings.max_question_length
    labels = events.labels(language, None)
    page: gr.Blocks
    with gr.Blocks(title=page_title(bot, language), analytics_enabled=False) as page:
        heading = gr.Markdown(elem_id="heading", latex_delimiters=[], **labels["heading"])
        switch = gr.Radio(
            [(messages(tag).language_name, tag) for tag in LANGUAGES],
            value=language,
            elem_id="language",
            container=False,
            **labels["switch"],
        )
        conversation = gr.State([], time_to_live=_SECONDS_KEPT)
        previous = gr.State(None, time_to_live=_SECONDS_KEPT)
        chat = gr.Chatbot(
            elem_id="conversation",
            show_label=False,
            buttons=[],
            latex_delimiters=[],
            layout="panel",
            height="auto",
            autoscroll=False,
            **labels["chat"],
        )
        with gr.Row(elem_id="ask"):
            question = gr.Textbox(
                elem_id="question",
                lines=1,
                max_lines=4,
                max_length=most,
                scale=1,
                **labels["question"],
            )
            send = gr.Button(variant="primary", elem_id="send", scale=0, **labels["send"])
        with gr.Row(elem_id="more"):
            clear = gr.Button(variant="secondary", elem_id="clear", size="sm", **labels["clear"])
            # The script opens the form: what the reader types there is sent by it alone.
            editors = gr.Button(
                variant="secondary", elem_id="editors", size="sm", **labels["editors"]
            )

        async def ask(
            text: str,
            tag: Language,
            history: list[Message],
            before: str | None,
            request: gr.Request,
        ) -> tuple[Any, ...]:
            if not text.strip():
                return text, gr.skip(), history, before
            if limiter.seconds_to_wait(request.client.host):
                reply, kept = render_remark(messages(tag).too_many, tag), text
            else:
                article = events.article(request)
                try:
                    reply, kept = await admission.run(
                        partial(events.reply, text, tag, before, article)
                    )
                except BusyError:
                    reply, kept = render_remark(messages(tag).busy, tag), text
            shown = [
                *history,
                _message("user", render_question(text[:most], tag)),
                _message("assistant", reply),
            ][-_MOST_MESSAGES:]
            return kept, shown, shown, text[:most]

        def change_language(tag: Language, request: gr.Request) -> tuple[Any, ...]:
            changed = events.labels(tag, events.article(request))
            return (
                gr.Markdown(**changed["heading"]),
                gr.Radio(**changed["switch"]),
                gr.Chatbot(**changed["chat"]),
                gr.Textbox(**changed["question"]),
                gr.Button(**changed["send"]),
                gr.Button(**changed["clear"]),
                gr.Button(**changed["editors"]),
            )

        quiet: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        gr.on(
            [send.click, question.submit],
            ask,
            [question, switch, conversation, previous],
            [question, chat, conversation, previous],
            **quiet,
        )
        clear.click(lambda: ([], [], None), None, [chat, conversation, previous], **quiet)
        labelled = [heading, switch, chat, question, send, clear, editors]
        switch.change(change_language, switch, labelled, **quiet)
        # The page is built once: its article may be another, its suggestions have changed since.
        page.load(change_language, switch, labelled, **quiet)
    return page


def page_title(bot: FaqBot, language: Language) -> str:
    """Return the title of the browser's window."""
    heading, title = messages(language).heading, bot.title(language)
    return f"{heading}: {title}" if title else heading


@dataclass(frozen=True, slots=True)
class Frame:
    """What belongs into the HTML around Gradio's page; paths are relative to the page.

    `top` stands before Gradio's part of the body and `bottom` behind it.
    """

    language: Language
    head: str
    bottom: str
    top: str = ""


def frame(bot: FaqBot, language: Language, settings: Settings) -> Frame:
    """Return the frame of the page in one language."""
    words = words_for_scripts(settings)
    for tag in LANGUAGES:
        words[tag]["title"] = page_title(bot, tag)
    return Frame(language, render_head(words, language), render_no_script(language))


def theme() -> gr.themes.Base:
    """Return the look of the page: the reader's own fonts, a newspaper's restraint."""
    sans = [gr.themes.Font("system-ui"), gr.themes.Font("sans-serif")]
    return gr.themes.Base(
        primary_hue="slate",
        neutral_hue="slate",
        font=sans,
        font_mono=[gr.themes.Font("monospace")],
    )


def _message(role: str, html: str) -> Message:
    # Gradio's HTML component would need eval, which our policy forbids. A line of HTML passes
    # through Markdown as it is, and through Gradio's sanitiser as a second guard.
    return {"role": role, "content": html}
