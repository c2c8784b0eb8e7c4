"""Debian's packages that tests need, beside what pip installs."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM = Path("/usr/bin/chromium")


def missing(package: str) -> NoReturn:
    """Skip what needs a Debian package; where the tests are automatic, it must be there."""
    message = f"{package} is missing: install Debian's package `{package}`."
    pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
