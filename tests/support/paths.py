"""Where things are in the repository."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
SCREENSHOTS = ROOT / "test-artifacts"
DATA = ROOT / "tests" / "data"
PAGES = ROOT / "tests" / "support" / "pages"
