"""The documents say what is true."""

import re
import tomllib

import pytest

from faq_bot.articles.files import read_articles
from faq_bot.core.settings import Settings
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT_FILE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PROJECT_FILE["project"]


def test_every_setting_is_in_the_readme_with_its_default_and_meaning() -> None:
    rows = dict(re.findall(r"^\| `FAQ_BOT_(\w+)` \| (.+) \|$", README, re.MULTILINE))
    assert {name.lower() for name in rows} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        default, _, meaning = rows[name.upper()].partition(" | ")
        assert meaning == field.description
        if name not in {"model", "cache_dir", "database"}:
            assert default == (f"`{field.default}`" if field.default != () else "none")


def test_every_dependency_has_its_line_in_the_readme() -> None:
    table = README[README.index("## What it is built on") :]
    for dependency in PROJECT["dependencies"]:
        name = re.escape(dependency.split("==")[0])
        whole = rf"(?<![\w-]){name}(?![\w-])"  # not `transformers` in `sentence-transformers`
        assert re.search(rf"^\|.*{whole}.*\|.+\|$", table, re.MULTILINE), dependency


def test_every_version_is_pinned() -> None:
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    for dependency in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]:
        name, _, version = dependency.partition("==")
        assert version, dependency
        assert name.partition("[")[0].lower() in pinned


def test_every_package_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {path.parent for path in (ROOT / "faq_bot").rglob("__init__.py")}
    names = {str(path.relative_to(ROOT / "faq_bot")) for path in packages} - {"."}
    assert {name for name in names if f"`{name}/`" not in text} == set()


def test_every_file_of_the_package_is_installed_with_it() -> None:
    package = ROOT / "faq_bot"
    data = PROJECT_FILE["tool"]["setuptools"]["package-data"]
    listed = {
        path
        for name, patterns in data.items()
        for pattern in patterns
        for path in (ROOT / name.replace(".", "/")).glob(pattern)
    }
    modules = {path for path in package.rglob("*.py") if (path.parent / "__init__.py").exists()}
    files = {path for path in package.rglob("*.*") if path.suffix != ".pyc"}
    assert files - listed - modules == set()


def test_the_changelog_begins_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == PROJECT["version"]


def test_the_readmes_article_can_be_read(tmp_path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    (tmp_path / "bridge.json").write_text(example, encoding="utf-8")
    (article,) = read_articles(tmp_path / "bridge.json")
    assert article.faq[0].answer == "Until May."


@pytest.mark.parametrize("path", re.findall(r"\]\(((?!http)[^)]+)\)", README))
def test_links_in_the_readme_lead_somewhere(path: str) -> None:
    assert (ROOT / path).exists()
