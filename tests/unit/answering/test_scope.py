"""Answers from other articles than the one asked about, and from the newest report."""

import pytest

from faq_bot import FaqBot
from faq_bot.core.answer import Outcome, Scope
from faq_bot.core.languages import LANGUAGES, Language
from tests.support.sample_articles import CHOIR, CLOSED, COST, FIRST, LATER, UNTIL, report


@pytest.fixture(scope="module")
def archive(bot: FaqBot) -> FaqBot:
    return bot.with_articles([LATER, CLOSED, FIRST, CHOIR])


def test_the_article_asked_about_answers_first(archive: FaqBot) -> None:
    for scope in Scope:
        answer = archive.ask("Warum ist die Brücke gesperrt?", article="closed", scope=scope)
        assert "Risse" in str(answer.answer)
        assert not answer.is_from_elsewhere


def test_a_related_article_answers_what_the_article_does_not(archive: FaqBot) -> None:
    alone = archive.ask(COST, article="closed")
    assert alone.outcome is not Outcome.ANSWER
    answer = archive.ask(COST, article="closed", scope=Scope.RELATED)
    assert answer.is_from_elsewhere
    assert "14 Millionen Euro" in str(answer.answer)
    (source, *_) = answer.sources
    assert (source.article, source.title, str(source.date)) == (
        "later",
        "Rheinbrücke bleibt länger gesperrt",
        "2026-04-20",
    )
    assert str(source.link).startswith("https://news.example/later#")


def test_an_article_on_another_subject_does_not_answer(archive: FaqBot) -> None:
    answer = archive.ask("Was kostet der Eintritt?", article="closed", scope=Scope.ARCHIVE)
    assert answer.outcome is not Outcome.ANSWER
    assert "acht Euro" in str(archive.ask("Was kostet der Eintritt?").answer)


def test_the_newer_of_two_reports_answers(archive: FaqBot) -> None:
    answer = archive.ask(UNTIL)
    assert "30. September" in str(answer.answer)
    assert next(str(source.date) for source in answer.sources) == "2026-04-20"
    assert not any("31. Mai" in source.text for source in answer.sources)


def test_the_same_report_without_a_date_is_no_newer(bot: FaqBot) -> None:
    undated = report("undated", None, LATER.title, *[p.text for p in LATER.sections[0].paragraphs])
    two = bot.with_articles([FIRST, undated])
    found = {str(source.date) for source in two.ask(UNTIL).candidates}
    assert found == {"None", "2026-03-05"}


def test_a_question_about_one_of_several_articles_stays_there(archive: FaqBot) -> None:
    assert {source.article for source in archive.ask(UNTIL, article="first").candidates} == {
        "first"
    }


def test_where_there_is_one_article_only_it_is_the_one_asked_about(bot: FaqBot) -> None:
    assert bot.ask("Was ist Trainium?").article == "amazon-openai"


def test_articles_are_listed_newest_first(archive: FaqBot) -> None:
    assert archive.find_articles() == ("later", "first", "closed", "choir")


@pytest.mark.parametrize("language", LANGUAGES)
def test_articles_are_found_by_title_and_by_what_they_tell(
    archive: FaqBot, language: Language
) -> None:
    assert archive.find_articles("rheinbrücke REPARATUR", language)[0] == "first"
    assert archive.find_articles("Konzert in der Kirche", language)[0] == "choir"
    assert archive.find_articles("Preis der Pfeilersanierung", language)[0] == "later"


def test_what_no_article_tells_of_is_not_found(archive: FaqBot) -> None:
    assert archive.find_articles("Weltmeisterschaft im Skispringen") == ()


def test_a_scope_is_no_wider_than_allowed() -> None:
    assert Scope.ARCHIVE.within(Scope.RELATED) is Scope.RELATED
    assert Scope.RELATED.within(Scope.ARTICLE) is Scope.ARTICLE
    assert Scope.ARTICLE.within(Scope.ARCHIVE) is Scope.ARTICLE
