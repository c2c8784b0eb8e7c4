"""Reading articles from files: one reader for each format."""

from collections.abc import Callable, Mapping
from pathlib import Path

from faq_bot.articles.checks import require_text
from faq_bot.articles.json_format import parse_json
from faq_bot.articles.text_format import parse_text
from faq_bot.core.article import Article
from faq_bot.core.errors import ArticleError


def _parse_html(data: bytes, name: str) -> tuple[Article, ...]:
    from faq_bot.articles.html_format import parse_html  # half a second that only pages need

    return parse_html(data, name)


_READERS: Mapping[str, Callable[[bytes, str], tuple[Article, ...]]] = {
    ".txt": lambda data, name: parse_text(_decoded(data), name),
    ".json": lambda data, name: parse_json(_decoded(data), name),
    ".html": _parse_html,
    ".htm": _parse_html,
}


def article_files(path: Path) -> tuple[Path, ...]:
    """Return the article files that `path` names: itself, or those directly in the folder.

    Raises:
        ArticleError: there is nothing at `path`.
    """
    if path.is_dir():
        return tuple(sorted(p for p in path.iterdir() if p.suffix in _READERS and p.is_file()))
    if not path.exists():
        raise ArticleError(f"There is no article file or folder {path}.")
    return (path,)


def read_articles(path: Path) -> tuple[Article, ...]:
    """Read the articles in one file; its ending tells the format.

    Raises:
        ArticleError: the file cannot be read or holds no article.
    """
    reader = _READERS.get(path.suffix)
    if reader is None:
        known = ", ".join(_READERS)
        raise ArticleError(f"{path}: unknown kind of article file; its name must end in {known}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArticleError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        if not data.strip():
            raise ArticleError("the file is empty.")
        articles = reader(data, path.name)
        for article in articles:
            require_text(article)
    except ArticleError as error:
        raise ArticleError(f"{path}: {error}") from error
    return articles


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArticleError(
            f"the file is not UTF-8 (byte {error.start + 1}). Save it with the encoding UTF-8."
        ) from error
