"""Spreading work over the processors."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from threadpoolctl import threadpool_limits

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(run: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what `run` returns for each item, in their order, using all processors."""
    return _workers().map(run, items)


def in_bulk(run: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Do the same with very many items, in threads of their own: nobody waits behind them."""
    _keep_libraries_to_one_thread()
    with ThreadPoolExecutor(processors(), thread_name_prefix="bulk") as workers:
        yield from workers.map(run, items)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _keep_libraries_to_one_thread() -> None:
    """Keep the threads of BLAS and OpenMP from the processors.

    After each product of matrices they go on spinning for a while: an answer took half as long
    again.
    """
    threadpool_limits(1)


@lru_cache(maxsize=1)
def _workers() -> ThreadPoolExecutor:
    _keep_libraries_to_one_thread()
    return ThreadPoolExecutor(processors(), thread_name_prefix="worker")
