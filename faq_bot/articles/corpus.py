"""The articles of an index, together with where they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from faq_bot.articles.sources import SourceFile
from faq_bot.core.article import Article
from faq_bot.core.errors import ArticleError


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles with the files and folders they were read from.

    Paths are relative to the index directory, so that both can move together; pages are known by
    their addresses. `listings` are the feeds and sitemaps that name pages. `removed` lists the ids
    of articles that were taken out although their files are still there.
    """

    articles: tuple[Article, ...]
    files: Mapping[str, SourceFile]
    folders: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()


def merge(corpus: Corpus, new: Corpus) -> Corpus:
    """Add the articles of `new`; they replace those with the same id and language."""
    keys = {article.key for article in new.articles}
    ids = {article.id for article in new.articles}
    return Corpus(
        articles=(*(a for a in corpus.articles if a.key not in keys), *new.articles),
        files={**corpus.files, **new.files},
        folders=tuple(dict.fromkeys((*corpus.folders, *new.folders))),
        listings=tuple(dict.fromkeys((*corpus.listings, *new.listings))),
        removed=tuple(id_ for id_ in corpus.removed if id_ not in ids),
    )


def remove_article(corpus: Corpus, identifier: str) -> Corpus:
    """Take out an article in all its languages.

    Raises:
        ArticleError: there is no such article, or no other.
    """
    remaining = tuple(a for a in corpus.articles if a.id != identifier)
    if len(remaining) == len(corpus.articles):
        known = ", ".join(dict.fromkeys(a.id for a in corpus.articles))
        raise ArticleError(f"There is no article {identifier!r} in the index. It has: {known}.")
    if not remaining:
        raise ArticleError(
            f"{identifier!r} is the only article. Add another first, "
            "or build the index from other files: faq-bot build FILE"
        )
    return replace(corpus, articles=remaining, removed=(*corpus.removed, identifier))
