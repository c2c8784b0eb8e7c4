"""What a server does beside answering: it warms up, follows the index, syncs articles."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from faq_bot.answering.bot import FaqBot
from faq_bot.web.index_watcher import IndexWatcher
from faq_bot.web.regular_sync import RegularSync


class Upkeep:
    """Threads that live as long as the application."""

    def __init__(self, bot: FaqBot, watcher: IndexWatcher, sync: RegularSync) -> None:
        self._bot = bot
        self._watcher = watcher
        self._sync = sync
        self._ready, self._stop = threading.Event(), threading.Event()

    @property
    def is_ready(self) -> bool:
        """Whether a question would be answered without waiting for something to load."""
        return self._ready.is_set()

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Run the threads while the application runs (ASGI's lifespan)."""
        threading.Thread(target=self._warm_up, daemon=True).start()
        for task in (self._watcher.watch, self._sync.run):
            threading.Thread(target=task, args=(self._stop,), daemon=True).start()
        yield
        self._stop.set()

    def _warm_up(self) -> None:
        """Load what the first question would have to wait for."""
        for question in self._bot.suggestions("de", most=1) or ("Worum geht es?",):
            self._bot.ask(question)
        self._ready.set()
