"""Making and changing the index in a directory.

What is `published` at the editors' desk becomes part of the articles. The database that holds it
may be ahead of the index, since publishing does not wait for it: opening makes up for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faq_bot.corpus import (
    Corpus,
    changes,
    merge,
    read_corpus,
    refresh,
    remove_article,
    sync_corpus,
)
from faq_bot.embedding import Encoder
from faq_bot.errors import ArticleError, IndexFilesError, IndexMissingError, IndexStaleError
from faq_bot.index_files import Manifest, load_index, read_manifest, save_index, write_lock
from faq_bot.passage_index import PassageIndex, build_index, texts_to_embed
from faq_bot.published import with_published
from faq_bot.records import Article, Key, PublishedAnswer

_SAME_VECTOR = 0.99

Published = Sequence[PublishedAnswer]
Sources = Sequence[Path | str]


def build(
    directory: Path,
    sources: Sources,
    encoder: Encoder,
    published: Published = (),
    *,
    allow_private: bool = False,
) -> PassageIndex:
    """Make the index anew from article files, folders and addresses.

    Raises:
        ArticleError: a file or address is unusable; the index stays as it was.
        IndexFilesError: the directory cannot be written.
    """
    corpus = read_corpus(sources, directory, allow_private=allow_private)
    with write_lock(directory):
        return _save(directory, corpus, encoder, None, published)


def add(
    directory: Path,
    sources: Sources,
    encoder: Encoder,
    published: Published = (),
    *,
    allow_private: bool = False,
) -> PassageIndex:
    """Add articles to the index, or make one of them where there is none.

    Raises:
        ArticleError, IndexFilesError: as for `build`, or the present index is damaged.
    """
    new = read_corpus(sources, directory, allow_private=allow_private)
    with write_lock(directory):
        try:
            index, corpus = load_index(directory)
        except IndexMissingError:
            index, corpus = None, Corpus((), {})
        return _save(directory, merge(corpus, new), encoder, index, published)


def remove(
    directory: Path, identifier: str, encoder: Encoder, published: Published = ()
) -> PassageIndex:
    """Take an article out of the index in all its languages.

    Raises:
        ArticleError: there is no such article, or no other.
        IndexFilesError: as for `add`, or there is no index.
    """
    read_manifest(directory)  # or the lock would make the directory
    with write_lock(directory):
        index, corpus = load_index(directory)
        corpus = remove_article(corpus, identifier)
        if not corpus.articles:
            raise ArticleError(
                f"{identifier!r} is the only article. Add another first, "
                "or build the index from other files: faq-bot build FILE"
            )
        return _save(directory, corpus, encoder, index, published)


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


def sync(
    directory: Path,
    sources: Sources,
    encoder: Encoder,
    published: Published = (),
    *,
    allow_private: bool = False,
    dry_run: bool = False,
) -> Changes:
    """Bring the index up to what its own and other sources hold now, embedding only what is new.

    Sources stay known: later calls need not name them. A `dry_run` writes nothing.

    Raises:
        ArticleError: one of `sources` is not there, or no article would be left.
        IndexFilesError: the directory cannot be written.
    """
    while True:
        started = _manifest(directory)
        index: PassageIndex | None = None
        try:
            index, corpus = load_index(directory)
        except IndexFilesError:
            corpus = _corpus_without_articles(directory)
        synced = sync_corpus(corpus, sources, directory, allow_private=allow_private)
        articles = with_published(synced.corpus.articles, published)
        before = () if index is None else index.articles
        if dry_run or (articles == before and replace(synced.corpus, articles=before) == corpus):
            return _compare(before, articles, 0, synced.problems)
        with write_lock(directory):
            if _manifest(directory) != started:
                continue  # another process wrote meanwhile; reading pages under the lock takes long
            new = _save(directory, synced.corpus, encoder, index, published)
        known = set() if index is None else set(index.number_of)
        return _compare(before, articles, len(set(new.number_of) - known), synced.problems)


def _manifest(directory: Path) -> Manifest | None:
    try:
        return read_manifest(directory)
    except IndexFilesError:
        return None


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


def take_over(directory: Path, encoder: Encoder, published: Published) -> PassageIndex:
    """Bring the index up to what is published, embedding only what is new.

    Raises:
        IndexFilesError: the index is missing or damaged, or cannot be written.
    """
    read_manifest(directory)
    with write_lock(directory):
        index, corpus = load_index(directory)
        return _save(directory, corpus, encoder, index, published)


def open_current(directory: Path, encoder: Encoder, published: Published = ()) -> PassageIndex:
    """Read the index and check that it fits the article files and the model.

    What is published and not yet in the index is added in memory.

    Raises:
        IndexMissingError: there is none.
        IndexStaleError: article files changed since, or another model made it.
        IndexFilesError: it is damaged.
    """
    index, corpus = load_index(directory)
    if changed := changes(corpus, directory):
        raise IndexStaleError(
            f"The index in {directory} is older than {', '.join(changed)}. Run: faq-bot build"
        )
    return _fitting(directory, index, encoder, published)


def open_written(directory: Path, encoder: Encoder, published: Published = ()) -> PassageIndex:
    """Do the same without a look at the article files.

    Raises:
        IndexFilesError: as for `open_current`.
    """
    index, _ = load_index(directory)
    return _fitting(directory, index, encoder, published)


def _fitting(
    directory: Path, index: PassageIndex, encoder: Encoder, published: Published
) -> PassageIndex:
    """Return the index with what is published, if it was made by this model."""
    if not _was_made_by(encoder, index):
        raise IndexStaleError(
            f"The index in {directory} was made by the model {index.model_id!r}, which is not "
            f"the one configured, {encoder.model_id!r}. Run: faq-bot build"
        )
    current = with_published(index.articles, published)
    return index if current == index.articles else build_index(current, encoder, index)


def open_or_update(
    directory: Path, articles: Path, encoder: Encoder, published: Published = ()
) -> PassageIndex:
    """Read the index; first bring it up to date where `open_current` would refuse it.

    A stale index reads the changed files among its own again, a damaged one all of them, and
    a missing one is built from `articles`.

    Raises:
        ArticleError, IndexFilesError: as for `build`.
    """
    try:
        return open_current(directory, encoder, published)
    except IndexFilesError:
        return _update(directory, articles, encoder, published)


def _update(
    directory: Path, articles: Path, encoder: Encoder, published: Published
) -> PassageIndex:
    if not directory.exists() and not articles.exists():
        raise ArticleError(
            f"There is no index in {directory}, and no article in {articles} to build one from. "
            "Add one: faq-bot add FILE"
        )
    with write_lock(directory):
        index: PassageIndex | None = None
        try:
            index, corpus = load_index(directory)
        except IndexFilesError:
            corpus = _corpus_without_articles(directory)
        if corpus.files or corpus.articles:
            corpus = refresh(corpus, directory)
        else:
            corpus = read_corpus([articles], directory)
        return _save(directory, corpus, encoder, index, published)


def _corpus_without_articles(directory: Path) -> Corpus:
    """Return what a damaged index still tells about where its articles came from."""
    manifest = _manifest(directory)
    return Corpus((), {}) if manifest is None else manifest.corpus(())


def _save(
    directory: Path,
    corpus: Corpus,
    encoder: Encoder,
    previous: PassageIndex | None,
    published: Published,
) -> PassageIndex:
    corpus = replace(corpus, articles=with_published(corpus.articles, published))
    reusable = previous if previous is not None and _was_made_by(encoder, previous) else None
    index = build_index(corpus.articles, encoder, reusable)
    save_index(directory, index, corpus)
    return index


def _was_made_by(encoder: Encoder, index: PassageIndex) -> bool:
    """Whether the encoder embeds the first passage as it stands in the index.

    Names of models do not suffice: a path can come to hold another model.
    """
    if encoder.model_id != index.model_id or encoder.dimension != index.vectors.dimension:
        return False
    vector = encoder.encode_passages(texts_to_embed(index.passages[0])[:1])[0]
    return float(vector @ index.vectors.vectors(index.rows_of_passage(0))[0]) > _SAME_VECTOR
