"""Real parts for the tests: the bundled model, the seed article, a running server, a browser.

What takes seconds to import is imported by the fixture that needs it: quick tests do without.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from faq_bot import Article, FaqBot
from faq_bot.articles.files import read_articles
from faq_bot.core.settings import Settings
from faq_bot.index.passage_index import PassageIndex, build_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.newsroom.questions import Questions
from faq_bot.newsroom.tables import newsroom_database
from tests.support import model
from tests.support.debian import CHROMIUM, missing
from tests.support.news_site import NewsSite
from tests.support.paths import ROOT, SEEDS
from tests.support.servers import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.postgresql import PostgreSql

WEB = ROOT / "tests" / "unit" / "web"
# Fixtures, and values of their parameters, with the markers of the tests that use them.
MARKED = {"browser": "browser", "postgresql": "cluster", "milvus": "cluster", "many": "slow"}

hypothesis.settings.register_profile("untimed", deadline=None)  # machines are noisy
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)  # to be before pytest's and xdist's own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark tests by the expensive things that they use, and keep together who shares them.

    Where tests run in several processes, those that ask the same server are in one of them. So are
    those of a file, and those of the package web, which takes long to import.
    """
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if hasattr(item, "callspec"):
            used |= {value for value in item.callspec.params.values() if isinstance(value, str)}
        for name in used & MARKED.keys():
            item.add_marker(MARKED[name])
        item.add_marker(pytest.mark.xdist_group(_group(item, used)))
    yield


def _group(item: pytest.Item, used: set[str]) -> str:
    if "server" in used:
        return "server"
    return "web" if WEB in item.path.parents else str(item.path)


@pytest.fixture(scope="session", autouse=True)
def _own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that a test does reaches the user's own database."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("unused") / "questions.sqlite"
        patch.setenv("FAQ_BOT_DATABASE", str(path))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_model() -> Iterator[None]:
    """The real model is loaded once, whoever opens it."""
    with pytest.MonkeyPatch.context() as patch:
        model.share(patch)
        yield


@pytest.fixture(scope="session")
def postgresql() -> "Iterator[PostgreSql]":
    """A server of the tests' own."""
    from tests.support.postgresql import PostgreSql, programs

    if not programs():
        missing("postgresql")
    with PostgreSql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A database still to be made: a file, or one of a real server."""
    if request.param == "sqlite":
        return tmp_path / "data" / "questions.sqlite"
    address: str = request.getfixturevalue("postgresql").new_database()
    return address


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(articles=SEEDS)


@pytest.fixture(scope="session")
def encoder() -> BundledEncoder:
    return model.bundled_encoder()


@pytest.fixture(scope="session")
def german() -> Article:
    (article,) = read_articles(SEEDS / "amazon-openai.de.txt")
    return article


@pytest.fixture(scope="session")
def english() -> Article:
    (article,) = read_articles(SEEDS / "amazon-openai.en.txt")
    return article


@pytest.fixture(scope="session")
def index(german: Article, english: Article, encoder: BundledEncoder) -> PassageIndex:
    return build_index([german, english], encoder, in_memory)


@pytest.fixture(scope="session")
def bot(index: PassageIndex, encoder: BundledEncoder, settings: Settings) -> FaqBot:
    return FaqBot(index, encoder, settings)


@pytest.fixture(scope="session")
def news_site() -> Iterator[NewsSite]:
    """Pages of a newspaper, on a port of their own."""
    with NewsSite() as site:
        yield site


@pytest.fixture(scope="session")
def server_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the server's editors."""
    return tmp_path_factory.mktemp("database") / "questions.sqlite"


@pytest.fixture(scope="session")
def sent_questions(server_database: Path) -> Questions:
    """The questions that readers sent to the server's editors."""
    return Questions(newsroom_database(server_database), timedelta(days=30))


@pytest.fixture(scope="session")
def server(news_site: NewsSite, server_database: Path) -> Iterator[str]:
    """The address of the chat on the seed article; the newspaper may embed it."""
    variables = {
        "FAQ_BOT_DATABASE": str(server_database),
        "FAQ_BOT_ALLOWED_ORIGINS": news_site.origin,
        "FAQ_BOT_QUESTIONS_PER_MINUTE": "100000",
    }
    with serve(SEEDS, **variables) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's Chromium; its own calls home are switched off."""
    from playwright.sync_api import expect, sync_playwright

    if not CHROMIUM.exists():
        missing("chromium")
    expect.set_options(timeout=20_000)  # milliseconds; machines are busy
    arguments = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()
