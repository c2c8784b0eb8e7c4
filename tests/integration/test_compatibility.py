"""What earlier versions have written is opened as if this one had."""

import shutil
from pathlib import Path

import pytest

from faq_bot import FaqBot
from faq_bot.core.settings import Settings
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.questions import State
from faq_bot.newsroom.usage import Event
from tests.support.paths import DATA


@pytest.fixture
def old_database(tmp_path: Path) -> Path:
    """The desk's database of version 0.1.0, as it was before the package had subpackages."""
    return Path(shutil.copy(DATA / "newsroom-0.1.0.sqlite", tmp_path))


def test_an_old_index_answers_without_being_made_anew(tmp_path: Path, old_database: Path) -> None:
    index = shutil.copytree(DATA / "index-0.1.0", tmp_path / "index")
    vectors = sorted(path.name for path in index.glob("*.faiss"))
    bot = FaqBot.open(index, Settings(database=str(old_database)))
    assert bot.ask("Was ist Trainium?").answered
    published = bot.ask("Wie lange läuft der Vertrag?")
    assert published.answer == "Der Vertrag läuft acht Jahre."
    assert published.sources[0].name == "Mia"
    assert sorted(path.name for path in index.glob("*.faiss")) == vectors


def test_an_old_desk_is_as_it_was_left(old_database: Path) -> None:
    settings = Settings(database=str(old_database), keep_rejected_days=36500)
    newsroom = Newsroom.from_settings(settings)
    asked = {question.text: question for question in newsroom.questions.find()}
    assert {question.state for question in asked.values()} == {
        State.PUBLISHED, State.IN_WORK, State.REJECTED,
    }  # fmt: skip
    assert asked["Wie lange gilt der Vertrag mit Amazon?"].times == 2
    (published,) = newsroom.publishing.published()
    assert published.reply.texts["en"].answer == "The contract runs for eight years."
    history = newsroom.audit.history()
    assert [change.editor for change in history] == ["erika"] * len(history)
    assert newsroom.editors.log_in("erika", "a long enough phrase") is not None
    (count,) = newsroom.usage.counts()
    assert (count.event, count.total) == (Event.ANSWERED, 3)
