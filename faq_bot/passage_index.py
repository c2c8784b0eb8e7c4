"""Articles, their passages and the passages' vectors, kept together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from faq_bot.background import Background, embed_background
from faq_bot.embedding import Encoder
from faq_bot.passages import align, cut_passages
from faq_bot.records import Article, Language, Passage
from faq_bot.vector_index import Rows, VectorIndex


@dataclass(frozen=True, slots=True)
class Row:
    """What one vector stands for: a whole passage, one of its sentences or its question."""

    passage: int
    part: int | Literal["whole", "question"]


@dataclass(frozen=True, eq=False)
class PassageIndex:
    """Everything that is searched, and the name of the model that made the vectors."""

    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    vectors: VectorIndex
    background: Background
    model_id: str

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """What each row of `vectors` stands for."""
        return tuple(row for row, _ in embedded_texts(self.passages))

    @cached_property
    def first_rows(self) -> Rows:
        """Where the rows of each passage begin, and after the last one, where they all end."""
        return _first_rows(self.rows)

    def rows_of_passage(self, number: int) -> Rows:
        """The rows of one passage: the whole, then its question and its sentences."""
        return np.arange(self.first_rows[number], self.first_rows[number + 1])

    @cached_property
    def number_of(self) -> Mapping[str, int]:
        """The number of each passage, by its id."""
        return {passage.id: number for number, passage in enumerate(self.passages)}

    @cached_property
    def aligned(self) -> Mapping[str, Passage]:
        """The counterpart of each passage in the article's other version, by id."""
        return align(self.passages)

    @cached_property
    def _article(self) -> Mapping[tuple[str, Language], Article]:
        return {article.key: article for article in self.articles}

    def article(self, identifier: str, language: Language) -> Article:
        """Return the article in `language` or, if there is none, in the other language."""
        versions = (self._article.get((identifier, tag)) for tag in (language, "de", "en"))
        return next(article for article in versions if article is not None)

    def original_language(self, identifier: str) -> Language:
        """Return the language in which the article was written.

        Where no version says that it is a translation, the first one added is the original.
        """
        versions = [article for article in self.articles if article.id == identifier]
        named = next((a.translated_from for a in versions if a.translated_from), None)
        return named if (identifier, named) in self._article and named else versions[0].language

    @property
    def article_ids(self) -> tuple[str, ...]:
        """The ids of the articles, each once, in the order in which they were added."""
        return tuple(dict.fromkeys(article.id for article in self.articles))


def embedded_texts(passages: Sequence[Passage]) -> Iterator[tuple[Row, str]]:
    """Yield the texts to embed: each passage, each of its sentences, the question of a Q&A."""
    for number, passage in enumerate(passages):
        whole = f"{passage.question} {passage.text}" if passage.question else passage.text
        yield Row(number, "whole"), whole
        if passage.question is not None:
            yield Row(number, "question"), passage.question
        if len(passage.sentences) > 1 or passage.question is not None:
            for part, span in enumerate(passage.sentences):
                yield Row(number, part), span.cut(passage.text)


def build_index(
    articles: Sequence[Article], encoder: Encoder, previous: PassageIndex | None = None
) -> PassageIndex:
    """Cut and embed `articles`; passages of `previous`, made by `encoder`, keep their vectors."""
    passages = tuple(passage for article in articles for passage in cut_passages(article))
    rows, texts = zip(*embedded_texts(passages), strict=True)
    known = {} if previous is None else previous.number_of
    fresh = [n for n, row in enumerate(rows) if passages[row.passage].id not in known]
    vectors = np.empty((len(rows), encoder.dimension), np.float32)
    vectors[fresh] = encoder.encode_passages(
        [texts[n] for n in fresh], "Embedding passages, 32 at a time"
    )
    if previous is not None:
        first_rows = _first_rows(rows)
        for number, passage in enumerate(passages):
            if (old := known.get(passage.id)) is not None:
                vectors[first_rows[number] : first_rows[number + 1]] = previous.vectors.vectors(
                    previous.rows_of_passage(old)
                )
    background = embed_background(encoder) if previous is None else previous.background
    return PassageIndex(
        tuple(articles), passages, VectorIndex.of(vectors), background, encoder.model_id
    )


def _first_rows(rows: Sequence[Row]) -> Rows:
    starts = [number for number, row in enumerate(rows) if row.part == "whole"]
    return np.array([*starts, len(rows)], np.int64)
