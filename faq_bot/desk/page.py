"""The desk's page: readers' questions, the answers at work, and what happens to them."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from faq_bot.bot import FaqBot
from faq_bot.desk.rendering import moment, render_evidence, render_message, render_preview
from faq_bot.desk.words import desk_words
from faq_bot.errors import FaqBotError, StaleDraftError
from faq_bot.grouping import QuestionGroups
from faq_bot.published import with_published
from faq_bot.publisher import Publisher
from faq_bot.question_queue import (
    LONGEST_ANSWER,
    LONGEST_NAME,
    EditorsAnswer,
    QuestionQueue,
    ReaderQuestion,
    State,
)
from faq_bot.quiet_gradio import gr
from faq_bot.records import LANGUAGES, Language, PublishedAnswer, QuestionAnswer, Reply
from faq_bot.settings import Settings

_log = logging.getLogger(__name__)

_SECONDS_TO_SORT = 2.0
_MOST_PREVIEWED = 6
_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the list: questions that get one answer.

    `key` names it in the page; it stays the same while questions come and go.
    """

    key: str
    article: str
    questions: tuple[ReaderQuestion, ...]
    answer: EditorsAnswer | None

    def is_named(self, key: str | None) -> bool:
        """Whether the key is the entry's, or was before its questions had an answer."""
        return key == self.key or key in {f"q{question.id}" for question in self.questions}

    @property
    def chosen(self) -> list[int]:
        """The questions to be answered: those of the answer, or all while there is none."""
        if self.answer is None:
            return [question.id for question in self.questions]
        return [question.id for question in self.questions if question.answer is not None]

    @property
    def times(self) -> int:
        """How often the questions were sent, all together."""
        return sum(question.times for question in self.questions)

    def title(self, language: Language) -> str:
        """Return one question that stands for all, in `language` if there is one."""
        texts = self.answer.draft.texts if self.answer else {}
        asked = [question for question in self.questions if question.text]
        same = [question.text or "" for question in asked if question.language == language]
        written = [texts[tag].question for tag in (language, *texts) if tag in texts]
        return next(filter(None, [*same, *(q.text or "" for q in asked), *written]), "–")


