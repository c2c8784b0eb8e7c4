"""Publishes an answer again and again, killed a step later each time; prints what it left.

A step is whatever the interpreter reports before it touches a file, opening, renaming and removing
(audit events), and each SQL statement and commit. Run by `test_publishing`.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine, event

from faq_bot import FaqBot
from faq_bot.core.article import QuestionAnswer
from faq_bot.core.reply import Reply
from faq_bot.core.settings import Settings
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from faq_bot.index.passage_index import PassageIndex
from faq_bot.models.opening import open_encoder
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.web.index_watcher import IndexWatcher

EVENTS = {"open", "os.rename", "os.remove", "sqlite3.connect"}
ASKED = "Wie viele Trainium-Chips hat OpenAI bestellt?"
ARTICLE = {
    "id": "chips",
    "language": "de",
    "title": "Amazon spricht mit OpenAI",
    "sections": [{"heading": None, "paragraphs": ["Amazon will in OpenAI investieren."]}],
    "faq": [{"question": "Wer redet?", "answer": "Amazon und OpenAI reden."}],
}


class Killer:
    """Kills this process at its nth step."""

    def __init__(self, last: int, folder: Path) -> None:
        self.left = last
        self.folder = str(folder)
        sys.addaudithook(self._look)
        event.listen(Engine, "before_cursor_execute", lambda *_: self.step())
        event.listen(Engine, "commit", lambda _: self.step())

    def _look(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS and self.folder in str(arguments[0]):
            self.step()

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_at_every_step(
    before: Path,
    now: Path,
    act: Callable[[], object],
    prepare: Callable[[], object] = lambda: None,
) -> Iterator[bool]:
    """Act on copies of a folder, each time killed a step later; yield whether it was killed.

    What it left is in `now` until the next one. The last one is not killed. What is not in the
    folder is to be prepared, too.
    """
    step, killed = 0, True
    while killed:
        step += 1
        shutil.copytree(before, now)
        prepare()
        child = os.fork()
        if child == 0:
            Killer(step, now)
            try:
                act()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        yield killed
        shutil.rmtree(now)


def main(folder: Path) -> None:
    encoder = open_encoder(Settings())
    before = folder / "before"
    settings = Settings(index=before / "index", database=before / "questions.sqlite")
    newsroom = newsroom_of(before)
    (folder / "chips.json").write_text(json.dumps(ARTICLE), encoding="utf-8")
    index = Indexer(Archive(settings.index), encoder).build([folder / "chips.json"])
    bot = FaqBot(index, encoder, settings)
    question = newsroom.questions.send("chips", "de", ASKED)
    text = QuestionAnswer("Wie viele Chips sind bestellt?", "Das ist nicht bekannt.")
    newsroom.drafts.write([question.id], Reply({"de": text}), "mia")
    seen: dict[object, dict[str, object]] = {}
    now = folder / "now"
    for killed in killed_at_every_step(before, now, lambda: publish(now, index, bot)):
        sys.stdout.write(json.dumps(look(now, seen) | {"killed": killed}) + "\n")


def publish(folder: Path, index: PassageIndex, bot: FaqBot) -> None:
    newsroom = newsroom_of(folder)
    newsroom.publishing.publish(1, "mia")
    bot.replace_index(index)
    IndexWatcher(bot, newsroom.publishing, Archive(folder / "index")).follow()


def look(folder: Path, seen: dict[object, dict[str, object]]) -> dict[str, object]:
    """Open everything anew, as the next process would, first to answer and then to serve.

    Where the same generation and the same database have been seen before, so has the rest.
    """
    settings = Settings(index=folder / "index", database=folder / "questions.sqlite")
    newsroom = newsroom_of(folder)
    state = newsroom.questions.get(1).state
    what = Archive(settings.index).generation(), newsroom.publishing.published(), state
    Archive(settings.index).load()  # checks all files
    if str(what) not in seen:
        seen[str(what)] = ask(settings, newsroom)
    return seen[str(what)]


def ask(settings: Settings, newsroom: Newsroom) -> dict[str, object]:
    bot = FaqBot.open(settings.index, settings)
    answer = bot.ask(ASKED, article="chips")
    IndexWatcher(bot, newsroom.publishing, Archive(settings.index)).follow()
    return {
        "state": newsroom.questions.get(1).state,
        "published": len(newsroom.publishing.published()),
        "answer": answer.answer,
        "suggestions": bot.suggestions("de"),
        "faq": len(bot.version("chips").faq),
    }


def newsroom_of(folder: Path) -> Newsroom:
    return Newsroom.from_settings(Settings(database=folder / "questions.sqlite"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
