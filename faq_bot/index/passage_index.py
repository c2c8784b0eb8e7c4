"""Articles, their passages and the passages' vectors, kept together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from faq_bot.core.article import Article, Key
from faq_bot.core.errors import UnknownArticleError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.passage import Passage, PassageKind
from faq_bot.index.background import Background, embed_background
from faq_bot.index.chunking import align, cut_passages
from faq_bot.index.vectors.base import Fill, RowLabels, Rows, Subset, VectorIndex
from faq_bot.models.encoder import Encoder

_EMBEDDING = "Embedding passages"  # what a progress bar says


@dataclass(frozen=True, eq=False)
class PassageIndex:
    """Everything that is searched, and the name of the model that made the vectors."""

    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]
    vectors: VectorIndex
    background: Background
    model_id: str

    @cached_property
    def first_rows(self) -> Rows:
        """Where the rows of each passage begin, and after the last one, where they all end."""
        return _first_rows(label_rows(self.passages).counts)

    @cached_property
    def passage_of_row(self) -> Rows:
        """The number of the passage to which each row belongs."""
        return np.repeat(np.arange(len(self.passages)), np.diff(self.first_rows))

    def subset(self, language: Language, article: str | None) -> Subset:
        """Return the rows in a language, of one article or of all."""
        if article is None:
            return self._all_in[language]
        first, last = self._numbers.get((article, language), (0, 0))
        rows = np.arange(self.first_rows[first], self.first_rows[last])
        return Subset(rows, language, article)

    @cached_property
    def _all_in(self) -> Mapping[Language, Subset]:
        tags = np.array([passage.language for passage in self.passages])[self.passage_of_row]
        return {tag: Subset(np.flatnonzero(tags == tag), tag, None) for tag in LANGUAGES}

    @cached_property
    def _numbers(self) -> Mapping[Key, tuple[int, int]]:
        """Where the passages of each article begin and end; they stand together."""
        found: dict[Key, tuple[int, int]] = {}
        for number, passage in enumerate(self.passages):
            first, _ = found.setdefault((passage.article, passage.language), (number, number))
            found[passage.article, passage.language] = (first, number + 1)
        return found

    def numbers_of(self, article: str) -> Iterator[int]:
        """Yield the numbers of the passages of an article in all its versions."""
        for language in self.versions[article]:
            yield from range(*self._numbers.get((article, language), (0, 0)))

    def passages_of(self, article: Article) -> Sequence[Passage]:
        """Return the passages of one version of an article."""
        first, last = self._numbers.get(article.key, (0, 0))
        return self.passages[first:last]

    def rows_of_passage(self, number: int) -> Rows:
        """The rows of one passage: the whole, then its questions and its sentences."""
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
    def versions(self) -> Mapping[str, Mapping[Language, Article]]:
        """The language versions of each article by its id, in the order of their addition."""
        versions: dict[str, dict[Language, Article]] = {}
        for article in self.articles:
            versions.setdefault(article.id, {})[article.language] = article
        return versions

    @cached_property
    def newest(self) -> tuple[str, ...]:
        """The ids of the articles by date, those without one last; of equals, the last added."""
        days = {
            identifier: max(article.date or date.min for article in versions.values())
            for identifier, versions in self.versions.items()
        }
        last_added_first = list(days)[::-1]
        return tuple(sorted(last_added_first, key=days.__getitem__, reverse=True))

    @property
    def only_article(self) -> str | None:
        """The id of the only article, None where there are several."""
        return self.newest[0] if len(self.newest) == 1 else None

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The titles of each article by its id, in all its languages, casefolded."""
        return {
            identifier: "\n".join(article.title for article in versions.values()).casefold()
            for identifier, versions in self.versions.items()
        }

    def require(self, identifier: str) -> None:
        """Raise UnknownArticleError if there is no such article."""
        if identifier not in self.versions:
            raise UnknownArticleError(
                f"There is no article {identifier!r}. There is: {', '.join(self.versions)}."
            )

    def article(self, identifier: str, language: Language) -> Article:
        """Return the article in `language` or, if there is none, in the other language."""
        versions = self.versions[identifier]
        return versions.get(language) or next(iter(versions.values()))

    def published(self, article: str | None = None) -> Iterator[Passage]:
        """Yield the published answers of one article, or of all, the newest first."""
        for identifier in self.newest if article is None else (article,):
            yield from self._published.get(identifier, ())

    @cached_property
    def _published(self) -> Mapping[str, tuple[Passage, ...]]:
        published: dict[str, tuple[Passage, ...]] = {}
        for passage in self.passages:
            if passage.kind is PassageKind.FAQ:
                published[passage.article] = (*published.get(passage.article, ()), passage)
        return published

    def context(self, passage: Passage) -> str:
        """Return what stands above a passage: its question, its heading, or the title."""
        title = self.versions[passage.article][passage.language].title
        return passage.question or passage.section or title

    def original_language(self, identifier: str) -> Language:
        """Return the language in which the article was written.

        Where no version says that it is a translation, the first one added is the original.
        """
        versions = self.versions[identifier]
        for article in versions.values():
            if (named := article.translated_from) is not None and named in versions:
                return named
        return next(iter(versions))


