"""Keeping a running bot up to what the database says is published and to the archive."""

import logging
import threading
from collections.abc import Sequence

from faq_bot.answering.bot import FaqBot
from faq_bot.articles.published import with_published
from faq_bot.core.article import Article
from faq_bot.core.errors import FaqBotError, IndexFilesError
from faq_bot.core.reply import PublishedAnswer
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from faq_bot.index.passage_index import PassageIndex
from faq_bot.newsroom.publishing import Publishing

_SECONDS_BETWEEN_LOOKS = 1.0

_log = logging.getLogger(__name__)


class IndexWatcher:
    """Takes what is published, here or by another process, into the index and the running bot.

    Publishing itself is a transaction of the database; this only follows. So a process that is
    killed in between catches up when it starts again. Where another process, or a sync in this
    one, has written the index, the bot goes on with that.
    """

    def __init__(self, bot: FaqBot, publishing: Publishing, archive: Archive) -> None:
        self._bot = bot
        self._publishing = publishing
        self._archive = archive
        self._lock = threading.Lock()
        self._followed: tuple[PublishedAnswer, ...] | None = None
        self._generation = archive.generation()

    def follow(self) -> bool:
        """Take over what was published or taken back; return whether there was something.

        Readers go on to be answered from what there was. An index directory that cannot be used
        does not keep an answer from them: it is brought up to date by whoever opens it next.

        Raises:
            QueueError: the database cannot be used.
        """
        with self._lock:
            published = self._publishing.published()
            if published == self._followed:
                return False
            articles = with_published(self._bot.articles, published)
            is_new = articles != self._bot.articles
            if is_new:
                self._bot.replace_index(self._index_of(articles, published))
                self._generation = self._archive.generation()
            self._followed = published
            return is_new

    def reload(self) -> bool:
        """Go on with the index in the directory, if it was written since; return whether it was.

        Raises:
            IndexFilesError: it cannot be used; the bot goes on with the one it has.
        """
        with self._lock:
            generation = self._archive.generation()
            if generation in (None, self._generation):
                return False
            self._generation = generation
            published = self._publishing.published()
            self._bot.replace_index(self._indexer(published).open_written())
            return True

    def _index_of(
        self, articles: Sequence[Article], published: Sequence[PublishedAnswer]
    ) -> PassageIndex:
        try:
            return self._indexer(published).take_over()
        except IndexFilesError as error:
            _log.warning("What was published is not in the index's files: %s", error)
            return self._bot.index_of(articles)

    def _indexer(self, published: Sequence[PublishedAnswer]) -> Indexer:
        return Indexer(self._archive, self._bot.encoder, published)

    def watch(self, stop: threading.Event) -> None:
        """Follow what other processes publish and write, until told to stop."""
        told = ""
        while not stop.wait(_SECONDS_BETWEEN_LOOKS):
            try:
                self.follow()
                self.reload()
                told = ""
            except FaqBotError as error:
                if str(error) != told:  # not once a second
                    _log.exception("What was published or written could not be taken over.")
                told = str(error)
