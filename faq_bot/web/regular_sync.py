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


def sync_regularly(
    settings: Settings,
    archive: Archive,
    encoder: Encoder,
    publishing: Publishing,
    stop: threading.Event,
) -> None:
    """Sync the index in its directory as often as the settings say, until told to stop.

    The bot takes over what was written as it does when another process writes it.
    """
    if not settings.sync_minutes:
        return
    while not stop.wait(60 * settings.sync_minutes):
        try:
            found = sync(
                archive,
                (),
                encoder,
                publishing.published(),
                allow_private=settings.allow_private_addresses,
            )
        except FaqBotError as error:
            _log.warning("The articles could not be brought up to date: %s", error)
            continue
        for problem in found.problems:
            _log.warning("As it was: %s", problem)
        if not found.is_empty:
            counts = (len(found.added), len(found.changed), len(found.removed))
            _log.info("Articles: %d added, %d changed, %d removed.", *counts)
