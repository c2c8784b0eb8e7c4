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
from faq_bot.labelled import read_questions
from faq_bot.reader import Reader
from faq_bot.reader_network import ReaderNetwork

HERE = Path(__file__).parent


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
    questioning: list[float] = []
    reading: list[float] = []
    timed(Reader, "prepare_question", questioning)
    timed(ReaderNetwork, "forward", reading)
    for asked in questions:
        bot.ask(asked.text, language=asked.language)
    rows = []
    for asked in questions:
        questioning.clear()
        reading.clear()
        start = time.perf_counter()
        bot.ask(asked.text, language=asked.language)
        whole = 1000 * (time.perf_counter() - start)
        rows.append((whole, sum(questioning), sum(reading)))
    print("| median of | ms |\n|---|---|")
    for name, values in (
        ("an answer", [whole for whole, _, _ in rows]),
        ("the question's pass through the encoder", [question for _, question, _ in rows]),
        ("the passages' pass through its upper layers", [passages for _, _, passages in rows]),
        ("everything else", [whole - question - passages for whole, question, passages in rows]),
    ):
        print(f"| {name} | {median(values):.1f} |")


if __name__ == "__main__":
    main()
