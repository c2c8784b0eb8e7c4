"""The desk's page: readers' questions, the answers at work, and what happens to them."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.errors import FaqBotError, QueueError, StaleDraftError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.reply import LONGEST_ANSWER, LONGEST_NAME, Reply
from faq_bot.newsroom.questions import ReaderQuestion, State
from faq_bot.web.desk.rendering import moment, render_evidence, render_message, render_preview
from faq_bot.web.desk.work import Desk, Item
from faq_bot.web.messages import messages
from faq_bot.web.quiet_gradio import gr

_log = logging.getLogger(__name__)

_MOST_LISTED = 200
_VIEWS = (State.NEW, State.PUBLISHED, State.REJECTED)

Changes = dict[Any, Any]  # of components, each with its new value or a component like it


def build_desk(desk: Desk, language: Language) -> gr.Blocks:
    """Build the page in one language.

    It keeps nothing on the server but in the database: what an event needs comes with it. Its
    script saves drafts (`drafts`), since Gradio gives a page up once a request has failed.
    """
    return _Page(desk, language).blocks


class _Page:
    """The components of the page, and what they do."""

    def __init__(self, desk: Desk, language: Language) -> None:
        self.desk = desk
        self.language = language
        self.words = words = messages(language, "desk")
        self.blocks: gr.Blocks
        with gr.Blocks(title=f"{words.heading} – {words.desk}", analytics_enabled=False) as blocks:
            self.blocks = blocks
            self._list()
            self._detail()
            self._connect()

    def _list(self) -> None:
        words = self.words
        self.heading = _html("heading", f"<h1>{words.heading}</h1>")
        self.who = _html("who", "")
        self.message = _html("message", "")
        self.last = _hidden("last")
        self.undo = gr.Button(
            words.undo, elem_id="undo", size="sm", variant="secondary", visible=False
        )
        self.view = gr.Radio(
            [(words[f"views.{state}"], state.value) for state in _VIEWS],
            value=State.NEW.value,
            label=words.view_label,
            elem_id="view",
            container=False,
        )

    def _detail(self) -> None:
        words = self.words
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="list", scale=2, min_width=260):
                self.listed = _hidden("listed")
                # The script clicks it while the server can be reached.
                self.look = gr.Button(visible="hidden", elem_id="look")
                _html("groups-label", f"<h2>{words.groups}</h2>")
                self.groups = gr.Radio([], label=words.groups, elem_id="groups", container=False)
                self.left = _html("left", "")
            with gr.Column(elem_id="detail", scale=5, min_width=300):
                self.hint = _html("hint", render_message(words.choose))
                with gr.Row(elem_id="work", visible=False) as self.work:
                    with gr.Column(elem_id="form", scale=3, min_width=300):
                        self._form()
                    with gr.Column(elem_id="evidence", scale=2, min_width=260):
                        _html("evidence-label", f"<h2>{words.evidence}</h2>")
                        self.evidence = _html("found", "")

    def _form(self) -> None:
        words = self.words
        self.seen, self.answer = _hidden("seen"), _hidden("draft-number")
        _html("asked-label", f"<h2>{words.asked}</h2>")
        self.asked = gr.CheckboxGroup([], label=words.asked, elem_id="asked", container=False)
        self.texts: dict[Language, tuple[gr.Textbox, gr.Textbox]] = {
            tag: (
                _text_field(f"question-{tag}", words[f"question_in.{tag}"], lines=1),
                _text_field(f"answer-{tag}", words[f"answer_in.{tag}"], lines=4),
            )
            for tag in LANGUAGES
        }
        self.name = gr.Textbox(
            label=words.reader_name, elem_id="reader-name", max_lines=1, max_length=LONGEST_NAME
        )
        self.status = _html("status", "")
        with gr.Row(elem_id="acts"):
            self.publish = gr.Button(words.publish, variant="primary", elem_id="publish")
            self.preview = gr.Button(words.preview, variant="secondary", elem_id="preview")
            self.unpublish = gr.Button(
                words.unpublish, variant="secondary", elem_id="unpublish", visible=False
            )
            self.reject = gr.Button(words.reject, variant="secondary", elem_id="reject")
            self.reopen = gr.Button(
                words.reopen, variant="secondary", elem_id="reopen", visible=False
            )
        self.previewed = _html("conversation", "")

    @property
    def _written(self) -> list[Any]:
        """What the editor has put in: a draft and what it belongs to."""
        texts = [box for pair in self.texts.values() for box in pair]
        return [self.asked, *texts, self.name, self.seen, self.answer]

    def _connect(self) -> None:
        quiet: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "api_visibility": "private",
            # Choices change as questions come; Gradio would check them against those of the start.
            "preprocess": False,
        }
        where = [self.view, self.groups]
        shown = [self.listed, self.groups, self.left]
        said = [self.message, self.undo]
        closed = [self.hint, self.work, self.status]
        acts = [self.publish, self.preview, self.unpublish, self.reject, self.reopen]
        opened = [*said, *closed, *self._written, self.evidence, self.previewed, *acts]
        done = [*shown, *said, *closed, self.last]
        self.blocks.load(self._greet, where, [self.who, *shown], **quiet)
        self.look.click(self._look_again, [*where, self.listed], shown, **quiet)
        self.view.input(self._turn_to, [self.view], [*shown, *said, *closed], **quiet)
        self.groups.input(self._open, where, opened, **quiet | _seen_on(self.evidence))
        shown_on = quiet | _seen_on(self.previewed)
        self.preview.click(self._preview, [*where, *self._written], [self.previewed], **shown_on)
        on_status = quiet | _seen_on(self.status)
        for button, act in (
            (self.publish, self._publish),
            (self.unpublish, self._unpublish),
            (self.reject, self._reject),
            (self.reopen, self._reopen),
        ):
            button.click(act, [self.view, *self._written], done, **on_status)
        self.undo.click(self._undo, [self.view, self.last], done, **quiet)

    def _greet(self, view: str, key: str | None, request: gr.Request) -> Changes:
        who = self.words.logged_in_as.format(name=_editor(request))
        return {self.who: render_message(who), **self._listed(State(view), key)}

    def _look_again(self, view: str, key: str | None, listed: str) -> Changes:
        shown = self._listed(State(view), key)
        return {self.listed: listed} if shown[self.listed] == listed else shown

    def _turn_to(self, view: str) -> Changes:
        return {**self._listed(State(view), None), **self._closed(), **self._silent()}

    def _listed(self, view: State, key: str | None) -> Changes:
        """Show the list of a view; `listed` is what it is known by."""
        items, left = self.desk.items(view)
        choices = [(self._label(item, view), item.key) for item in items[:_MOST_LISTED]]
        chosen = next((item.key for item in items[:_MOST_LISTED] if item.is_named(key)), None)
        remark = "" if items or left else self.words[f"none_waiting.{view}"]
        left += max(0, len(items) - _MOST_LISTED)
        if left:
            remark = self.words.ungrouped.format(count=left)
        return {
            self.listed: hashlib.sha256(repr((choices, remark)).encode()).hexdigest(),
            self.groups: gr.Radio(choices=choices, value=chosen, visible=bool(choices)),
            self.left: render_message(remark),
        }

    def _closed(self) -> Changes:
        """Show no entry."""
        hint = gr.Markdown(render_message(self.words.choose), visible=True)
        return {self.hint: hint, self.work: gr.Row(visible=False), self.status: ""}

    def _silent(self) -> Changes:
        """Show no message of what was done."""
        return {self.message: "", self.undo: gr.Button(visible=False)}

    def _label(self, item: Item, view: State) -> str:
        """Return how an entry is listed: facts, the question, and what is special."""
        facts = [self.words.times.format(times=item.times)]
        facts.append(", ".join(sorted({q.language.upper() for q in item.questions})))
        if item.questions:
            facts.append(moment(max(q.sent_at for q in item.questions), self.language))
        special = []
        if view is State.NEW:
            at_work = {q.changed_by for q in item.questions if q.state is State.IN_WORK}
            special += [self.words.by.format(name=name) for name in sorted(filter(None, at_work))]
        if self.desk.bot.only_article is None:
            special.append(self.desk.bot.title(self.language, item.article) or item.article)
        return _lines(facts, item.title(self.language), special)

    def _open(self, view: str, key: str) -> Changes:
        """Show one entry."""
        state = State(view)
        item = self.desk.item(key, state)
        if item is None:
            return self._closed()
        asked = [(self._asked_label(question), str(question.id)) for question in item.questions]
        chosen = [str(number) for number in item.chosen]
        published = state is State.PUBLISHED
        at_work = state is not State.REJECTED
        publish = self.words.publish_again if published else self.words.publish
        return {
            **self._silent(),
            **self._form_of(item),
            self.hint: gr.Markdown(visible=False),
            self.work: gr.Row(visible=True),
            self.asked: gr.CheckboxGroup(choices=asked, value=chosen, visible=bool(asked)),
            self.status: "",
            self.evidence: self._evidence_for(item),
            self.previewed: "",
            self.publish: gr.Button(publish, visible=at_work),
            self.preview: gr.Button(visible=at_work),
            self.unpublish: gr.Button(visible=published),
            self.reject: gr.Button(visible=state is State.NEW),
            self.reopen: gr.Button(visible=not at_work),
        }

    def _form_of(self, item: Item) -> Changes:
        """Show the draft, in the languages in which it can be published."""
        reply = self._prefilled(item)
        can = self.desk.languages(item.article)
        fields: Changes = {
            self.name: reply.name or "",
            self.seen: item.answer.changed_at.isoformat() if item.answer else "",
            self.answer: str(item.answer.id) if item.answer else "",
        }
        for tag, (question, answer) in self.texts.items():
            text = reply.texts.get(tag, QuestionAnswer("", ""))
            fields[question] = gr.Textbox(text.question, visible=tag in can)
            fields[answer] = gr.Textbox(text.answer, visible=tag in can)
        return fields

    def _evidence_for(self, item: Item) -> str:
        for question in item.questions:
            if question.text is not None:
                found = self.desk.bot.ask(
                    question.text, language=question.language, article=item.article
                )
                return render_evidence(found, self.language)
        return ""

    def _prefilled(self, item: Item) -> Reply:
        """Return the draft, or what it can begin with: the readers' questions and a name."""
        if item.answer is not None:
            return item.answer.draft
        first: dict[Language, QuestionAnswer] = {}
        for question in item.questions:
            first.setdefault(question.language, QuestionAnswer(question.text or "", ""))
        names = [question.name for question in item.questions if question.name]
        return Reply(first, names[0] if names else None)

    def _asked_label(self, question: ReaderQuestion) -> str:
        facts = [question.language.upper(), self.words.times.format(times=question.times)]
        facts += [moment(question.sent_at, self.language), self.words[f"states.{question.state}"]]
        special = [self.words.sent_by.format(name=question.name)] if question.name else []
        return _lines(facts, question.text or "–", special)

    def _check_chosen(self, draft: "_Written") -> None:
        """Raise QueueError where there is nothing to do it with."""
        if not draft.asked and draft.answer is None:
            raise QueueError(self.words.nothing_chosen)

    def _preview(self, view: str, key: str, *written: Any) -> str:
        draft = _Written.of(written)
        item = self.desk.item(key, State(view))
        reply = draft.reply.complete
        if item is None or not reply.texts:
            return render_message(self.words.preview_missing)
        answers = self.desk.preview(item, draft.asked, reply)
        return render_preview(answers, self.language)

    def _publish(self, request: gr.Request, view: str, *written: Any) -> Changes:
        def act() -> tuple[str, str]:
            draft, editor = _Written.of(written), _editor(request)
            self._check_chosen(draft)
            if not draft.reply.complete.texts:
                raise QueueError(self.words.preview_missing)
            kept = self.desk.newsroom.drafts.write(
                draft.asked, draft.reply, editor, draft.seen, draft.answer
            )
            self.desk.publish(kept.id, editor)
            is_new = State(view) is State.NEW
            return self.words.published, f"unpublish {kept.id}" if is_new else ""

        return self._after(view, act)

    def _unpublish(self, request: gr.Request, view: str, *written: Any) -> Changes:
        def act() -> tuple[str, str]:
            number = _Written.of(written).answer or 0
            self.desk.unpublish(number, _editor(request))
            return self.words.unpublished, f"publish {number}"

        return self._after(view, act)

    def _reject(self, request: gr.Request, view: str, *written: Any) -> Changes:
        def act() -> tuple[str, str]:
            draft = _Written.of(written)
            self._check_chosen(draft)
            self.desk.newsroom.questions.change(draft.asked, State.REJECTED, _editor(request))
            days = self.desk.newsroom.questions.keep_rejected.days
            undo = "reopen " + " ".join(map(str, draft.asked))
            return self.words.rejected.format(days=days), undo

        return self._after(view, act)

    def _reopen(self, request: gr.Request, view: str, *written: Any) -> Changes:
        def act() -> tuple[str, str]:
            draft = _Written.of(written)
            self._check_chosen(draft)
            self.desk.newsroom.questions.undo(draft.asked, _editor(request))
            return self.words.reopened, ""

        return self._after(view, act)

    def _undo(self, view: str, last: str, request: gr.Request) -> Changes:
        def act() -> tuple[str, str]:
            name, *numbers = last.split()
            editor = _editor(request)
            if name == "reopen":
                self.desk.newsroom.questions.undo([int(number) for number in numbers], editor)
                return self.words.reopened, ""
            number = int(numbers[0])
            if name == "unpublish":
                self.desk.unpublish(number, editor)
                return self.words.unpublished, ""
            self.desk.publish(number, editor)
            return self.words.published, ""

        return self._after(view, act)

    def _after(self, view: str, act: Callable[[], tuple[str, str]]) -> Changes:
        """Do something and show what became of it; where it fails, all stays as it is."""
        try:
            message, undo = act()
        except StaleDraftError as error:
            return self._failed(self.words.stale.format(name=error.editor))
        except FaqBotError as error:
            return self._failed(str(error))
        except Exception:  # noqa: BLE001 - whatever it is, the editor gets a sentence
            _log.exception("The desk could not do this.")
            return self._failed(self.words.failure)
        return {
            **self._listed(State(view), None),
            **self._closed(),
            self.message: render_message(message),
            self.undo: gr.Button(visible=bool(undo)),
            self.last: undo,
        }

    def _failed(self, message: str) -> Changes:
        return {self.status: render_message(message)}


