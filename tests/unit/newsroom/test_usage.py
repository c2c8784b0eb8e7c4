"""Totals of what readers ask."""

import csv
import io
import threading
from pathlib import Path

import pytest

from faq_bot import FaqBot
from faq_bot.core.errors import QueueError
from faq_bot.newsroom.tables import counts, newsroom_database
from faq_bot.newsroom.usage import Event, Usage, counts_csv, today, totals
from tests.support.databases import everything

ARTICLE = "amazon-openai"


def test_questions_are_counted_only_if_the_newsroom_wants_it(bot: FaqBot, tmp_path: Path) -> None:
    answer = bot.ask("Was ist Trainium?")
    off, on = (
        Usage(newsroom_database(tmp_path / name), counts_questions=name == "on")
        for name in ("off", "on")
    )
    off.count_answer(answer, ARTICLE)
    on.count_answer(answer, ARTICLE)
    assert off.counts() == []
    assert not (tmp_path / "off").exists()
    assert totals(on.counts())[Event.ANSWERED] == 1


def test_each_question_is_counted_by_its_outcome(bot: FaqBot, place: Path | str) -> None:
    usage = Usage(newsroom_database(place), counts_questions=True)
    for text in ("Was ist Trainium?", "What is Trainium?", "Wie backe ich einen Kuchen?", "Hallo!"):
        usage.count_answer(bot.ask(text), None)
    found = {(count.language, count.event): count.total for count in usage.counts()}
    assert found == {("de", Event.ANSWERED): 1, ("en", Event.ANSWERED): 1, ("de", Event.REFUSED): 1}
    assert {(count.article, count.day) for count in usage.counts()} == {(ARTICLE, today())}


def test_no_word_of_a_question_is_kept(bot: FaqBot, place: Path | str) -> None:
    usage = Usage(newsroom_database(place), counts_questions=True)
    usage.count_answer(bot.ask("Was kostet Rumpelstilzchen?"), ARTICLE)
    assert "Rumpelstilz" not in everything(place)


def test_several_at_once_are_all_counted(place: Path | str) -> None:
    usage = Usage(newsroom_database(place), counts_questions=False)

    def count() -> None:
        for _ in range(20):
            usage.count(Event.HELPFUL, ARTICLE, "de")

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals(usage.counts()) == dict.fromkeys(Event, 0) | {Event.HELPFUL: 120}


def test_a_period_leaves_out_what_was_before(place: Path | str) -> None:
    usage = Usage(newsroom_database(place), counts_questions=False)
    usage.count(Event.SENT, ARTICLE, "en")
    old = {"day": "2020-01-01", "article": ARTICLE, "language": "de", "event": "sent", "total": 7}
    with newsroom_database(place).writing() as db:
        db.execute(counts.insert().values(old))
    assert [count.total for count in usage.counts(1)] == [1]
    assert [count.total for count in usage.counts()] == [7, 1]


def test_what_cannot_be_counted_disturbs_nobody_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "q.sqlite"
    content = b"no database at all, but long enough to be one" * 40
    path.write_bytes(content)
    usage = Usage(newsroom_database(path), counts_questions=True)
    usage.count(Event.SENT, ARTICLE, "de")
    assert [record.message for record in caplog.records] == ["An event could not be counted."]
    assert path.read_bytes() == content
    with pytest.raises(QueueError, match="cannot be used"):  # whoever asks for totals is told
        usage.counts()


def test_totals_as_csv(place: Path | str) -> None:
    usage = Usage(newsroom_database(place), counts_questions=False)
    usage.count(Event.HELPFUL, 'an "article", with a comma', "de")
    lines = list(csv.reader(io.StringIO(counts_csv(usage.counts()))))
    assert lines == [
        ["day", "article", "language", "event", "total"],
        [today().isoformat(), 'an "article", with a comma', "de", "helpful", "1"],
    ]
