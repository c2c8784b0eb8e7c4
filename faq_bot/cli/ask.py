"""The command that answers questions in the terminal or in a pipe."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.text import Text

from faq_bot.answering.answerer import MOST_SUGGESTIONS, no_answer
from faq_bot.answering.bot import FaqBot
from faq_bot.answering.preprocessing import prepare_question
from faq_bot.cli.common import ERR, OUT, IndexOption, read_settings
from faq_bot.core.answer import Answer, Outcome, Scope
from faq_bot.core.errors import QuestionError
from faq_bot.core.languages import Language
from faq_bot.web.messages import Messages, messages, report_line
from faq_bot.web.schemas import QuestionDocument, answer_json

commands = typer.Typer()


@commands.command(
    epilog='Examples: `faq-bot ask "Was ist Trainium?"`, '
    "`faq-bot ask --json --stdin < questions.txt`"
)
def ask(
    question: Annotated[str | None, typer.Argument(help="The question")] = None,
    language: Annotated[
        Language | None, typer.Option(help="Answer in this language [default: the question's]")
    ] = None,
    article: Annotated[
        str | None, typer.Option(metavar="ID", help="Answer from this article only")
    ] = None,
    ui_language: Annotated[
        Language | None,
        typer.Option(help="Decides where the question's language cannot be told"),
    ] = None,
    scope: Annotated[
        Scope, typer.Option(help="Whether related articles may answer what the article does not")
    ] = Scope.ARTICLE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin", help="Read a question, or a JSON object, from each line of standard input"
        ),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="With --json: also print all `candidates`")
    ] = False,
    index: IndexOption = None,
) -> None:
    """Answer a question, or one on each line of standard input."""
    if stdin == (question is not None):
        raise typer.BadParameter("Give either a QUESTION or --stdin.")
    settings = read_settings(index)
    defaults = {
        "language": language,
        "article": article,
        "ui_language": ui_language,
        "scope": scope,
    }
    if question is not None:
        asked = QuestionDocument(question=_printable(question), **defaults)
        prepare_question(asked.question, settings.max_question_length)  # before anything slow
        bot = FaqBot.open(settings.index, settings)
        _print(_ask(bot, asked), as_json=as_json, explain=explain)
        return
    bot = FaqBot.open(settings.index, settings)
    failed = False
    for number, line in enumerate(_lines(), start=1):
        asked = QuestionDocument(question=line)
        try:
            asked = QuestionDocument.from_line(line)
            told = asked.model_dump(exclude_unset=True, exclude_none=True)
            answer = _ask(bot, QuestionDocument(**defaults | told))
        except QuestionError as error:
            failed = True
            ERR.print(f"Line {number}: {error}", markup=False, highlight=False)
            tag = asked.language or language or asked.ui_language or ui_language
            tag = tag or settings.language
            answer = no_answer(asked.question, tag, bot.suggestions(tag, most=MOST_SUGGESTIONS))
        _print(answer, as_json=as_json, explain=explain)
    if failed:
        raise typer.Exit(QuestionError.exit_code)


def _ask(bot: FaqBot, asked: QuestionDocument) -> Answer:
    return bot.ask(
        asked.question,
        language=asked.language,
        article=asked.article,
        ui_language=asked.ui_language,
        previous=asked.previous,
        scope=asked.scope,
    )


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _printable(argument: str) -> str:
    """Replace what the shell passed on that is not UTF-8."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _print(answer: Answer, *, as_json: bool, explain: bool) -> None:
    if as_json:
        sys.stdout.write(answer_json(answer, explain=explain) + "\n")
        sys.stdout.flush()
    else:
        OUT.print(_readable(answer))


def _readable(answer: Answer) -> Text:
    """Lay an answer out for the terminal, with the best sentence of each source in bold."""
    words = messages(answer.question_language)
    lines = Text()
    for part in answer.parts or (answer,):
        if answer.parts:
            lines.append(f"{part.question}\n", "italic")
        _add_reply(lines, part, words)
    return lines


def _add_reply(lines: Text, answer: Answer, words: Messages) -> None:
    if answer.outcome is Outcome.ANSWER:
        lines.append(f"{words.from_elsewhere}\n\n" if answer.is_from_elsewhere else "")
        if answer.occasion is not None:
            lines.append(f"{words[f'remarks.{answer.occasion}']}\n\n")
        lines.append(f"{answer.answer}\n\n{words.sources}\n")
    elif answer.outcome is Outcome.UNSURE:
        lines.append(f"{words.unsure if answer.article else words.unsure_of_all}\n\n")
    else:
        if answer.occasion is not None:
            lines.append(words[f"remarks.{answer.occasion}"])
        else:
            lines.append(words.refusal if answer.article else words.refusal_by_all)
            lines.append(f" {words.for_example}" if answer.suggestions else "")
        lines.append("".join(f"\n  • {question}" for question in answer.suggestions) + "\n")
    for source in answer.sources:
        shown = source.text if answer.answered else source.quote
        before, quote, after = shown.partition(source.quote)
        lines.append(f"  {source.question or source.section or source.title}\n", "italic")
        if source.article != answer.article:
            lines.append(f"  {report_line(source, answer.question_language)}\n", "italic")
        lines.append("    ").append(before).append(quote, "bold").append(f"{after}\n")
