"""How many questions may be under way at once, and where they are answered.

Own code, since uvicorn's `limit_concurrency` counts every connection, those that wait for a
stylesheet, too.
"""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from faq_bot.core.concurrency import processors
from faq_bot.core.errors import BusyError

Result = TypeVar("Result")

_THREADS_PER_PROCESSOR = 4  # enough that questions meet in the encoder and are embedded together


class Admission:
    """Lets so many questions in; who comes on top is told at once to try again.

    Without it, a flood would fill memory with questions whose readers have long given up. Those let
    in are answered in the order of their coming, a few at a time, in threads of their own.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._threads = CapacityLimiter(_THREADS_PER_PROCESSOR * processors())

    async def run(self, answer: Callable[[], Result]) -> Result:
        """Call `answer` in a thread; to be awaited on the event loop.

        Raises:
            BusyError: too many are under way.
        """
        if not self._free:
            raise BusyError
        self._free -= 1
        try:
            return await to_thread.run_sync(answer, limiter=self._threads)
        finally:
            self._free += 1
