"""What there is to do at the desk, and what the bot would make of it; without the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from faq_bot.answering.bot import FaqBot
from faq_bot.articles.published import with_published
from faq_bot.core.answer import Answer
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.reply import PublishedAnswer, Reply
from faq_bot.newsroom.drafts import EditorsAnswer
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.questions import ReaderQuestion, State
from faq_bot.web.desk.grouping import QuestionGroups
from faq_bot.web.index_watcher import IndexWatcher

_SECONDS_TO_SORT = 2.0
_MOST_PREVIEWED = 6


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


@dataclass(frozen=True, slots=True)
class Desk:
    """What the newsroom keeps and what the bot makes of it, as the desk needs them together."""

    bot: FaqBot
    newsroom: Newsroom
    watcher: IndexWatcher
    groups: QuestionGroups

    def items(self, view: State) -> tuple[list[Item], int]:
        """Return the entries of a view, and how many questions are still to be sorted."""
        if view is State.PUBLISHED:
            published = [one for one in self.newsroom.drafts.all() if one.published is not None]
            return self._about_articles(map(self._published_item, published)), 0
        if view is State.REJECTED:
            rejected = self.newsroom.questions.find(State.REJECTED)
            kept = [question for question in rejected if question.text is not None]
            items = (Item(f"q{one.id}", one.article, (one,), None) for one in kept)
            return self._about_articles(items), 0
        questions = self.newsroom.questions.find(State.NEW, State.IN_WORK)
        groups, left = self.groups.group(questions, _SECONDS_TO_SORT)
        answers = {answer.id: answer for answer in self.newsroom.drafts.all()}
        entries = []
        for group in groups:
            known = [q.answer for q in group.questions if q.answer is not None]
            answer = answers.get(known[0]) if known else None
            first = min(question.id for question in group.questions)
            key = f"a{answer.id}" if answer else f"q{first}"
            entries.append(Item(key, group.questions[0].article, group.questions, answer))
        return entries, left

    def _about_articles(self, items: Iterable[Item]) -> list[Item]:
        """Leave out what is about an article that is gone."""
        return [item for item in items if self.bot.has(item.article)]

    def item(self, key: str, view: State) -> Item | None:
        """Return the entry with this key, if it is in the view."""
        items, _ = self.items(view)
        return next((item for item in items if item.is_named(key)), None)

    def _published_item(self, answer: EditorsAnswer) -> Item:
        questions = tuple(self.newsroom.questions.answered_by(answer.id))
        return Item(f"a{answer.id}", answer.article, questions, answer)

    def languages(self, article: str) -> tuple[Language, ...]:
        """Return the languages in which an answer can be published: those of the article."""
        has = {version.language for version in self.bot.versions(article)}
        return tuple(language for language in LANGUAGES if language in has)

    def publish(self, answer: int, editor: str) -> None:
        """Publish an answer; this server's readers get it at once.

        Raises:
            QueueError: there is no such answer, or nothing of it is complete.
        """
        self.newsroom.publishing.publish(answer, editor)
        self.watcher.follow()

    def unpublish(self, answer: int, editor: str) -> None:
        """Take a published answer back; this server's readers do not get it any more.

        Raises:
            QueueError: there is no such answer, or it is not published.
        """
        self.newsroom.publishing.unpublish(answer, editor)
        self.watcher.follow()

    def preview(self, item: Item, chosen: Sequence[int], reply: Reply) -> list[Answer]:
        """Return the bot's answers to the chosen questions as if the reply were published."""
        wordings: dict[Language, tuple[str, ...]] = {}
        asked = [q for q in item.questions if q.id in chosen and q.text is not None]
        for question in asked:
            known = wordings.get(question.language, ())
            wordings[question.language] = (*known, question.text or "")
        number = item.answer.id if item.answer else 0
        others = [answer for answer in self.newsroom.publishing.published() if answer.id != number]
        draft = PublishedAnswer(number, item.article, reply, wordings)
        articles = with_published(self.bot.versions(item.article), [draft, *others])
        bot = self.bot.with_articles(articles)
        texts = [(question.text or "", question.language) for question in asked]
        texts = texts or [(text.question, tag) for tag, text in reply.texts.items()]
        return [
            bot.ask(text, language=tag, article=item.article)
            for text, tag in texts[:_MOST_PREVIEWED]
        ]
