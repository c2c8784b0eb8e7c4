import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from faq_bot.models.batching import Batcher


def test_what_many_want_at_once_runs_together_and_comes_back_to_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting = threading.Semaphore(0)

    class Awaited(Future[int]):
        """Tells when somebody waits for it."""

        def result(self, timeout: float | None = None) -> int:
            waiting.release()
            return super().result(timeout)

    monkeypatch.setattr("faq_bot.models.batching.Future", Awaited)
    began, go_on = threading.Event(), threading.Event()
    sizes: list[int] = []

    def double(numbers: Sequence[int]) -> list[int]:
        sizes.append(len(numbers))
        began.set()
        go_on.wait(10)
        return [2 * number for number in numbers]

    batcher = Batcher(double, most=8)
    with ThreadPoolExecutor(20) as readers:
        first = readers.submit(batcher, 0)
        assert began.wait(10)
        others = [readers.submit(batcher, number) for number in range(1, 20)]
        assert all(waiting.acquire(timeout=10) for _ in (first, *others))
        go_on.set()
        assert [one.result(10) for one in (first, *others)] == [2 * n for n in range(20)]
    assert sizes == [1, 8, 8, 3]


def test_what_goes_wrong_in_a_batch_is_told_to_all_in_it_and_to_nobody_else() -> None:
    def invert(numbers: Sequence[int]) -> list[float]:
        return [1 / number for number in numbers]

    batcher = Batcher(invert, most=1)
    with pytest.raises(ZeroDivisionError):
        batcher(0)
    assert batcher(4) == 0.25
