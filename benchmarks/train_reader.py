"""Trains the reader on what the joint network says, and writes `faq_bot/models/reader.safetensors`.

    python benchmarks/train_reader.py DATA [--output FILE] [--epochs N] [--rate R]

DATA is described in `benchmarks/training_data.py`. The reader learns to say what the slower network
in `benchmarks/data/joint-reader.safetensors` says (Hinton et al. 2015, "Distilling the knowledge in
a neural network", arXiv 1503.02531), and a little of what the data says, starting from that
network's own changes of the last four layers. The one in the package has learned of that network in
int8: for three epochs without `Look` in the head for spans, then with it for two more at half the
rate, in which spans counted twice.
"""

import argparse
import random
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import joint_network
import numpy as np
import torch
from decoded_model import network
from joint_network import JointNetwork
from learning import learn
from reader_network import MASKED, READING_LAYERS, ReaderNetwork
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional
from training_data import training_data
from training_examples import Examples, noisy

from faq_bot.core.article import Span
from faq_bot.core.languages import Language
from faq_bot.core.progress import track
from faq_bot.models.bundled_model import ADAPTER, MODEL_ID
from faq_bot.models.network_shape import TOLD_LAYERS
from faq_bot.models.reader_features import Question, ReadablePassage, align, tokens_of

HERE = Path(__file__).parent
TEACHER = HERE / "data" / "joint-reader.safetensors"

_QUESTIONS_PER_STEP = 12
_PASSAGES = 4  # of a question
_TOGETHER = 24  # pairs that the teacher reads
_WARM_UP = 100
_TYPED = 0.35
_UNRELATED = 0.2
_OWN_RATE = 2.0  # of what the teacher does not have, times as fast
_BY_TEACHER = 0.7  # of the relevance; the rest is the data's
_MARKED = 0.15  # weight of the spans that the data marks
_COMPARED = 0.5
_LOGIT = 0.1

