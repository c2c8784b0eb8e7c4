import io
import json
import socket
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from faq_bot.answering.search_query import MOST_READ
from faq_bot.cli.main import main
from faq_bot.core.settings import Settings
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.usage import Event
from tests.support.paths import ROOT, SEEDS

SCHEMA = json.loads((ROOT / "docs/schemas/answer.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "index"


@pytest.fixture(autouse=True)
def _index(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    """Have an index of the seed article."""
    monkeypatch.setenv("FAQ_BOT_ARTICLES", str(SEEDS))
    if not directory.exists():
        run("build", "--index", str(directory))


def run(*arguments: str, stdin: bytes = b"") -> int:
    """Run the command as the shell would; return its exit code."""
    argv, standard_input = sys.argv, sys.stdin
    sys.argv = ["faq-bot", *arguments]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv, sys.stdin = argv, standard_input
    return 0


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = capsys.readouterr().out.splitlines()
    parsed = [json.loads(line) for line in lines]
    for answer in parsed:
        jsonschema.validate(answer, SCHEMA)
    return parsed


def test_ask_prints_the_answer_and_its_sources(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("ask", "Was ist Trainium?", "--index", str(directory)) == 0
    out = capsys.readouterr().out
    assert out.startswith("Trainium ist der Trainingsbeschleuniger von AWS")
    assert "Belege" in out
    assert "Skalierung, Chips und warum der Zeitpunkt entscheidend ist" in out


def test_a_refusal_is_no_failure(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "Who won the World Cup?", "--index", str(directory)) == 0
    out = capsys.readouterr().out
    assert "does not answer this question" in out
    assert out.count("•") == 3  # published questions


def test_ask_json_prints_one_documented_object(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "How much has Microsoft invested?"
    assert run("ask", "--json", question, "--index", str(directory)) == 0
    (answer,) = answers(capsys)
    assert set(answer) == {
        "question", "question_language", "outcome", "answered", "confidence", "answer",
        "answer_language", "sources", "suggestions", "occasion", "parts", "article",
        "is_from_elsewhere",
    }  # fmt: skip
    assert (answer["question"], answer["answered"]) == (question, True)
    assert set(answer["sources"][0]) == {
        "article", "passage_id", "kind", "section", "question", "name", "language", "text", "quote",
        "highlight", "original_language", "original_text", "original_quote", "url", "link", "score",
        "title", "date",
    }  # fmt: skip


def test_ask_stdin_answers_each_line_in_order(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "Was ist Trainium?",
        '{"question": "Trainium", "ui_language": "en"}',
        '{"question": "Was ist Trainium?", "language": "en", "article": "amazon-openai"}',
        "",
        "Wie backe ich einen Apfelkuchen?",
        '{"question": "x", "colour": "red"}',
        '{"question": "Wer?", "article": "moon"}',
        "{",
        "a" * 10_000,
        "🙂",
    ]
    stdin = "\r\n".join(lines).encode() + b"\n\xff\xfe"
    assert run("ask", "--json", "--stdin", "--index", str(directory), stdin=stdin) == 2
    captured = capsys.readouterr()
    parsed = [json.loads(line) for line in captured.out.splitlines()]
    for answer in parsed:
        jsonschema.validate(answer, SCHEMA)
    assert [answer["outcome"] for answer in parsed[:3]] == ["answer", "answer", "answer"]
    assert [answer["question_language"] for answer in parsed[:3]] == ["de", "en", "en"]
    assert {answer["outcome"] for answer in parsed[3:]} == {"refused"}
    assert len(parsed) == len(lines) + 1
    for number, message in (
        (4, "empty"), (6, "colour"), (7, "no article 'moon'"), (8, "Not a JSON object"),
        (9, "10000 characters"), (10, "empty"), (11, "empty"),
    ):  # fmt: skip
        assert any(
            line.startswith(f"Line {number}: ") and message in line
            for line in captured.err.splitlines()
        ), number


def test_explain_adds_the_candidates(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("ask", "--json", "--explain", "Who won the World Cup?", "--index", str(directory))
    (answer,) = answers(capsys)
    assert answer["sources"] == []
    assert len(answer["candidates"]) == MOST_READ
    assert answer["candidates"][0]["score"] > answer["candidates"][-1]["score"]


@pytest.mark.parametrize("question", ["", "🙂", "a" * 10_000])
def test_a_bad_question_ends_with_its_code_and_one_line(
    directory: Path, capsys: pytest.CaptureFixture[str], question: str
) -> None:
    assert run("ask", question, "--index", str(directory)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("faq-bot: The question ")
    assert captured.err.count("\n") == 1


def test_ask_needs_a_question(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ask", "--index", str(directory)) == 2
    assert "QUESTION or --stdin" in capsys.readouterr().err


def test_add_list_and_remove(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = ["--index", str(directory)]
    path = tmp_path / "bridge.de.txt"
    path.write_text("Die Brücke [b]\n\nDie Brücke ist gesperrt. Niemand weiß, wie lange.\n")
    assert run("add", str(path), *index) == 0
    run("list", *index)
    out = capsys.readouterr().out
    assert "bridge" in out
    assert "Die Brücke [b]" in out
    assert run("remove", "bridge", *index) == 0
    run("list", *index)
    assert "bridge" not in capsys.readouterr().out.splitlines()[-2]
    assert run("remove", "bridge", *index) == 3


def test_errors_have_codes_of_their_own(
    directory: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run("add", str(tmp_path / "missing.txt"), "--index", str(directory)) == 3
    assert run("ask", "Was?", "--index", str(tmp_path / "none")) == 4
    assert run("build", "--index", "/proc/index") == 4
    monkeypatch.setenv("FAQ_BOT_PORT", "many")
    assert run("list", "--index", str(directory)) == 1
    err = capsys.readouterr().err
    assert "FAQ_BOT_PORT" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command", ["build", "add", "remove", "list", "ask", "schema", "export jsonld", "serve"]
)
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*command.split(), "--help") == 0
    out = capsys.readouterr().out
    assert "Example" in out
    assert f"faq-bot {command}" in out


def test_published_answers_are_exported_for_the_articles_page(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("build", "--index", str(directory))
    capsys.readouterr()
    assert run("export", "jsonld", "amazon-openai", "--index", str(directory)) == 0
    german = json.loads(capsys.readouterr().out)
    assert (german["@type"], german["inLanguage"]) == ("FAQPage", "de")
    assert german["mainEntity"][1]["name"].startswith("Was ist Trainium")
    run("export", "jsonld", "amazon-openai", "--language", "en", "--index", str(directory))
    assert json.loads(capsys.readouterr().out)["inLanguage"] == "en"
    assert run("export", "jsonld", "other", "--index", str(directory)) == 2
    assert "There is no article 'other'" in capsys.readouterr().err


def test_an_article_without_published_answers_has_nothing_to_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    article = {"id": "x", "language": "en", "title": "T", "sections": [{"paragraphs": ["P."]}]}
    (tmp_path / "x.json").write_text(json.dumps(article), encoding="utf-8")
    index = str(tmp_path / "index")
    run("build", str(tmp_path / "x.json"), "--index", index)
    assert run("export", "jsonld", "x", "--index", index) == 3
    assert "no published questions" in capsys.readouterr().err


def test_the_queue_of_readers_questions_is_worked_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQ_BOT_DATABASE", str(tmp_path / "questions.sqlite"))
    monkeypatch.setenv("FAQ_BOT_KEEP_REJECTED_DAYS", "0")
    newsroom = Newsroom.from_settings(Settings())
    newsroom.questions.send("bridge", "de", "Wie [lange] noch?", "Ada")
    newsroom.questions.send("bridge", "de", "Kauft Gold!")
    assert run("questions", "list") == 0
    out = capsys.readouterr().out
    assert "Wie [lange] noch?" in out
    assert "Kauft Gold!" in out
    run("questions", "take", "1", "--editor", "mia")
    run("questions", "reject", "2", "--editor", "mia")
    run("questions", "purge")
    assert "1 texts are deleted." in capsys.readouterr().out
    run("questions", "show", "1")
    shown = json.loads(capsys.readouterr().out)
    assert (shown["text"], shown["state"], shown["changed_by"]) == (
        "Wie [lange] noch?", "in-work", "mia",
    )  # fmt: skip
    run("questions", "export", "--state", "rejected")
    (rejected,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (rejected["id"], rejected["text"], rejected["name"]) == (2, None, None)
    assert run("questions", "delete", "1") == 0
    assert run("questions", "show", "1") == 7
    assert "There is no question 1" in capsys.readouterr().err


def test_an_answer_is_published_from_the_command_line(
    directory: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FAQ_BOT_DATABASE", str(tmp_path / "questions.sqlite"))
    index = ("--index", str(directory))
    asked = "Wie viele Trainium-Chips hat OpenAI bestellt?"
    Newsroom.from_settings(Settings()).questions.send("amazon-openai", "de", asked, "Ada")
    assert run("questions", "publish", "1") == 2
    assert "has no answer yet" in capsys.readouterr().err
    assert run("questions", "answer", "1", "--language", "en", "--answer", "Unknown.") == 2
    assert "--question" in capsys.readouterr().err
    text = "Das ist bisher nicht bekannt."
    assert run("questions", "answer", "1", "--language", "de", "--answer", text) == 0
    english = ("--language", "en", "--question", "How many?", "--answer", "That is not known.")
    assert run("questions", "answer", "1", *english) == 0
    assert run("questions", "publish", "1", "--editor", "mia") == 0
    capsys.readouterr()

    run("ask", asked, *index)
    assert capsys.readouterr().out.startswith(text)
    run("export", "jsonld", "amazon-openai", *index)
    entities = json.loads(capsys.readouterr().out)["mainEntity"]
    assert (entities[0]["name"], entities[0]["author"]["name"]) == (asked, "Ada")
    run("export", "article", "amazon-openai", "--language", "en", *index)
    article = json.loads(capsys.readouterr().out)
    assert article["faq"][0] == {
        "question": "How many?", "answer": "That is not known.", "name": "Ada",
    }  # fmt: skip
    run("questions", "show", "1")
    shown = json.loads(capsys.readouterr().out)
    assert shown["answer"]["published"]["texts"]["de"]["answer"] == text
    assert [change["action"] for change in shown["history"]] == [
        "new > in-work", "in-work > published",
    ]  # fmt: skip

    assert run("questions", "unpublish", "1") == 0
    capsys.readouterr()
    run("ask", asked, *index)
    assert text not in capsys.readouterr().out
    run("questions", "history")
    history = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["action"] for one in history if one["answer"]] == ["published", "unpublished"]


def test_editors_are_added_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQ_BOT_DATABASE", str(tmp_path / "questions.sqlite"))
    password = ("--password-stdin",)
    assert run("editors", "add", "mia", *password, stdin=b"correct horse battery\n") == 0
    assert run("editors", "add", "ben", *password, stdin=b"short\n") == 8
    assert "at least 12 characters" in capsys.readouterr().err
    run("editors", "list")
    assert capsys.readouterr().out == "mia\n"
    assert run("editors", "remove", "mia") == 0
    assert run("editors", "remove", "mia") == 8


def test_statistics_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQ_BOT_DATABASE", str(tmp_path / "questions.sqlite"))
    monkeypatch.setenv("COLUMNS", "200")
    newsroom = Newsroom.from_settings(Settings())
    for event in (Event.ANSWERED, Event.ANSWERED, Event.HELPFUL):
        newsroom.usage.count(event, "bridge", "de")
    newsroom.questions.send("bridge", "de", "Wie lange noch?")
    assert run("stats") == 0
    out = capsys.readouterr().out
    assert "FAQ_BOT_COUNT_QUESTIONS is off" in out
    assert "1 × Wie lange noch?" in out
    assert out.count("bridge") == 1
    assert run("stats", "--csv", "--days", "1") == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == "day,article,language,event,total"
    assert [line.split(",", 1)[1] for line in lines] == [
        "bridge,de,answered,2",
        "bridge,de,helpful,1",
    ]


@pytest.mark.parametrize("document", ["article", "question", "answer"])
def test_the_documented_schemas_are_those_in_use(
    document: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("schema", document)
    documented = ROOT / "docs" / "schemas" / f"{document}.schema.json"
    assert json.loads(capsys.readouterr().out) == json.loads(documented.read_text("utf-8"))


def test_a_taken_port_is_named_before_anything_slow(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run("serve", "--port", port) == 6
    err = capsys.readouterr().err
    assert f"Port {port} on 127.0.0.1 is taken" in err
    assert "--port" in err


def test_sync_tells_what_changed_and_what_could_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles, index = tmp_path / "articles", ("--index", str(tmp_path / "index"))
    articles.mkdir()
    (articles / "moon.de.txt").write_text("Der Mond\n\nDer Mond ist kalt.\n", encoding="utf-8")
    assert run("sync", str(articles), "--dry-run", *index) == 0
    assert capsys.readouterr().out.splitlines() == [
        "+ moon (de)",
        "1 would be added, 0 changed, 0 removed, 0 as they were; 0 passages embedded.",
    ]
    assert not (tmp_path / "index").exists()
    assert run("sync", str(articles), *index) == 0
    assert "1 added" in capsys.readouterr().out
    (articles / "moon.de.txt").write_text("Der Mond\n\nDer Mond ist warm.\n", encoding="utf-8")
    (articles / "sun.json").write_text("{}", encoding="utf-8")
    assert run("sync", *index) == 3
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "~ moon (de)"
    assert "As it was: " in told.err
    assert "sun.json" in told.err
    assert run("ask", "Ist der Mond warm?", *index) == 0
    assert "Der Mond ist warm." in capsys.readouterr().out
    assert run("sync", *index) == 3
    assert "sun.json" in capsys.readouterr().err
    (articles / "sun.json").unlink()
    assert run("sync", *index) == 0


@pytest.mark.slow
def test_an_evaluation_prints_a_table_or_json_and_draws(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled = ROOT / "benchmarks" / "data" / "amazon-openai.questions.json"
    some = json.loads(labelled.read_text(encoding="utf-8"))[::20]
    questions, picture = tmp_path / "questions.json", tmp_path / "curve.png"
    questions.write_text(json.dumps(some), encoding="utf-8")
    options = ("--half", "tuning", "--index", str(directory))
    assert run("evaluate", str(questions), "--plot", str(picture), *options) == 0
    assert "recall at 1" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert run("evaluate", str(questions), "--json", *options) == 0
    assert set(json.loads(capsys.readouterr().out)["directions"]) == {"de", "en"}
    assert run("evaluate", "nothing.json", *options) == 3
    assert capsys.readouterr().err.startswith("faq-bot: nothing.json cannot be read")
