"""Checks files of stories or FAQ pages that are written to learn from or to measure on.

    python benchmarks/check_stories.py FILE...

Names each line that breaks the format (`training_data.stories` describes it), and tells what share
of the words of questions stands in the passage that answers, and, where none does, in the nearest.
Hard questions share few words with their answers, and close ones without an answer share more.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean

KINDS = "#phfsaqn"
_ANSWERED = "fq"
_LONG = r"\w{4,}"

Line = tuple[int, str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file: errors, how many lines of each kind, and shares of words by kind.

    The shares are those of questions with an answer (q) and without (n).
    """

    errors: Sequence[str]
    counts: Mapping[str, int]
    shared: Mapping[str, Sequence[float]]


def check(path: Path) -> Checked:
    """Check a file."""
    errors: list[str] = []
    written: list[list[Line]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        kind, columns = line[:1], line[2:].split(" || ")
        if error := _error_of_form(kind, line, columns):
            errors.append(f"{path.name}:{number}: {error}")
        elif kind == "#":
            written.append([(number, kind, columns)])
        elif written:
            written[-1].append((number, kind, columns))
        else:
            errors.append(f"{path.name}:{number}: it stands before the first title")
    shared: dict[str, list[float]] = {"q": [], "n": []}
    for lines, column in product(written, (0, 1)):
        texts = list(_texts(lines, column))
        for number, kind, versions in lines:
            if kind not in shared:
                continue
            question, _, words = versions[column].partition(" => ")
            answers = words.split(" / ")
            errors += [
                f"{path.name}:{number}: {answer!r} stands {times} times"
                for answer in answers
                if kind == "q"
                if (times := sum(text.count(answer) for text in texts)) != 1
            ]
            near = [text for text in texts if any(answer in text for answer in answers)]
            shared[kind].append(max((_shared(question, text) for text in near), default=0.0))
    counts = Counter(kind for lines in written for _, kind, _ in lines)
    return Checked(errors, counts, shared)


def _error_of_form(kind: str, line: str, columns: Sequence[str]) -> str | None:
    if len(line) < 3 or line[1] != " " or kind not in KINDS:
        return "it begins with no known letter and a blank"
    if len(columns) != 2 or not all(column.strip() for column in columns):
        return "it has not German, ' || ' and English"
    if any(column.count(" => ") != (kind in _ANSWERED) for column in columns):
        return "' => ' stands before the answer in each column of f and q, and nowhere else"
    return None


def _texts(lines: Sequence[Line], column: int) -> Iterator[str]:
    for _, kind, columns in lines:
        if kind in "phsa":
            yield columns[column]
        elif kind == "f":
            yield from columns[column].split(" => ")


def _shared(question: str, text: str) -> float:
    asked, offered = (set(re.findall(_LONG, one.lower())) for one in (question, text))
    return len(asked & offered) / max(1, len(asked))


def main() -> None:
    """Check and print; exit with 1 where there are errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", type=Path, nargs="+")
    wrong = 0
    for path in parser.parse_args().files:
        found = check(path)
        wrong += len(found.errors)
        shares = [f"{kind} shares {mean(some):.2f}" for kind, some in found.shared.items() if some]
        counts = [f"{count} {kind}" for kind, count in found.counts.items()]
        print(*found.errors, f"{path.name}: {', '.join(counts + shares)}", sep="\n")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
