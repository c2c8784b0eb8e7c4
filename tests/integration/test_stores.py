"""What holds of every store: FAISS and Milvus for vectors, SQLite and PostgreSQL for the rest."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_bot import FaqBot
from faq_bot.articles.corpus import Corpus
from faq_bot.articles.json_format import article_json
from faq_bot.core.article import Article
from faq_bot.core.errors import FaqBotError, IndexFilesError
from faq_bot.core.languages import LANGUAGES
from faq_bot.core.passage import Passage
from faq_bot.core.settings import Settings, load_settings
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from faq_bot.index.passage_index import PassageIndex, build_index
from faq_bot.index.vectors.base import (
    MOST_COMPARED,
    RowLabels,
    Subset,
    VectorIndex,
    VectorStore,
    mean,
)
from faq_bot.index.vectors.faiss import FaissFiles
from faq_bot.index.vectors.milvus import MilvusStore
from faq_bot.models.bundled_encoder import BundledEncoder
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.web.index_watcher import IndexWatcher
from tests.support.encoder import FakeEncoder
from tests.support.paths import SEEDS
from tests.support.postgresql import PostgreSql
from tests.support.sample_articles import CLOSED, FIRST, LATER, MOON, SUN, UNTIL
from tests.support.sample_questions import GERMAN, REPLY
from tests.support.servers import start
from tests.support.waiting import wait_until

ROWS = 2 * MOST_COMPARED + 1_000
IN_EACH = 4  # rows of a passage


def milvus(folder: Path) -> MilvusStore:
    """Milvus Lite, which stands for a cluster: the same client, the same requests."""
    return MilvusStore(f"file://{folder}/milvus.db")


STORES: dict[str, Callable[[Path], VectorStore]] = {"faiss": FaissFiles, "milvus": milvus}


# --- vectors ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def matrix(index: PassageIndex) -> np.ndarray:
    """Distinct unit vectors between those of the seed article's text, in the order of a search."""
    real = index.vectors.vectors(np.arange(len(index.vectors)))
    chance = np.random.default_rng(0)
    one, other = (real[chance.integers(0, len(real), ROWS)] for _ in range(2))
    mixed = one + other * chance.uniform(0, 1, (ROWS, 1)) + chance.normal(0, 0.01, one.shape)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    return np.asarray(mixed, np.float32)


