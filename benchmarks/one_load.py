"""Lets many readers ask a running server, each again as soon as it is answered.

    python benchmarks/one_load.py ADDRESS READERS SECONDS KIND PATH QUESTIONS.json

KIND is `distinct`, no question asked twice, or `popular`, as readers of one page ask: the question
of rank n as often as 1/n of the first (Zipf); the page has then been open for as long before.
PATH is `api` or `chat`, the call that Gradio's page makes. Prints the milliseconds of all
replies, and how many were busy or failed.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import aiohttp
from measuring import keep_to, processors, tell

_POPULAR = 1000
_BUSY = 503
_PAUSE = 0.5  # before someone who was told to try again does so


def questions(kind: str, texts: list[str]) -> Iterator[str]:
    """Yield questions without end, or until each was asked."""
    if kind == "distinct":
        yield from texts
        return
    chance = random.Random(0)
    popular = texts[:_POPULAR]
    weights = [1 / rank for rank in range(1, len(popular) + 1)]
    while True:
        yield from chance.choices(popular, weights, k=1000)


class Load:
    """The readers, and what they met."""

    def __init__(self, address: str, path: str, asked: Iterator[str]) -> None:
        self._address = address
        self._path = path
        self._asked = asked
        self.times: list[float] = []
        self.outcomes: Counter[str] = Counter()

    async def reader(self, session: aiohttp.ClientSession, until: float) -> None:
        """Ask until the time is over."""
        while time.perf_counter() < until and (question := next(self._asked, None)):
            start = time.perf_counter()
            outcome = await self._ask(session, question)
            self.outcomes[outcome] += 1
            if outcome == "answered":
                self.times.append(1000 * (time.perf_counter() - start))
            elif outcome == "busy":
                await asyncio.sleep(_PAUSE)

    async def _ask(self, session: aiohttp.ClientSession, question: str) -> str:
        try:
            if self._path == "api":
                address, body = "/api/v1/ask", {"question": question}
            else:
                address = "/de/gradio_api/run/predict"
                body = {
                    "data": [question, "de", None, None],
                    "fn_index": 0,
                    "session_hash": f"{random.getrandbits(64):x}",
                }
            async with session.post(self._address + address, json=body) as response:
                text = await response.text()
                if response.status == _BUSY:
                    return "busy"
                if self._path == "chat" and ("Very many" in text or "fragen sehr viele" in text):
                    return "busy"
                return "answered" if response.status == 200 else f"failed {response.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"failed {type(error).__name__}"


async def run(readers: int, seconds: float, load: Load) -> float:
    """Let the readers in; return for how many seconds they asked."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=60)
    start = time.perf_counter()
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(readers):
            group.create_task(load.reader(session, start + seconds))
    return time.perf_counter() - start


def main() -> None:
    """Measure."""
    keep_to(processors()[1])
    address, readers, seconds, kind, path, texts = sys.argv[1:]
    asked = questions(kind, json.loads(Path(texts).read_text(encoding="utf-8")))
    load = Load(address, path, asked)
    asyncio.run(run(1, 30, Load(address, path, itertools.islice(asked, 20))))
    if kind == "popular":
        asyncio.run(run(int(readers), float(seconds), Load(address, path, asked)))
    took = asyncio.run(run(int(readers), float(seconds), load))
    tell({"times": load.times, "outcomes": dict(load.outcomes), "seconds": took})


if __name__ == "__main__":
    main()
