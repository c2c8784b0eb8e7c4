"""Making and changing an index in its archive.

What is `published` at the editors' desk becomes part of the articles. The database that holds it
may be ahead of the index, since publishing does not wait for it: opening makes up for that.
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
from faq_bot.index.passage_index import PassageIndex, build_index, texts_to_embed
from faq_bot.models.encoder import Encoder

_SAME_VECTOR = 0.99

Published = Sequence[PublishedAnswer]
Sources = Sequence[Path | str]


def build(
    archive: Archive,
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
    corpus = read_corpus(sources, archive.directory, allow_private=allow_private)
    with archive.lock():
        return _save(archive, corpus, encoder, None, published)


def add(
    archive: Archive,
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
    new = read_corpus(sources, archive.directory, allow_private=allow_private)
    with archive.lock():
        try:
            index, corpus = archive.load()
        except IndexMissingError:
            index, corpus = None, Corpus((), {})
        return _save(archive, merge(corpus, new), encoder, index, published)


def remove(
    archive: Archive, identifier: str, encoder: Encoder, published: Published = ()
) -> PassageIndex:
    """Take an article out of the index in all its languages.

    Raises:
        ArticleError: there is no such article, or no other.
        IndexFilesError: as for `add`, or there is no index.
    """
    archive.corpus()  # or the lock would make the directory
    with archive.lock():
        index, corpus = archive.load()
        return _save(archive, remove_article(corpus, identifier), encoder, index, published)


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
    archive: Archive,
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
        started = _generation(archive)
        index, corpus = _load_or_mend(archive)
        synced = sync_corpus(corpus, sources, archive.directory, allow_private=allow_private)
        articles = with_published(synced.corpus.articles, published)
        before = () if index is None else index.articles
        if dry_run or (articles == before and replace(synced.corpus, articles=before) == corpus):
            return _compare(before, articles, 0, synced.problems)
        with archive.lock():
            if _generation(archive) != started:
                continue  # another process wrote meanwhile; reading pages under the lock takes long
            new = _save(archive, synced.corpus, encoder, index, published)
        known = set() if index is None else set(index.number_of)
        return _compare(before, articles, len(set(new.number_of) - known), synced.problems)


def _generation(archive: Archive) -> int | None:
    try:
        return archive.generation()
    except IndexFilesError:
        return None  # it is damaged, and will be made anew


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


def take_over(archive: Archive, encoder: Encoder, published: Published) -> PassageIndex:
    """Bring the index up to what is published, embedding only what is new.

    Raises:
        IndexFilesError: the index is missing or damaged, or cannot be written.
    """
    archive.corpus()  # as above
    with archive.lock():
        index, corpus = archive.load()
        if with_published(index.articles, published) == index.articles:
            return index
        return _save(archive, corpus, encoder, index, published)


def open_current(archive: Archive, encoder: Encoder, published: Published = ()) -> PassageIndex:
    """Read the index and check that it fits the article files and the model.

    What is published and not yet in the index is added in memory.

    Raises:
        IndexMissingError: there is none.
        IndexStaleError: article files changed since, or another model made it.
        IndexFilesError: it is damaged.
    """
    index, corpus = archive.load()
    if changed := changes(corpus, archive.directory):
        raise IndexStaleError(
            f"The index in {archive} is older than {', '.join(changed)}. Run: faq-bot build"
        )
    return _fitting(archive, index, encoder, published)


def open_written(archive: Archive, encoder: Encoder, published: Published = ()) -> PassageIndex:
    """Do the same without a look at the article files.

    Raises:
        IndexFilesError: as for `open_current`.
    """
    index, _ = archive.load()
    return _fitting(archive, index, encoder, published)


def _fitting(
    archive: Archive, index: PassageIndex, encoder: Encoder, published: Published
) -> PassageIndex:
    """Return the index with what is published, if it was made by this model."""
    if not _was_made_by(encoder, index):
        raise IndexStaleError(
            f"The index in {archive} was made by the model {index.model_id!r}, which is not "
            f"the one configured, {encoder.model_id!r}. Run: faq-bot build"
        )
    current = with_published(index.articles, published)
    return index if current == index.articles else build_index(current, encoder, index)


def open_or_update(
    archive: Archive, articles: Path, encoder: Encoder, published: Published = ()
) -> PassageIndex:
    """Read the index; first bring it up to date where `open_current` would refuse it.

    A stale index reads the changed files among its own again, a damaged one all of them, and
    a missing one is built from `articles`. One on servers is only built where it is missing:
    others may answer from it, and what this process cannot read they may.

    Raises:
        ArticleError, IndexFilesError: as for `build`, or as for `open_written`.
    """
    try:
        if archive.is_shared:
            return open_written(archive, encoder, published)
        return open_current(archive, encoder, published)
    except IndexFilesError as error:
        if archive.is_shared and not isinstance(error, IndexMissingError):
            raise
        return _update(archive, articles, encoder, published)


def _update(
    archive: Archive, articles: Path, encoder: Encoder, published: Published
) -> PassageIndex:
    if not archive.directory.exists() and not articles.exists():
        raise ArticleError(
            f"There is no index in {archive}, and no article in {articles} to build one from. "
            "Add one: faq-bot add FILE"
        )
    with archive.lock():
        index, corpus = _load_or_mend(archive)
        if corpus.files or corpus.articles:
            corpus = refresh(corpus, archive.directory)
        else:
            corpus = read_corpus([articles], archive.directory)
        return _save(archive, corpus, encoder, index, published)


def _load_or_mend(archive: Archive) -> tuple[PassageIndex | None, Corpus]:
    """Return the index or, where it is damaged, what it still tells of its articles' sources.

    Raises:
        IndexFilesError: it is on servers, and not missing: others may be able to read it.
    """
    try:
        return archive.load()
    except IndexFilesError as error:
        if archive.is_shared and not isinstance(error, IndexMissingError):
            raise
    try:
        return None, archive.corpus()
    except IndexFilesError:
        return None, Corpus((), {})


def _save(
    archive: Archive,
    corpus: Corpus,
    encoder: Encoder,
    previous: PassageIndex | None,
    published: Published,
) -> PassageIndex:
    corpus = replace(corpus, articles=with_published(corpus.articles, published))
    reusable = previous if previous is not None and _was_made_by(encoder, previous) else None
    index = build_index(corpus.articles, encoder, reusable, archive.vectors.fill)
    archive.save(index, corpus, anew=previous is None)
    return index


def _was_made_by(encoder: Encoder, index: PassageIndex) -> bool:
    """Whether the encoder embeds the first passage as it stands in the index.

    Names of models do not suffice: a path can come to hold another model.
    """
    if encoder.model_id != index.model_id or encoder.dimension != index.vectors.dimension:
        return False
    vector = encoder.encode_passages(texts_to_embed(index.passages[0])[:1])[0]
    return float(vector @ index.vectors.vectors(index.rows_of_passage(0))[0]) > _SAME_VECTOR
