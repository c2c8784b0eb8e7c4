"""The command `faq-bot`."""

import logging
import sys

import typer

from faq_bot.cli import articles, ask, evaluate, schema, serve
from faq_bot.cli.common import ERR
from faq_bot.cli.export import export
from faq_bot.cli.newsroom import editors, questions, stats
from faq_bot.core.errors import FaqBotError

app = typer.Typer(
    help="Answers readers' questions about articles in the newsroom's own words.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done (a refusal, too), 2 wrong usage or question, 3 article, 4 index, "
    "5 model, 6 server, 7 readers' questions, 8 editors, 1 anything else.",
)
app.command(epilog="Example: `faq-bot stats --days 30`")(stats)
for module in (articles, ask, evaluate, schema, serve):
    app.add_typer(module.commands)
app.add_typer(export, name="export", help="Print an article's data for other programs.")
app.add_typer(questions, name="questions", help="What readers sent to the editors.")
app.add_typer(editors, name="editors", help="Who may enter the editors' desk.")


def main() -> None:
    """Run the command; an error of this package is one line and an exit code."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        app()
    except FaqBotError as error:
        ERR.print(f"faq-bot: {error}", markup=False, highlight=False)
        sys.exit(error.exit_code)
