"""Answers readers' questions about a news article in the newsroom's own words."""

from faq_bot.answering.bot import FaqBot
from faq_bot.articles.files import read_articles
from faq_bot.core.answer import Answer, Source
from faq_bot.core.article import Article, Paragraph, QuestionAnswer, Section
from faq_bot.core.errors import FaqBotError

__all__ = [
    "Answer",
    "Article",
    "FaqBot",
    "FaqBotError",
    "Paragraph",
    "QuestionAnswer",
    "Section",
    "Source",
    "read_articles",
]