_FROM_TEACHER = ("features.", "alignment.")


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What the teacher says of a question and a passage, and the data's own answer.

    `span` has the shape (1 + passage's tokens, 2) and begins with the logits of no answer.
    """

    question: str
    language: Language
    passage: int
    relevance: float
    span: Tensor
    is_right: bool
    marked: Span | None


def lessons(examples: Examples) -> list[Lesson]:
    """Let the teacher read all examples, some as typed in a hurry, and unrelated questions."""
    teacher = JointNetwork.of(network(), load_file(TEACHER))
    teacher.merge()
    chance = random.Random(0)
    asked: dict[tuple[str, int], tuple[Language, bool, Span | None]] = {}
    for example in examples.all:
        texts = [example.question]
        if chance.random() < _TYPED:
            texts.append(noisy(example.question, example.language, chance))
        for text in texts:
            if example.positive is not None:
                asked[text, example.positive] = (example.language, True, example.span)
            for number in example.negatives:
                asked.setdefault((text, number), (example.language, False, None))
        if example.negatives and chance.random() < _UNRELATED:
            other = chance.choice(examples.all)
            key = (other.question, example.negatives[0])
            asked.setdefault(key, (other.language, False, None))
    examples.prepare([text for text, _ in asked])
    lengths = {key: len(examples.passages[key[1]].states.ids) for key in asked}
    order = sorted(asked, key=lambda key: lengths[key])
    found = []
    steps = range(0, len(order), _TOGETHER)
    for at in track(steps, "The teacher reads", len(steps)):
        keys = order[at : at + _TOGETHER]
        pairs = [examples.pair(text, asked[text, number][0], number) for text, number in keys]
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            scores = teacher(joint_network.make_batch(pairs))
        for row, (text, number) in enumerate(keys):
            own = slice(pairs[row][0].length, pairs[row][0].length + lengths[text, number])
            logits = torch.stack([scores.start[row], scores.end[row]], dim=1)
            span = torch.cat([logits[:1], logits[own]])
            relevance = float(scores.relevance[row])
            language, is_right, marked = asked[text, number]
            found.append(Lesson(text, language, number, relevance, span, is_right, marked))
    return found


def make_batch(pairs: Sequence[tuple[Question, ReadablePassage]]) -> dict[str, Tensor]:
    """Return the inputs of the network for any questions and passages."""
    aligned = [align(*pair) for pair in pairs]

    def padded(arrays: Sequence[np.ndarray]) -> Tensor:
        width = max(map(len, arrays))
        whole = np.zeros((len(arrays), width, *arrays[0].shape[1:]), np.float32)
        for row, array in enumerate(arrays):
            whole[row, : len(array)] = array
        return torch.from_numpy(whole)

    questions, passages = zip(*pairs, strict=True)
    return {
        "states": padded([one.states.middle[: one.length] for one in questions]),
        "asked": padded([np.ones(one.length) for one in questions]),
        "words": padded([one.words for one in questions]),
        "question_features": padded([one.question for one in aligned]),
        "aligned": padded([one.aligned for one in aligned]),
        "features": padded([one.passage for one in aligned]),
        "readable": padded([one.states.is_text for one in passages]),
        "read": padded([np.ones(len(one.states.ids)) for one in passages]),
        "pair_features": torch.from_numpy(np.stack([one.whole for one in aligned])),
    } | {
        f"after{number}": padded([one.states.after[number] for one in passages])
        for number in TOLD_LAYERS
    }


class Trainer:
    """Holds the network and what it is taught."""

    def __init__(self, examples: Examples, taught: Sequence[Lesson], reader: ReaderNetwork) -> None:
        self._examples = examples
        self._reader = reader
        self._by_question: dict[str, list[Lesson]] = defaultdict(list)
        for lesson in taught:
            self._by_question[lesson.question].append(lesson)
        self._chance = random.Random(0)

    def train(self, epochs: float, rate: float) -> None:
        """Train at a learning rate that falls from `rate`, printing the mean losses."""
        learned = {n: p for n, p in self._reader.named_parameters() if p.requires_grad}
        old = ("layers.", *_FROM_TEACHER, "question_kind")
        groups = [
            {"params": [p for n, p in learned.items() if n.startswith(old)], "lr": rate},
            {
                "params": [p for n, p in learned.items() if not n.startswith(old)],
                "lr": _OWN_RATE * rate,
            },
        ]
        steps = int(epochs * len(self._by_question) / _QUESTIONS_PER_STEP)
        learn(groups, lambda _: map(self._losses, self._prepared()), steps, _WARM_UP)

    def _prepared(self) -> Iterator[list[tuple[dict[str, Tensor], list[Lesson]]]]:
        """Yield the batches of each step, made while the step before is learned."""
        with ThreadPoolExecutor(2) as pool:
            waiting: deque[Future[list[tuple[dict[str, Tensor], list[Lesson]]]]] = deque()
            for chosen in self._chosen():
                waiting.append(pool.submit(self._batches, chosen))
                if len(waiting) > 3:
                    yield waiting.popleft().result()

    def _chosen(self) -> Iterator[list[Lesson]]:
        """Yield the lessons of each step, without end."""
        questions = list(self._by_question)
        while True:
            self._chance.shuffle(questions)
            for at in range(0, len(questions) - _QUESTIONS_PER_STEP + 1, _QUESTIONS_PER_STEP):
                chosen = []
                for question in questions[at : at + _QUESTIONS_PER_STEP]:
                    of_question = self._by_question[question]
                    right = [lesson for lesson in of_question if lesson.is_right][:1]
                    wrong = [lesson for lesson in of_question if not lesson.is_right]
                    count = min(_PASSAGES - len(right), len(wrong))
                    chosen += right + self._chance.sample(wrong, count)
                yield chosen

    def _batches(self, chosen: Sequence[Lesson]) -> list[tuple[dict[str, Tensor], list[Lesson]]]:
        """Make two batches of lessons on passages of like length."""
        passages = self._examples.passages
        order = sorted(chosen, key=lambda lesson: len(passages[lesson.passage].states.ids))
        half = len(order) // 2
        pairs = [self._examples.pair(o.question, o.language, o.passage) for o in order]
        return [(make_batch(pairs[part]), order[part]) for part in (slice(half), slice(half, None))]

    def _losses(
        self, parts: Sequence[tuple[dict[str, Tensor], list[Lesson]]]
    ) -> tuple[Tensor, Tensor]:
        """Return the losses of spans and of relevance."""
        divergences, marked, relevances, taught = [], [], [], []
        for batch, part in parts:
            with torch.autocast("cpu", torch.bfloat16):
                span, relevance = self._reader(batch)
            target = torch.full(span.shape, MASKED)
            for row, lesson in enumerate(part):
                target[row, : len(lesson.span)] = lesson.span.float()
                marked += self._marked(span[row], lesson)
            divergences.append(_divergence(span, target, dim=1) / 2)
            relevances.append(relevance)
            taught += part
        relevance = torch.cat(relevances)
        theirs = torch.tensor([lesson.relevance for lesson in taught])
        right = torch.tensor([float(lesson.is_right) for lesson in taught])
        mixed = _BY_TEACHER * theirs.sigmoid() + (1 - _BY_TEACHER) * right
        by_relevance = functional.binary_cross_entropy_with_logits(relevance, mixed)
        by_relevance = by_relevance + _LOGIT * functional.smooth_l1_loss(relevance, theirs)
        groups: dict[str, list[int]] = defaultdict(list)
        for row, lesson in enumerate(taught):
            groups[lesson.question].append(row)
        compared = [_divergence(relevance[rows], theirs[rows], dim=0) for rows in groups.values()]
        by_span = torch.stack(divergences).sum() / len(taught)
        by_span = by_span + _MARKED * (torch.stack(marked).mean() if marked else 0.0)
        return by_span, by_relevance + _COMPARED * torch.stack(compared).mean()

    def _marked(self, span: Tensor, lesson: Lesson) -> list[Tensor]:
        if lesson.marked is None:
            return []
        passage = self._examples.passages[lesson.passage]
        tokens = np.flatnonzero(tokens_of(passage.states, lesson.marked))
        if not len(tokens):
            return []
        likely = span.log_softmax(dim=0)
        return [-likely[1 + int(token), side] for side, token in enumerate(tokens[[0, -1]])]


def _divergence(ours: Tensor, theirs: Tensor, dim: int) -> Tensor:
    return functional.kl_div(
        ours.log_softmax(dim), theirs.log_softmax(dim), log_target=True, reduction="sum"
    )


def begin() -> ReaderNetwork:
    """Return a reader that begins with what the teacher has learned of the last layers."""
    tensors = load_file(TEACHER)
    own = {
        name: tensor.float()
        for name, tensor in tensors.items()
        if name.startswith((*(f"layers.{number}." for number in READING_LAYERS), *_FROM_TEACHER))
    }
    own["question_kind"] = tensors["segment.weight"][0].float()
    reader = ReaderNetwork(network(), next(len(t) for n, t in own.items() if n.endswith(".down")))
    reader.load_state_dict(own, strict=False)
    return reader


def main() -> None:
    """Train and write what was learned."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--output", type=Path, default=HERE.parent / "faq_bot" / "models" / ADAPTER)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rate", type=float, default=5e-4, help="the learning rate")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    examples = Examples.of(training_data(arguments.data))
    reader = begin()
    Trainer(examples, lessons(examples), reader).train(arguments.epochs, arguments.rate)
    tensors = {name: tensor.half().contiguous() for name, tensor in reader.learned().items()}
    save_file(tensors, arguments.output, {"model": MODEL_ID})
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
