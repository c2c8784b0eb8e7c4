"""Compares our language detection with langdetect alone and with lingua.

    python benchmarks/languages.py [DATA]

DATA is described in `benchmarks/training_data.py`; with it, XQuAD-R's questions are asked, too.
Lingua is in `.venv-bench` (see `bench.py`). Each question is asked on a page in its own language
and on one in the other: the page's language decides where the text cannot, and names and third
languages leave it to the page. Prints the share told right.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from measuring import OTHERS
from one_detector import DETECTORS
from training_data import DATA, stories

from faq_bot.core.languages import LANGUAGES, Language

# The cases of our tests, by which ours was made, and some more names and languages.
_TYPED: dict[Language, str] = {
    "de": "Was ist Trainium?; warum Amazon; Microsoft Anteil; Risiken; Quellen; und Nvidia?; "
    "Börsengang; Boersengang; kartelrechtliche; danke; wann; Chips von AWS; Amazon Investition; "
    "Und warum?; wie viel Geld; 10 Mrd. Dollar",
    "en": "What is Trainium?; why Amazon; Microsoft stake; risks; sources; and Nvidia?; IPO when; "
    "thanks; when; chips by AWS; antitrust; And Microsoft?; timing; Who is Jassy?; how much money; "
    "deal risks",
}
_NAMES = "Trainium; Microsoft; Andy Jassy; CNBC; 42; OpenAI; Karin Holm; Nordbank; Graz; Sam Altman"
_THIRD_LANGUAGES = (
    "Qu'est-ce que c'est que Trainium ?; 微软投资了多少; Сколько инвестировал Microsoft?; "
    "¿Cuánto dinero quiere invertir Amazon en OpenAI?; Quanto vuole investire Amazon in OpenAI?; "
    "Hoeveel geld wil Amazon in OpenAI steken?; Ile pieniędzy chce zainwestować Amazon?; "
    "Amazon ne kadar yatırım yapmak istiyor?; Hur mycket vill Amazon investera i OpenAI?; "
    "Combien Amazon veut-il investir dans cette entreprise ?"
)


@dataclass(frozen=True, slots=True)
class Case:
    """A question on a page, and the language it is to be told in."""

    group: str
    text: str
    page: Language
    expected: Language


def cases(data: Path | None) -> Iterator[Case]:
    """Yield all questions on pages in both languages."""
    for text in _NAMES.split("; "):
        yield from (Case("names", text, page, page) for page in LANGUAGES)
    for text in _THIRD_LANGUAGES.split("; "):
        yield from (Case("third languages", text, page, page) for page in LANGUAGES)
    for group, text, language in sorted(set(_questions(data))):
        for page in LANGUAGES:
            where = "own" if page == language else "other"
            yield Case(f"{group}, {where} page", text, page, language)


def _questions(data: Path | None) -> Iterator[tuple[str, str, Language]]:
    for language, texts in _TYPED.items():
        yield from (("typed", text, language) for text in texts.split("; "))
    about_seed = json.loads((DATA / "amazon-openai.questions.json").read_text(encoding="utf-8"))
    yield from (("seed article", one["question"], one["language"]) for one in about_seed)
    for pair in stories():
        for _, asked in pair:
            for one in asked:
                words = len(one.text.split())
                group = "news, 1-3 words" if words <= 3 else "news, longer"
                yield group, one.text, one.language
    if data is not None:
        for language in LANGUAGES:
            path = data / "xquad-r-dev" / f"{language}.json"
            for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
                for paragraph in entry["paragraphs"]:
                    yield from (("XQuAD-R", qa["question"], language) for qa in paragraph["qas"])


def table(asked: Sequence[Case]) -> Iterator[str]:
    """Yield the table's lines."""
    groups = list(dict.fromkeys(case.group for case in asked))
    right, rows = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "questions.json")
        path.write_text(json.dumps([(case.text, case.page) for case in asked]), encoding="utf-8")
        for name in DETECTORS:
            python = str(OTHERS) if "lingua" in name else sys.executable
            command = [python, str(Path(__file__).with_name("one_detector.py")), name, str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
            rows[name] = json.loads(done.stdout)
            right[name] = [
                told == case.expected
                for told, case in zip(rows[name].pop("told"), asked, strict=True)
            ]
    yield "| | asked | " + " | ".join(DETECTORS) + " |"
    yield "|---" * (len(DETECTORS) + 2) + "|"
    for group in groups:
        own = [case.group == group for case in asked]
        shares = (f"{np.mean(np.array(right[name])[own]):.1%}" for name in DETECTORS)
        yield f"| {group} | {sum(own)} | " + " | ".join(shares) + " |"
    for figure in rows["ours"]:
        values = (f"{rows[name][figure]:.3g}" for name in DETECTORS)
        yield f"| {figure} | | " + " | ".join(values) + " |"


def main() -> None:
    """Print the table."""
    asked = list(cases(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    for line in table(asked):
        print(line)


if __name__ == "__main__":
    main()
