"""The bot: articles in, answers out. The place where the parts are put together."""

from collections.abc import Iterable, Sequence
from copy import copy
from pathlib import Path
from typing import Self

from faq_bot.answering.calibration import Calibration
from faq_bot.answering.knowledge import Knowledge
from faq_bot.answering.preprocessing import prepare_question
from faq_bot.answering.question_space import QuestionSpace
from faq_bot.answering.service import Service
from faq_bot.articles.checks import check_unique, require_text
from faq_bot.core.answer import Answer, Scope
from faq_bot.core.article import Article
from faq_bot.core.errors import ArticleError, QuestionError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings, load_settings
from faq_bot.index.passage_index import PassageIndex, build_index, update_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.encoder import Encoder
from faq_bot.models.reader import open_reader


class FaqBot:
    """Answers readers' questions from the articles of one index.

    Example:
        >>> bot = FaqBot.open("index")
        >>> bot.ask("Was ist Trainium?").answer
        'Trainium ist der Trainingsbeschleuniger von AWS, …'
    """

    def __init__(self, index: PassageIndex, encoder: Encoder, settings: Settings) -> None:
        self.encoder = encoder
        self._settings = settings
        self._reader = open_reader(encoder)
        self._calibration = Calibration.bundled(encoder.model_id, reader=self._reader is not None)
        self._knowledge = self._learn(index, None)

    @classmethod
    def open(cls, directory: str | Path = "index", settings: Settings | None = None) -> Self:
        """Open the index in `directory`.

        Raises:
            IndexFilesError: the index is missing, damaged or stale; the message says which.
            ModelError: the embedding model cannot be loaded.
        """
        settings = settings or load_settings()
        placed = settings.model_copy(update={"index": Path(directory)})
        service = Service.from_settings(placed)
        return cls(service.indexer().open_current(), service.encoder, settings)

    @classmethod
    def from_articles(cls, articles: Iterable[Article], settings: Settings | None = None) -> Self:
        """Make a bot that keeps its index in memory.

        Raises:
            ArticleError: an article has no text, or two have the same id and language.
            ModelError: the embedding model cannot be loaded.
        """
        settings = settings or load_settings()
        given = tuple(articles)
        if not given:
            raise ArticleError("There is no article to answer from.")
        for article in given:
            require_text(article)
        check_unique((None, article) for article in given)
        encoder = Service.from_settings(settings).encoder
        return cls(build_index(given, encoder, in_memory), encoder, settings)

    def replace_index(self, index: PassageIndex) -> None:
        """Answer from another index from now on.

        What is being answered meanwhile is answered from the old one; nobody waits.
        """
        self._knowledge = self._learn(index, self._knowledge)

    def index_of(self, articles: Sequence[Article]) -> PassageIndex:
        """Return an index of other articles; what they share with these keeps its vectors."""
        return update_index(self._index, articles, self.encoder)

    def with_articles(self, articles: Sequence[Article]) -> "FaqBot":
        """Return a bot for other articles that shares everything but its index with this one."""
        other = copy(self)
        other.replace_index(self.index_of(articles))
        return other

    def _learn(self, index: PassageIndex, previous: Knowledge | None) -> Knowledge:
        return Knowledge(
            index, self.encoder, self._reader, self._calibration, self._settings, previous
        )

    @property
    def _index(self) -> PassageIndex:
        return self._knowledge.index

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles, each language version on its own."""
        return self._index.articles

    @property
    def article_ids(self) -> tuple[str, ...]:
        """The ids of the articles."""
        return tuple(self._index.versions)

    @property
    def only_article(self) -> str | None:
        """The id of the only article, None where there are several."""
        return self._index.only_article

    def has(self, article: str | None) -> bool:
        """Whether there is such an article."""
        return article in self._index.versions

    def find_articles(self, text: str = "", language: Language = "de") -> tuple[str, ...]:
        """Return the ids of the articles about something, by default all, the newest first.

        Those with all the words in their titles go before those that only tell of it.
        """
        knowledge = self._knowledge
        asked = [word.casefold() for word in text.split()]
        if not asked:
            return knowledge.index.newest
        titles = knowledge.index.titles
        named = [
            identifier
            for identifier in knowledge.index.newest
            if all(word in titles[identifier] for word in asked)
        ]
        return tuple(dict.fromkeys([*named, *knowledge.finder.articles(text, language)]))

    def version(self, article: str, language: Language | None = None) -> Article:
        """Return an article in `language` if there is that version, by default the original.

        Raises:
            UnknownArticleError: there is no such article.
        """
        self._index.require(article)
        return self._index.article(article, language or self._index.original_language(article))

    def versions(self, article: str) -> tuple[Article, ...]:
        """Return the language versions of an article, the original first.

        Raises:
            UnknownArticleError: there is no such article.
        """
        original = self.version(article)
        others = self._index.versions[article].values()
        return (original, *(other for other in others if other is not original))

    def ask(
        self,
        question: str,
        *,
        language: Language | None = None,
        article: str | None = None,
        ui_language: Language | None = None,
        previous: str | None = None,
        scope: Scope = Scope.ARTICLE,
    ) -> Answer:
        """Answer a reader's question, or refuse to.

        Args:
            question: what the reader typed.
            language: the language to answer in; detected from the question if None.
            article: the id of the only article to answer from; all articles if None.
            ui_language: decides where the question's language cannot be told.
            previous: the question before this one, to which it may refer ("And Microsoft?").
            scope: whether other articles may answer what `article` does not.

        Raises:
            QuestionError: the question is empty or too long, or the language or article unknown.
        """
        prepared = prepare_question(question, self._settings.max_question_length)
        knowledge = self._knowledge  # the same for the whole question
        if article is None:
            article = knowledge.index.only_article
        else:
            knowledge.index.require(article)
        for tag in (language, ui_language):
            if tag not in (None, *LANGUAGES):
                raise QuestionError(f"The language {tag!r} is unknown. Known are 'de' and 'en'.")
        return knowledge.ask(prepared, language, article, ui_language, previous, scope)

    @property
    def question_space(self) -> QuestionSpace:
        """Where questions are compared with articles and with each other."""
        return self._knowledge.question_space

    def suggestions(
        self, language: Language, article: str | None = None, most: int | None = None
    ) -> tuple[str, ...]:
        """Return published questions, up to `most`, those in `language` where there are any."""
        return self._knowledge.answerer.suggestions(language, article, most)

    def title(self, language: Language, article: str | None = None) -> str | None:
        """Return the title of the article, or of the only one there is."""
        about = article or self.only_article
        return None if about is None else self.version(about, language).title
