"""What several commands have in common: options, and where they write."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from faq_bot.answering.service import Service
from faq_bot.core.languages import Language
from faq_bot.core.settings import Settings, load_settings

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Directory of the index [default: index]"),
]
ArticleArgument = Annotated[str, typer.Argument(metavar="ID", help="The article's id")]
VersionOption = Annotated[Language | None, typer.Option(help="The version [default: the original]")]


def read_settings(index: Path | None) -> Settings:
    """Return the settings of the environment, with the index that an option names."""
    settings = load_settings()
    return settings if index is None else settings.model_copy(update={"index": index})


def open_service(index: Path | None) -> Service:
    """Return the service that the settings name."""
    return Service.from_settings(read_settings(index))


def tell(line: str) -> None:
    """Print a line as it is."""
    OUT.print(line, markup=False, highlight=False)
