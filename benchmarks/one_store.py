"""Measures what an index costs where it is kept, and what a server of it costs.

    python benchmarks/one_store.py INDEX [--database postgresql://…] [--vector-store milvus+…]

Copies an index, which has to be there, to the stores named, by default to files; then opens it in
another process and asks. Prints seconds, MB on disk and in memory, milliseconds of a search; and of
all that grows with the passages, how much it is for a million.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measuring import ROOT, Measured, keep_to, memory, processors, tell
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from training_data import stories

from faq_bot.articles.files import read_articles
from faq_bot.core.settings import Settings
from faq_bot.index.archive import Archive
from faq_bot.index.passage_index import label_rows

_ASKED = 100
_MILLION = 1_000_000


def copy(source: Path, target: Archive) -> Measured:
    """Write the index to other stores."""
    index, corpus = Archive(source).load()
    labels = label_rows(index.passages)
    start = time.perf_counter()
    vectors = index.vectors.vectors(np.arange(len(index.vectors)))
    filled = target.vectors.fill(vectors, labels)
    written = time.perf_counter() - start
    start = time.perf_counter()
    copied = type(index)(index.articles, index.passages, filled, index.background, index.model_id)
    with target.lock():
        target.save(copied, corpus)
    return {
        "passages": len(index.passages),
        "vectors": len(filled),
        "seconds to write vectors": written,
        "seconds to write articles and passages": time.perf_counter() - start,
    }


def size(settings: Settings) -> Measured:
    """Return how much the stores take on disk, in MB."""
    folder = settings.index
    found = {"MB of vectors in files": sum(p.stat().st_size for p in folder.glob("*.faiss")) / 1e6}
    if settings.database.startswith("postgresql://"):
        engine = create_engine(make_url(settings.database).set(drivername="postgresql+psycopg"))
        with engine.connect() as db:
            bytes_taken = db.scalar(text("select pg_database_size(current_database())"))
        found["MB of articles and passages"] = bytes_taken / 1e6
    else:
        found["MB of articles and passages"] = (folder / "archive.sqlite").stat().st_size / 1e6
    return found


def serve(settings: Settings) -> Measured:
    """Open the index as a server does, search and answer."""
    from faq_bot import FaqBot
    from faq_bot.answering.dense import DenseRetriever
    from faq_bot.answering.search_query import SearchQuery
    from faq_bot.models.opening import open_encoder

    encoder = open_encoder(settings)
    small = FaqBot.from_articles(read_articles(ROOT / "seeds" / "amazon-openai.de.txt"))
    small.ask("Was kostet das?")  # so that models are loaded
    without = memory()["anonymous"]
    start = time.perf_counter()
    index, _ = Archive.from_settings(settings).load()
    loaded = time.perf_counter() - start
    bot = FaqBot(index, encoder, settings)
    bot.ask("Was kostet das?", article=bot.article_ids[0])
    found = {
        "seconds to load": loaded,
        "seconds to the first answer": time.perf_counter() - start,
        "MB in memory for the index": memory()["anonymous"] - without,
    }
    chance = random.Random(1)
    asked = [question.text for pair in stories() for _, questions in pair for question in questions]
    retriever = DenseRetriever(index)
    for name, articles in (("all", None), ("an article", (bot.article_ids[0],))):
        times = []
        for question in chance.sample(asked, _ASKED):
            query = SearchQuery(question, "de", articles)
            vector = encoder.encode_queries([question])[0]
            start = time.perf_counter()
            retriever.search(vector, query)
            times.append(1000 * (time.perf_counter() - start))
        found[f"ms of a search in {name}"] = statistics.median(times)
    return found


def main() -> None:
    """Copy in one process and serve in another: one of them, or both in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--database", default="files")
    parser.add_argument("--vector-store", default="faiss")
    parser.add_argument("--copy-to", type=Path, help="only copy, to this directory")
    parser.add_argument("--serve", action="store_true", help="only open and ask")
    chosen = parser.parse_args()
    keep_to(processors()[0])
    stores = Settings(
        index=chosen.copy_to or chosen.index,
        database=chosen.database,
        vector_store=chosen.vector_store,
    )
    if chosen.serve:
        tell(serve(stores))
    elif chosen.copy_to:
        tell(copy(chosen.index, Archive.from_settings(stores)) | size(stores))
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = part(chosen.index, "--copy-to", folder) | part(Path(folder), "--serve")
        grows = ("seconds to write", "seconds to load", "MB")
        scale = _MILLION / found["passages"]
        millions = {
            f"{name}, a million passages": value * scale
            for name, value in found.items()
            if name.startswith(grows)
        }
        tell(found | millions)


def part(index: Path, *options: str) -> Measured:
    """Run this program for a part of the work."""
    stores = [argument for argument in sys.argv[2:] if argument != str(index)]
    command = [sys.executable, __file__, str(index), *stores, *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
