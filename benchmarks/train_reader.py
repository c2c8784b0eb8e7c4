"""Trains the reader on the bundled model and writes `faq_bot/reader.safetensors`.

    python benchmarks/train_reader.py DATA [--output FILE] [--start FILE] [--apart LAYERS]
                                      [--epochs N] [--rate R]

DATA is described in `benchmarks/training_data.py`. A network that sees both texts only in its
last layers (`--apart 8`) learns sooner what to look for; with `--start` a network that sees them
earlier (`--apart 4`, the default) goes on from there. The reader in the package:

1. two runs with `--apart 8`, one for two epochs with the first 14 stories and half of XQuAD-R, one
   for three epochs with 49 stories and two thirds of XQuAD-R, then for one more at half the rate
   with 71 stories; the mean of both by `benchmarks/average_readers.py`;
2. from there `--apart 4 --epochs 2 --rate 6e-4` with 78 of the stories that are not left out.
"""

import argparse
import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from decoded_model import network
from reader_network import MASKED, ReaderNetwork, Scores
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional
from training_data import training_data

from faq_bot.analysis import STOPWORDS
from faq_bot.background import load_background
from faq_bot.bundled_encoder import BundledEncoder, TokenStates
from faq_bot.bundled_model import ADAPTER, ensure_bundled_model
from faq_bot.labelled import LabelledQuestion
from faq_bot.model_shape import LOWER_LAYER, MIDDLE_LAYER
from faq_bot.passage_index import PassageIndex, build_index
from faq_bot.reader import passage_states
from faq_bot.reader_inputs import Pair, ReadablePassage, make_batch, tokens_of
from faq_bot.records import LANGUAGES, Article, Language, Span
from faq_bot.retrieval import DenseRetriever
from faq_bot.settings import load_settings

HERE = Path(__file__).parent

