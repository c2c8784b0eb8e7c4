"""Trains the reader on the bundled model and writes `faq_bot/reader.safetensors`.

    python benchmarks/train_reader.py DATA [--output FILE]

DATA is a folder with `squad2-train-part.json` (SQuAD 2.0, Rajpurkar et al. 2018, CC BY-SA 4.0),
`mlqa-de-dev.json` (MLQA, Lewis et al. 2020, CC BY-SA 3.0), `xquad-r-dev/{de,en}.json` (XQuAD-R,
Artetxe et al. 2020 and Roy et al. 2020, CC BY-SA 4.0) and `covid-faq.jsonl` (FAQs collected by
deepset, Apache-2.0). To these come `benchmarks/data/news.txt`, news written for the purpose
with readers' questions, two fifths of them close to the topic but not answered. Every second
article of XQuAD-R and the seed article are left out, to measure on
(`benchmarks/fit_confidence.py`).
"""

import argparse
import json
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from faq_bot.background import load_background
from faq_bot.embedding import SentenceTransformerEncoder, TokenStates, open_encoder
from faq_bot.labelled import LabelledQuestion, read_squad, squad_articles
from faq_bot.passage_index import PassageIndex, build_index
from faq_bot.reader import ADAPTER, passage_states
from faq_bot.reader_network import Pair, ReaderNetwork, Scores, make_batch, tokens_of
from faq_bot.records import LANGUAGES, Article, Language, Paragraph, Section, Span
from faq_bot.retrieval import DenseRetriever
from faq_bot.settings import load_settings

HERE = Path(__file__).parent

_QUESTIONS_PER_STEP = 16
_NEGATIVES = 2
_HARDEST = 6
_LEARNING_RATE = 1e-3
_EPOCHS = 2
_WARM_UP = 60
_NOISY = 0.2
_UNRELATED = 0.05
_COVID_GROUP = 30
_TYPED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)
_LONGEST_FAQ = 600


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


def datasets(data: Path) -> Iterator[tuple[Article, list[LabelledQuestion], bool]]:
    """Yield articles with questions, and whether their answers are marked exactly.

    Translations are articles of their own here, so that each is searched alone.
    """
    for article, questions in read_squad(data / "squad2-train-part.json", "en", "squad"):
        yield article, questions, True
    yield from ((*group, True) for group in _mlqa(data / "mlqa-de-dev.json"))
    yield from ((*group, False) for group in _covid(data / "covid-faq.jsonl"))
    versions = {
        tag: list(read_squad(data / "xquad-r-dev" / f"{tag}.json", tag, f"xquad-{tag}"))
        for tag in LANGUAGES
    }
    for number, pair in enumerate(zip(*versions.values(), strict=True)):
        if number % 2 == 0:
            yield from ((*group, True) for group in _crossed(pair))
    for pair in _news(HERE / "data" / "news.txt"):
        for group in _crossed(pair):
            yield (*group, True)
            yield (*group, True)  # what readers really ask counts twice


def _crossed(
    versions: Sequence[tuple[Article, list[LabelledQuestion]]],
) -> Iterator[tuple[Article, list[LabelledQuestion]]]:
    """Ask the questions of either language of the article in each language."""
    for article, own in versions:
        for _, asked in versions:
            yield (
                article,
                [
                    replace(question, article=article.id, answers=same.answers)
                    for question, same in zip(asked, own, strict=True)
                ],
            )


def _mlqa(path: Path) -> Iterator[tuple[Article, list[LabelledQuestion]]]:
    """Join the single paragraphs of MLQA, that there be wrong ones beside the right one."""
    entries = json.loads(path.read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for entry in entries for paragraph in entry["paragraphs"]]
    joined = [
        {"title": "", "paragraphs": paragraphs[at : at + 12]}
        for at in range(0, len(paragraphs), 12)
    ]
    yield from squad_articles(joined, "de", "mlqa")


