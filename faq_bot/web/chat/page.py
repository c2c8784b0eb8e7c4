"""The chat page: what is on it and what happens when it is used."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from faq_bot.answering.bot import FaqBot
from faq_bot.core.answer import Scope
from faq_bot.core.errors import BusyError, QuestionError, QuestionTooLongError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings
from faq_bot.web.asking import Asking
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
from faq_bot.web.gradio_page import Frame, mount_page
from faq_bot.web.messages import messages, notice, words_for_scripts
from faq_bot.web.quiet_gradio import gr

_log = logging.getLogger(__name__)

Message = dict[str, Any]

_MOST_MESSAGES = 200
_SUGGESTIONS = 4
_SECONDS_KEPT = 3600


@dataclass(frozen=True, slots=True)
class _Chat:
    """What the page's events go by."""

    asking: Asking

    @property
    def bot(self) -> FaqBot:
        """The bot that is asked."""
        return self.asking.bot

    @property
    def settings(self) -> Settings:
        """The settings of the page."""
        return self.asking.settings

    def article(self, request: gr.Request) -> str | None:
        """Return the article that the page's address names, None for all of them."""
        named: str | None = request.query_params.get("article")
        if self.bot.has(named):
            return named
        return None if self.settings.scope is Scope.ARCHIVE else self.bot.find_articles()[0]

    async def reply(
        self, text: str, tag: Language, previous: str | None, request: gr.Request
    ) -> tuple[str, str]:
        """Return the reply, and what stays in the input so that nothing typed is lost."""
        words = messages(tag)
        if self.asking.limiter.seconds_to_wait(request.client.host):
            return render_remark(words.too_many, tag), text
        try:
            reply = await self.asking.ask(
                text,
                ui_language=tag,
                previous=previous,
                article=self.article(request),
                scope=self.settings.scope,
                tell=render_answer,
            )
            return reply, ""
        except BusyError:
            return render_remark(words.busy, tag), text
        except QuestionTooLongError:
            most = self.settings.max_question_length
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
        told = notice(language, counts_questions=self.asking.usage.counts_questions)
        return render_heading(version, told, language, choice)


def build_page(asking: Asking, language: Language) -> gr.Blocks:
    """Build the page in one language; its switch changes it to the other.

    It is about the article that `?article=` in its address names, or else about all or, where the
    settings do not allow that, the newest. The conversation lives in the server's memory while the
    page is open, an hour at most.
    """
    events = _Chat(asking)
    most = asking.settings.max_question_length
    labels = events.labels(language, None)
    page: gr.Blocks
    with gr.Blocks(title=page_title(asking.bot, language), analytics_enabled=False) as page:
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
            reply, kept = await events.reply(text, tag, before, request)
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


def add_chat(app: FastAPI, asking: Asking) -> Mapping[str, Frame]:
    """Add the chat in each language; return the frames of its pages."""
    frames: dict[str, Frame] = {}
    words = words_for_scripts(asking.settings)
    for tag in LANGUAGES:
        words[tag]["title"] = page_title(asking.bot, tag)
    for tag in LANGUAGES:
        mount_page(app, build_page(asking, tag), f"/{tag}")
        frames[f"/{tag}"] = Frame(tag, render_head(words, tag), render_no_script(tag))
    return frames


def _message(role: str, html: str) -> Message:
    # Gradio's HTML component would need eval, which our policy forbids. A line of HTML passes
    # through Markdown as it is, and through Gradio's sanitiser as a second guard.
    return {"role": role, "content": html}
