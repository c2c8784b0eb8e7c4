"""Running what many threads want at the same time together."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Calls `run` with items from all threads, up to `most` at once.

    Nobody waits for company: what comes while a batch is running goes into the next one, as a
    database groups commits (DeWitt et al. 1984, "Implementation techniques for main memory
    database systems").
    """

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Result]], most: int) -> None:
        self._run = run
        self._most = most
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()
        self._running = threading.Lock()

    def __call__(self, item: Item) -> Result:
        """Return the result for one item; raises what `run` raises."""
        future: Future[Result] = Future()
        self._waiting.append((item, future))
        with self._running:
            while not future.done():
                self._run_batch()
        return future.result()

    def _run_batch(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            results = self._run([item for item, _ in batch])
        except BaseException as error:
            for _, future in batch:
                future.set_exception(error)
            raise
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
