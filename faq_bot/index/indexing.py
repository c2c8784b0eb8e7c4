"""Making and changing the index in an archive.

What is published at the editors' desk becomes part of the articles. The database that holds it may
be ahead of the index, since publishing does not wait for it: opening makes up for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_bot.articles.corpus import Corpus, merge, remove_article
from faq_bot.articles.published import with_published
from faq_bot.articles.reading import read_corpus
from faq_bot.articles.syncing import changes, refresh, sync_corpus
from faq_bot.core.article import Article, Key
from faq_bot.core.errors import ArticleError, IndexFilesError, IndexMissingError, IndexStaleError
from faq_bot.core.reply import PublishedAnswer
from faq_bot.index.archive import Archive
from faq_bot.index.passage_index import PassageIndex, build_index, texts_to_embed, update_index
from faq_bot.models.encoder import Encoder

_SAME_VECTOR = 0.99

Sources = Sequence[Path | str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a sync has found: articles by id and language, and how many passages were embedded."""

    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    removed: tuple[Key, ...]
    same: int
    embedded: int
    problems: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no article is different."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Indexer:
    """Makes, changes and opens the index in an archive with an encoder.

    `published` is what is published at the moment. `allow_private` lets articles be read from
    servers on the own machine or network.
    """

    archive: Archive
    encoder: Encoder
    published: Sequence[PublishedAnswer] = ()
    allow_private: bool = False

    def build(self, sources: Sources) -> PassageIndex:
        """Make the index anew from article files, folders and addresses.

        Raises:
            ArticleError: a file or address is unusable; the index stays as it was.
            IndexFilesError: the directory cannot be written.
        """
        corpus = self._read(sources)
        with self.archive.lock():
            return self._save(corpus, None)

    def add(self, sources: Sources) -> PassageIndex:
        """Add articles to the index, or make one of them where there is none.

        Raises:
            ArticleError, IndexFilesError: as for `build`, or the present index is damaged.
        """
        new = self._read(sources)
        with self.archive.lock():
            try:
                index, corpus = self.archive.load()
            except IndexMissingError:
                index, corpus = None, Corpus((), {})
            return self._save(merge(corpus, new), index)

    def remove(self, identifier: str) -> PassageIndex:
        """Take an article out of the index in all its languages.

        Raises:
            ArticleError: there is no such article, or no other.
            IndexFilesError: as for `add`, or there is no index.
        """
        self.archive.corpus()  # or the lock would make the directory
        with self.archive.lock():
            index, corpus = self.archive.load()
            return self._save(remove_article(corpus, identifier), index)

    def sync(self, sources: Sources = (), *, dry_run: bool = False) -> Changes:
        """Bring the index up to what its own and other sources hold now.

        Only what is new is embedded. Sources stay known: later calls need not name them. A
        `dry_run` writes nothing.

        Raises:
            ArticleError: one of `sources` is not there, or no article would be left.
            IndexFilesError: the directory cannot be written.
        """
        while True:
            started = self._generation()
            index, corpus = self._load_or_mend()
            base = self.archive.directory
            synced = sync_corpus(corpus, sources, base, allow_private=self.allow_private)
            articles = with_published(synced.corpus.articles, self.published)
            before = () if index is None else index.articles
            is_same = articles == before and replace(synced.corpus, articles=before) == corpus
            if dry_run or is_same:
                return _compare(before, articles, 0, synced.problems)
            with self.archive.lock():
                if self._generation() != started:
                    continue  # another process wrote; reading pages under the lock takes long
                new = self._save(synced.corpus, index)
            known = set() if index is None else set(index.number_of)
            return _compare(before, articles, len(set(new.number_of) - known), synced.problems)

    def take_over(self) -> PassageIndex:
        """Bring the index up to what is published, embedding only what is new.

        Raises:
            IndexFilesError: the index is missing, damaged or cannot be written.
        """
        self.archive.corpus()  # as above
        with self.archive.lock():
            index, corpus = self.archive.load()
            if with_published(index.articles, self.published) == index.articles:
                return index
            return self._save(corpus, index)

    def open_current(self) -> PassageIndex:
        """Read the index and check that it fits the article files and the model.

        What is published and not yet in the index is added in memory.

        Raises:
            IndexMissingError: there is none.
            IndexStaleError: article files changed since, or another model made it.
            IndexFilesError: it is damaged.
        """
        index, corpus = self.archive.load()
        if changed := changes(corpus, self.archive.directory):
            raise IndexStaleError(
                f"The index in {self.archive} is older than {', '.join(changed)}. "
                "Run: faq-bot build"
            )
        return self._fitting(index)

    def open_written(self) -> PassageIndex:
        """Do the same without a look at the article files.

        Raises:
            IndexFilesError: as for `open_current`.
        """
        index, _ = self.archive.load()
        return self._fitting(index)

    def open_or_update(self, articles: Path) -> PassageIndex:
        """Read the index; first bring it up to date where `open_current` would refuse it.

        A stale index reads the changed files among its own again, a damaged one all of them, and
        a missing one is built from `articles`. One on servers is only built where it is missing:
        others may answer from it, and what this process cannot read they may.

        Raises:
            ArticleError, IndexFilesError: as for `build`, or as for `open_written`.
        """
        try:
            return self.open_written() if self.archive.is_shared else self.open_current()
        except IndexFilesError as error:
            self._raise_if_others_use_it(error)
            return self._update(articles)

    def _update(self, articles: Path) -> PassageIndex:
        if not self.archive.directory.exists() and not articles.exists():
            raise ArticleError(
                f"There is no index in {self.archive}, and no article in {articles} to build one "
                "from. Add one: faq-bot add FILE"
            )
        with self.archive.lock():
            index, corpus = self._load_or_mend()
            if corpus.files or corpus.articles:
                corpus = refresh(corpus, self.archive.directory)
            else:
                corpus = read_corpus([articles], self.archive.directory)
            return self._save(corpus, index)

    def _read(self, sources: Sources) -> Corpus:
        return read_corpus(sources, self.archive.directory, allow_private=self.allow_private)

    def _load_or_mend(self) -> tuple[PassageIndex | None, Corpus]:
        """Return the index or, where it is damaged, what it still tells of its articles' sources.

        Raises:
            IndexFilesError: it is on servers, and not missing: others may be able to read it.
        """
        try:
            return self.archive.load()
        except IndexFilesError as error:
            self._raise_if_others_use_it(error)
        try:
            return None, self.archive.corpus()
        except IndexFilesError:
            return None, Corpus((), {})

    def _raise_if_others_use_it(self, error: IndexFilesError) -> None:
        if self.archive.is_shared and not isinstance(error, IndexMissingError):
            raise error

    def _generation(self) -> int | None:
        try:
            return self.archive.generation()
        except IndexFilesError:
            return None  # it is damaged, and will be made anew

    def _fitting(self, index: PassageIndex) -> PassageIndex:
        """Return the index with what is published, if it was made by this model."""
        if not self._has_made(index):
            raise IndexStaleError(
                f"The index in {self.archive} was made by the model {index.model_id!r}, which is "
                f"not the one configured, {self.encoder.model_id!r}. Run: faq-bot build"
            )
        current = with_published(index.articles, self.published)
        return index if current == index.articles else update_index(index, current, self.encoder)

    def _save(self, corpus: Corpus, previous: PassageIndex | None) -> PassageIndex:
        """Write a corpus with what is published; `previous` is the index there was, if any."""
        corpus = replace(corpus, articles=with_published(corpus.articles, self.published))
        if previous is not None and self._has_made(previous):
            index = update_index(previous, corpus.articles, self.encoder)
        else:
            index = build_index(corpus.articles, self.encoder, self.archive.vectors.fill)
        self.archive.save(index, corpus, anew=previous is None)
        return index

    def _has_made(self, index: PassageIndex) -> bool:
        """Whether the encoder embeds the first passage as it stands in the index.

        Names of models do not suffice: a path can come to hold another model.
        """
        encoder = self.encoder
        if encoder.model_id != index.model_id or encoder.dimension != index.vectors.dimension:
            return False
        vector = encoder.encode_passages(texts_to_embed(index.passages[0])[:1])[0]
        return float(vector @ index.vectors.vectors(index.rows_of_passage(0))[0]) > _SAME_VECTOR


def _compare(
    before: Sequence[Article], after: Sequence[Article], embedded: int, problems: tuple[str, ...]
) -> Changes:
    old, new = ({article.key: article for article in some} for some in (before, after))
    both = [key for key in new if key in old]
    changed = tuple(key for key in both if old[key] != new[key])
    return Changes(
        added=tuple(key for key in new if key not in old),
        changed=changed,
        removed=tuple(key for key in old if key not in new),
        same=len(both) - len(changed),
        embedded=embedded,
        problems=problems,
    )