def texts_to_embed(passage: Passage) -> tuple[str, ...]:
    """Return the texts of a passage's rows: the whole, its question, each of its sentences.

    After the question go the words in which readers asked it, if they are known. A passage of one
    sentence and without a question has one row for both.
    """
    sentences = tuple(span.cut(passage.text) for span in passage.sentences)
    if passage.question is not None:
        whole = f"{passage.question} {passage.text}"
        return (whole, passage.question, *passage.wordings, *sentences)
    return (passage.text, *sentences) if len(sentences) > 1 else (passage.text,)


def label_rows(passages: Sequence[Passage]) -> RowLabels:
    """Return what the rows of an index of these passages belong to."""
    return _labels(passages, [texts_to_embed(passage) for passage in passages])


def build_index(articles: Sequence[Article], encoder: Encoder, fill: Fill) -> PassageIndex:
    """Cut and embed `articles`; `fill` makes the index of their vectors."""
    passages = tuple(passage for article in articles for passage in cut_passages(article))
    texts = [texts_to_embed(passage) for passage in passages]
    vectors = encoder.encode_passages(_in_rows(texts), _EMBEDDING)
    return PassageIndex(
        articles=tuple(articles),
        passages=passages,
        vectors=fill(vectors, _labels(passages, texts)),
        background=embed_background(encoder),
        model_id=encoder.model_id,
    )


def update_index(
    index: PassageIndex, articles: Sequence[Article], encoder: Encoder
) -> PassageIndex:
    """Return an index of other articles; only what `index`, made by `encoder`, lacks is embedded.

    An article that is in both keeps its passages, a passage its vectors.
    """
    known = set(index.articles)
    passages = tuple(
        passage
        for article in articles
        for passage in (index.passages_of(article) if article in known else cut_passages(article))
    )
    texts = [texts_to_embed(passage) for passage in passages]
    labels = _labels(passages, texts)
    source = _rows_before(index, labels)
    rows = _in_rows(texts)
    fresh = encoder.encode_passages([rows[row] for row in np.flatnonzero(source < 0)], _EMBEDDING)
    return replace(
        index,
        articles=tuple(articles),
        passages=passages,
        vectors=index.vectors.changed(source, fresh, labels),
    )


def _rows_before(index: PassageIndex, labels: RowLabels) -> Rows:
    """Return the row that each row had in `index`, -1 for those that are new."""
    first_rows = _first_rows(labels.counts)
    source = np.full(first_rows[-1], -1, np.int64)
    for number, passage in enumerate(labels.passages):
        if (before := index.number_of.get(passage.id)) is not None:
            rows = slice(first_rows[number], first_rows[number + 1])
            source[rows] = index.rows_of_passage(before)
    return source


def _labels(passages: Sequence[Passage], texts: Sequence[Sequence[str]]) -> RowLabels:
    return RowLabels(passages, [len(group) for group in texts])


def _in_rows(texts: Sequence[Sequence[str]]) -> list[str]:
    return [text for group in texts for text in group]


def _first_rows(counts: Sequence[int]) -> Rows:
    return np.cumsum([0, *counts], dtype=np.int64)
