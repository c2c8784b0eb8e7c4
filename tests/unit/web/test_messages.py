"""The catalogues of the interface: each has every message that the code names, and no other."""

import ast
import copy
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Formatter

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import PoFileError, read_po
from jinja2 import Environment, nodes

from faq_bot.core.answer import Occasion, Outcome
from faq_bot.core.languages import LANGUAGES
from faq_bot.newsroom.questions import State
from faq_bot.newsroom.usage import Event
from faq_bot.web import messages as module
from faq_bot.web.messages import Messages, messages
from tests.support.paths import ROOT

PACKAGE = ROOT / "faq_bot"
FILES = sorted((PACKAGE / "web" / "locales").iterdir())

IMPORT = "from faq_bot.web.messages import"

# Whose messages a folder's code calls `words`; those of all others are the reader's.
PARTS = {"desk": "desk", "demo": "demo"}

Name = tuple[str, str]  # the part of the interface, and the message's name in it

# Messages of which a value chooses one.
VALUES = {
    ("reader", "remarks"): Occasion,
    ("reader", "original"): LANGUAGES,
    ("desk", "views"): (State.NEW, State.PUBLISHED, State.REJECTED),
    ("desk", "none_waiting"): (State.NEW, State.PUBLISHED, State.REJECTED),
    ("desk", "states"): State,
    ("desk", "question_in"): LANGUAGES,
    ("desk", "answer_in"): LANGUAGES,
    ("desk", "outcomes"): Outcome,
    ("desk", "events"): Event,
}


def read(path: Path) -> Catalog:
    with path.open(encoding="utf-8") as lines:
        return read_po(lines, abort_invalid=True)


def named_in_python(source: str, part: str) -> Iterator[Name]:
    """Yield what `words`, `self.words` and `messages(…)` are asked for."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(ast.Call(ast.Name("messages"), arguments), name):
                constants = [one.value for one in arguments if isinstance(one, ast.Constant)]
                yield (str(constants[0]) if constants else "reader", name)
            case ast.Attribute(ast.Name("words") | ast.Attribute(attr="words"), name):
                yield part, name
            case ast.Subscript(
                ast.Name("words") | ast.Attribute(attr="words"),
                ast.Constant(str(name)) | ast.JoinedStr([ast.Constant(str(name)), *_]),
            ):
                yield part, name


def named_in_template(source: str, part: str) -> Iterator[Name]:
    """Yield what a Jinja template asks `words` for."""
    for node in Environment(autoescape=True).parse(source).find_all((nodes.Getattr, nodes.Getitem)):
        match node:
            case nodes.Getattr(node=nodes.Name(name="words"), attr=name):
                yield part, name
            case nodes.Getitem(node=nodes.Name(name="words"), arg=nodes.Concat(nodes=[first, *_])):
                yield part, first.as_const()


def named_in_script(source: str, part: str) -> Iterator[Name]:
    """Yield what a script asks `words` for; where it looks up a value, with a dot at the end."""
    for name, bracket in re.findall(r"\bwords\.(\w+)(\[?)", source):
        yield part, f"{name}." if bracket else name


def all_named() -> set[Name]:
    """Return every message that the code asks for, each value's own where a value chooses."""
    python = [Path(module.__file__)]
    python += [path for path in PACKAGE.rglob("*.py") if IMPORT in path.read_text("utf-8")]
    named: set[Name] = set()
    for names, paths in (
        (named_in_python, python),
        (named_in_template, PACKAGE.rglob("*.html")),
        (named_in_script, PACKAGE.rglob("*.js")),
    ):
        for path in paths:
            part = PARTS.get(path.parent.name, "reader")
            named.update(names(path.read_text(encoding="utf-8"), part))
    of_the_class = {(part, name) for part, name in named if hasattr(Messages, name)}
    return {each for name in named - of_the_class for each in with_values(name)}


def with_values(name: Name) -> Iterator[Name]:
    part, own = name
    group, dot, value = own.partition(".")
    if dot and not value:
        yield from ((part, f"{group}.{each}") for each in VALUES[part, group])
    else:
        yield name


def contents(catalogue: Catalog) -> dict[Name, Message]:
    return {(own.context or "", str(own.id)): own for own in catalogue if own.id}


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def faults(catalogues: Mapping[str, Catalog], named: set[Name]) -> list[str]:
    """Return what is wrong with catalogues, a line each."""
    found = []
    first = contents(next(iter(catalogues.values())))
    for language, catalogue in catalogues.items():
        own = contents(catalogue)
        found += [f"{language}: {name} is missing" for name in sorted(named - set(own))]
        found += [f"{language}: {name} is not used" for name in sorted(set(own) - named)]
        found += [f"{language}: {name} is obsolete" for name in catalogue.obsolete]
        for name, message in own.items():
            if not message.string or message.fuzzy:
                found.append(f"{language}: {name} is not translated")
            if name not in first:
                continue
            if placeholders(str(message.string)) != placeholders(str(first[name].string)):
                found.append(f"{language}: {name} has other placeholders")
            if message.auto_comments != first[name].auto_comments:
                found.append(f"{language}: {name} has another comment")
    return found


