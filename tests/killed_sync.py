"""Syncs a folder again and again, killed a step later each time; prints what it left.

Steps are those of `killed_publisher`. Run by `test_syncing`.
"""

import json
import sys
from pathlib import Path

from faq_bot.archive import Archive
from faq_bot.indexing import Changes, sync
from tests.killed_publisher import killed_at_every_step
from tests.test_indexing import MOON, SUN, FakeEncoder


def main(folder: Path) -> None:
    before, articles = folder / "before", folder / "before" / "articles"
    articles.mkdir(parents=True)
    (articles / "moon.de.txt").write_text(MOON, encoding="utf-8")
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")
    sync(Archive(before / "index"), [articles], FakeEncoder())
    (articles / "moon.de.txt").write_text(MOON.replace("kalt", "warm"), encoding="utf-8")
    (articles / "sun.de.txt").unlink()
    (articles / "mars.de.txt").write_text(MOON.replace("Mond", "Mars"), encoding="utf-8")
    now = folder / "now"

    def sync_now() -> Changes:
        return sync(Archive(now / "index"), (), FakeEncoder())

    for killed in killed_at_every_step(before, now, sync_now):
        left = {
            "killed": killed,
            "left": texts(now / "index"),
            "next": sync_now().problems,
            "after": texts(now / "index"),
        }
        sys.stdout.write(json.dumps(left) + "\n")


def texts(directory: Path) -> list[str]:
    index, _ = Archive(directory).load()  # checks all files
    return [passage.text for passage in index.passages]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
