"""The command that serves chat, widget, desk and API."""

from typing import Annotated

import typer

from faq_bot.cli.common import IndexOption, read_settings

commands = typer.Typer()


@commands.command(epilog="Example: `faq-bot serve --port 8000`")
def serve(
    host: Annotated[str | None, typer.Option(help="Address [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port [default: 7860]", min=0, max=65535)] = None,
    index: IndexOption = None,
) -> None:
    """Serve the chat; the index is built first where it is missing or stale."""
    from faq_bot.web.server import run

    settings = read_settings(index)
    chosen = {"host": host, "port": port}
    run(settings.model_copy(update={k: v for k, v in chosen.items() if v is not None}))
