"""The chat's own server, as the newsroom would start it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from tests.support.model import bundled_encoder
from tests.support.paths import ROOT


def build(folder: Path, articles: Path) -> None:
    """Build the index that a server in this folder will open: here the model is loaded already."""
    Indexer(Archive(folder / "index"), bundled_encoder()).build([articles])


def start(
    folder: Path, articles: Path, port: int = 0, variables: Mapping[str, str] = MappingProxyType({})
) -> tuple[subprocess.Popen[str], str]:
    """Run `app.py` with index and database in a folder; return it and the address it prints."""
    options = ["--port", str(port), "--index", f"{folder}/index"]
    command = [sys.executable, str(ROOT / "app.py"), *options]
    own = {"FAQ_BOT_ARTICLES": str(articles), "FAQ_BOT_DATABASE": f"{folder}/questions.sqlite"}
    environment = {**os.environ, **own, **variables}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://" in line, f"the server did not start: {line!r}"
    return process, next(word for word in line.split() if word.startswith("http://"))


@contextmanager
def serve(articles: Path, **variables: str) -> Iterator[str]:
    """Run `app.py` with an index of articles; yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), articles)
        process, address = start(Path(folder), articles, variables=variables)
        try:
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)
