import json
from pathlib import Path

import pytest

from faq_bot.core import cached_files
from faq_bot.core.cached_files import ensure_made


@pytest.mark.parametrize("damage", ["truncated", "foreign", "missing"])
def test_damaged_files_are_made_anew(tmp_path: Path, damage: str) -> None:
    made: list[Path] = []

    def make(directory: Path) -> None:
        made.append(directory)
        (directory / "weights").write_bytes(b"weights")

    place = tmp_path / "cache" / "model"
    ensure_made(place, make)
    weights = place / "weights"
    if damage == "truncated":
        weights.write_bytes(b"weig")
    elif damage == "foreign":
        weights.write_bytes(b"WEIGHTS")
    else:
        weights.unlink()
    ensure_made(place, make)
    assert len(made) == 2
    assert weights.read_bytes() == b"weights"


def test_what_could_not_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(directory: Path) -> None:
        (directory / "half").write_bytes(b"")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        ensure_made(tmp_path / "model", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["model.lock"]


def test_a_copied_cache_is_recognised_by_its_content(tmp_path: Path) -> None:
    def make(directory: Path) -> None:
        (directory / "file").write_bytes(b"weights")

    ensure_made(tmp_path / "a", make)
    (tmp_path / "a" / "file").touch()
    assert cached_files._is_intact(tmp_path / "a")
    (tmp_path / "a" / "checksums.json").write_text(json.dumps([1]))
    assert not cached_files._is_intact(tmp_path / "a")
