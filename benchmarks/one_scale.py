"""Measures what a collection of articles costs, from its files to the first answer.

    python benchmarks/one_scale.py PASSAGES FOLDER

Makes articles of about 25 passages each in German and English, of the sentences of the written
news, in ever new combinations. Prints passages built a second, seconds from the start of a process
to its first answer, MB in memory and on disk, and milliseconds of the dense search in all articles.
"""

import json
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from measuring import make_then_answer, memory
from training_data import stories

_PASSAGES = 25  # of an article
_SENTENCES = 3  # of a passage


def articles(passages: int) -> Iterator[dict[str, object]]:
    """Yield articles as JSON files have them."""
    chance = random.Random(0)
    sentences: dict[str, list[str]] = {"de": [], "en": []}
    for pair in stories():
        for article, _ in pair:
            paragraphs = [p.text for section in article.sections for p in section.paragraphs]
            sentences[article.language] += [s for p in paragraphs for s in p.split(". ") if s]
    for number in range(-(-passages // _PASSAGES)):
        language = ("de", "en")[number % 2]
        texts = [
            ". ".join(s.rstrip(".") for s in chance.sample(sentences[language], _SENTENCES)) + "."
            for _ in range(min(_PASSAGES, passages - number * _PASSAGES))
        ]
        yield {
            "id": f"article-{number}",
            "language": language,
            "title": chance.choice(sentences[language])[:80],
            "sections": [{"heading": None, "paragraphs": texts}],
        }


def build(count: int, folder: Path) -> dict[str, float]:
    """Build the index from files."""
    from faq_bot.core.settings import load_settings
    from faq_bot.index.archive import Archive
    from faq_bot.index.indexing import Indexer
    from faq_bot.models.opening import open_encoder

    files = folder / "articles"
    files.mkdir()
    for article in articles(count):
        (files / f"{article['id']}.json").write_text(json.dumps(article), encoding="utf-8")
    encoder = open_encoder(load_settings())
    encoder.encode_queries(["Was?"])
    start = time.perf_counter()
    index = Indexer(Archive(folder / "index"), encoder).build([files])
    seconds = time.perf_counter() - start
    size = sum(path.stat().st_size for path in (folder / "index").iterdir())
    return {
        "passages": len(index.passages),
        "rows": len(index.vectors),
        "passages built a second": len(index.passages) / seconds,
        "MB on disk": size / 1e6,
    }


def answer(folder: Path) -> dict[str, float]:
    """Open the index, ask once, and then search in all articles."""
    start = time.perf_counter()
    from faq_bot import FaqBot
    from faq_bot.answering.search_query import SearchQuery
    from faq_bot.core.languages import LANGUAGES

    bot = FaqBot.open(folder / "index")
    bot.ask("Was kostet das?")
    first = time.perf_counter() - start
    retriever = bot._knowledge.finder.retriever  # noqa: SLF001
    times = []
    for pair in stories():
        for (_, questions), language in zip(pair, LANGUAGES, strict=True):
            query = SearchQuery(questions[0].text, language)
            vector = bot.encoder.encode_queries([query.text])[0]
            start = time.perf_counter()
            retriever.search(vector, query)
            times.append(1000 * (time.perf_counter() - start))
    return {
        "seconds to the first answer": first,
        "ms to search": statistics.median(times),
        "MB resident": memory()["resident"],
        "MB anonymous": memory()["anonymous"],
    }


if __name__ == "__main__":
    make_then_answer(build, answer)