_QUESTIONS_PER_STEP = 16
_NEGATIVES = 2
_BATCHES = 3  # in which the pairs of a step are run
_HARDEST = 6
_WARM_UP = 60
_NOISY = 0.2
_KEYWORDS_ONLY = 0.25
_UNRELATED = 0.15
_TYPED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question with the passage that answers it, if any, and some that do not.

    `span` is the answer within the passage; without one only the relevance is learned.
    """

    question: str
    language: Language
    positive: int | None
    span: Span | None
    negatives: tuple[int, ...]


def noisy(question: str, language: Language, chance: random.Random) -> str:
    """Return the question as someone in a hurry types it, sometimes only its keywords."""
    if chance.random() < _KEYWORDS_ONLY:
        words = re.findall(r"[\w-]+", question)
        telling = [word for word in words if word.lower() not in STOPWORDS[language]]
        question = " ".join(telling or words)
    if chance.random() < 0.6:
        question = question.rstrip("? ")
    if chance.random() < 0.6:
        question = question.lower()
    if chance.random() < 0.5:
        question = question.translate(_TYPED)
    words = [match.span() for match in re.finditer(r"\w{6,}", question)]
    if words and chance.random() < 0.5:
        start, end = chance.choice(words)
        at = chance.randrange(start + 1, end - 2)
        swapped = question[at + 1] + question[at]
        question = question[:at] + chance.choice((question[at], "", swapped)) + question[at + 2 :]
    return question


class Trainer:
    """Holds the network, and the states of all questions and passages."""

    def __init__(
        self, encoder: BundledEncoder, index: PassageIndex, network: ReaderNetwork
    ) -> None:
        self.encoder = encoder
        self.index = index
        self.retriever = DenseRetriever(index)
        self.network = network
        states = passage_states(encoder, [(index.context(p), p.text) for p in index.passages])
        self.passages = [
            ReadablePassage(
                state,
                self.retriever.mean_passage(passage.language, passage.article),
                passage.sentences,
            )
            for passage, state in zip(index.passages, states, strict=True)
        ]
        self.questions: dict[str, TokenStates] = {}
        self.strangers = [(e[tag], tag) for e in load_background()["queries"] for tag in LANGUAGES]

    def examples(self, questions: Sequence[LabelledQuestion], *, exact: bool) -> Iterator[Example]:
        """Yield the questions with the passages that retrieval takes for the answer but are not.

        With `exact`, the words that answer are known, and no other passage holds them.
        """
        self.prepare([question.text for question in questions])
        for question in questions:
            query = self.questions[question.text].embedding
            hits = self.retriever.search(query, question.language, question.article)
            passages = [hit.passage for hit in hits]
            spans = [span for group in question.answers.values() for span in group]
            right = [
                (passage, span)
                for passage in passages
                for span in spans
                if passage.span.start <= span.start < passage.span.end
                or (not exact and span.start <= passage.span.start < span.end)
            ]
            text = self.index.article(question.article, question.language).text
            answers = {span.cut(text).lower() for span in spans} if exact else set()
            wrong = [
                passage
                for passage in passages
                if passage not in [one for one, _ in right]
                and not any(answer in passage.text.lower() for answer in answers)
            ]
            negatives = tuple(self.index.number_of[passage.id] for passage in wrong[:_HARDEST])
            if not spans:
                yield Example(question.text, question.language, None, None, negatives)
            for passage, span in right[:1] if exact else right:
                start, end = span.start - passage.span.start, span.end - passage.span.start
                yield Example(
                    question.text,
                    question.language,
                    self.index.number_of[passage.id],
                    Span(start, min(end, len(passage.text))) if exact else None,
                    negatives,
                )

    def prepare(self, questions: Sequence[str]) -> None:
        """Run questions through the encoder, each once."""
        fresh = sorted(set(questions) - self.questions.keys())
        self.questions |= dict(zip(fresh, self.encoder.query_states(fresh), strict=True))

    def pair(self, question: str, language: Language, number: int) -> Pair:
        """Return a question and the passage with this number, to be read together."""
        return Pair(
            self.questions[question],
            self.retriever.mean_question(language),
            self.passages[number],
        )

    def train(self, data: Sequence[Example], epochs: float, rate: float) -> None:
        """Train on `data` at a learning rate that falls from `rate`, printing the mean losses."""
        chance = random.Random(0)
        typed = {e.question: noisy(e.question, e.language, chance) for e in data}
        self.prepare([*typed, *typed.values(), *(text for text, _ in self.strangers)])
        parameters = [p for p in self.network.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(parameters, rate, weight_decay=0.01)
        steps = round(epochs * (len(data) // _QUESTIONS_PER_STEP))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: min((step + 1) / _WARM_UP, 1) * max(0.02, 1 - step / steps)
        )
        losses: list[tuple[float, float]] = []
        began = time.monotonic()
        order = list(data)
        for step in range(steps):
            at = step % (len(data) // _QUESTIONS_PER_STEP) * _QUESTIONS_PER_STEP
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
                    pairs.append(self.pair(question, example.language, example.positive))
                    targets.append((group, example))
                for number in numbers:
                    pairs.append(self.pair(question, example.language, number))
                    targets.append((group, None))
                if numbers and chance.random() < _UNRELATED:
                    text, tag = self._unrelated(numbers[0], chance.choice(order), chance)
                    pairs.append(self.pair(text, tag, numbers[0]))
                    targets.append((-1, None))
            by_span, by_relevance = _losses(self._scores(pairs), pairs, targets)
            optimiser.zero_grad()
            (by_span + by_relevance).backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
            losses.append((by_span.item(), by_relevance.item()))
            if (step + 1) % 50 == 0:
                span, relevance = np.mean(losses[-50:], axis=0)
                seconds = time.monotonic() - began
                print(f"step {step + 1}/{steps}: span {span:.3f}, relevance {relevance:.3f}, "
                      f"{seconds:.0f} s", flush=True)  # fmt: skip

    def _unrelated(
        self, number: int, other: Example, chance: random.Random
    ) -> tuple[str, Language]:
        """Return a question that has nothing to do with a passage: the other example's, if so."""
        article = self.index.passages[number].article
        if all(self.index.passages[n].article != article for n in other.negatives):
            return other.question, other.language
        return chance.choice(self.strangers)

    def _scores(self, pairs: Sequence[Pair]) -> Scores:
        """Score pairs, those of like length together, since a batch is as wide as its longest."""
        order = sorted(range(len(pairs)), key=lambda place: len(pairs[place].passage.states.ids))
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
    for pair, (_, example) in zip(pairs, targets, strict=True):
        start = end = 0
        if example is not None and example.span is not None:
            tokens = np.flatnonzero(tokens_of(pair.passage.states, example.span))
            if len(tokens):
                start, end = (pair.question_length + int(token) for token in tokens[[0, -1]])
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
    """Train and write the adapter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--output", type=Path, default=HERE.parent / "faq_bot" / ADAPTER)
    parser.add_argument("--start", type=Path, help="a reader to go on from")
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
    settings = load_settings()
    encoder = BundledEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))
    groups = list(training_data(arguments.data))
    articles: Mapping[str, Article] = {article.id: article for article, _, _ in groups}
    if arguments.start is None:
        reader = ReaderNetwork(network(), apart=arguments.apart)
    else:
        start = load_file(arguments.start)
        reader = ReaderNetwork.adapted(network(), start, arguments.apart)
    trainer = Trainer(encoder, build_index(list(articles.values()), encoder), reader)
    data = [
        example
        for _, questions, exact in groups
        for example in trainer.examples(questions, exact=exact)
    ]
    print(f"{len(articles)} articles, {len(data)} examples", flush=True)
    trainer.train(data, arguments.epochs, arguments.rate)
    tensors = {name: tensor.half() for name, tensor in trainer.network.adapter().items()}
    save_file(tensors, arguments.output, {"model": encoder.model_id})
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