@pytest.fixture
def catalogues() -> dict[str, Catalog]:
    return {path.stem: read(path) for path in FILES}


def test_every_language_has_its_catalogue(catalogues: dict[str, Catalog]) -> None:
    assert {path.name for path in FILES} == {f"{language}.po" for language in LANGUAGES}
    assert {str(catalogue.locale) for catalogue in catalogues.values()} == set(LANGUAGES)


def test_every_catalogue_has_what_the_code_names_and_nothing_else(
    catalogues: dict[str, Catalog],
) -> None:
    assert faults(catalogues, all_named()) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_message_stands_twice(path: Path) -> None:
    # Of two, Babel keeps the first without a word.
    text = path.read_text(encoding="utf-8")
    names = re.findall(r'^msgctxt "(.+)"\nmsgid "(.+)"$', text, re.MULTILINE)
    assert len(names) == len(set(names)) == len(read(path))


def message(catalogue: Catalog, identifier: str, part: str) -> Message:
    found = catalogue.get(identifier, context=part)
    assert found is not None
    return found


def without(catalogue: Catalog) -> None:
    catalogue.delete("refusal", context="reader")


def misspelt(catalogue: Catalog) -> None:
    message(catalogue, "too_long", "reader").string = "At most {mots} characters."


def empty(catalogue: Catalog) -> None:
    message(catalogue, "publish", "desk").string = ""


def fuzzy(catalogue: Catalog) -> None:
    message(catalogue, "publish", "desk").flags.add("fuzzy")


def left_over(catalogue: Catalog) -> None:
    catalogue.add("welcome", "Welcome!", context="reader")


def uncommented(catalogue: Catalog) -> None:
    message(catalogue, "heading", "desk").auto_comments.clear()


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (without, "en: ('reader', 'refusal') is missing"),
        (misspelt, "en: ('reader', 'too_long') has other placeholders"),
        (empty, "en: ('desk', 'publish') is not translated"),
        (fuzzy, "en: ('desk', 'publish') is not translated"),
        (left_over, "en: ('reader', 'welcome') is not used"),
        (uncommented, "en: ('desk', 'heading') has another comment"),
    ],
)
def test_a_fault_in_a_catalogue_is_found(
    catalogues: dict[str, Catalog], spoil: Callable[[Catalog], None], fault: str
) -> None:
    spoil(catalogues["en"])
    assert faults(catalogues, all_named()) == [fault]


def test_what_code_names_is_found_in_every_kind_of_file() -> None:
    python = """
messages(tag).busy
messages(tag, "desk").chat
words.send.format(most=1)
self.words["undo"]
words[f"states.{state}"]
swords.blunt
"""
    assert set(named_in_python(python, "desk")) == {
        ("reader", "busy"), ("desk", "chat"), ("desk", "send"), ("desk", "undo"),
        ("desk", "states."),
    }  # fmt: skip
    template = '{{ words.by.format(name=1) }} {{ words["events." ~ event] }} {{ words[tag].no }}'
    assert set(named_in_template(template, "desk")) == {("desk", "by"), ("desk", "events.")}
    script = "say(this.words.sent); words.remarks[answer.occasion]; swords.blunt"
    assert set(named_in_script(script, "reader")) == {("reader", "sent"), ("reader", "remarks.")}


def test_a_name_without_a_message_is_an_error_that_tells_where() -> None:
    words = messages("de", "desk")
    assert words.publish == words["publish"] == "Veröffentlichen"
    with pytest.raises(AttributeError, match=r"'desk' of de\.po has no message 'refusal'"):
        words.refusal  # noqa: B018 - asking is the test
    with pytest.raises(KeyError, match=r"'desk' of de\.po has no message 'states\.lost'"):
        words["states.lost"]


def test_messages_can_be_copied() -> None:
    copied = copy.deepcopy(Messages({"clear": "Leeren"}, "test"))
    assert copied.clear == "Leeren"


def test_scripts_get_a_dictionary_where_a_value_chooses() -> None:
    words = Messages(
        {"yes": "Ja", "remarks.help": "Fragen Sie.", "remarks.thanks": "Gern."}, "test"
    )
    assert words.grouped() == {"yes": "Ja", "remarks": {"help": "Fragen Sie.", "thanks": "Gern."}}


def test_a_catalogue_that_is_no_po_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locales").mkdir()
    (tmp_path / "locales" / "de.po").write_text('msgid "refusal"\nNein.\n', encoding="utf-8")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    with pytest.raises(PoFileError, match="misformatted"):
        module._catalogue.__wrapped__("de")
