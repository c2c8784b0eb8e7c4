"""Real parts for the tests: the bundled model, the seed article, a running server, a browser."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import MetaData

from faq_bot import Article, FaqBot
from faq_bot.articles.files import read_articles
from faq_bot.core.settings import Settings
from faq_bot.index.passage_index import PassageIndex, build_index
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.models.opening import open_encoder
from faq_bot.newsroom.question_queue import QuestionQueue
from faq_bot.newsroom.tables import newsroom_database
from tests.news_site import NewsSite
from tests.postgresql import PostgreSql, programs

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
CHROMIUM = Path("/usr/bin/chromium")

hypothesis.settings.register_profile("untimed", deadline=None)  # machines are noisy
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that a test does reaches the user's own database."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("unused") / "questions.sqlite"
        patch.setenv("FAQ_BOT_DATABASE", str(path))
        yield


def missing(package: str) -> NoReturn:
    """Skip what needs a Debian package; where the tests are automatic, it must be there."""
    message = f"{package} is missing: install Debian's package `{package}`."
    pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A server of the tests' own."""
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


def everything(place: Path | str) -> str:
    """Return all that stands in a database."""
    tables = MetaData()
    with newsroom_database(place).reading() as db:
        tables.reflect(db)
        return "\n".join(str(db.execute(table.select()).all()) for table in tables.sorted_tables)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(articles=SEEDS)


@pytest.fixture(scope="session")
def encoder(settings: Settings) -> BundledEncoder:
    opened = open_encoder(settings)
    assert isinstance(opened, BundledEncoder)
    return opened


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
    return build_index([german, english], encoder)


@pytest.fixture(scope="session")
def bot(index: PassageIndex, encoder: BundledEncoder, settings: Settings) -> FaqBot:
    return FaqBot(index, encoder, settings)


def start(
    folder: Path, articles: Path, port: int = 0, **variables: str
) -> tuple[subprocess.Popen[str], str]:
    """Run `app.py` with index and database in a folder; return it and the address it prints."""
    options = ["--port", str(port), "--index", f"{folder}/index"]
    command = [sys.executable, str(ROOT / "app.py"), *options]
    own = {"FAQ_BOT_ARTICLES": str(articles), "FAQ_BOT_DATABASE": f"{folder}/questions.sqlite"}
    environment = {**os.environ, **own, **variables}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://" in line, f"the server did not start: {line!r}"
    return process, next(word for word in line.split() if word.startswith("http://"))


@contextmanager
def serve(articles: Path, **variables: str) -> Iterator[str]:
    """Run `app.py` with an index still to be built; yield its address."""
    with tempfile.TemporaryDirectory() as folder:
        process, address = start(Path(folder), articles, **variables)
        try:
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="session")
def news_site() -> Iterator[NewsSite]:
    """Pages of a newspaper, on a port of their own."""
    with NewsSite() as site:
        yield site


@pytest.fixture(scope="session")
def queue(tmp_path_factory: pytest.TempPathFactory) -> QuestionQueue:
    """The questions that readers sent to the server's editors."""
    path = tmp_path_factory.mktemp("database") / "questions.sqlite"
    return QuestionQueue(path, timedelta(days=30))


@pytest.fixture(scope="session")
def server(news_site: NewsSite, queue: QuestionQueue) -> Iterator[str]:
    """The address of the chat on the seed article; the newspaper may embed it."""
    variables = {
        "FAQ_BOT_DATABASE": str(queue.database.path),
        "FAQ_BOT_ALLOWED_ORIGINS": news_site.origin,
        "FAQ_BOT_QUESTIONS_PER_MINUTE": "100000",
    }
    with serve(SEEDS, **variables) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; its own calls home are switched off."""
    if not CHROMIUM.exists():
        missing("chromium")
    arguments = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()
