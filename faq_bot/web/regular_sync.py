"""Syncing on an interval, beside a running server."""

import logging
import threading

from faq_bot.core.errors import FaqBotError
from faq_bot.core.settings import Settings
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import sync
from faq_bot.models.encoder import Encoder
from faq_bot.newsroom.publishing import Publishing

_log = logging.getLogger(__name__)


class RegularSync:
    """Syncs the index in its directory as often as the settings say.

    The bot takes over what was written as it does when another process writes it.
    """

    def __init__(
        self, settings: Settings, archive: Archive, encoder: Encoder, publishing: Publishing
    ) -> None:
        self._settings = settings
        self._archive = archive
        self._encoder = encoder
        self._publishing = publishing

    def run(self, stop: threading.Event) -> None:
        """Sync again and again until told to stop."""
        if not self._settings.sync_minutes:
            return
        while not stop.wait(60 * self._settings.sync_minutes):
            try:
                self._sync()
            except FaqBotError as error:
                _log.warning("The articles could not be brought up to date: %s", error)

    def _sync(self) -> None:
        found = sync(
            self._archive,
            (),
            self._encoder,
            self._publishing.published(),
            allow_private=self._settings.allow_private_addresses,
        )
        for problem in found.problems:
            _log.warning("As it was: %s", problem)
        if not found.is_empty:
            counts = (len(found.added), len(found.changed), len(found.removed))
            _log.info("Articles: %d added, %d changed, %d removed.", *counts)
