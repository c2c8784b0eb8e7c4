"""Trains the reader and writes `faq_bot/models/reader.safetensors`.

    python benchmarks/train_reader.py DATA [--output FILE] [--start FILE] [--fresh]
                                      [--share S] [--epochs N] [--rate R]

DATA is described in `benchmarks/training_data.py`. Training starts from FILE, by default from the
reader in the package, with `--fresh` from the encoder alone. `docs/training.md` tells how that in
the package was trained. Stopped, it goes on from the checkpoint beside the output when it is called
again.
"""

import argparse
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from decoded_model import network
from learning import Checkpoint, Losses, learn
from reader_network import (
    MASKED,
    Pair,
    ReaderNetwork,
    Scores,
    make_batch,
)
from torch.nn import functional
from training_data import training_data
from training_examples import Example, Examples, noisy

from faq_bot.core.concurrency import processors
from faq_bot.core.languages import Language
from faq_bot.models.bundled_model import MODEL_ID, TRAINED
from faq_bot.models.export.reader_weights import pack_reader, unpack_reader
from faq_bot.models.reader_features import tokens_of

_QUESTIONS_PER_STEP = 16
_NEGATIVES = 2
_BATCHES = 3  # in which the pairs of a step are run
_WARM_UP = 60
_NOISY = 0.2
_UNRELATED = 0.1
_HEADS = 5.0  # times as fast as the encoder's layers


