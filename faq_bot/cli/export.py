"""The commands that print an article for other programs."""

import sys

import typer

from faq_bot.articles.json_format import article_json
from faq_bot.articles.published import with_published
from faq_bot.cli.common import ArticleArgument, IndexOption, VersionOption, read_settings
from faq_bot.core.article import Article
from faq_bot.core.languages import Language
from faq_bot.core.settings import Settings
from faq_bot.index.archive import Archive
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.web.json_ld import faq_page

export = typer.Typer(no_args_is_help=True)


@export.command("jsonld", epilog="Example: `faq-bot export jsonld amazon-openai --language de`")
def export_json_ld(
    identifier: ArticleArgument,
    language: VersionOption = None,
    index: IndexOption = None,
) -> None:
    """Print the published questions and answers as a schema.org FAQPage, for the article's page."""
    article = _current_article(identifier, language, read_settings(index))
    sys.stdout.write(faq_page(article) + "\n")


@export.command("article", epilog="Example: `faq-bot export article amazon-openai --language de`")
def export_article(
    identifier: ArticleArgument,
    language: VersionOption = None,
    index: IndexOption = None,
) -> None:
    """Print the article with all published questions and answers, as JSON that can be added."""
    article = _current_article(identifier, language, read_settings(index))
    sys.stdout.write(article_json(article) + "\n")


def _current_article(identifier: str, language: Language | None, settings: Settings) -> Article:
    """Return an article of the index with what is published of late."""
    loaded, _ = Archive.of(settings).load()
    loaded.require(identifier)
    article = loaded.article(identifier, language or loaded.original_language(identifier))
    published = Newsroom.from_settings(settings).publishing.published()
    (current,) = with_published([article], published)
    return current
