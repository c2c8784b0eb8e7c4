"""How many questions may be under way at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from faq_bot.errors import BusyError


class Admission:
    """Lets so many questions in; who comes on top is told at once to try again.

    Without it, a flood would fill memory with questions whose readers have long given up. To be
    used from the event loop, where nothing comes in between.
    """

    def __init__(self, most: int) -> None:
        self._free = most

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            BusyError: there is none.
        """
        if not self._free:
            raise BusyError
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