class Trainer:
    """Holds the network and what it is shown."""

    def __init__(self, examples: Examples, network: ReaderNetwork) -> None:
        self.examples = examples
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)
        torch.set_num_threads(processors())  # which the index keeps to one

    def train(self, epochs: float, rate: float, checkpoint: Path | None = None) -> None:
        """Train at a learning rate that falls from `rate`, printing the mean losses.

        With a `checkpoint`, training goes on from there, if it was stopped before.
        """
        data = self.examples.all
        chance = random.Random(0)
        typed = {e.question: noisy(e.question, e.language, chance) for e in data}
        self.examples.prepare(
            [*typed, *typed.values(), *(text for text, _ in self.examples.strangers)]
        )
        # What the encoder knows already is changed with care.
        slow = [p for n, p in self.network.named_parameters() if n.startswith("layers.")]
        fast = [p for n, p in self.network.named_parameters() if not n.startswith("layers.")]
        groups = [{"params": slow, "lr": rate}, {"params": fast, "lr": _HEADS * rate}]
        steps = round(epochs * sum(example.weight for example in data) / _QUESTIONS_PER_STEP)
        kept = None if checkpoint is None else Checkpoint(checkpoint, self.network)
        learn(groups, lambda taken: self._all_losses(typed, taken), steps, _WARM_UP, kept)

    def _all_losses(self, typed: Mapping[str, str], seed: int) -> Iterator[Losses]:
        """Yield the losses of one step after the other, without end."""
        chance = random.Random(seed)
        while True:
            order = [one for one in self.examples.all if chance.random() < one.weight]
            chance.shuffle(order)
            for at in range(0, len(order) - _QUESTIONS_PER_STEP + 1, _QUESTIONS_PER_STEP):
                yield self._losses(order[at : at + _QUESTIONS_PER_STEP], typed, chance)

    def _losses(
        self, examples: Sequence[Example], typed: Mapping[str, str], chance: random.Random
    ) -> Losses:
        pairs: list[Pair] = []
        targets: list[tuple[int, Example | None]] = []
        for group, example in enumerate(examples):
            question = example.question
            if chance.random() < _NOISY:
                question = typed[question]
            numbers = _some(example, chance)
            if example.positive is not None:
                pairs.append(self.examples.pair(question, example.language, example.positive))
                targets.append((group, example))
            for number in numbers:
                pairs.append(self.examples.pair(question, example.language, number))
                targets.append((group, None))
            if numbers and chance.random() < _UNRELATED:
                text, tag = self._unrelated(numbers[0], chance.choice(self.examples.all), chance)
                pairs.append(self.examples.pair(text, tag, numbers[0]))
                targets.append((-1, None))
        return _losses(self._scores(pairs), pairs, targets)

    def _unrelated(
        self, number: int, other: Example, chance: random.Random
    ) -> tuple[str, Language]:
        """Return a question that has nothing to do with a passage: the other example's, if so."""
        article = self.examples.index.passages[number].article
        if all(self.examples.index.passages[n].article != article for n in other.negatives):
            return other.question, other.language
        return chance.choice(self.examples.strangers)

    def _scores(self, pairs: Sequence[Pair]) -> Scores:
        """Score pairs, those of like length together, since a batch is as wide as its longest."""
        order = sorted(range(len(pairs)), key=lambda place: len(pairs[place][1].states.ids))
        size = -(-len(order) // _BATCHES)
        scores = []
        with torch.autocast(self.device.type, torch.bfloat16):
            for at in range(0, len(order), size):
                pairs_of_like_length = [pairs[place] for place in order[at : at + size]]
                batch = make_batch(pairs_of_like_length).to(self.device)
                scores.append(self.network(batch))
        back = torch.tensor(np.argsort(order))
        width = max(one.start.shape[1] for one in scores)

        def joined(logits: Iterable[torch.Tensor]) -> torch.Tensor:
            padded = [functional.pad(o, (0, width - o.shape[1]), value=MASKED) for o in logits]
            return torch.cat(padded).cpu()[back]

        return Scores(
            joined(one.start for one in scores),
            joined(one.end for one in scores),
            torch.cat([one.relevance for one in scores]).cpu()[back],
        )


def _some(example: Example, chance: random.Random) -> list[int]:
    """Choose passages that do not answer, the nearest to the question most often."""
    likely = sorted(enumerate(example.negatives), key=lambda one: one[0] * chance.random())
    return [number for _, number in likely[:_NEGATIVES]]


def _losses(
    scores: Scores, pairs: Sequence[Pair], targets: Sequence[tuple[int, Example | None]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the losses of spans, and of relevance, which is learned alone and in comparison."""
    starts, ends, marked = [], [], []
    for (question, passage), (_, example) in zip(pairs, targets, strict=True):
        start = end = 0
        if example is not None and example.span is not None:
            tokens = np.flatnonzero(tokens_of(passage.states, example.span))
            if len(tokens):
                start, end = (question.length + int(token) for token in tokens[[0, -1]])
        starts.append(start)
        ends.append(end)
        marked.append(example is None or example.span is not None)
    learned = torch.tensor(marked)
    by_start = functional.cross_entropy(scores.start[learned], torch.tensor(starts)[learned])
    by_end = functional.cross_entropy(scores.end[learned], torch.tensor(ends)[learned])
    right = torch.tensor([float(example is not None) for _, example in targets])
    relevance = functional.binary_cross_entropy_with_logits(scores.relevance, right)
    groups = torch.tensor([group for group, _ in targets])
    compared = [
        -functional.log_softmax(scores.relevance[groups == group], dim=0)[0]
        for group, example in targets
        if example is not None
    ]
    if compared:
        relevance = relevance + 0.5 * torch.stack(compared).mean()
    return (by_start + by_end) / 2, relevance


def main() -> None:
    """Train and write what was learned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    packaged = Path(__file__).parents[1] / "faq_bot" / "models" / TRAINED
    parser.add_argument("--output", type=Path, default=packaged)
    parser.add_argument("--start", type=Path, default=packaged, help="a reader to go on from")
    parser.add_argument("--fresh", action="store_true", help="start from the encoder alone")
    parser.add_argument("--share", type=float, default=1.0, help="of the hard stories to learn")
    parser.add_argument("--epochs", type=float, default=1.6)
    parser.add_argument("--rate", type=float, default=5e-5, help="the learning rate")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    reader = ReaderNetwork(network())
    if not arguments.fresh:
        reader = ReaderNetwork.of(network(), unpack_reader(arguments.start.read_bytes()))
    trainer = Trainer(Examples.of(training_data(arguments.data, arguments.share)), reader)
    checkpoint = arguments.output.with_suffix(".checkpoint")
    trainer.train(arguments.epochs, arguments.rate, checkpoint)
    arguments.output.write_bytes(pack_reader(reader.learned(), MODEL_ID))
    checkpoint.unlink(missing_ok=True)
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
