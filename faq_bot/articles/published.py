"""What was published at the editors' desk, as part of the articles."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from faq_bot.core.article import Article, QuestionAnswer
from faq_bot.core.reply import PublishedAnswer


def with_published(
    articles: Iterable[Article], published: Sequence[PublishedAnswer]
) -> tuple[Article, ...]:
    """Return the articles with exactly these answers from the desk, the newest first.

    They stand before the questions that the article's file brings along; one that the file has in
    the same words is left out.
    """
    return tuple(_with_published(article, published) for article in articles)


def _with_published(article: Article, published: Sequence[PublishedAnswer]) -> Article:
    own = [entry for entry in article.faq if entry.published is None]
    said = {(entry.question, entry.answer) for entry in own}
    entries = [
        entry
        for answer in published
        if answer.article == article.id
        for entry in _entries(answer, article)
        if (entry.question, entry.answer) not in said
    ]
    return replace(article, faq=(*entries, *own))


def _entries(answer: PublishedAnswer, article: Article) -> Iterator[QuestionAnswer]:
    """Yield the answer in the article's language, if it was written in that.

    What readers asked in a language in which it was not written goes with the other.
    """
    texts = answer.reply.texts
    if article.language in texts:
        text = texts[article.language]
        yield replace(
            text,
            name=answer.reply.name,
            published=answer.id,
            wordings=tuple(
                wording
                for tag, asked in answer.wordings.items()
                if tag == article.language or tag not in texts
                for wording in asked
                if wording != text.question
            ),
        )
