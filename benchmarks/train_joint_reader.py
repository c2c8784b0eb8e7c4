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
from itertools import cycle
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
from learning import learn
from safetensors.torch import load_file, save_file
from torch.nn import functional
from training_examples import Example, Examples, noisy

from faq_bot.core.languages import Language
from faq_bot.models.bundled_model import MODEL_ID
from faq_bot.models.reader_features import tokens_of

_QUESTIONS_PER_STEP = 16
_NEGATIVES = 2
_BATCHES = 3  # in which the pairs of a step are run
_WARM_UP = 60
_NOISY = 0.2
_UNRELATED = 0.15


class Trainer:
    """Holds the network and what it is shown."""

    def __init__(self, examples: Examples, network: JointNetwork) -> None:
        self.examples = examples
        self.network = network

    def train(self, epochs: float, rate: float) -> None:
        """Train at a learning rate that falls from `rate`, printing the mean losses."""
        data, chance = self.examples.all, random.Random(0)
        typed = {e.question: noisy(e.question, e.language, chance) for e in data}
        self.examples.prepare(
            [*typed, *typed.values(), *(text for text, _ in self.examples.strangers)]
        )
        parameters = [p for p in self.network.parameters() if p.requires_grad]
        steps = round(epochs * (len(data) // _QUESTIONS_PER_STEP))
        losses = self._all_losses(typed, chance)
        learn([{"params": parameters, "lr": rate}], losses, steps, _WARM_UP)

    def _all_losses(
        self, typed: Mapping[str, str], chance: random.Random
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield the losses of one step after the other, without end."""
        order = list(self.examples.all)
        starts = range(0, len(order) - _QUESTIONS_PER_STEP + 1, _QUESTIONS_PER_STEP)
        for at in cycle(starts):
            if at == 0:
                chance.shuffle(order)
            pairs: list[Pair] = []
            targets: list[tuple[int, Example | None]] = []
            for group, example in enumerate(order[at : at + _QUESTIONS_PER_STEP]):
                question = example.question
                if chance.random() < _NOISY:
                    question = typed[question]
                count = min(_NEGATIVES, len(example.negatives))
                numbers = chance.sample(example.negatives, count)
                if example.positive is not None:
                    pairs.append(self.examples.pair(question, example.language, example.positive))
                    targets.append((group, example))
                for number in numbers:
                    pairs.append(self.examples.pair(question, example.language, number))
                    targets.append((group, None))
                if numbers and chance.random() < _UNRELATED:
                    text, tag = self._unrelated(numbers[0], chance.choice(order), chance)
                    pairs.append(self.examples.pair(text, tag, numbers[0]))
                    targets.append((-1, None))
            yield _losses(self._scores(pairs), pairs, targets)

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
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rate", type=float, default=1e-3, help="the learning rate")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    if arguments.start is None:
        joint = JointNetwork(network(), apart=arguments.apart)
    else:
        joint = JointNetwork.of(network(), load_file(arguments.start), arguments.apart)
    trainer = Trainer(Examples.of(arguments.data), joint)
    trainer.train(arguments.epochs, arguments.rate)
    tensors = {name: tensor.half() for name, tensor in joint.learned().items()}
    save_file(tensors, arguments.output, {"model": MODEL_ID})
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
