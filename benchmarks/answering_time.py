"""Measures where the time of an answer goes, with two threads and the seed article.

    python benchmarks/answering_time.py

The encoder's passes are the question's, through all its layers, and those of the passages that
are read with it, through the upper ones. Everything else is the project's own.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from faq_bot import FaqBot
from faq_bot.articles import read_articles
from faq_bot.keywords import Keywords
from faq_bot.labelled import read_questions
from faq_bot.reader import Reader
from faq_bot.reader_network import ReaderNetwork
from faq_bot.retrieval import DenseRetriever

HERE = Path(__file__).parent
PARTS: dict[str, tuple[type, str]] = {
    "the question's pass through the encoder": (Reader, "prepare_question"),
    "dense search": (DenseRetriever, "search"),
    "keywords": (Keywords, "coverage"),
    "the passages' pass through its upper layers": (ReaderNetwork, "forward"),
}


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
    """Ask the checking half twice and print the medians of the second round."""
    torch.set_num_threads(2)
    seeds = sorted((HERE.parent / "seeds").glob("*.txt"))
    articles = [article for path in seeds for article in read_articles(path)]
    questions = read_questions(HERE / "data" / "amazon-openai.questions.json", articles, "checking")
    bot = FaqBot.from_articles(articles)
    spent: dict[str, list[float]] = {part: [] for part in PARTS}
    for part, (owner, name) in PARTS.items():
        timed(owner, name, spent[part])
    rows: list[dict[str, float]] = []
    for asked in questions * 2:
        for times in spent.values():
            times.clear()
        start = time.perf_counter()
        bot.ask(asked.text, language=asked.language)
        whole = 1000 * (time.perf_counter() - start)
        parts = {part: sum(times) for part, times in spent.items()}
        rows.append({"an answer": whole, **parts, "the rest": whole - sum(parts.values())})
    print("| median of | ms |\n|---|---|")
    for part in rows[0]:
        print(f"| {part} | {median(row[part] for row in rows[len(questions) :]):.1f} |")


if __name__ == "__main__":
    main()