@dataclass(frozen=True, slots=True)
class _Written:
    """What the page sends of an answer at work."""

    asked: list[int]
    reply: Reply
    seen: datetime | None
    answer: int | None

    @classmethod
    def of(cls, values: Sequence[Any]) -> "_Written":
        asked, *texts, name, seen, answer = values
        pairs: Mapping[Language, QuestionAnswer] = {
            tag: QuestionAnswer(texts[2 * place] or "", texts[2 * place + 1] or "")
            for place, tag in enumerate(LANGUAGES)
        }
        return cls(
            [int(number) for number in asked or []],
            Reply(pairs, name or None),
            datetime.fromisoformat(seen) if seen else None,
            int(answer) if answer else None,
        )


def _lines(facts: Sequence[str], text: str, special: Sequence[str]) -> str:
    """Return a label of two or three lines, the first of which is set small."""
    lines = (" · ".join(filter(None, facts)), text, " · ".join(special))
    return "\n".join(filter(None, lines))


def _html(identifier: str, html: str) -> gr.Markdown:
    # A line of HTML passes through Markdown as it is; gr.HTML would need eval (see `chat.page`).
    return gr.Markdown(html, elem_id=identifier, latex_delimiters=[])


def _text_field(identifier: str, label: str, lines: int) -> gr.Textbox:
    return gr.Textbox(
        label=label, elem_id=identifier, lines=lines, max_lines=20, max_length=LONGEST_ANSWER
    )


def _hidden(identifier: str) -> gr.Textbox:
    return gr.Textbox("", visible="hidden", elem_id=identifier, show_label=False)


def _seen_on(component: gr.Markdown) -> dict[str, Any]:
    """Return how an event that takes a while shows it."""
    return {"show_progress": "minimal", "show_progress_on": [component]}


def _editor(request: gr.Request) -> str:
    """Return who is logged in, as `DeskGate` found out."""
    name: str = request.request.state.editor  # type: ignore[union-attr]
    return name
