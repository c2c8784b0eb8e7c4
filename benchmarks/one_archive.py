"""Measures an archive of articles in both languages: built, kept current, asked.

    python benchmarks/one_archive.py ARTICLES FOLDER

Makes articles of six paragraphs each in German and English, recombined from the written news and
the seed article. Prints how long a first sync takes, one that finds nothing, and one after a
hundredth of the articles has changed, and what each has embedded; then, in another process, the
time to the first answer, the times of answers from one article and from all, and of publishing one.
"""

import json
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import ROOT, make_then_answer, memory
from training_data import stories

from faq_bot.articles.files import read_articles
from faq_bot.core.article import Article
from faq_bot.core.languages import LANGUAGES

if TYPE_CHECKING:
    from faq_bot import FaqBot

_PARAGRAPHS = 6
_ASKED = 100

Pair = tuple[str, ...]  # a paragraph in each language


def paragraphs() -> list[Pair]:
    """Return paragraphs that stand in both versions of a story, or of the seed article."""
    seed = [read_articles(ROOT / "seeds" / f"amazon-openai.{tag}.txt")[0] for tag in LANGUAGES]
    versions = [[article for article, _ in pair] for pair in stories()]
    found: list[Pair] = []
    for some in (seed, *versions):
        found += zip(*map(_texts, some), strict=False)
    return list(dict.fromkeys(found))


def _texts(article: Article) -> list[str]:
    return [p.text for section in article.sections for p in section.paragraphs]


def write(folder: Path, number: int, pairs: Sequence[Pair]) -> None:
    """Write both versions of an article."""
    for place, language in enumerate(LANGUAGES):
        texts = [pair[place] for pair in pairs]
        article = {
            "id": f"article-{number}",
            "language": language,
            "title": texts[0].split(".")[0][:100],
            "sections": [{"heading": None, "paragraphs": texts}],
        }
        path = folder / f"article-{number}.{language}.json"
        path.write_text(json.dumps(article), encoding="utf-8")


def keep_current(count: int, folder: Path) -> dict[str, float]:
    """Sync a folder of articles, and again after nothing and after a hundredth has changed."""
    from faq_bot.core.settings import load_settings
    from faq_bot.index.archive import Archive
    from faq_bot.index.indexing import Indexer
    from faq_bot.models.opening import open_encoder

    chance = random.Random(0)
    pool = paragraphs()
    files = folder / "articles"
    files.mkdir()
    for number in range(count):
        write(files, number, chance.sample(pool, _PARAGRAPHS))
    encoder = open_encoder(load_settings())
    encoder.encode_queries(["Was?"])
    found: dict[str, float] = {"articles in both languages": count}
    for name in ("first", "without change", "with 1 % changed"):
        if name == "with 1 % changed":
            for number in chance.sample(range(count), count // 100):
                write(files, number, chance.sample(pool, _PARAGRAPHS))
        start = time.perf_counter()
        changes = Indexer(Archive(folder / "index"), encoder).sync([files])
        found[f"seconds of a sync, {name}"] = time.perf_counter() - start
        found[f"passages embedded, {name}"] = changes.embedded
    return found


def answer(folder: Path) -> dict[str, float]:
    """Open the index, ask once, then from one article and from all, and publish an answer."""
    start = time.perf_counter()
    from faq_bot import FaqBot

    bot = FaqBot.open(folder / "index")
    bot.ask("Was kostet das?", article="article-0")
    found = {"seconds to the first answer": time.perf_counter() - start}
    chance = random.Random(1)
    asked = [question.text for pair in stories() for _, questions in pair for question in questions]
    for name, articles in (("one article", bot.article_ids), ("all", (None,))):
        times = []
        for question in chance.sample(asked, _ASKED):
            article = chance.choice(articles)
            start = time.perf_counter()
            bot.ask(question, article=article)
            times.append(1000 * (time.perf_counter() - start))
        found[f"ms to an answer from {name}"] = statistics.median(times)
    return found | {"MB resident": memory()["resident"]} | publish(bot, folder)


def publish(bot: "FaqBot", folder: Path) -> dict[str, float]:
    """Publish an answer at the editors' desk, until the running bot gives it."""
    from faq_bot.core.article import QuestionAnswer
    from faq_bot.core.reply import Reply
    from faq_bot.core.settings import Settings
    from faq_bot.index.archive import Archive
    from faq_bot.newsroom.newsroom import Newsroom
    from faq_bot.web.index_watcher import IndexWatcher

    newsroom = Newsroom.from_settings(Settings(database=str(folder / "questions.sqlite")))
    watcher = IndexWatcher(bot, newsroom.publishing, Archive(folder / "index"))
    sent = newsroom.questions.send("article-0", "de", "Wie viele Quitten gibt es?")
    text = QuestionAnswer("Wie viele Quitten gibt es?", "Es gibt sieben Quitten.")
    newsroom.drafts.write([sent.id], Reply({"de": text}), "mia")
    start = time.perf_counter()
    newsroom.publishing.publish(1, "mia")
    watcher.follow()
    if bot.ask(text.question, article="article-0").answer != text.answer:
        raise AssertionError("the bot does not give the answer that was published")
    return {"seconds to publish an answer": time.perf_counter() - start}


if __name__ == "__main__":
    make_then_answer(keep_current, answer)
