"""How well the reader reads hard stories and pages that it has not seen.

    python benchmarks/measure_reader.py DATA [READER] [--checking]

By direction (question→passages): how often the passage that answers is first of the eight nearest
by dense search alone and by the reader's relevance, and how well the highest relevance tells
questions with an answer from those without (AUROC, coverage at 5 % false answers). Each version of
an article is searched alone. DATA is described in `benchmarks/training_data.py`; what is chosen is
chosen on the files that it calls so, and `--checking` measures on the others.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from decoded_model import network
from reader_network import ReaderNetwork, make_batch
from sklearn.metrics import roc_auc_score
from training_data import CHECKING, CHOOSING, Taught, hard_files, stories, taught_crossed
from training_examples import Example, Examples

from faq_bot.answering.search_query import SearchQuery
from faq_bot.models.bundled_model import TRAINED
from faq_bot.models.export.reader_weights import unpack_reader

PACKAGED = Path(__file__).parents[1] / "faq_bot" / "models" / TRAINED

_READ = 8
_FALSE_ANSWERS = 0.05


def read(
    examples: Examples, reader: ReaderNetwork, taught: Sequence[Taught]
) -> Iterator[tuple[str, Example, list[int], np.ndarray]]:
    """Yield each question with its direction, its nearest passages and their relevance."""
    directions = {
        (one.text, group.article.id): (one, f"{one.language}→{group.article.language}")
        for group in taught
        for one in group.questions
    }
    for example in examples.all:
        known = example.positive if example.positive is not None else example.negatives[0]
        article = examples.index.passages[known].article
        asked, direction = directions[example.question, article]
        query = SearchQuery(asked.text, asked.language, (article,))
        hits = examples.retriever.search(examples.questions[asked.text].embedding, query)[:_READ]
        numbers = [examples.index.number_of[hit.passage.id] for hit in hits]
        pairs = [examples.pair(asked.text, asked.language, number) for number in numbers]
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            scores = reader(make_batch(pairs))
        yield direction, example, numbers, scores.relevance.numpy()


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("reader", type=Path, nargs="?", default=PACKAGED)
    parser.add_argument("--checking", action="store_true")
    arguments = parser.parse_args()
    names = CHECKING if arguments.checking else CHOOSING
    reader = ReaderNetwork.of(network(), unpack_reader(arguments.reader.read_bytes()))
    print("| text, direction | dense first | reader first | AUROC | coverage | questions |")
    print("|---|---|---|---|---|---|")
    for kind in ("stories", "faq-pages"):
        files = [file for file in hard_files(arguments.data) if file.stem in names]
        pairs = [pair for file in files if file.parent.name == kind for pair in stories(file)]
        taught = [one for pair in pairs for one in taught_crossed(pair)]
        examples = Examples.of(taught)
        first = defaultdict(list)
        best = defaultdict(list)
        for direction, example, numbers, relevance in read(examples, reader, taught):
            if example.positive is not None:
                chosen = numbers[int(relevance.argmax())]
                first[direction].append(
                    (numbers[0] == example.positive, chosen == example.positive)
                )
            best[direction].append((example.positive is not None, float(relevance.max())))
        for direction, firsts in sorted(first.items()):
            right, scores = map(np.array, zip(*best[direction], strict=True))
            threshold = np.quantile(scores[~right], 1 - _FALSE_ANSWERS)
            dense, by_reader = np.mean(firsts, axis=0)
            print(f"| {kind}, {direction} | {dense:.3f} | {by_reader:.3f} "
                  f"| {roc_auc_score(right, scores):.3f} "
                  f"| {np.mean(scores[right] > threshold):.3f} | {len(right)} |")  # fmt: skip


if __name__ == "__main__":
    main()