def _news(path: Path) -> Iterator[list[tuple[Article, list[LabelledQuestion]]]]:
    """Yield each story in German and English.

    A line is a title (#), a paragraph (p), a question with its answer (q) or one that the story
    does not answer (n), in German and, after two bars, in English.
    """
    stories: list[list[tuple[str, str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, text = line[:1], line[2:]
        if kind == "#":
            stories.append([])
        stories[-1].append((kind, text))
    for number, story in enumerate(stories):
        yield [_story(number, story, column, tag) for column, tag in enumerate(LANGUAGES)]


def _story(
    number: int, lines: Sequence[tuple[str, str]], column: int, language: Language
) -> tuple[Article, list[LabelledQuestion]]:
    parts = [(kind, text.split(" || ")[column]) for kind, text in lines]
    title = next(text for kind, text in parts if kind == "#")
    paragraphs = tuple(Paragraph(text) for kind, text in parts if kind == "p")
    article = Article(f"news-{language}-{number}", language, title, (Section(None, paragraphs),))
    questions = []
    for place, (kind, text) in enumerate(parts):
        if kind in "qn":
            question, _, answer = text.partition(" => ")
            start = article.text.index(answer)
            spans = (Span(start, start + len(answer)),) if answer else ()
            questions.append(
                LabelledQuestion(
                    f"{number}-{place}", question, language, article.id, {language: spans}
                )
            )
    return article, questions


def _covid(path: Path) -> Iterator[tuple[Article, list[LabelledQuestion]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    for language in LANGUAGES:
        own = [entry for entry in entries if entry["lang"] == language and entry["answer"].strip()]
        for start in range(0, len(own), _COVID_GROUP):
            group = own[start : start + _COVID_GROUP]
            texts = [" ".join(entry["answer"].split())[:_LONGEST_FAQ].strip() for entry in group]
            sections = (Section(None, tuple(map(Paragraph, texts))),)
            article = Article(f"covid-{language}-{start}", language, "FAQ", sections)
            position = len(article.title) + 2
            questions = []
            for entry, text in zip(group, texts, strict=True):
                span = Span(position, position + len(text))
                position += len(text) + 2
                name = f"{article.id}-{position}"
                questions.append(
                    LabelledQuestion(
                        name, entry["question"], language, article.id, {language: (span,)}
                    )
                )
            yield article, questions


def examples(
    encoder: SentenceTransformerEncoder,
    index: PassageIndex,
    retriever: DenseRetriever,
    questions: Sequence[LabelledQuestion],
    *,
    exact: bool,
) -> Iterator[Example]:
    """Yield the questions with the passages that retrieval takes for the answer but are not."""
    queries = encoder.encode_queries([question.text for question in questions])
    for question, query in zip(questions, queries, strict=True):
        hits = retriever.search(query, question.language, question.article)
        passages = [hit.passage for hit in hits]
        spans = [span for group in question.answers.values() for span in group]
        right = [
            (passage, span)
            for passage in passages
            for span in spans
            if passage.span.start <= span.start < passage.span.end
            or (not exact and span.start <= passage.span.start < span.end)
        ]
        texts = {span.cut(_text(index, question)).lower() for span in spans} if exact else set()
        wrong = [
            passage
            for passage in passages
            if passage not in [one for one, _ in right]
            and not any(text in passage.text.lower() for text in texts)
        ]
        negatives = tuple(index.number_of[passage.id] for passage in wrong[:_HARDEST])
        if not right:
            if not spans:
                yield Example(question.text, question.language, None, None, negatives)
            continue
        for passage, span in right if not exact else right[:1]:
            start, end = span.start - passage.span.start, span.end - passage.span.start
            yield Example(
                question.text,
                question.language,
                index.number_of[passage.id],
                Span(start, min(end, len(passage.text))) if exact else None,
                negatives,
            )


def _text(index: PassageIndex, question: LabelledQuestion) -> str:
    return index.article(question.article, question.language).text


def noisy(question: str, chance: random.Random) -> str:
    """Return the question as someone in a hurry types it."""
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

    def __init__(self, encoder: SentenceTransformerEncoder, index: PassageIndex) -> None:
        self.encoder = encoder
        self.index = index
        self.retriever = DenseRetriever(index)
        self.network = ReaderNetwork(encoder.network())
        self.passages = _in_batches(
            lambda numbers: passage_states(
                encoder,
                [(index.context(index.passages[n]), index.passages[n].text) for n in numbers],
            ),
            list(range(len(index.passages))),
            [len(passage.text) for passage in index.passages],
        )
        self.questions: dict[str, TokenStates] = {}

    def prepare(self, questions: Sequence[str]) -> None:
        """Run questions through the encoder, each once."""
        fresh = sorted(set(questions) - self.questions.keys())
        states = _in_batches(self.encoder.query_states, fresh, [len(text) for text in fresh])
        self.questions |= dict(zip(fresh, states, strict=True))

    def pair(self, question: str, language: Language, number: int) -> Pair:
        """Return a question and the passage with this number, to be read together."""
        passage = self.index.passages[number]
        return Pair(
            self.questions[question],
            self.retriever.mean_question(language),
            self.passages[number],
            self.retriever.mean_passage(passage.language, passage.article),
            passage.sentences,
        )

    def train(self, data: Sequence[Example]) -> None:
        """Train on `data`, printing the mean losses."""
        chance = random.Random(0)
        typed = {example.question: noisy(example.question, chance) for example in data}
        unrelated = [(e[tag], tag) for e in load_background()["queries"] for tag in LANGUAGES]
        self.prepare([*typed, *typed.values(), *(text for text, _ in unrelated)])
        parameters = [p for p in self.network.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(parameters, _LEARNING_RATE, weight_decay=0.01)
        steps = _EPOCHS * (len(data) // _QUESTIONS_PER_STEP)
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
                    text, tag = chance.choice(unrelated)
                    pairs.append(self.pair(text, tag, numbers[0]))
                    targets.append((-1, None))
            batch = make_batch(pairs)
            with torch.autocast("cpu", torch.bfloat16):
                scores = self.network(batch)
            by_span, by_relevance = _losses(scores, pairs, targets, batch.question_lengths)
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


def _losses(
    scores: Scores,
    pairs: Sequence[Pair],
    targets: Sequence[tuple[int, Example | None]],
    lengths: Sequence[int],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the losses of spans, and of relevance, which is learned alone and in comparison."""
    starts, ends, marked = [], [], []
    for pair, (_, example), length in zip(pairs, targets, lengths, strict=True):
        start = end = 0
        if example is not None and example.span is not None:
            tokens = np.flatnonzero(tokens_of(pair.passage, example.span))
            if len(tokens):
                start, end = length + int(tokens[0]), length + int(tokens[-1])
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


def _in_batches(run, items, lengths, size=32):  # type: ignore[no-untyped-def]
    """Run items of like length together and return the results in the order of the items."""
    order = sorted(range(len(items)), key=lambda place: lengths[place])
    results = [None] * len(items)
    for at in range(0, len(order), size):
        places = order[at : at + size]
        for place, result in zip(places, run([items[p] for p in places]), strict=True):
            results[place] = result
    return results


def main() -> None:
    """Train and write the adapter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--output", type=Path, default=HERE.parent / "faq_bot" / ADAPTER)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    settings = load_settings()
    encoder = open_encoder(None, settings.cache_dir)
    groups = list(datasets(arguments.data))
    articles: Mapping[str, Article] = {article.id: article for article, _, _ in groups}
    trainer = Trainer(encoder, build_index(list(articles.values()), encoder))
    data = [
        example
        for _, questions, exact in groups
        for example in examples(encoder, trainer.index, trainer.retriever, questions, exact=exact)
    ]
    print(f"{len(articles)} articles, {len(data)} examples", flush=True)
    trainer.train(data)
    tensors = {name: tensor.half() for name, tensor in trainer.network.adapter().items()}
    save_file(tensors, arguments.output, {"model": encoder.model_id})
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
