import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from faq_bot import FaqBot, FaqBotError
from faq_bot.core.errors import (
    ArticleError,
    IndexFilesError,
    IndexMissingError,
    IndexStaleError,
)
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from faq_bot.index.passage_index import PassageIndex
from tests.support.encoder import FakeEncoder
from tests.support.permissions import nobody, public_folder
from tests.support.sample_articles import MOON, SUN


@pytest.fixture
def fake() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "moon.de.txt").write_text(MOON, encoding="utf-8")
    return folder


@pytest.fixture
def directory(tmp_path: Path, articles: Path, fake: FakeEncoder) -> Path:
    Indexer(Archive(tmp_path / "index"), fake).build([articles])
    return tmp_path / "index"


def ids(directory: Path) -> list[str]:
    return [article.id for article in Archive(directory).load()[0].articles]


# --- saving and loading -----------------------------------------------------------------------


def test_loading_gives_back_what_was_saved(tmp_path: Path, index: PassageIndex) -> None:
    from faq_bot.articles.corpus import Corpus

    Archive(tmp_path).save(index, Corpus(index.articles, {}))
    loaded, _ = Archive(tmp_path).load()
    assert loaded.articles == index.articles
    assert loaded.passages == index.passages
    assert loaded.model_id == index.model_id
    rows = np.arange(len(index.vectors))
    np.testing.assert_array_equal(loaded.vectors.vectors(rows), index.vectors.vectors(rows))
    for part in ("queries", "passages"):
        for language, vectors in getattr(index.background, part).items():
            np.testing.assert_array_equal(getattr(loaded.background, part)[language], vectors)


def test_each_save_begins_a_generation(directory: Path, articles: Path, fake: FakeEncoder) -> None:
    first = Archive(directory).generation()
    assert first is not None
    Indexer(Archive(directory), fake).build([articles])
    second = Archive(directory).generation()
    assert second is not None
    assert second > first
    assert Archive(directory.parent / "nowhere").generation() is None


def test_reading_an_index_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError):
        Archive(tmp_path / "nowhere").load()
    assert not (tmp_path / "nowhere").exists()


def test_an_old_generation_is_deleted_and_a_readme_stays(
    directory: Path, articles: Path, fake: FakeEncoder
) -> None:
    (directory / "README.md").write_text("Read me")
    before = {path.name for path in directory.iterdir()}
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")
    Indexer(Archive(directory), fake).build([articles])
    after = {path.name for path in directory.iterdir()}
    assert len(after) == len(before)
    assert "README.md" in after
    assert after != before


@pytest.mark.parametrize("role", ["archive", "vectors"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "deleted"])
def test_damage_is_named_and_mended(
    directory: Path, articles: Path, fake: FakeEncoder, role: str, damage: str
) -> None:
    (path,) = directory.glob(f"{role}*[ste]")
    data = path.read_bytes()
    if damage == "deleted":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if damage == "truncated" else b"x" + data[1:])
    with pytest.raises(IndexFilesError, match="faq-bot build") as caught:
        Indexer(Archive(directory), fake).open_current()
    assert str(directory) in str(caught.value)
    Indexer(Archive(directory), fake).open_or_update(articles)
    assert ids(directory) == ["moon"]


@pytest.mark.parametrize("text", ["384.400 Kilometer", "faq", "moon.de.txt"])
def test_a_letter_that_was_altered_is_noticed(
    directory: Path, articles: Path, fake: FakeEncoder, text: str
) -> None:
    path = directory / "archive.sqlite"
    data = path.read_bytes()
    assert text.encode() in data
    path.write_bytes(data.replace(text.encode(), text.upper().encode()))
    if text == "moon.de.txt":
        with pytest.raises(IndexStaleError):
            Indexer(Archive(directory), fake).open_current()
    else:
        with pytest.raises(IndexFilesError, match=r"faq-bot build"):
            Indexer(Archive(directory), fake).open_current()
    Indexer(Archive(directory), fake).open_or_update(articles)
    assert "384.400 Kilometer" in Indexer(Archive(directory), fake).open_current().articles[0].text


