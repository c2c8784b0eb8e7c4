"""The documents say what is true."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from faq_bot.articles.files import read_articles
from faq_bot.core.settings import Settings
from tests.support.paths import ROOT

# The changelog tells of what was, too.
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT_FILE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PROJECT_FILE["project"]


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    table = DOCS["configuration.md"]
    rows = dict(re.findall(r"^\| `FAQ_BOT_(\w+)` \| (.+) \|$", table, re.MULTILINE))
    assert {name.lower() for name in rows} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        default, _, meaning = rows[name.upper()].partition(" | ")
        assert meaning == field.description
        if name not in {"model", "cache_dir", "database"}:
            assert default == (f"`{field.default}`" if field.default != () else "none")


def test_every_dependency_has_its_line_in_the_readme() -> None:
    table = README[README.index("## What it is built on") :]
    for dependency in PROJECT["dependencies"]:
        name = re.escape(Requirement(dependency).name)
        whole = rf"(?<![\w-]){name}(?![\w-])"  # not `transformers` in `sentence-transformers`
        assert re.search(rf"^\|.*{whole}.*\|.+\|$", table, re.MULTILINE), dependency


def test_every_dependency_has_a_lowest_version_and_is_pinned_within_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    pinned = {canonicalize_name(name): version for name, version in pairs}
    extras = PROJECT["optional-dependencies"].values()
    for dependency in (*PROJECT["dependencies"], *(one for extra in extras for one in extra)):
        required = Requirement(dependency)
        assert {one.operator for one in required.specifier} & {">=", "=="}, dependency
        assert required.specifier.contains(pinned[canonicalize_name(required.name)]), dependency


def test_every_package_is_in_the_architecture() -> None:
    packages = {path.parent for path in (ROOT / "faq_bot").rglob("__init__.py")}
    names = {str(path.relative_to(ROOT / "faq_bot")) for path in packages} - {"."}
    assert {name for name in names if f"`{name}/`" not in DOCS["architecture.md"]} == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`(?:python )?((?:faq_bot|tests|benchmarks|docs)/[\w/.-]+)", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_fits_on_a_few_screens() -> None:
    assert len(README.splitlines()) < 150


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


def test_the_documented_article_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCS["articles.md"], re.DOTALL)
    (tmp_path / "bridge.json").write_text(example, encoding="utf-8")
    (article,) = read_articles(tmp_path / "bridge.json")
    assert article.faq[0].answer == "Until May."


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
