"""Readers' questions, written by a process that is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from faq_bot.core.settings import Settings
from faq_bot.newsroom.newsroom import Newsroom


def test_a_killed_writer_leaves_a_whole_database(place: Path | str) -> None:
    code = (
        "import sys, itertools; from faq_bot.core.settings import Settings;"
        "from faq_bot.newsroom.newsroom import Newsroom;"
        "questions = Newsroom.from_settings(Settings(database=sys.argv[1])).questions;"
        "[print(questions.send('a', 'de', f'{n}').id, flush=True) for n in itertools.count()]"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(20)]
    os.kill(process.pid, signal.SIGKILL)
    told += [int(line) for line in process.stdout if line.endswith("\n")]
    process.wait()
    newsroom = Newsroom.from_settings(Settings(database=str(place)))
    kept = [question.id for question in newsroom.questions.find()]
    assert set(told) <= set(kept)
    assert len(kept) <= len(told) + 1
