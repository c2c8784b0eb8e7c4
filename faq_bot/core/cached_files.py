"""Directories in the user's cache that are made once, and are either whole or made anew.

Own code, since pooch verifies downloads whose checksums are known before, and joblib and diskcache
keep values, not files to be mapped to memory.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

_CHECKSUMS = "checksums.json"
_LOCK_TIMEOUT_SECONDS = 600


def ensure_made(directory: Path, make: Callable[[Path], None]) -> None:
    """Have `make` fill the directory, unless it is there as it was made.

    One that is incomplete, truncated or altered is made anew. The new one appears under its name
    only when it is whole, and processes that start together make it once.

    Raises:
        OSError: the cache cannot be written, or another process does not finish.
    """
    if _is_intact(directory):
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(directory.with_name(f"{directory.name}.lock"), timeout=_LOCK_TIMEOUT_SECONDS):
        if _is_intact(directory):
            return
        scratch = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        try:
            make(scratch)
            _write_checksums(scratch)
            shutil.rmtree(directory, ignore_errors=True)
            scratch.chmod(0o755)
            scratch.rename(directory)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _write_checksums(directory: Path) -> None:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    sums = {str(path.relative_to(directory)): _fingerprint(path) for path in files}
    (directory / _CHECKSUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8")


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "size": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns}


def _is_intact(directory: Path) -> bool:
    """Whether every file is the one written; its bytes are read only if size or time differ."""
    try:
        sums = json.loads((directory / _CHECKSUMS).read_text(encoding="utf-8"))
        for name, written in sums.items():
            status = (directory / name).stat()
            if status.st_size != written["size"]:
                return False
            if (
                status.st_mtime_ns != written["mtime_ns"]
                and _fingerprint(directory / name)["sha256"] != written["sha256"]
            ):
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return bool(sums)
