"""Running what many threads want at the same time together.

Own code, since batching libraries serve asyncio or wait some time for company.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Calls `run` with items from all threads, up to `most` at once, in a thread of its own.

    Nobody waits for company: what comes while a batch is running goes into the next one, as a
    database groups commits (DeWitt et al. 1984, "Implementation techniques for main memory
    database systems").
    """

    def __init__(self, run: Callable[[Sequence[Item]], Sequence[Result]], most: int) -> None:
        self._run = run
        self._most = most
        self._waiting: SimpleQueue[tuple[Item, Future[Result]]] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="batches")

    def __call__(self, item: Item) -> Result:
        """Return the result for one item; raises what `run` raises."""
        future: Future[Result] = Future()
        self._waiting.put((item, future))
        self._thread.submit(self._run_batch)
        return future.result()

    def _run_batch(self) -> None:
        """Run what waits, unless a batch before has taken all of it."""
        batch: list[tuple[Item, Future[Result]]] = []
        while len(batch) < self._most and not self._waiting.empty():
            batch.append(self._waiting.get())
        if not batch:
            return
        try:
            results = self._run([item for item, _ in batch])
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            for _, future in batch:
                future.set_exception(error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                future.set_result(result)