@pytest.fixture(scope="module")
def labels(index: PassageIndex) -> RowLabels:
    """Every other passage is English; an article has twenty; some ids need quoting."""
    some = index.passages[0]
    passages = []
    for number in range(ROWS // IN_EACH):
        article = f'"{number // 20}" \\ Brücke'
        language = LANGUAGES[number % 2]
        passage = replace(some, id=f"passage-{number}", article=article, language=language)
        passages.append(passage)
    return RowLabels(passages, [IN_EACH] * len(passages))


def subset(labels: RowLabels, article: str | None = None) -> Subset:
    """The German rows, of an article or of all."""

    def belongs(passage: Passage) -> bool:
        return passage.language == "de" and article in (None, passage.article)

    rows = np.flatnonzero(np.repeat([*map(belongs, labels.passages)], labels.counts))
    return Subset(rows, "de", article)


@pytest.fixture(scope="module", params=STORES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> VectorStore:
    return STORES[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def filled(store: VectorStore, matrix: np.ndarray, labels: RowLabels) -> VectorIndex:
    return store.fill(matrix, labels)


def questions(matrix: np.ndarray, count: int = 20) -> Iterator[np.ndarray]:
    chance = np.random.default_rng(1)
    for _ in range(count):
        one, other = matrix[chance.integers(0, len(matrix), 2)]
        yield (one + 0.3 * other - matrix.mean(axis=0)).astype(np.float32)


def recall(index: VectorIndex, matrix: np.ndarray, among: Subset) -> float:
    """Share of the ten nearest rows that are found."""
    shares = []
    for query in questions(matrix):
        best = among.rows[np.argsort(-(matrix[among.rows] @ query))[:10]]
        shares.append(len(np.intersect1d(best, index.nearest(query, 10, among))) / 10)
    return float(np.mean(shares))


def test_vectors_are_as_they_were_given(filled: VectorIndex, matrix: np.ndarray) -> None:
    assert (len(filled), filled.dimension) == matrix.shape
    rows = np.array([5, 3, 3, ROWS - 1])
    np.testing.assert_allclose(filled.vectors(rows), matrix[rows], atol=1e-6)
    assert filled.vectors(np.empty(0, np.int64)).shape == (0, matrix.shape[1])


def test_nearly_all_of_the_nearest_in_a_language_are_found(
    filled: VectorIndex, matrix: np.ndarray, labels: RowLabels
) -> None:
    german = subset(labels)
    assert len(german.rows) > MOST_COMPARED
    assert recall(filled, matrix, german) >= 0.98
    (query,) = questions(matrix, 1)
    found = filled.nearest(query, 50, german)
    assert len(found) == 50
    assert set(found) <= set(german.rows)
    assert np.all(np.diff(matrix[found] @ query) <= 1e-5)


@given(st.integers(0, ROWS // IN_EACH // 20 - 1), st.integers(1, 100))
def test_an_article_is_searched_completely(
    filled: VectorIndex, matrix: np.ndarray, labels: RowLabels, number: int, count: int
) -> None:
    own = subset(labels, f'"{number}" \\ Brücke')
    assert len(own.rows) == 10 * IN_EACH
    (query,) = questions(matrix, 1)
    best = own.rows[np.argsort(-(matrix[own.rows] @ query), kind="stable")[:count]]
    np.testing.assert_array_equal(filled.nearest(query, count, own), best)


def test_the_mean_is_that_of_the_rows(
    filled: VectorIndex, matrix: np.ndarray, labels: RowLabels
) -> None:
    rows = subset(labels).rows
    np.testing.assert_allclose(mean(filled, rows), matrix[rows].mean(axis=0), atol=1e-5)


def test_several_threads_read_at_once(
    store: VectorStore,
    filled: VectorIndex,
    matrix: np.ndarray,
    labels: RowLabels,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "faq_bot.index.vectors.milvus._ROWS_KEPT", 50
    )  # so that what is kept changes
    opened = store.open(store.write(filled), labels, matrix.shape[1])

    def read(start: int) -> bool:
        rows = np.arange(start, start + 40)
        return all(np.allclose(opened.vectors(rows), matrix[rows], atol=1e-6) for _ in range(20))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(read, range(0, 320, 20)))


def test_what_was_written_can_be_opened(
    store: VectorStore, filled: VectorIndex, matrix: np.ndarray, labels: RowLabels
) -> None:
    name = store.write(filled)
    opened = store.open(name, labels, matrix.shape[1])
    rows = np.arange(0, ROWS, 97)
    np.testing.assert_allclose(opened.vectors(rows), matrix[rows], atol=1e-6)
    with pytest.raises(ValueError, match="nowhere"):
        store.open("nowhere", labels, matrix.shape[1])


def test_a_change_keeps_moves_adds_and_forgets(
    store: VectorStore, filled: VectorIndex, matrix: np.ndarray, labels: RowLabels
) -> None:
    before = store.open(store.write(filled), labels, matrix.shape[1])
    # The first passage goes, the order is turned, and one is new.
    fresh = matrix[:IN_EACH][::-1]
    kept = np.arange(IN_EACH, ROWS).reshape(-1, IN_EACH)[::-1].ravel()
    source = np.concatenate([np.full(IN_EACH, -1), kept])
    new = replace(labels.passages[0], id="new", article="new")
    passages = [new, *labels.passages[1:][::-1]]
    changed_labels = RowLabels(passages, [IN_EACH] * len(passages))
    changed = before.changed(source, fresh, changed_labels)
    expected = np.vstack([fresh, matrix[kept]])
    name = store.write(changed)
    store.forget_others(changed, name)
    opened = store.open(name, changed_labels, matrix.shape[1])
    for index in (changed, opened):
        rows = np.concatenate([np.arange(2 * IN_EACH), np.arange(0, ROWS, 101)])
        np.testing.assert_allclose(index.vectors(rows), expected[rows], atol=1e-6)
        assert recall(index, expected, subset(changed_labels)) >= 0.98
    assert IN_EACH - 1 in opened.nearest(matrix[0], 1, subset(changed_labels))
    # Whoever has not heard of it goes on: nothing that is new to it, and no error.
    (query,) = questions(matrix, 1)
    old = set(before.nearest(query, 300, subset(labels)))
    assert old <= set(subset(labels).rows)
    assert before.vectors(np.arange(IN_EACH)).shape == (IN_EACH, matrix.shape[1])


# --- articles and passages ----------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    address: str = request.getfixturevalue("postgresql").new_database()
    return address


@pytest.fixture(params=STORES)
def archive(request: pytest.FixtureRequest, tmp_path: Path, database: str | None) -> Archive:
    """Each vector store with each database."""
    return Archive(tmp_path / "index", database, STORES[request.param](tmp_path))


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "moon.de.txt").write_text(MOON, encoding="utf-8")
    (folder / "sun.de.txt").write_text(SUN, encoding="utf-8")
    return folder


def test_loading_gives_back_what_was_saved(
    archive: Archive, german: Article, english: Article
) -> None:
    encoder = FakeEncoder()
    index = build_index([german, english], encoder, archive.vectors.fill)
    corpus = Corpus(index.articles, {}, ("../a",), ("gone",), ("https://news.example/feed",))
    with archive.lock():
        archive.save(index, corpus)
    loaded, known = archive.load()
    assert (loaded.articles, loaded.passages) == (index.articles, index.passages)
    assert (loaded.model_id, known) == (index.model_id, corpus)
    rows = np.arange(len(index.vectors))
    np.testing.assert_allclose(loaded.vectors.vectors(rows), index.vectors.vectors(rows), atol=1e-6)
    for part in ("queries", "passages"):
        for language, vectors in getattr(index.background, part).items():
            np.testing.assert_array_equal(getattr(loaded.background, part)[language], vectors)


def test_a_sync_embeds_what_changed_and_others_read_it(archive: Archive, articles: Path) -> None:
    first = Indexer(archive, FakeEncoder()).sync([articles])
    assert (len(first.added), first.problems) == (2, ())
    generation = archive.generation()
    (articles / "moon.de.txt").write_text(MOON.replace("kalt", "rund"), encoding="utf-8")
    (articles / "sun.de.txt").unlink()
    encoder = FakeEncoder()
    found = Indexer(archive, encoder).sync()
    assert (found.changed, found.removed) == ((("moon", "de"),), (("sun", "de"),))
    assert not any("Sonne" in text for text in encoder.encoded)
    assert archive.generation() != generation
    opened = Indexer(archive, FakeEncoder()).open_current()
    assert "rund" in opened.articles[0].text
    assert [article.id for article in opened.articles] == ["moon"]
    assert Indexer(archive, FakeEncoder()).sync().is_empty


def test_only_one_writes_at_a_time(archive: Archive, articles: Path) -> None:
    Indexer(archive, FakeEncoder()).build([articles / "moon.de.txt"])
    waiting = threading.Thread(
        target=Indexer(archive, FakeEncoder()).add, args=([articles / "sun.de.txt"],)
    )
    with archive.lock():
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        assert len(archive.load()[0].articles) == 1  # readers do not wait
    waiting.join(30)
    assert len(archive.load()[0].articles) == 2


def test_a_transaction_that_fails_leaves_the_old_index(
    archive: Archive, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Indexer(archive, FakeEncoder()).build([articles / "moon.de.txt"])
    generation = archive.generation()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("faq_bot.index.archive.write_sources", fail)
        with pytest.raises(KeyboardInterrupt):
            Indexer(archive, FakeEncoder()).add([articles / "sun.de.txt"])
    assert archive.generation() == generation
    assert [article.id for article in archive.load()[0].articles] == ["moon"]
    assert len(Indexer(archive, FakeEncoder()).add([articles / "sun.de.txt"]).articles) == 2


# --- several servers ----------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path: Path, postgresql: PostgreSql, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What is configured on each of several servers."""
    monkeypatch.setenv("FAQ_BOT_DATABASE", postgresql.new_database())
    monkeypatch.setenv("FAQ_BOT_VECTOR_STORE", f"milvus+file://{tmp_path}/milvus.db")
    monkeypatch.setenv("FAQ_BOT_INDEX", str(tmp_path / "index"))
    return load_settings()


def test_a_cluster_answers_as_a_single_server_does(
    cluster: Settings, bot: FaqBot, encoder: BundledEncoder
) -> None:
    Indexer(Archive.from_settings(cluster), encoder).build([SEEDS])
    other = FaqBot.open(cluster.index, cluster)
    for question in ("Was ist Trainium?", "How much has Microsoft invested?", "Wer backt Kuchen?"):
        own, theirs = bot.ask(question), other.ask(question)
        assert (own.outcome, own.answer) == (theirs.outcome, theirs.answer)
        assert own.confidence == pytest.approx(theirs.confidence, abs=1e-3)


def test_what_one_server_publishes_the_others_answer(
    cluster: Settings, encoder: BundledEncoder, german: Article
) -> None:
    Indexer(Archive.from_settings(cluster), encoder).build([SEEDS])
    here, there = (FaqBot.open(cluster.index, cluster) for _ in range(2))
    newsroom = Newsroom.from_settings(cluster)
    sent = newsroom.questions.send(german.id, "de", GERMAN)
    newsroom.drafts.write([sent.id], REPLY, "mia")
    watchers = [
        IndexWatcher(bot, newsroom.publishing, Archive.from_settings(cluster))
        for bot in (here, there)
    ]
    newsroom.publishing.publish(1, "mia")
    assert watchers[0].follow()
    generation = Archive.from_settings(cluster).generation()
    assert watchers[1].follow()
    assert Archive.from_settings(cluster).generation() == generation  # written once
    for bot in (here, there):
        assert bot.ask(GERMAN).answer == REPLY.texts["de"].answer


def test_a_server_that_misses_the_vectors_leaves_the_archive_as_it_is(
    tmp_path: Path, postgresql: PostgreSql, articles: Path
) -> None:
    address = postgresql.new_database()
    Indexer(Archive(tmp_path / "here", address), FakeEncoder()).build([articles])
    generation = Archive(tmp_path / "here", address).generation()
    there = Archive(tmp_path / "there", address)
    with pytest.raises(IndexFilesError, match=r"vectors-.* cannot be read"):
        Indexer(there, FakeEncoder()).open_or_update(articles)
    with pytest.raises(IndexFilesError, match=r"vectors-.* cannot be read"):
        Indexer(there, FakeEncoder()).sync([articles])
    (articles / "sun.de.txt").unlink()
    here = Archive(tmp_path / "here", address)
    opened = Indexer(here, FakeEncoder()).open_or_update(articles)
    assert len(opened.articles) == 2  # that is for a sync
    assert here.generation() == generation


def test_what_cannot_be_reached_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaqBotError, match="Milvus cannot be used"):
        Archive.from_settings(Settings(vector_store="milvus+http://127.0.0.1:1"))
    nobody = Settings(index=tmp_path, database="postgresql://mia:secret@127.0.0.1:1/news")
    with pytest.raises(IndexFilesError, match="cannot be used") as caught:
        Archive.from_settings(nobody).load()
    assert "secret" not in str(caught.value)


def test_two_servers_answer_from_one_archive(tmp_path: Path, postgresql: PostgreSql) -> None:
    """Both are started before it changes, and neither is started again."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for article in (CLOSED, FIRST):
        (folder / f"{article.id}.json").write_text(article_json(article), encoding="utf-8")
    shared = {"FAQ_BOT_DATABASE": postgresql.new_database()}
    servers = [start(tmp_path, folder, variables=shared) for _ in range(2)]
    try:
        (folder / "later.json").write_text(article_json(LATER), encoding="utf-8")
        command = [sys.executable, "-m", "faq_bot", "sync", "--index", str(tmp_path / "index")]
        variables = {**os.environ, **shared}
        told = subprocess.run(command, check=True, env=variables, capture_output=True, text=True)
        assert "1 added" in told.stdout
        for _, address in servers:
            wait_until(partial(answers_from, address, "later"))
            answer = httpx.post(f"{address}/api/v1/ask", json={"question": UNTIL}).json()
            assert "30. September" in answer["answer"]
    finally:
        for process, _ in servers:
            process.terminate()
        for process, _ in servers:
            process.wait(timeout=30)


def answers_from(address: str, newest: str) -> bool:
    """Whether an article is the newest that a server answers from."""
    return bool(httpx.get(f"{address}/api/v1/articles").json()[0]["id"] == newest)
