"""Syncs a folder again and again, killed a step later each time; prints what it left.

Steps are those of `killed_publisher`. Run by `test_syncing`.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from faq_bot.index_files import load_index
from faq_bot.indexing import sync
from tests.killed_publisher import Killer
from tests.test_indexing import MOON, SUN, FakeEncoder


def main(folder: Path) -> None:
    before, articles = folder / "before", folder / "before" / "articles"
    articles.mkdir(parents=True)
    (articles / "moon.de.txt").write_text(MOON, encoding="utf-8")
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")
    sync(before / "index", [articles], FakeEncoder())
    (articles / "moon.de.txt").write_text(MOON.replace("kalt", "warm"), encoding="utf-8")
    (articles / "sun.de.txt").unlink()
    (articles / "mars.de.txt").write_text(MOON.replace("Mond", "Mars"), encoding="utf-8")
    step = 0
    while True:
        step += 1
        now = folder / "now"
        shutil.copytree(before, now)
        child = os.fork()
        if child == 0:
            Killer(step, now)
            try:
                sync(now / "index", (), FakeEncoder())
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        left = {
            "killed": os.WIFSIGNALED(status),
            "left": texts(now / "index"),
            "next": sync(now / "index", (), FakeEncoder()).problems,
            "after": texts(now / "index"),
        }
        sys.stdout.write(json.dumps(left) + "\n")
        shutil.rmtree(now)
        if not os.WIFSIGNALED(status):
            return


def texts(directory: Path) -> list[str]:
    index, _ = load_index(directory)  # checks all files
    return [passage.text for passage in index.passages]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
