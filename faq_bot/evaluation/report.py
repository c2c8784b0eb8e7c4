"""What an evaluation tells: a table, or JSON."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from faq_bot.evaluation.metrics import Measures, Result


@dataclass(frozen=True, slots=True)
class Report:
    """Measures by direction, with what they were measured on."""

    version: str
    commit: str | None
    model: str
    reader: bool
    directions: Mapping[str, Measures]
    results: Mapping[str, Sequence[Result]]

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each measure with its figures for the directions, as in a table."""
        columns = [_flat(measures) for measures in self.directions.values()]
        for name in columns[0]:
            values = [column.get(name) for column in columns]
            if any(value is not None for value in values):
                yield name, ["" if value is None else f"{value:.3g}" for value in values]

    def as_json(self) -> str:
        """Return the report without the single results."""
        return json.dumps(
            {
                "version": self.version,
                "commit": self.commit,
                "model": self.model,
                "reader": self.reader,
                "directions": {name: asdict(m) for name, m in self.directions.items()},
            },
            indent=1,
        )


def source_commit() -> str | None:
    """Return the commit of the source tree this runs from, if it is one."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _flat(measures: Measures) -> dict[str, float | None]:
    flat: dict[str, float | None] = {}
    for name, value in asdict(measures).items():
        if isinstance(value, dict):
            flat |= {f"coverage at {rate} false": share for rate, share in value.items()}
        else:
            flat[name.replace("_", " ")] = value
    return flat
