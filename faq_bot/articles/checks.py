"""What every article must have, wherever it came from."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from faq_bot.core.article import Article
from faq_bot.core.errors import ArticleError


def require_text(article: Article) -> None:
    """Check that there is something to answer from.

    Raises:
        ArticleError: the article has a title but no text, or an empty answer.
    """
    paragraphs = [p.text for section in article.all_sections for p in section.paragraphs]
    if not any(text.strip() for text in (*paragraphs, *(entry.answer for entry in article.faq))):
        raise ArticleError(f"The article {article.id!r} has a title but no text.")
    for entry in article.faq:
        if not entry.question.strip() or not entry.answer.strip():
            raise ArticleError(f"The article {article.id!r} has an empty question or answer.")


def check_unique(articles: Iterable[tuple[Path | None, Article]]) -> None:
    """Check that no id occurs twice in one language.

    Raises:
        ArticleError: two articles claim the same id and language; both files are named.
    """
    seen: dict[Sequence[str], Path | None] = {}
    for path, article in articles:
        if article.key in seen:
            places = " and ".join(str(p) for p in (seen[article.key], path) if p) or "the input"
            raise ArticleError(
                f"The article id {article.id!r} occurs twice in language {article.language!r}: "
                f"in {places}. Give each article an id of its own."
            )
        seen[article.key] = path
