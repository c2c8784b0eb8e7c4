"""The command in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from faq_bot.models.bundled_encoder import BundledEncoder
from tests.support.paths import ROOT, SEEDS


def test_a_new_process_answers_from_the_index(tmp_path: Path, encoder: BundledEncoder) -> None:
    Indexer(Archive(tmp_path), encoder).build([SEEDS])
    command = [
        sys.executable,
        "-m",
        "faq_bot",
        "ask",
        "Was ist Trainium?",
        "--index",
        f"{tmp_path}",
    ]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Trainium ist der Trainingsbeschleuniger")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "action",
    [
        "FaqBot.from_articles(read_articles(seed)).ask('Was ist Trainium?')",
        "create_app(FaqBot.from_articles(read_articles(seed)), load_settings())",
    ],
)
def test_neither_answering_nor_serving_waits_for_pytorch(action: str) -> None:
    script = (
        "import sys; from pathlib import Path; from faq_bot import FaqBot\n"
        "from faq_bot.articles.files import read_articles\n"
        "from faq_bot.core.settings import load_settings\n"
        "from faq_bot.web.app import create_app\n"
        f"seed = Path({str(ROOT)!r}) / 'seeds' / 'amazon-openai.de.txt'\n"
        f"{action}\n"
        "print([m for m in ('torch', 'transformers', 'sklearn', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
