"""Syncing on an interval, beside a running server."""

import logging
import threading
from collections.abc import Callable

from faq_bot.core.errors import FaqBotError
from faq_bot.index.indexing import Indexer

_log = logging.getLogger(__name__)


class RegularSync:
    """Syncs the index in its directory as often as the settings say.

    The bot takes over what was written as it does when another process writes it.
    """

    def __init__(self, minutes: float, indexer: Callable[[], Indexer]) -> None:
        """Take the minutes between two syncs, 0 for none, and what gives an indexer of now."""
        self._minutes = minutes
        self._indexer = indexer

    def run(self, stop: threading.Event) -> None:
        """Sync again and again until told to stop."""
        if not self._minutes:
            return
        while not stop.wait(60 * self._minutes):
            try:
                self._sync()
            except FaqBotError as error:
                _log.warning("The articles could not be brought up to date: %s", error)

    def _sync(self) -> None:
        found = self._indexer().sync()
        for problem in found.problems:
            _log.warning("As it was: %s", problem)
        if not found.is_empty:
            counts = (len(found.added), len(found.changed), len(found.removed))
            _log.info("Articles: %d added, %d changed, %d removed.", *counts)
