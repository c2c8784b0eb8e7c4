"""Which passages, sentences and quotes are right for a labelled question."""

from faq_bot.core.article import BLOCK_SEPARATOR, Article, Span
from faq_bot.core.passage import Passage
from faq_bot.evaluation.labelled import LabelledQuestion
from faq_bot.index.passage_index import PassageIndex


def is_right(index: PassageIndex, asked: LabelledQuestion, passage: Passage) -> bool:
    """Whether the passage answers, or its counterpart in the article's other version does."""
    other = index.aligned.get(passage.id)
    return any(holds(asked, one) for one in (passage, other) if one is not None)


def holds(asked: LabelledQuestion, passage: Passage, part: Span | None = None) -> bool:
    """Whether an answer begins in the passage, or in this part of it."""
    if passage.article != asked.article:
        return False
    start = passage.span.start
    part = part or Span(0, len(passage.text))
    return any(
        start + part.start <= answer.start < start + part.end
        for answer in asked.answers.get(passage.language, ())
    )


def is_quoted(index: PassageIndex, asked: LabelledQuestion, quote: str) -> bool:
    """Whether the words of an answer stand in the quote."""
    return any(
        answer.cut(article.text).lower() in quote.lower()
        for language, article in index.versions.get(asked.article, {}).items()
        for answer in asked.answers.get(language, ())
    )


def paragraphs_that_answer(index: PassageIndex, asked: LabelledQuestion) -> tuple[str, ...]:
    """Return the ids of all passages cut from the paragraphs that answer."""
    found = []
    for language, answers in asked.answers.items():
        article = index.versions.get(asked.article, {}).get(language)
        paragraphs = [] if article is None else [_paragraph(article, span) for span in answers]
        found += [
            passage.id
            for passage in index.passages
            if (passage.article, passage.language) == (asked.article, language)
            and any(p.start <= passage.span.start < p.end for p in paragraphs)
        ]
    return tuple(found)


def _paragraph(article: Article, span: Span) -> Span:
    """Return the span of the paragraph around `span`."""
    start = article.text.rfind(BLOCK_SEPARATOR, 0, span.start)
    end = article.text.find(BLOCK_SEPARATOR, span.start)
    return Span(start + len(BLOCK_SEPARATOR), len(article.text) if end == -1 else end)
