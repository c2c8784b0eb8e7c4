"""Trains the joint network, from which the reader learns.

    python benchmarks/train_joint_reader.py DATA OUTPUT [--start FILE] [--apart LAYERS]
                                            [--epochs N] [--rate R]

DATA is described in `benchmarks/training_data.py`. A network that sees both texts only in its
last layers (`--apart 8`) learns sooner what to look for; with `--start` a network that sees them
earlier (`--apart 4`, the default) goes on from there. That in `benchmarks/data`:

1. two runs with `--apart 8`, one for two epochs with the first 14 stories and half of XQuAD-R, one
   for three epochs with 49 stories and two thirds of XQuAD-R, then for one more at half the rate
   with 71 stories; the mean of both by `benchmarks/average_readers.py`;
2. from there `--apart 4 --epochs 2 --rate 6e-4` with 78 of the stories that are not left out.
"""

import argparse
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from decoded_model import network
from joint_network import (
    LOWER_LAYER,
    MASKED,
    MIDDLE_LAYER,
    JointNetwork,
    Pair,
    Scores,
    make_batch,
)
from learning import Checkpoint, Losses, learn
from packed_network import load_packed, save_packed
from safetensors.torch import save_file
from torch.nn import functional
from training_data import hard_data, training_data
from training_examples import Example, Examples, noisy

from faq_bot.core.languages import Language
from faq_bot.models.bundled_model import MODEL_ID
from faq_bot.models.reader_features import tokens_of

_QUESTIONS_PER_STEP = 16
_NEGATIVES = 2
_BATCHES = 3  # in which the pairs of a step are run
_WARM_UP = 60
_NOISY = 0.2
_UNRELATED = 0.1
_HEADS = 5.0  # times as fast as the encoder's layers, where these are learned wholly


class Trainer:
    """Holds the network and what it is shown."""

    def __init__(self, examples: Examples, network: JointNetwork) -> None:
        self.examples = examples
        self.network = network

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
        own = {n: p for n, p in self.network.named_parameters() if p.requires_grad}
        groups = [{"params": list(own.values()), "lr": rate}]
        if self.network.is_whole:  # what the encoder knows already is changed with care
            slow = [p for n, p in own.items() if n.startswith("layers.")]
            fast = [p for n, p in own.items() if not n.startswith("layers.")]
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
        with torch.autocast("cpu", torch.bfloat16):
            for at in range(0, len(order), size):
                pairs_of_like_length = [pairs[place] for place in order[at : at + size]]
                batch = make_batch(pairs_of_like_length, self.network.apart)
                scores.append(self.network(batch))
        back = torch.tensor(np.argsort(order))
        width = max(one.start.shape[1] for one in scores)

        def joined(logits: Iterable[torch.Tensor]) -> torch.Tensor:
            padded = [functional.pad(o, (0, width - o.shape[1]), value=MASKED) for o in logits]
            return torch.cat(padded)[back]

        return Scores(
            joined(one.start for one in scores),
            joined(one.end for one in scores),
            torch.cat([one.relevance for one in scores])[back],
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
    parser.add_argument("output", type=Path)
    parser.add_argument("--start", type=Path, help="a network to go on from")
    parser.add_argument(
        "--apart",
        type=int,
        choices=(LOWER_LAYER, MIDDLE_LAYER),
        default=LOWER_LAYER,
        help="through how many layers question and passage run before they see each other",
    )
    parser.add_argument("--whole", action="store_true", help="learn all weights of the layers")
    parser.add_argument("--hard", action="store_true", help="learn the hard stories and pages")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rate", type=float, default=1e-3, help="the learning rate")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    if arguments.start is None:
        joint = JointNetwork(network(), apart=arguments.apart)
    else:
        joint = JointNetwork.of(network(), load_packed(arguments.start), arguments.apart)
    if arguments.whole:
        joint.loosen()
    taught = hard_data if arguments.hard else training_data
    trainer = Trainer(Examples.of(taught(arguments.data)), joint)
    checkpoint = arguments.output.with_suffix(".checkpoint")
    trainer.train(arguments.epochs, arguments.rate, checkpoint)
    if joint.is_whole:
        save_packed(joint.learned(), arguments.output, MODEL_ID)
    else:
        tensors = {name: tensor.half() for name, tensor in joint.learned().items()}
        save_file(tensors, arguments.output, {"model": MODEL_ID})
    checkpoint.unlink(missing_ok=True)  # the next run begins anew
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
