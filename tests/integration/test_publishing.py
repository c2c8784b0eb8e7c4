"""From the editors' desk into the articles, the index and the running bot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from faq_bot import Article, FaqBot
from faq_bot.articles.published import with_published
from faq_bot.core.answer import Outcome
from faq_bot.core.languages import Language
from faq_bot.core.reply import PublishedAnswer, Reply
from faq_bot.core.settings import Settings
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from faq_bot.index.passage_index import PassageIndex, update_index
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.newsroom.publishing import Publishing
from faq_bot.newsroom.tables import newsroom_database
from faq_bot.web.index_watcher import IndexWatcher
from faq_bot.web.json_ld import faq_page
from tests.support.paths import ROOT, SEEDS
from tests.support.sample_questions import ARTICLE, ENGLISH, GERMAN, REPLY


@pytest.fixture(name="desk")
def newsroom_with_a_draft(tmp_path: Path) -> Newsroom:
    newsroom = Newsroom.from_settings(Settings(database=str(tmp_path / "questions.sqlite")))
    asked = [
        newsroom.questions.send(ARTICLE, "de", GERMAN).id,
        newsroom.questions.send(ARTICLE, "en", ENGLISH).id,
    ]
    newsroom.drafts.write(asked, REPLY, "mia")
    return newsroom


def test_one_language_does_not_disturb_the_alignment_of_the_others(
    german: Article, english: Article, index: PassageIndex, encoder: BundledEncoder
) -> None:
    only = PublishedAnswer(1, ARTICLE, Reply({"de": REPLY.texts["de"]}), {})
    both = PublishedAnswer(2, ARTICLE, REPLY, {})
    changed = update_index(index, with_published([german, english], [only, both]), encoder)
    texts = {
        changed.passages[changed.number_of[one]].text: other.text
        for one, other in changed.aligned.items()
    }
    assert texts[REPLY.texts["de"].answer] == REPLY.texts["en"].answer
    for here, there in zip(german.faq, english.faq, strict=True):
        assert texts[here.answer] == there.answer


@pytest.fixture(name="place")
def index_directory(tmp_path: Path, encoder: BundledEncoder) -> Path:
    Indexer(Archive(tmp_path / "index"), encoder).build([SEEDS])
    return tmp_path / "index"


def test_the_running_bot_answers_readers_at_once(
    place: Path, desk: Newsroom, encoder: BundledEncoder, settings: Settings
) -> None:
    bot = FaqBot(Indexer(Archive(place), encoder).open_current(), encoder, settings)
    watcher = IndexWatcher(bot, desk.publishing, Archive(place))
    assert bot.ask(GERMAN).outcome is not Outcome.ANSWER
    assert not watcher.follow()

    # another process: the command line, or a second server
    assert desk.database.path is not None
    Publishing(newsroom_database(desk.database.path)).publish(1, "mia")
    assert watcher.follow()
    assert not watcher.follow()
    asked: dict[Language, str] = {"de": GERMAN, "en": ENGLISH}
    for language, question in asked.items():
        answer = bot.ask(question)
        assert answer.answer == REPLY.texts[language].answer
        assert (answer.sources[0].question, answer.sources[0].name) == (
            REPLY.texts[language].question,
            "Ada",
        )
        assert bot.suggestions(language)[0] == REPLY.texts[language].question
        page = json.loads(faq_page(bot.version(ARTICLE, language)))
        first = page["mainEntity"][0]
        assert first["name"] == REPLY.texts[language].question
        assert first["author"] == {"@type": "Person", "name": "Ada"}
    assert bot.ask("Is there any known order of chips by OpenAI?").sources[0].name == "Ada"

    desk.publishing.unpublish(1, "mia")
    assert watcher.follow()
    assert bot.ask(GERMAN).outcome is not Outcome.ANSWER
    assert REPLY.texts["de"].question not in bot.suggestions("de")


def test_the_next_process_has_it_whether_or_not_the_index_was_written(
    place: Path, desk: Newsroom, settings: Settings
) -> None:
    mine = settings.model_copy(update={"index": place, "database": str(desk.database.path)})
    desk.publishing.publish(1, "mia")
    before = Archive(place).generation()
    bot = FaqBot.open(place, mine)
    assert bot.ask(GERMAN).answer == REPLY.texts["de"].answer
    assert Archive(place).generation() == before


def test_an_index_that_cannot_be_written_keeps_no_answer_back(
    tmp_path: Path, desk: Newsroom, index: PassageIndex, encoder: BundledEncoder, settings: Settings
) -> None:
    bot = FaqBot(index, encoder, settings)
    desk.publishing.publish(1, "mia")
    assert IndexWatcher(bot, desk.publishing, Archive(tmp_path / "no-index")).follow()
    assert bot.ask(GERMAN).answer == REPLY.texts["de"].answer


def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_publisher", str(tmp_path)],
        check=False, capture_output=True, text=True, cwd=ROOT, env=one_thread, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    left = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["killed"] for one in left] == [True] * (len(left) - 1) + [False]
    assert len(left) > 20
    old, new = left[0], left[-1]
    assert (old["state"], old["faq"]) == ("in-work", 1)
    assert (new["state"], new["faq"]) == ("published", 2)
    assert new["answer"] == "Das ist nicht bekannt."
    assert old["answer"] != new["answer"]
    kinds = [{k: v for k, v in one.items() if k != "killed"} for one in left]
    switch = kinds.index(kinds[-1])
    assert kinds == [kinds[0]] * switch + [kinds[-1]] * (len(kinds) - switch)
    assert 0 < switch < len(kinds)
