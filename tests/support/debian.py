"""Debian's packages that tests need, beside what pip installs."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM = Path("/usr/bin/chromium")


def missing(package: str) -> NoReturn:
    """Skip what needs a Debian package; where the tests are automatic, it must be there."""
    message = f"{package} is missing: install Debian's package `{package}`."
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
