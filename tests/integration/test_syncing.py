"""Staying current: what a sync reads, embeds, forgets and keeps."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from faq_bot import FaqBot
from faq_bot.articles.reading import read_corpus
from faq_bot.articles.syncing import sync_corpus
from faq_bot.core.errors import ArticleError, IndexFilesError
from faq_bot.core.settings import Settings
from faq_bot.index import indexing
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Changes, Indexer
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.newsroom.publishing import Publishing
from faq_bot.newsroom.tables import newsroom_database
from faq_bot.web.index_watcher import IndexWatcher
from tests.support.encoder import FakeEncoder
from tests.support.news_site import NewsSite
from tests.support.paths import ROOT, SEEDS
from tests.support.permissions import nobody, public_folder
from tests.support.sample_articles import MOON, SUN
from tests.support.servers import start
from tests.support.waiting import wait_until

BRIDGE = "Die Brücke über den Fluss ist bis Mai gesperrt, teilt die Stadt mit."
POOL = "Das Stadtbad bleibt ein halbes Jahr geschlossen, sagen die Stadtwerke."


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[NewsSite]:
    monkeypatch.setattr("faq_bot.articles.fetching._PAUSE", 0)
    with NewsSite() as news_site:
        publish(news_site, "bridge", BRIDGE)
        publish(news_site, "pool", POOL)
        list_pages(news_site, "bridge", "pool")
        yield news_site


def publish(site: NewsSite, name: str, *paragraphs: str, tag: str | None = None) -> None:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    headers = {"ETag": tag} if tag else {}
    site.publish(f"/{name}.html", f"<article><h1>{name}</h1>{text}</article>", **headers)


def list_pages(site: NewsSite, *names: str, changed: str | None = None) -> str:
    mark = f"<lastmod>{changed}</lastmod>" if changed else ""
    urls = "".join(f"<url><loc>{site.origin}/{name}.html</loc>{mark}</url>" for name in names)
    return site.serve("/sitemap.xml", f"<urlset>{urls}</urlset>".encode())


def run(
    directory: Path, *sources: str | Path, encoder: FakeEncoder | None = None, **more: Any
) -> Changes:
    return Indexer(Archive(directory), encoder or FakeEncoder(), allow_private=True).sync(
        sources, **more
    )


def ids(keys: Sequence[tuple[str, str]]) -> list[str]:
    return [identifier for identifier, _ in keys]


def texts(directory: Path) -> str:
    return " ".join(
        article.text
        for article in Indexer(Archive(directory), FakeEncoder()).open_current().articles
    )


def test_the_first_sync_makes_an_index_and_the_next_does_nothing(
    site: NewsSite, tmp_path: Path
) -> None:
    list_pages(site, "bridge", "pool", changed="2026-11-20T10:00:00+01:00")
    first = run(tmp_path, f"{site.origin}/sitemap.xml")
    assert (ids(first.added), first.embedded, first.problems) == (["bridge", "pool"], 2, ())
    written = Archive(tmp_path).generation()
    site.requests.clear()
    encoder = FakeEncoder()
    again = run(tmp_path, encoder=encoder)
    assert again.is_empty
    assert (again.same, encoder.encoded) == (2, [])
    assert [path for path, *_ in site.requests] == ["/robots.txt", "/sitemap.xml"]
    assert Archive(tmp_path).generation() == written


def test_a_second_correction_on_the_same_day_is_seen(site: NewsSite, tmp_path: Path) -> None:
    list_pages(site, "bridge", changed="2026-11-20")
    run(tmp_path, f"{site.origin}/sitemap.xml")
    publish(site, "bridge", BRIDGE.replace("Mai", "August"))
    assert ids(run(tmp_path).changed) == ["bridge"]


def test_a_page_with_the_id_of_a_file_is_left_out(site: NewsSite, tmp_path: Path) -> None:
    file = tmp_path / "bridge.de.txt"
    file.write_text(MOON, encoding="utf-8")
    found = run(tmp_path / "index", file, f"{site.origin}/sitemap.xml")
    assert ids(found.added) == ["bridge", "pool"]
    assert "occurs twice" in found.problems[0]
    assert "Mond" in texts_of_stored(tmp_path / "index")


def test_a_page_that_the_server_calls_unchanged_is_not_sent_again(
    site: NewsSite, tmp_path: Path
) -> None:
    publish(site, "bridge", BRIDGE, tag='"one"')
    run(tmp_path, f"{site.origin}/bridge.html")
    assert run(tmp_path).is_empty
    asked = [headers.get("If-None-Match") for path, _, headers in site.requests if "html" in path]
    assert asked[-1] == '"one"'


def test_a_correction_replaces_the_text_and_embeds_only_itself(
    site: NewsSite, tmp_path: Path
) -> None:
    publish(site, "bridge", BRIDGE, "Busse fahren über die Nordstraße, der Rest steht still.")
    run(tmp_path, f"{site.origin}/sitemap.xml")
    before, _ = Archive(tmp_path).load()
    corrected = "Busse fahren über die Südstraße, der Rest steht noch immer still."
    publish(site, "bridge", BRIDGE, corrected)
    encoder = FakeEncoder()
    found = run(tmp_path, encoder=encoder)
    assert (ids(found.changed), found.same, found.embedded) == (["bridge"], 1, 1)
    assert set(encoder.encoded) - {before.passages[0].text} == {corrected}
    assert "Nordstraße" not in texts(tmp_path)
    after, _ = Archive(tmp_path).load()
    assert len({p.id for p in before.passages} & {p.id for p in after.passages}) == 2


def test_a_page_that_is_gone_goes_and_a_broken_one_stays_as_it_was(
    site: NewsSite, tmp_path: Path
) -> None:
    publish(site, "mayor", "Die Bürgermeisterin tritt im Herbst nicht mehr an, sagt sie.")
    list_pages(site, "bridge", "pool", "mayor")
    run(tmp_path, f"{site.origin}/sitemap.xml")
    site.serve("/bridge.html", b"", 410)
    site.serve("/pool.html", b"", 500)
    site.serve("/mayor.html", b"<html><body>Wartung</body></html>")
    found = run(tmp_path)
    assert ids(found.removed) == ["bridge"]
    assert found.same == 2
    assert len(found.problems) == 2
    assert "500" in found.problems[0]
    assert "no headline" in found.problems[1]
    assert POOL in texts(tmp_path)
    publish(site, "pool", "Das Stadtbad öffnet nun doch schon im März, sagen die Stadtwerke.")
    assert ids(run(tmp_path).changed) == ["pool"]


def test_what_a_feed_no_longer_lists_stays_and_what_is_new_comes(
    site: NewsSite, tmp_path: Path
) -> None:
    run(tmp_path, f"{site.origin}/sitemap.xml")
    publish(site, "mayor", "Die Bürgermeisterin tritt im Herbst nicht mehr an, sagt sie.")
    list_pages(site, "mayor")
    found = run(tmp_path)
    assert (ids(found.added), found.removed, found.same) == (["mayor"], (), 2)


def test_a_site_that_is_down_takes_nothing_away(site: NewsSite, tmp_path: Path) -> None:
    run(tmp_path, f"{site.origin}/sitemap.xml")
    for path in list(site.pages):
        site.serve(path, b"", 503)
    found = run(tmp_path)
    assert found.is_empty
    assert len(found.problems) == 3
    assert BRIDGE in texts(tmp_path)


def test_a_dry_run_tells_and_writes_nothing(site: NewsSite, tmp_path: Path) -> None:
    found = run(tmp_path / "index", f"{site.origin}/sitemap.xml", dry_run=True)
    assert ids(found.added) == ["bridge", "pool"]
    assert not (tmp_path / "index").exists()


def test_files_and_folders_are_kept_current_too(tmp_path: Path) -> None:
    folder, index = tmp_path / "articles", tmp_path / "index"
    folder.mkdir()
    moon, sun = folder / "moon.de.txt", folder / "sun.de.txt"
    moon.write_text(MOON, encoding="utf-8")
    sun.write_text(SUN, encoding="utf-8")
    assert ids(run(index, folder).added) == ["moon", "sun"]
    moon.write_text(MOON.replace("kalt", "warm"), encoding="utf-8")
    sun.unlink()
    (folder / "mars.de.txt").write_text(MOON.replace("Mond", "Mars"), encoding="utf-8")
    (folder / "broken.json").write_text("{", encoding="utf-8")
    found = run(index)
    assert (ids(found.added), ids(found.changed), ids(found.removed)) == (
        ["mars"],
        ["moon"],
        ["sun"],
    )
    assert "broken.json" in found.problems[0]
    moon.write_text("", encoding="utf-8")
    found = run(index)
    assert (found.is_empty, len(found.problems)) == (True, 2)
    assert "warm" in texts(index)
    moon.write_text(MOON.replace("kalt", "lau"), encoding="utf-8")
    assert ids(run(index).changed) == ["moon"]


def test_a_file_that_may_not_be_read_any_more_keeps_its_article() -> None:
    with public_folder() as folder:
        (folder / "moon.de.txt").write_text(MOON)
        known = read_corpus([folder], folder)
        (folder / "moon.de.txt").chmod(0)
        with nobody():
            for _ in range(2):
                synced = sync_corpus(known, [], folder)
                assert synced.corpus.articles == known.articles
                assert ["cannot be read" in problem for problem in synced.problems] == [True]
                known = synced.corpus
        (folder / "moon.de.txt").chmod(0o644)
        assert sync_corpus(known, [], folder).problems == ()


def texts_of_stored(directory: Path) -> str:
    index, _ = Archive(directory).load()
    return " ".join(article.text for article in index.articles)


def test_what_was_taken_out_by_hand_does_not_come_back(site: NewsSite, tmp_path: Path) -> None:
    run(tmp_path, f"{site.origin}/sitemap.xml")
    Indexer(Archive(tmp_path), FakeEncoder()).remove("pool")
    publish(site, "pool", POOL, "Die Sauna bleibt offen, der Eingang liegt am Parkplatz.")
    assert run(tmp_path).is_empty


def test_what_another_process_adds_meanwhile_is_kept(
    site: NewsSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moon = tmp_path / "moon.de.txt"
    moon.write_text(MOON, encoding="utf-8")
    index = tmp_path / "index"
    run(index, f"{site.origin}/bridge.html")

    def slowly(*given: Any, **named: Any) -> object:
        monkeypatch.undo()
        synced = sync_corpus(*given, **named)
        Indexer(Archive(index), FakeEncoder()).add([moon])
        return synced

    monkeypatch.setattr(indexing, "sync_corpus", slowly)
    run(index, f"{site.origin}/pool.html")
    assert [article.id for article in Archive(index).load()[0].articles] == [
        "bridge",
        "moon",
        "pool",
    ]


def test_a_damaged_index_is_read_again_from_its_sources(site: NewsSite, tmp_path: Path) -> None:
    run(tmp_path, f"{site.origin}/sitemap.xml")
    next(tmp_path.glob("vectors-*.faiss")).write_text("[]")
    assert ids(run(tmp_path).added) == ["bridge", "pool"]
    assert BRIDGE in texts(tmp_path)


def test_nothing_at_all_is_no_index(site: NewsSite, tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="404"):
        run(tmp_path / "index", site.serve("/gone.html", b"", 404))
    with pytest.raises(ArticleError, match="no article file"):
        run(tmp_path / "index", tmp_path / "nowhere")


def test_a_running_server_answers_from_the_corrected_page(site: NewsSite, tmp_path: Path) -> None:
    publish(site, "bridge", BRIDGE)
    variables = {"FAQ_BOT_SYNC_MINUTES": "0.01", "FAQ_BOT_ALLOW_PRIVATE_ADDRESSES": "true"}
    process, address = start(tmp_path, SEEDS, variables=variables)
    try:
        run_command(tmp_path, "sync", f"{site.origin}/bridge.html")
        question = "Bis wann ist die Brücke gesperrt?"
        wait_until(lambda: BRIDGE in answer(address, question))
        corrected = BRIDGE.replace("Mai", "August")
        publish(site, "bridge", corrected)
        wait_until(lambda: corrected in answer(address, question))
    finally:
        process.terminate()
        process.wait(timeout=30)


def run_command(folder: Path, *arguments: str) -> None:
    """Run `faq-bot` as another process would."""
    command = [sys.executable, "-m", "faq_bot", *arguments, "--index", str(folder / "index")]
    environment = {**os.environ, "FAQ_BOT_ALLOW_PRIVATE_ADDRESSES": "true"}
    subprocess.run(command, check=True, env=environment, capture_output=True)


def answer(address: str, question: str) -> str:
    reply = httpx.post(f"{address}/api/v1/ask", json={"question": question}, timeout=30)
    return str(reply.json()["answer"])


def test_a_newly_written_index_that_cannot_be_read_leaves_the_bot_as_it_is(
    tmp_path: Path, encoder: BundledEncoder, settings: Settings
) -> None:
    publishing = Publishing(newsroom_database(tmp_path / "questions.sqlite"))
    bot = FaqBot(Indexer(Archive(tmp_path / "index"), encoder).build([SEEDS]), encoder, settings)
    watcher = IndexWatcher(bot, publishing, Archive(tmp_path / "index"))
    assert not watcher.reload()
    other = SEEDS / "amazon-openai.en.txt"
    Indexer(Archive(tmp_path / "index"), encoder).build([other])
    next((tmp_path / "index").glob("vectors-*.faiss")).unlink()
    with pytest.raises(IndexFilesError):
        watcher.reload()
    assert bot.ask("Was ist Trainium?").answered
    assert not watcher.reload()
    Indexer(Archive(tmp_path / "index"), encoder).build([other])
    assert watcher.reload()
    assert [article.language for article in bot.articles] == ["en"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_kill_at_any_step_of_a_sync_loses_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    server = [request.getfixturevalue(kind).new_database()] if kind == "postgresql" else []
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_sync", str(tmp_path), *server],
        check=False, capture_output=True, text=True, cwd=ROOT, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["killed"] for one in runs] == [True] * (len(runs) - 1) + [False]
    assert len(runs) > 20
    old, new = runs[0]["left"], runs[-1]["left"]
    assert "Stern" in " ".join(old)
    assert "Stern" not in " ".join(new)
    assert "warm" in " ".join(new)
    assert "Mars" in " ".join(new)
    left = [one["left"] for one in runs]
    switch = left.index(new)
    assert left == [old] * switch + [new] * (len(left) - switch)
    assert all(one["after"] == new and not one["next"] for one in runs)
