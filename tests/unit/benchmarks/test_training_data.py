from pathlib import Path

import pytest
from check_stories import check
from training_data import CHECKING, CHOOSING, DATA, stories

from faq_bot.core.languages import LANGUAGES
from faq_bot.index.background import load_background
from faq_bot.index.chunking import cut_passages

FILES = sorted((DATA / "news.txt", *DATA.glob("stories/*.txt"), *DATA.glob("faq-pages/*.txt")))
STORIES = list(stories())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_written_has_its_form(file: Path) -> None:
    assert not check(file).errors


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_words_of_an_answer_stand_in_one_passage_of_each_version(file: Path) -> None:
    for article, questions in (version for story in stories(file) for version in story):
        passages = cut_passages(article)
        for asked in questions:
            for span in asked.answers[article.language]:
                answer = span.cut(article.text)
                assert sum(answer in passage.text for passage in passages) == 1, asked.text


def test_files_are_told_apart_by_their_names() -> None:
    names = [file.stem for file in FILES]
    assert len(set(names)) == len(names)
    assert not {*CHOOSING, *CHECKING} & set(names)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("p Nur deutsch", "has not German"),
        ("x Text || text", "no known letter"),
        ("q Frage => Text", "has not German"),
        ("q Frage || question", "' => ' stands before"),
        ("q Wer? => niemand || Who? => text", "'niemand' stands 0 times"),
        ("q Wer? => e || Who? => text", "'e' stands 3 times"),
    ],
)
def test_a_line_that_breaks_the_form_is_named(tmp_path: Path, line: str, error: str) -> None:
    file = tmp_path / "a1.txt"
    file.write_text(f"# Titel || title\np der Text hier || the text\n{line}\n", encoding="utf-8")
    (found,) = check(file).errors
    assert "a1.txt:3:" in found
    assert error in found


def test_versions_have_the_same_questions_with_and_without_an_answer() -> None:
    for (_, german), (_, english) in STORIES:
        assert [one.answerable for one in german] == [one.answerable for one in english]
        assert not {one.text for one in german} & {one.text for one in english}


def test_close_questions_without_an_answer_are_a_third_or_more() -> None:
    questions = [asked for story in STORIES for _, asked_of in story for asked in asked_of]
    assert sum(not asked.answerable for asked in questions) >= len(questions) / 3


def test_nothing_is_written_about_the_seed_article() -> None:
    text = (DATA / "news.txt").read_text(encoding="utf-8")
    assert not any(name in text for name in ("OpenAI", "Trainium", "Anthropic", "Nvidia"))


def test_translated_questions_are_listed_once() -> None:
    lines = (DATA / "translated-questions.tsv").read_text(encoding="utf-8").splitlines()
    identifiers = [line.split("\t")[0] for line in lines]
    assert len(set(identifiers)) == len(identifiers) > 500


def test_off_topic_questions_are_written_in_both_languages_and_not_those_trained_on() -> None:
    lines = (DATA / "off-topic.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" || ") for line in lines]
    assert all(len(pair) == 2 for pair in pairs)
    trained = {entry[tag] for entry in load_background()["queries"] for tag in LANGUAGES}
    assert not trained & {text for pair in pairs for text in pair}
