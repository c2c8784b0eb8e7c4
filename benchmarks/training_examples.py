"""What a reader is shown in training: questions, passages that answer them and some that do not."""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from encoder_states import TrainingEncoder
from training_data import Taught

from faq_bot.answering.dense import DenseRetriever
from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.article import Article, Span
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import load_settings
from faq_bot.evaluation.labelled import LabelledQuestion
from faq_bot.index.background import load_background
from faq_bot.index.passage_index import PassageIndex, build_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.bundled_model import ensure_bundled_model
from faq_bot.models.encoder import TokenStates
from faq_bot.models.reader import passage_states
from faq_bot.models.reader_features import Question, ReadablePassage
from faq_bot.text.analyser import STOPWORDS

_HARDEST = 8
_KEYWORDS_ONLY = 0.25
_TYPED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A question with the passage that answers it, if any, and some that do not.

    `span` is the answer within the passage; without one only the relevance is learned. `weight`
    is the chance with which it is learned in an epoch.
    """

    question: str
    language: Language
    positive: int | None
    span: Span | None
    negatives: tuple[int, ...]
    weight: float = 1.0


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


class Examples:
    """All questions and passages, run through the encoder, and the examples made of them."""

    def __init__(self, encoder: TrainingEncoder, index: PassageIndex) -> None:
        self.encoder = encoder
        self.index = index
        self.retriever = DenseRetriever(index)
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
        self.all: list[Example] = []

    @classmethod
    def of(cls, taught: Iterable[Taught]) -> Self:
        """Make examples of articles and questions."""
        settings = load_settings()
        encoder = TrainingEncoder(lambda: ensure_bundled_model(settings.cache_dir, "float32"))
        groups = list(taught)
        articles: Mapping[str, Article] = {group.article.id: group.article for group in groups}
        examples = cls(encoder, build_index(list(articles.values()), encoder, in_memory))
        examples.prepare([asked.text for group in groups for asked in group.questions])
        examples.all = [
            replace(example, weight=group.weight)
            for group in groups
            for example in examples.examples(group.questions, exact=group.exact)
        ]
        print(f"{len(articles)} articles, {len(examples.all)} examples", flush=True)
        return examples

    def examples(self, questions: Sequence[LabelledQuestion], *, exact: bool) -> Iterator[Example]:
        """Yield the questions with the passages that retrieval takes for the answer but are not.

        With `exact`, the words that answer are known, and no other passage holds them.
        """
        self.prepare([question.text for question in questions])
        for question in questions:
            query = SearchQuery(question.text, question.language, (question.article,))
            hits = self.retriever.search(self.questions[question.text].embedding, query)
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

    def pair(self, text: str, language: Language, number: int) -> tuple[Question, ReadablePassage]:
        """Return a question and the passage with this number, to be read together."""
        question = Question(self.questions[text], self.retriever.mean_question(language))
        return question, self.passages[number]
