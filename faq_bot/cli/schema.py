"""The command that prints the JSON Schema of a document."""

from typing import Annotated, Literal

import typer
from pydantic import BaseModel

from faq_bot.articles.json_format import ArticleDocument
from faq_bot.cli.common import OUT
from faq_bot.web.schemas import AnswerDocument, QuestionDocument

commands = typer.Typer()

Document = Literal["article", "question", "answer"]
_SCHEMAS: dict[Document, type[BaseModel]] = {
    "article": ArticleDocument,
    "question": QuestionDocument,
    "answer": AnswerDocument,
}


@commands.command(epilog="Example: `faq-bot schema answer > answer.schema.json`")
def schema(document: Annotated[Document, typer.Argument(help="Which document")]) -> None:
    """Print the JSON Schema of an article file, a question or an answer."""
    OUT.print_json(data=_SCHEMAS[document].model_json_schema(), indent=2)
