"""Readers' questions, written by a process that is killed."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from faq_bot.newsroom.question_queue import QuestionQueue

MONTH = timedelta(days=30)


def test_a_killed_writer_leaves_a_whole_database(place: Path | str) -> None:
    code = (
        "import sys, itertools; from datetime import timedelta;"
        "from faq_bot.newsroom.question_queue import QuestionQueue;"
        "queue = QuestionQueue(sys.argv[1], timedelta(1));"
        "[print(queue.send('a', 'de', f'{n}').id, flush=True) for n in itertools.count()]"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    told += [int(line) for line in process.stdout if line.endswith("\n")]
    process.wait()
    kept = [question.id for question in QuestionQueue(place, MONTH).questions()]
    assert set(told) <= set(kept)
    assert len(kept) <= len(told) + 1
