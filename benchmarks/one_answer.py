"""Measures where the time of an answer goes, on the seed article.

    python benchmarks/one_answer.py

Prints milliseconds of each part per question, for one reader at a time.
"""

import time
from collections.abc import Callable

from measuring import ROOT, keep_to, processors, tell

from faq_bot import FaqBot
from faq_bot.answering.answerer import Answerer
from faq_bot.answering.dense import DenseRetriever
from faq_bot.answering.features import CandidateFinder
from faq_bot.answering.lexical import LexicalIndex
from faq_bot.articles.files import read_articles
from faq_bot.core.settings import load_settings
from faq_bot.evaluation.labelled import read_questions
from faq_bot.models.reader import Reader

# Each part with the parts that are called within it.
PARTS: dict[str, tuple[type, str]] = {
    "embedding the question": (Reader, "prepare_question"),
    "dense search": (DenseRetriever, "search"),
    "keywords": (LexicalIndex, "coverage"),
    "reading eight passages": (CandidateFinder, "_read"),
    "gathering the evidence": (CandidateFinder, "find"),
    "order, confidence, sources, links": (Answerer, "answer"),
}
INNER = ("embedding the question", "dense search", "keywords", "reading eight passages")


def timed(owner: type, name: str, spent: list[float]) -> None:
    """Let a method note how many milliseconds each call takes."""
    method: Callable[..., object] = getattr(owner, name)

    def noted(*given: object, **named: object) -> object:
        start = time.perf_counter()
        result = method(*given, **named)
        spent.append(1000 * (time.perf_counter() - start))
        return result

    setattr(owner, name, noted)


def main() -> None:
    """Ask the checking half twice and print the times of the second round."""
    keep_to(processors()[0])
    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    articles = [article for path in seeds for article in read_articles(path)]
    path = ROOT / "benchmarks" / "data" / "amazon-openai.questions.json"
    questions = read_questions(path, articles, "checking")
    settings = load_settings().model_copy(update={"answers_kept": 0})
    bot = FaqBot.from_articles(articles, settings)
    spent: dict[str, list[float]] = {part: [] for part in PARTS}
    for part, (owner, name) in PARTS.items():
        timed(owner, name, spent[part])
    rows: list[dict[str, float]] = []
    for asked in questions * 2:
        for times in spent.values():
            times.clear()
        start = time.perf_counter()
        bot.ask(asked.text)
        whole = 1000 * (time.perf_counter() - start)
        row = {part: sum(times) for part, times in spent.items()}
        row["order, confidence, sources, links"] -= row["gathering the evidence"]
        row["gathering the evidence"] -= sum(row[part] for part in INNER)
        row["language, spelling, splitting"] = whole - sum(row.values())
        rows.append({"an answer": whole, **row})
    second = rows[len(questions) :]
    tell({part: [row[part] for row in second] for part in second[0]})


if __name__ == "__main__":
    main()
