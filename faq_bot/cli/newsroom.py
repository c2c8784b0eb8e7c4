"""The commands of the editors' desk: readers' questions, editors, statistics."""

import getpass
import json
import sys
from dataclasses import replace
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.markup import escape
from rich.table import Table

from faq_bot.cli.common import OUT
from faq_bot.core.article import QuestionAnswer
from faq_bot.core.languages import Language
from faq_bot.core.reply import Reply
from faq_bot.core.settings import load_settings
from faq_bot.newsroom.drafts import EditorsAnswer
from faq_bot.newsroom.editors import SHORTEST_PASSWORD
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.questions import ReaderQuestion, State
from faq_bot.newsroom.usage import Event, counts_csv, totals

questions = typer.Typer(no_args_is_help=True)
editors = typer.Typer(no_args_is_help=True)

QuestionArgument = Annotated[int, typer.Argument(metavar="ID", help="The question's number")]
QuestionArguments = Annotated[
    list[int], typer.Argument(metavar="ID…", help="The questions' numbers")
]
EditorOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who does this [default: the user's name]")
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The editor's name")]


@questions.command("list", epilog="Example: `faq-bot questions list --state new`")
def list_questions(
    state: Annotated[State | None, typer.Option(help="Only those in this state")] = None,
) -> None:
    """List the questions that readers sent, those sent most often first."""
    table = Table("id", "state", "times", "article", "language", "question")
    for sent in _newsroom().questions.find(*filter(None, [state])):
        row = (str(sent.id), sent.state, str(sent.times), sent.article, sent.language)
        table.add_row(*map(escape, row), escape(sent.text or "(deleted)"))
    OUT.print(table)


@questions.command("show", epilog="Example: `faq-bot questions show 12`")
def show_question(identifier: QuestionArgument) -> None:
    """Print all that is kept of a question, its answer and its history, as JSON."""
    newsroom = _newsroom()
    OUT.print_json(data=_everything(newsroom, newsroom.questions.get(identifier)))


@questions.command("take", epilog="Example: `faq-bot questions take 12`")
def take_questions(identifiers: QuestionArguments, editor: EditorOption = None) -> None:
    """Mark questions as being worked on."""
    _newsroom().questions.change(identifiers, State.IN_WORK, _name(editor))


@questions.command(
    "answer",
    epilog='Example: `faq-bot questions answer 12 15 --language en --answer "Three years."`',
)
def answer_questions(
    identifiers: QuestionArguments,
    language: Annotated[Language, typer.Option(help="The language of the answer")],
    answer: Annotated[str, typer.Option(help="The answer")],
    question: Annotated[
        str | None, typer.Option(help="The question as it is printed [default: the first's text]")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The reader's name, to be printed")] = None,
    editor: EditorOption = None,
) -> None:
    """Keep the answer to one or more questions, in one language, as a draft."""
    newsroom = _newsroom()
    first = newsroom.questions.get(identifiers[0])
    known = None if first.answer is None else newsroom.drafts.get(first.answer)
    draft = Reply() if known is None else known.draft
    asked = question or (first.text if first.language == language else None)
    if asked is None and language in draft.texts:
        asked = draft.texts[language].question
    if not asked:
        raise typer.BadParameter(
            f"Give the question in this language: --question TEXT ({language})"
        )
    draft = replace(
        draft,
        texts={**draft.texts, language: QuestionAnswer(asked, answer)},
        name=name or draft.name or first.name,
    )
    seen = None if known is None else known.changed_at
    newsroom.drafts.write(identifiers, draft, _name(editor), seen)
    OUT.print(
        f"The draft is kept. Publish it: faq-bot questions publish {first.id}", highlight=False
    )


@questions.command("publish", epilog="Example: `faq-bot questions publish 12`")
def publish_question(identifier: QuestionArgument, editor: EditorOption = None) -> None:
    """Publish the answer to a question; a running server takes it over within a second."""
    newsroom = _newsroom()
    answer = newsroom.publishing.publish(_answer_to(newsroom, identifier), _name(editor))
    languages = " and ".join(answer.published.texts) if answer.published else ""
    OUT.print(f"The answer to question {identifier} is published ({languages}).", highlight=False)


@questions.command("unpublish", epilog="Example: `faq-bot questions unpublish 12`")
def unpublish_question(identifier: QuestionArgument, editor: EditorOption = None) -> None:
    """Take a published answer back; it is kept as a draft."""
    newsroom = _newsroom()
    newsroom.publishing.unpublish(_answer_to(newsroom, identifier), _name(editor))
    OUT.print(f"The answer to question {identifier} is not published any more.", highlight=False)


@questions.command("reject", epilog="Example: `faq-bot questions reject 12 15`")
def reject_questions(identifiers: QuestionArguments, editor: EditorOption = None) -> None:
    """Reject questions; their text is deleted after FAQ_BOT_KEEP_REJECTED_DAYS."""
    _newsroom().questions.change(identifiers, State.REJECTED, _name(editor))


@questions.command("delete", epilog="Example: `faq-bot questions delete 12`")
def delete_question(identifier: QuestionArgument, editor: EditorOption = None) -> None:
    """Delete a question with all that is known about it."""
    _newsroom().questions.delete(identifier, _name(editor))
    OUT.print(f"Question {identifier} is deleted.", highlight=False)


@questions.command("export", epilog="Example: `faq-bot questions export > questions.jsonl`")
def export_questions(
    state: Annotated[State | None, typer.Option(help="Only those in this state")] = None,
) -> None:
    """Print a JSON object for each question, with its answer and its history."""
    newsroom = _newsroom()
    for sent in newsroom.questions.find(*filter(None, [state])):
        sys.stdout.write(json.dumps(_everything(newsroom, sent), ensure_ascii=False) + "\n")


@questions.command("purge", epilog="Example: `faq-bot questions purge`")
def purge_questions() -> None:
    """Delete the texts of questions that were rejected long enough ago."""
    OUT.print(f"{_newsroom().questions.forget_rejected()} texts are deleted.", highlight=False)


@questions.command("history", epilog="Example: `faq-bot questions history > history.jsonl`")
def print_history() -> None:
    """Print the audit trail: a JSON object for each thing that an editor did."""
    for change in _newsroom().audit.history():
        line = TypeAdapter(type(change)).dump_json(change).decode()
        sys.stdout.write(line + "\n")


@editors.command("add", epilog="Example: `faq-bot editors add mia`")
def add_editor(
    name: NameArgument,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input")
    ] = False,
) -> None:
    """Make an account, or give it a new password; the first one opens the desk at /editor."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        wanted = f"Password (at least {SHORTEST_PASSWORD} characters)"
        password = typer.prompt(wanted, hide_input=True, confirmation_prompt=True)
    _newsroom().editors.add(name, password)
    OUT.print(f"{name} can log in at /editor.", markup=False, highlight=False)


@editors.command("list", epilog="Example: `faq-bot editors list`")
def list_editors() -> None:
    """List the editors."""
    for name in _newsroom().editors.names():
        OUT.print(name, markup=False, highlight=False)


@editors.command("remove", epilog="Example: `faq-bot editors remove mia`")
def remove_editor(name: NameArgument) -> None:
    """Remove an account and end its sessions; without any account the desk is closed."""
    _newsroom().editors.remove(name)
    OUT.print(f"{name} cannot log in any more.", markup=False, highlight=False)


def stats(
    days: Annotated[int, typer.Option(min=1, help="How many days, today included")] = 30,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print each day, article, language and event as CSV")
    ] = False,
) -> None:
    """Tell what readers ask, as totals; questions count only with FAQ_BOT_COUNT_QUESTIONS=true."""
    newsroom = _newsroom()
    counts = newsroom.usage.counts(days)
    if as_csv:
        sys.stdout.write(counts_csv(counts))
        return
    table = Table("article", "language", *Event)
    for article, language in sorted({(count.article, count.language) for count in counts}):
        sums = totals(c for c in counts if (c.article, c.language) == (article, language))
        table.add_row(escape(article), language, *map(str, sums.values()))
    table.add_section()
    table.add_row("all", "", *map(str, totals(counts).values()))
    OUT.print(table)
    if not newsroom.usage.counts_questions:
        OUT.print("Questions are not counted now: FAQ_BOT_COUNT_QUESTIONS is off.")
    waiting = newsroom.questions.find(State.NEW, State.IN_WORK)
    if waiting:
        OUT.print("\nMost wanted answers:")
    for question in waiting[:10]:
        OUT.print(f"  {question.times} × {question.text}", markup=False, highlight=False)


def _newsroom() -> Newsroom:
    return Newsroom.from_settings(load_settings())


def _everything(newsroom: Newsroom, question: ReaderQuestion) -> dict[str, Any]:
    """Return all that is kept of a question, in the terms of JSON."""
    kept: dict[str, Any] = TypeAdapter(ReaderQuestion).dump_python(question, mode="json")
    history = newsroom.audit.history(question.id)
    kept["history"] = TypeAdapter(list).dump_python(history, mode="json")
    if question.answer is not None:
        answer = newsroom.drafts.get(question.answer)
        kept["answer"] = TypeAdapter(EditorsAnswer).dump_python(answer, mode="json")
    return kept


def _name(editor: str | None) -> str:
    return editor or getpass.getuser()


def _answer_to(newsroom: Newsroom, identifier: int) -> int:
    answer = newsroom.questions.get(identifier).answer
    if answer is None:
        raise typer.BadParameter(
            f"Question {identifier} has no answer yet: faq-bot questions answer {identifier} …"
        )
    return answer
