"""The commands that print an article for other programs."""

import sys

import typer

from faq_bot.articles.json_format import article_json
from faq_bot.cli.common import ArticleArgument, IndexOption, VersionOption, open_service
from faq_bot.web.json_ld import faq_page

export = typer.Typer(no_args_is_help=True)


@export.command("jsonld", epilog="Example: `faq-bot export jsonld amazon-openai --language de`")
def export_json_ld(
    identifier: ArticleArgument,
    language: VersionOption = None,
    index: IndexOption = None,
) -> None:
    """Print the published questions and answers as a schema.org FAQPage, for the article's page."""
    article = open_service(index).article(identifier, language)
    sys.stdout.write(faq_page(article) + "\n")


@export.command("article", epilog="Example: `faq-bot export article amazon-openai --language de`")
def export_article(
    identifier: ArticleArgument,
    language: VersionOption = None,
    index: IndexOption = None,
) -> None:
    """Print the article with all published questions and answers, as JSON that can be added."""
    article = open_service(index).article(identifier, language)
    sys.stdout.write(article_json(article) + "\n")
