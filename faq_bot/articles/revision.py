"""A corpus in the making, from another one and what was read anew."""

from collections.abc import Sequence
from dataclasses import replace

from faq_bot.articles.corpus import Corpus
from faq_bot.articles.sources import SourceFile
from faq_bot.core.article import Article, Key
from faq_bot.core.errors import ArticleError


class Revision:
    """What each source gives now, or gave before.

    Articles that came from no source stay, and so does the order of what is kept.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._old = corpus
        self._stored = {article.key: article for article in corpus.articles}
        from_files = {key for file in corpus.files.values() for key in file.articles}
        self._articles = {k: a for k, a in self._stored.items() if k not in from_files}
        self._files: dict[str, SourceFile] = {}
        self._source: dict[Key, str] = {}

    def has(self, name: str) -> bool:
        """Whether what a source gave is still there; a damaged index has lost it."""
        keys = self._old.files[name].articles
        return all(key in self._stored or key[0] in self._old.removed for key in keys)

    def keep(self, name: str) -> None:
        """Keep what a source gave before, if anything."""
        if (known := self._old.files.get(name)) is not None:
            self._keep(name, known)

    def keep_unusable(self, name: str, state: SourceFile) -> None:
        """Keep what a source gave before, and note in which state it cannot be read."""
        known = self._old.files.get(name)
        self._keep(name, replace(state, articles=known.articles if known is not None else ()))

    def _keep(self, name: str, state: SourceFile) -> None:
        keys = state.articles
        self._files[name] = state
        self._source |= dict.fromkeys(keys, name)
        self._articles |= {key: self._stored[key] for key in keys if key in self._stored}

    def put(self, name: str, state: SourceFile, articles: Sequence[Article]) -> None:
        """Take what a source gives now.

        Raises:
            ArticleError: another one gives an article with the same id and language.
        """
        for article in articles:
            if (other := self._source.setdefault(article.key, name)) != name:
                raise ArticleError(
                    f"The article id {article.id!r} occurs twice in language {article.language!r}: "
                    f"in {other} and {name}. Give each article an id of its own."
                )
        self._files[name] = state
        self._articles |= {a.key: a for a in articles if a.id not in self._old.removed}

    def corpus(self) -> Corpus:
        """Return the corpus as it is now."""
        return replace(self._old, articles=tuple(self._articles.values()), files=self._files)
