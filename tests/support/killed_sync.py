"""Syncs a folder again and again, killed a step later each time; prints what it left.

Steps are those of `killed_publisher`. Articles and passages are beside the vectors or, with the
address of an empty database, in PostgreSQL. Run by `test_syncing`.
"""

import json
import sys
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Changes, Indexer
from tests.support.encoder import FakeEncoder
from tests.support.killed_publisher import killed_at_every_step
from tests.support.sample_articles import MOON, SUN


def main(folder: Path, server: str | None = None) -> None:
    before, articles = folder / "before", folder / "before" / "articles"
    articles.mkdir(parents=True)
    (articles / "moon.de.txt").write_text(MOON, encoding="utf-8")
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")
    first = Archive(before / "index", server)
    Indexer(first, FakeEncoder()).sync([articles])
    first.close()
    (articles / "moon.de.txt").write_text(MOON.replace("kalt", "warm"), encoding="utf-8")
    (articles / "sun.de.txt").unlink()
    (articles / "mars.de.txt").write_text(MOON.replace("Mond", "Mars"), encoding="utf-8")
    now = folder / "now"
    copy = None if server is None else f"{server}_now"

    def prepare() -> None:
        if server is not None:
            name = make_url(server).database
            with psycopg.connect(server.replace(str(name), "postgres"), autocommit=True) as db:
                db.execute(f"drop database if exists {name}_now with (force)")
                db.execute(f"create database {name}_now template {name}")

    def sync_now() -> Changes:
        archive = Archive(now / "index", copy)
        try:
            return Indexer(archive, FakeEncoder()).sync()
        finally:
            archive.close()

    def texts() -> list[str]:
        archive = Archive(now / "index", copy)
        index, _ = archive.load()  # checks all of it
        archive.close()
        return [passage.text for passage in index.passages]

    for killed in killed_at_every_step(before, now, sync_now, prepare):
        left = {
            "killed": killed,
            "left": texts(),
            "next": sync_now().problems,
            "after": texts(),
        }
        sys.stdout.write(json.dumps(left) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
