"""The command that measures answers on labelled questions."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from faq_bot.cli.common import OUT, IndexOption, open_service
from faq_bot.evaluation.labelled import (
    is_question_file,
    languages_of,
    read_parallel,
    read_questions,
)

commands = typer.Typer()


@commands.command(
    epilog="Examples: `faq-bot evaluate benchmarks/data/amazon-openai.questions.json --half "
    "checking`, `faq-bot evaluate xquad-r/de.json xquad-r/en.json --plot curve.png`"
)
def evaluate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="Labelled questions about the index, or parallel files in SQuAD's format named "
            "after their languages, which bring their own articles",
        ),
    ],
    half: Annotated[
        str | None, typer.Option(help="Only the questions of this half: tuning or checking")
    ] = None,
    all_articles: Annotated[
        bool,
        typer.Option("--all-articles", help="Search all articles, not only the question's own"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the risk-coverage curve")
    ] = None,
    index: IndexOption = None,
) -> None:
    """Measure retrieval, quotation and refusal on labelled questions."""
    from faq_bot.evaluation.evaluator import Evaluator

    service = open_service(index)
    evaluator = Evaluator.from_settings(
        service.settings, service.encoder, all_articles=all_articles
    )
    if is_question_file(files[0]):
        opened, _ = service.archive.load()
        asked = [q for file in files for q in read_questions(file, opened.articles, half)]
        report = evaluator.on_index(opened, asked)
    else:
        report = evaluator.on_translations(*read_parallel(languages_of(files), "article"))
    if plot is not None:
        from faq_bot.evaluation.plots import plot_risk_coverage

        plot_risk_coverage(report, plot)
    if as_json:
        sys.stdout.write(report.as_json() + "\n")
        return
    OUT.print(f"{report.model}, {report.commit or report.version}", highlight=False)
    table = Table("measure", *report.directions, box=None)
    for name, values in report.rows():
        table.add_row(name, *values)
    OUT.print(table)
