import pytest

from faq_bot import Article, FaqBot, Paragraph, Section
from faq_bot.answering.about_article import asks_for_overview
from faq_bot.core.answer import Occasion, Outcome

OVERVIEW = [
    "Worum geht es in dem Artikel?",
    "worum geht's hier eigentlich",
    "Um was geht es?",
    "Wovon handelt dieser Text?",
    "Zusammenfassung bitte",
    "Bitte eine kurze Zusammenfassung des Artikels",
    "Fasse den Artikel kurz zusammen",
    "Was sind die wichtigsten Punkte?",
    "Das Wichtigste in Kürze",
    "Was steht im Artikel?",
    "Was ist passiert?",
    "TL;DR",
    "What is this article about?",
    "what's it all about",
    "Please summarise the article",
    "Can you sum up this story for me?",
    "What are the key points?",
    "a short summary please",
    "key takeaways",
    "What happened?",
]
OF_THE_SUBJECT = [
    "Worum geht es in dem Vertrag mit Microsoft?",
    "Was ist in Singapur passiert?",
    "What happened to the fund?",
    "Was sind die wichtigsten Kunden?",
    "What is Trainium about?",
    "What is the main competitor?",
    "Was steht auf dem Spiel?",
]


@pytest.mark.parametrize("message", OVERVIEW)
def test_who_asks_what_it_is_about_wants_an_overview(message: str) -> None:
    assert asks_for_overview(message)


@pytest.mark.parametrize("message", OF_THE_SUBJECT)
def test_who_asks_about_the_subject_wants_more_than_an_overview(message: str) -> None:
    assert not asks_for_overview(message)


@pytest.mark.parametrize(
    ("question", "language", "begins"),
    [
        ("Worum geht es in dem Artikel?", "de", "Berichten zufolge"),
        ("What are the key points?", "en", "OpenAI is"),
    ],
)
def test_the_overview_is_how_the_article_begins(
    bot: FaqBot, question: str, language: str, begins: str
) -> None:
    reply = bot.ask(question)
    version = bot.version("amazon-openai", "de" if language == "de" else "en")
    assert (reply.outcome, reply.occasion) == (Outcome.ANSWER, Occasion.OVERVIEW)
    assert reply.answer is not None
    assert reply.answer.startswith(begins)
    assert reply.answer in version.text
    assert reply.sources[0].title == version.title
    assert set(reply.suggestions) <= {entry.question for entry in version.faq}
    assert len(reply.suggestions) == 3


@pytest.mark.parametrize(
    "question",
    [
        "What is Anthropic's valuation?",
        "Was heißt das für Nvidia?",
        "Wie hoch wird Anthropic bewertet?",
        "Wer berät OpenAI?",
    ],
)
def test_sources_and_author_answer_only_who_asks_about_them(bot: FaqBot, question: str) -> None:
    reply = bot.ask(question)
    for source in (*reply.sources, *reply.candidates):
        assert source.section not in {"Quellen", "Sources"}
        assert "Risberg" not in source.text


@pytest.mark.parametrize(
    "question", ["Quelle?", "Welche Quellen nennt der Text?", "Any references?"]
)
def test_who_asks_for_sources_gets_them(bot: FaqBot, question: str) -> None:
    reply = bot.ask(question)
    assert reply.outcome is not Outcome.REFUSED
    assert reply.sources[0].section in {"Quellen", "Sources"}


def test_an_author_is_asked_about_by_name(bot: FaqBot) -> None:
    assert "Mattias Risberg" in bot.ask("Wer ist Mattias Risberg?").candidates[0].text


def test_the_only_paragraph_is_the_overview() -> None:
    article = Article("a", "de", "Titel", (Section(None, (Paragraph("Ein Satz über Brücken."),)),))
    assert FaqBot.from_articles([article]).ask("Worum geht es?").answer == "Ein Satz über Brücken."
