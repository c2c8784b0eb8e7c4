"""Model, index and newsroom put together as the settings name them: the one composition root."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from faq_bot.articles.published import with_published
from faq_bot.core.article import Article
from faq_bot.core.languages import Language
from faq_bot.core.reply import PublishedAnswer
from faq_bot.core.settings import Settings
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from faq_bot.models.encoder import Encoder
from faq_bot.models.opening import open_encoder
from faq_bot.newsroom.newsroom import Newsroom


@dataclass(frozen=True, slots=True)
class Service:
    """What commands and server work with; nothing is opened or loaded before it is used."""

    settings: Settings
    encoder: Encoder
    archive: Archive
    newsroom: Newsroom

    @classmethod
    def from_settings(cls, settings: Settings, encoder: Encoder | None = None) -> Self:
        """Put the parts together; an `encoder` that there is already is shared."""
        return cls(
            settings,
            encoder or open_encoder(settings),
            Archive.from_settings(settings),
            Newsroom.from_settings(settings),
        )

    def indexer(self, published: Sequence[PublishedAnswer] | None = None) -> Indexer:
        """Return what changes and opens the index, with what is published now or was given.

        Raises:
            QueueError: the newsroom's database cannot be used.
        """
        if published is None:
            published = self.newsroom.publishing.published()
        allow_private = self.settings.allow_private_addresses
        return Indexer(self.archive, self.encoder, published, allow_private)

    def article(self, identifier: str, language: Language | None = None) -> Article:
        """Return an article of the index with what is published, by default its original.

        Raises:
            UnknownArticleError: there is no such article.
            IndexFilesError, QueueError: index or database cannot be read.
        """
        index, _ = self.archive.load()
        index.require(identifier)
        article = index.article(identifier, language or index.original_language(identifier))
        (current,) = with_published([article], self.newsroom.publishing.published())
        return current