@dataclass(frozen=True)
class Desk:
    """What editors do, without the page: lists, drafts, publishing."""

    bot: FaqBot
    queue: QuestionQueue
    publisher: Publisher
    settings: Settings
    groups: QuestionGroups = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", QuestionGroups(self.bot))

    def items(self, view: State) -> tuple[list[Item], int]:
        """Return the entries of a view, and how many questions are still to be sorted."""
        answers = {answer.id: answer for answer in self.queue.answers()}
        if view is State.PUBLISHED:
            published = [answer for answer in answers.values() if answer.published is not None]
            return [self._published_item(answer) for answer in published], 0
        if view is State.REJECTED:
            rejected = [q for q in self.queue.questions(State.REJECTED) if q.text is not None]
            return [Item(f"q{one.id}", one.article, (one,), None) for one in rejected], 0
        questions = self.queue.questions(State.NEW, State.IN_WORK)
        groups, left = self.groups.group(questions, _SECONDS_TO_SORT)
        items = []
        for group in groups:
            known = [q.answer for q in group.questions if q.answer is not None]
            answer = answers[known[0]] if known else None
            first = min(question.id for question in group.questions)
            key = f"a{answer.id}" if answer else f"q{first}"
            items.append(Item(key, group.questions[0].article, group.questions, answer))
        return items, left

    def item(self, key: str, view: State) -> Item | None:
        """Return the entry with this key, if it is in the view."""
        items, _ = self.items(view)
        return next((item for item in items if item.is_named(key)), None)

    def _published_item(self, answer: EditorsAnswer) -> Item:
        questions = tuple(self.queue.answered_by(answer.id))
        return Item(f"a{answer.id}", answer.article, questions, answer)

    def languages(self, article: str) -> tuple[Language, ...]:
        """Return the languages in which an answer can be published: those of the article."""
        has = {version.language for version in self.bot.versions(article)}
        return tuple(language for language in LANGUAGES if language in has)

    def preview(self, item: Item, chosen: Sequence[int], reply: Reply) -> list[Any]:
        """Return the bot's answers to the chosen questions as if the reply were published."""
        wordings: dict[Language, tuple[str, ...]] = {}
        asked = [q for q in item.questions if q.id in chosen and q.text is not None]
        for question in asked:
            known = wordings.get(question.language, ())
            wordings[question.language] = (*known, question.text or "")
        number = item.answer.id if item.answer else 0
        others = [answer for answer in self.queue.published() if answer.id != number]
        draft = PublishedAnswer(number, item.article, reply, wordings)
        articles = with_published(self.bot.versions(item.article), [draft, *others])
        bot = self.bot.with_articles(articles)
        texts = [(question.text or "", question.language) for question in asked]
        texts = texts or [(text.question, tag) for tag, text in reply.texts.items()]
        return [
            bot.ask(text, language=tag, article=item.article)
            for text, tag in texts[:_MOST_PREVIEWED]
        ]


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
        self.words = words = desk_words(language)
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
            [(label, state.value) for state, label in words.views.items()],
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
        self.texts: list[gr.Textbox] = []
        for tag in LANGUAGES:
            self.texts += [
                gr.Textbox(
                    label=words.question_in[tag],
                    elem_id=f"question-{tag}",
                    lines=1,
                    max_lines=4,
                    max_length=LONGEST_ANSWER,
                ),
                gr.Textbox(
                    label=words.answer_in[tag],
                    elem_id=f"answer-{tag}",
                    lines=4,
                    max_lines=20,
                    max_length=LONGEST_ANSWER,
                ),
            ]
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
        return [self.asked, *self.texts, self.name, self.seen, self.answer]

    @property
    def _after_an_act(self) -> list[Any]:
        return [
            self.message, self.last, self.undo, self.listed, self.groups, self.left, self.hint,
            self.work, self.status,
        ]  # fmt: skip

    def _connect(self) -> None:
        quiet: dict[str, Any] = {
            "queue": False,
            "show_progress": "hidden",
            "api_visibility": "private",
            # Choices change as questions come; Gradio would check them against those of the start.
            "preprocess": False,
        }
        shown = [self.listed, self.groups, self.left]
        where = [self.view, self.groups]
        self.blocks.load(self._greet, where, [self.who, *shown], **quiet)
        self.look.click(self._look_again, [*where, self.listed], shown, **quiet)
        self.view.input(
            self._turn_to, [self.view], [*shown, self.hint, self.work, self.message, self.undo],
            **quiet,
        )  # fmt: skip
        opened = [
            self.hint, self.work, self.asked, *self.texts, self.name, self.seen, self.answer,
            self.status, self.evidence, self.previewed, self.publish, self.preview,
            self.unpublish, self.reject, self.reopen, self.message, self.undo,
        ]  # fmt: skip
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
            button.click(act, [*where, *self._written], self._after_an_act, **on_status)
        self.undo.click(self._undo, [*where, self.last], self._after_an_act, **quiet)

    def _greet(self, view: str, key: str | None, request: gr.Request) -> tuple[Any, ...]:
        who = self.words.logged_in_as.format(name=_editor(request))
        return render_message(who), *self._shown(State(view), key)

    def _look_again(self, view: str, key: str | None, listed: str) -> tuple[Any, ...]:
        shown = self._shown(State(view), key)
        return tuple(gr.skip() for _ in shown) if shown[0] == listed else shown

    def _turn_to(self, view: str) -> tuple[Any, ...]:
        hint = gr.Markdown(render_message(self.words.choose), visible=True)
        closed = (hint, gr.Row(visible=False), "", gr.Button(visible=False))
        return (*self._shown(State(view), None), *closed)

    def _shown(self, view: State, key: str | None) -> tuple[Any, ...]:
        """Return the list of a view: what it is known by, its entries, and a remark."""
        items, left = self.desk.items(view)
        items = [item for item in items if item.article in self.desk.bot.article_ids]
        choices = [(self._label(item, view), item.key) for item in items[:_MOST_LISTED]]
        chosen = next((item.key for item in items[:_MOST_LISTED] if item.is_named(key)), None)
        remark = "" if items or left else self.words.none_waiting[view]
        left += max(0, len(items) - _MOST_LISTED)
        if left:
            remark = self.words.ungrouped.format(count=left)
        known = hashlib.sha256(repr((choices, remark)).encode()).hexdigest()
        radio = gr.Radio(choices=choices, value=chosen, visible=bool(choices))
        return known, radio, render_message(remark)

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
        if len(self.desk.bot.article_ids) > 1:
            special.append(self.desk.bot.title(self.language, item.article) or item.article)
        return _lines(facts, item.title(self.language), special)

    def _open(self, view: str, key: str) -> tuple[Any, ...]:
        """Show one entry."""
        state = State(view)
        item = self.desk.item(key, state)
        if item is None or item.article not in self.desk.bot.article_ids:
            gone = gr.Markdown(render_message(self.words.choose), visible=True)
            return (gone, gr.Row(visible=False), *(gr.skip() for _ in range(18)))
        reply = self._prefilled(item)
        can = self.desk.languages(item.article)
        texts = []
        for tag in LANGUAGES:
            text = reply.texts.get(tag, QuestionAnswer("", ""))
            texts += [
                gr.Textbox(text.question, visible=tag in can),
                gr.Textbox(text.answer, visible=tag in can),
            ]
        asked = [(self._asked_label(question), str(question.id)) for question in item.questions]
        first = next((q for q in item.questions if q.text), None)
        evidence = ""
        if first is not None and first.text is not None:
            found = self.desk.bot.ask(first.text, language=first.language, article=item.article)
            evidence = render_evidence(found, self.language)
        published = state is State.PUBLISHED
        at_work = state is not State.REJECTED
        return (
            gr.Markdown(visible=False),
            gr.Row(visible=True),
            gr.CheckboxGroup(
                choices=asked,
                value=[str(number) for number in item.chosen],
                visible=bool(asked),
            ),
            *texts,
            reply.name or "",
            item.answer.changed_at.isoformat() if item.answer else "",
            str(item.answer.id) if item.answer else "",
            "",
            evidence,
            "",
            gr.Button(
                self.words.publish_again if published else self.words.publish, visible=at_work
            ),
            gr.Button(visible=at_work),
            gr.Button(visible=published),
            gr.Button(visible=state is State.NEW),
            gr.Button(visible=state is State.REJECTED),
            "",
            gr.Button(visible=False),
        )

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
        facts += [moment(question.sent_at, self.language), self.words.states[question.state]]
        special = [self.words.sent_by.format(name=question.name)] if question.name else []
        return _lines(facts, question.text or "–", special)

    def _write(self, draft: "_Written", editor: str) -> EditorsAnswer:
        return self.desk.queue.write(draft.asked, draft.reply, editor, draft.seen, draft.answer)

    def _preview(self, view: str, key: str, *written: Any) -> str:
        draft = _Written.of(written)
        item = self.desk.item(key, State(view))
        reply = draft.reply.complete
        if item is None or not reply.texts:
            return render_message(self.words.preview_missing)
        answers = self.desk.preview(item, draft.asked, reply)
        return render_preview(answers, self.language)

    def _publish(self, request: gr.Request, view: str, key: str, *written: Any) -> tuple[Any, ...]:
        def act() -> tuple[str, str]:
            draft, editor = _Written.of(written), _editor(request)
            kept = self._write(draft, editor)
            self.desk.queue.publish(kept.id, editor)
            self.desk.publisher.follow()
            return self.words.published, f"unpublish {kept.id}"

        return self._after(view, key, act)

    def _unpublish(
        self, request: gr.Request, view: str, key: str, *written: Any
    ) -> tuple[Any, ...]:
        def act() -> tuple[str, str]:
            number = _Written.of(written).answer or 0
            self.desk.queue.unpublish(number, _editor(request))
            self.desk.publisher.follow()
            return self.words.unpublished, f"publish {number}"

        return self._after(view, key, act)

    def _reject(self, request: gr.Request, view: str, key: str, *written: Any) -> tuple[Any, ...]:
        def act() -> tuple[str, str]:
            asked = _Written.of(written).asked
            if not asked:
                return self.words.nothing_chosen, ""
            self.desk.queue.change(asked, State.REJECTED, _editor(request))
            message = self.words.rejected.format(days=self.desk.settings.keep_rejected_days)
            return message, "reopen " + " ".join(map(str, asked))

        return self._after(view, key, act)

    def _reopen(self, request: gr.Request, view: str, key: str, *written: Any) -> tuple[Any, ...]:
        def act() -> tuple[str, str]:
            self.desk.queue.undo(_Written.of(written).asked, _editor(request))
            return self.words.reopened, ""

        return self._after(view, key, act)

    def _undo(self, view: str, key: str, last: str, request: gr.Request) -> tuple[Any, ...]:
        def act() -> tuple[str, str]:
            name, *numbers = last.split()
            editor = _editor(request)
            if name == "reopen":
                self.desk.queue.undo([int(number) for number in numbers], editor)
                return self.words.reopened, ""
            number = int(numbers[0])
            if name == "unpublish":
                self.desk.queue.unpublish(number, editor)
                message = self.words.unpublished
            else:
                self.desk.queue.publish(number, editor)
                message = self.words.published
            self.desk.publisher.follow()
            return message, ""

        return self._after(view, key, act)

    def _after(
        self, view: str, key: str | None, act: Callable[[], tuple[str, str]]
    ) -> tuple[Any, ...]:
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
        shown = self._shown(State(view), None if undo or not key else key)
        return (
            render_message(message),
            undo,
            gr.Button(visible=bool(undo)),
            *shown,
            gr.Markdown(render_message(self.words.choose), visible=True),
            gr.Row(visible=False),
            "",
        )

    def _failed(self, message: str) -> tuple[Any, ...]:
        return (*(gr.skip() for _ in range(8)), render_message(message))


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

    @property
    def has_answer(self) -> bool:
        return any(text.answer.strip() for text in self.reply.texts.values())


def _lines(facts: Sequence[str], text: str, special: Sequence[str]) -> str:
    """Return a label of two or three lines, the first of which is set small."""
    lines = (" · ".join(filter(None, facts)), text, " · ".join(special))
    return "\n".join(filter(None, lines))


def _html(identifier: str, html: str) -> gr.Markdown:
    # A line of HTML passes through Markdown as it is; gr.HTML would need eval (see `chat.page`).
    return gr.Markdown(html, elem_id=identifier, latex_delimiters=[])


def _hidden(identifier: str) -> gr.Textbox:
    return gr.Textbox("", visible="hidden", elem_id=identifier, show_label=False)


def _seen_on(component: gr.Markdown) -> dict[str, Any]:
    """Return how an event that takes a while shows it."""
    return {"show_progress": "minimal", "show_progress_on": [component]}


def _editor(request: gr.Request) -> str:
    """Return who is logged in, as `DeskGate` found out."""
    name: str = request.request.state.editor  # type: ignore[union-attr]
    return name