def test_another_format_is_stale(
    directory: Path, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("faq_bot.index.archive.FORMAT", 99)
        Indexer(Archive(directory), fake).build([directory.parent / "articles"])
    with pytest.raises(IndexStaleError, match="format 99"):
        Indexer(Archive(directory), fake).open_current()


def test_the_files_of_an_older_version_go(
    directory: Path, articles: Path, fake: FakeEncoder
) -> None:
    old = [directory / "manifest.json", directory / f"passages-{'0' * 12}.json"]
    for path in old:
        path.write_text("{}")
    Indexer(Archive(directory), fake).build([articles])
    assert not any(path.exists() for path in old)


def test_a_missing_index_is_named(tmp_path: Path, fake: FakeEncoder) -> None:
    with pytest.raises(IndexMissingError, match=r"no index in .*faq-bot build"):
        Indexer(Archive(tmp_path / "nowhere"), fake).open_current()


@pytest.mark.parametrize(
    "step",
    [
        "pathlib.Path.replace",
        "faq_bot.index.archive.write_articles",
        "faq_bot.index.archive_rows._execute",
    ],
)
def test_a_writer_that_is_stopped_leaves_the_old_index(
    directory: Path, articles: Path, fake: FakeEncoder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(step, stop)
        with pytest.raises(KeyboardInterrupt):
            Indexer(Archive(directory), fake).build([articles])
    assert ids(directory) == ["moon"]
    Indexer(Archive(directory), fake).build([articles])
    assert ids(directory) == ["moon", "sun"]


# --- staleness --------------------------------------------------------------------------------


def test_a_changed_article_makes_the_index_stale(
    directory: Path, articles: Path, fake: FakeEncoder
) -> None:
    (articles / "moon.de.txt").write_text(MOON.replace("kalt", "rund"), encoding="utf-8")
    with pytest.raises(IndexStaleError, match=r"older than .*moon\.de\.txt"):
        Indexer(Archive(directory), fake).open_current()
    updated = Indexer(Archive(directory), fake).open_or_update(articles)
    assert "rund" in updated.articles[0].text
    Indexer(Archive(directory), fake).open_current()


def test_new_and_deleted_articles_make_the_index_stale(
    directory: Path, articles: Path, fake: FakeEncoder
) -> None:
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")
    with pytest.raises(IndexStaleError, match=r"sun\.de\.txt"):
        Indexer(Archive(directory), fake).open_current()
    Indexer(Archive(directory), fake).open_or_update(articles)
    (articles / "moon.de.txt").unlink()
    with pytest.raises(IndexStaleError, match=r"moon\.de\.txt"):
        Indexer(Archive(directory), fake).open_current()
    updated = Indexer(Archive(directory), fake).open_or_update(articles)
    assert [article.id for article in updated.articles] == ["sun"]


def test_an_index_moved_away_from_its_articles_stays_good(
    directory: Path, tmp_path: Path, fake: FakeEncoder
) -> None:
    moved = tmp_path / "elsewhere" / "deep" / "index"
    shutil.copytree(directory, moved)
    assert len(Indexer(Archive(moved), fake).open_current().articles) == 1


def test_an_index_of_another_model_is_stale_and_rebuilt(directory: Path, articles: Path) -> None:
    other = FakeEncoder("another")
    with pytest.raises(IndexStaleError, match=r"made by the model 'fake'.*'another'"):
        Indexer(Archive(directory), other).open_current()
    assert Indexer(Archive(directory), other).open_or_update(articles).model_id == "another"


def test_another_model_under_the_same_name_is_noticed(directory: Path, articles: Path) -> None:
    other = FakeEncoder("fake", seed=1)
    with pytest.raises(IndexStaleError):
        Indexer(Archive(directory), other).open_current()
    Indexer(Archive(directory), other).open_or_update(articles)
    Indexer(Archive(directory), other).open_current()


def test_serving_builds_a_missing_and_mends_a_damaged_index(
    tmp_path: Path, articles: Path, fake: FakeEncoder
) -> None:
    directory = tmp_path / "new"
    Indexer(Archive(directory), fake).open_or_update(articles)
    (vectors,) = directory.glob("vectors*")
    vectors.write_bytes(b"")
    Indexer(Archive(directory), fake).open_or_update(tmp_path / "not-needed")
    assert len(Indexer(Archive(directory), fake).open_current().articles) == 1


def test_without_index_and_articles_there_is_nothing_to_serve(
    tmp_path: Path, fake: FakeEncoder
) -> None:
    with pytest.raises(ArticleError, match=r"no index in .*nor?.*faq-bot add FILE"):
        Indexer(Archive(tmp_path / "index"), fake).open_or_update(tmp_path / "articles")


# --- adding and removing ------------------------------------------------------------------------


def test_adding_embeds_only_what_is_new(directory: Path, tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "sun.de.txt").write_text(SUN, encoding="utf-8")
    fake.encoded.clear()
    Indexer(Archive(directory), fake).add([tmp_path / "sun.de.txt"])
    assert ids(directory) == ["moon", "sun"]
    assert not any("Mond" in text for text in fake.encoded[1:])  # the first one is the probe
    fresh = FakeEncoder()
    index = Indexer(Archive(directory), fresh).open_current()
    first = index.vectors.vectors(index.rows_of_passage(0))[0]
    np.testing.assert_allclose(first, fresh.encode_passages([index.passages[0].text])[0])


def test_adding_the_same_id_again_replaces_it(
    directory: Path, articles: Path, tmp_path: Path, fake: FakeEncoder
) -> None:
    correction = tmp_path / "moon.de.txt"
    correction.write_text(MOON.replace("kalt", "rund"), encoding="utf-8")
    Indexer(Archive(directory), fake).add([correction])
    assert ids(directory) == ["moon"]
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")
    updated = Indexer(Archive(directory), fake).open_or_update(articles)
    assert "rund" in next(a for a in updated.articles if a.id == "moon").text


def test_removing_takes_out_all_versions_and_lasts(
    directory: Path, articles: Path, fake: FakeEncoder
) -> None:
    (articles / "sun.de.txt").write_text(SUN, encoding="utf-8")
    (articles / "sun.en.txt").write_text("The sun\n\nThe sun is a star.\n", encoding="utf-8")
    Indexer(Archive(directory), fake).open_or_update(articles)
    Indexer(Archive(directory), fake).remove("sun")
    assert ids(directory) == ["moon"]
    assert len(Indexer(Archive(directory), fake).open_current().articles) == 1
    (articles / "moon.de.txt").write_text(MOON + "\nNeu.", encoding="utf-8")
    Indexer(Archive(directory), fake).open_or_update(articles)
    assert ids(directory) == ["moon"]
    Indexer(Archive(directory), fake).add([articles / "sun.de.txt"])
    assert ids(directory) == ["moon", "sun"]


def test_removing_what_is_not_there_or_all_there_is(directory: Path, fake: FakeEncoder) -> None:
    with pytest.raises(ArticleError, match=r"no article 'mars'.*It has: moon"):
        Indexer(Archive(directory), fake).remove("mars")
    with pytest.raises(ArticleError, match="only article"):
        Indexer(Archive(directory), fake).remove("moon")


def test_a_bad_article_loses_nothing(directory: Path, tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    with pytest.raises(ArticleError, match="not UTF-8"):
        Indexer(Archive(directory), fake).add([tmp_path / "bad.txt"])
    assert ids(directory) == ["moon"]
    with pytest.raises(ArticleError, match="no article file or folder"):
        Indexer(Archive(directory), fake).build([tmp_path / "nothing"])
    assert ids(directory) == ["moon"]


def test_a_file_without_any_article_is_no_article(
    directory: Path, articles: Path, tmp_path: Path, fake: FakeEncoder
) -> None:
    (tmp_path / "none.json").write_text("[]")
    indexer = Indexer(Archive(directory), fake)
    for change in (indexer.add, indexer.build):
        with pytest.raises(ArticleError, match=r"no article in .*none\.json"):
            change([tmp_path / "none.json"])
    with pytest.raises(ArticleError, match="occurs twice"):
        Indexer(Archive(directory), fake).build([articles, articles / "moon.de.txt"])
    assert ids(directory) == ["moon"]


def test_a_bad_article_does_not_even_make_the_directory(tmp_path: Path, fake: FakeEncoder) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\xff")
    with pytest.raises(ArticleError, match="not UTF-8"):
        Indexer(Archive(tmp_path / "index"), fake).add([tmp_path / "bad.txt"])
    assert not (tmp_path / "index").exists()


def test_duplicate_ids_are_refused(directory: Path, articles: Path, fake: FakeEncoder) -> None:
    text = json.dumps({"id": "moon", "language": "de", "title": "T", "sections": [
        {"paragraphs": ["Text."]}
    ]})  # fmt: skip
    (articles / "other.json").write_text(text)
    with pytest.raises(ArticleError, match=r"'moon' occurs twice .*moon\.de\.txt and .*other"):
        Indexer(Archive(directory), fake).build([articles])


def test_a_read_only_directory_can_be_read_but_not_written(
    articles: Path, fake: FakeEncoder
) -> None:
    with public_folder() as folder:
        shutil.copytree(articles, folder / "articles")
        Indexer(Archive(folder / "index"), fake).build([folder / "articles"])
        (folder / "index").chmod(0o555)
        with nobody():
            assert len(Indexer(Archive(folder / "index"), fake).open_current().articles) == 1
            with pytest.raises(IndexFilesError, match=r"cannot be written .*--index DIR"):
                Indexer(Archive(folder / "index"), fake).build([folder / "articles"])
        (folder / "index").chmod(0o755)


def test_a_bot_opens_only_a_good_index(tmp_path: Path) -> None:
    with pytest.raises(FaqBotError, match="no index"):
        FaqBot.open(tmp_path)
