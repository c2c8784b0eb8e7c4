import json
import logging
from pathlib import Path

import pytest

from faq_bot.articles.checks import check_unique
from faq_bot.articles.files import read_articles
from faq_bot.articles.json_format import parse_json
from faq_bot.core.article import Article, Paragraph, QuestionAnswer, Section
from faq_bot.core.errors import ArticleError

ARTICLE = {
    "id": "brücke",
    "language": "de",
    "title": "Die Brücke ist gesperrt",
    "url": "https://zeitung.example/brücke",
    "author": "A. Autorin",
    "published": "2026-01-02",
    "sections": [{"heading": None, "paragraphs": ["Sie ist gesperrt.", "Bis Mai."]}],
    "faq": [{"question": "Wie lange?", "answer": "Bis Mai."}],
}


def parse(changes: dict[str, object] | None = None) -> tuple[Article, ...]:
    return parse_json(json.dumps({**ARTICLE, **(changes or {})}), "x.json")


def test_reads_every_field() -> None:
    (article,) = parse()
    assert article.key == ("brücke", "de")
    assert (article.title, article.url) == (ARTICLE["title"], ARTICLE["url"])
    assert (article.author, article.published) == ("A. Autorin", "2026-01-02")
    paragraphs = (Paragraph("Sie ist gesperrt."), Paragraph("Bis Mai."))
    assert article.sections == (Section(None, paragraphs),)
    assert article.faq == (QuestionAnswer("Wie lange?", "Bis Mai."),)


def test_optional_fields_may_be_missing() -> None:
    required = {key: ARTICLE[key] for key in ("id", "language", "title", "sections")}
    (article,) = parse_json(json.dumps(required), "x.json")
    assert article.faq == ()
    assert article.url is None


def test_a_list_holds_several_articles() -> None:
    text = json.dumps([ARTICLE, {**ARTICLE, "language": "en-GB"}])
    assert [article.language for article in parse_json(text, "x.json")] == ["de", "en"]


def test_characters_that_cannot_be_printed_become_spaces() -> None:
    (article,) = parse({"title": " Die\x00Bru\u0308cke\u202e \ud800"})
    assert article.title == "Die Brücke  ?"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "title: .*must not be empty"),
        ({"id": 7}, "id: .*valid string"),
        ({"language": "fr"}, "language: .*'de' or 'en'"),
        ({"sections": [{"paragraphs": "Text"}]}, r"sections\.0\.paragraphs: .*valid list"),
        ({"faq": [{"question": "Wer?"}]}, r"faq\.0\.answer: Field required"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ArticleError, match=message):
        parse(changes)


@pytest.mark.parametrize("text", ["{", "[[[", "null", '"text"', "[" * 100_000])
def test_what_is_no_article_is_an_error(text: str) -> None:
    with pytest.raises(ArticleError):
        parse_json(text, "x.json")


def test_unknown_fields_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        parse({"subtitle": "Bis Mai"})
    assert "ignored subtitle" in caplog.text


def test_duplicate_ids_name_both_files(tmp_path: Path) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in paths:
        path.write_text(json.dumps(ARTICLE), encoding="utf-8")
    with pytest.raises(ArticleError, match=r"a\.json and .*b\.json"):
        check_unique((path, article) for path in paths for article in read_articles(path))
