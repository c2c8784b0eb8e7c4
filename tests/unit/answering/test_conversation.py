import pytest

from faq_bot import FaqBot
from faq_bot.answering.conversation import Meaning, readings, split_questions
from faq_bot.answering.small_talk import find_occasion, without_greeting
from faq_bot.core.answer import Occasion, Outcome
from faq_bot.text.spelling import Spelling


@pytest.mark.parametrize(
    ("message", "occasion"),
    [
        ("Hallo", Occasion.GREETING),
        ("Guten Tag!", Occasion.GREETING),
        ("hi there", Occasion.GREETING),
        ("Danke schön!", Occasion.THANKS),
        ("Vielen Dank für die Auskunft", Occasion.THANKS),
        ("thanks a lot", Occasion.THANKS),
        ("Tschüss", Occasion.GOODBYE),
        ("bye", Occasion.GOODBYE),
        ("Wer bist du?", Occasion.IDENTITY),
        ("Bist du ein Mensch?", Occasion.IDENTITY),
        ("Who are you?", Occasion.IDENTITY),
        ("are you a bot", Occasion.IDENTITY),
        ("Hilfe", Occasion.HELP),
        ("What can you do?", Occasion.HELP),
        ("Wer ist Andy Jassy?", None),
        ("Who are you investing in?", None),
        ("Hallo, was ist Trainium?", None),
        ("Danke, und was ist Inferentia?", None),
    ],
)
def test_politeness_is_told_from_questions(message: str, occasion: Occasion | None) -> None:
    assert find_occasion(message) is occasion


def test_a_greeting_is_taken_off_a_question() -> None:
    assert without_greeting("Hallo, was ist Trainium?") == "was ist Trainium?"
    assert without_greeting("Hi! What is Trainium?") == "What is Trainium?"
    assert without_greeting("Nvidia, AMD und Google?") == "Nvidia, AMD und Google?"
    assert without_greeting("Hallo!") == "Hallo!"


def test_several_questions_are_told_apart() -> None:
    assert split_questions("Was ist Trainium? Und wer baut es?", "de") == (
        "Was ist Trainium?",
        "Und wer baut es?",
    )
    assert split_questions("I read the article. What is Trainium?", "en") == (
        "I read the article. What is Trainium?",
    )
    assert len(split_questions("A? B? C? D? E?", "en")) == 3


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "Was ist Trainium und wie viel soll Amazon investieren?",
            ("Was ist Trainium?", "Wie viel soll Amazon investieren?"),
        ),
        (
            "What is Trainium, and how much will Amazon invest",
            ("What is Trainium?", "How much will Amazon invest"),
        ),
        ("Wann und wo findet das statt?", None),
        ("Wie und warum wurde der Vertrag geschlossen?", None),
        ("Weiß Amazon, was es kauft und wie viel das kostet?", None),
        ("Who are the founders and investors?", None),
    ],
)
def test_two_whole_questions_may_share_a_question_mark(
    message: str, parts: tuple[str, ...] | None
) -> None:
    assert split_questions(message, "de") == (parts or (message,))


def test_another_name_takes_the_place_of_one_before() -> None:
    found = readings("And Microsoft?", "How much does Amazon invest?")
    assert found[0] == Meaning("How much does Microsoft invest?", about="Microsoft")
    assert {one.about for one in found} == {"Microsoft"}


def test_a_short_question_may_go_on_from_the_one_before() -> None:
    assert readings("Warum?", "Ist das sicher?") == (
        Meaning("Warum?"),
        Meaning("Ist das sicher? Warum?"),
    )
    assert readings("Und warum?", "Ist das sicher?")[0] == Meaning("Ist das sicher? Und warum?")
    assert readings("Was kostet das?", "Was ist Trainium?")[0] == Meaning("Was kostet das?")


@pytest.mark.parametrize("previous", [None, "Was ist Trainium?"])
@pytest.mark.parametrize(
    "question",
    [
        "Wie viel hat Microsoft in OpenAI investiert?",
        "Wie wird das Wetter morgen?",
        "Gibt es schon einen Termin?",
        "Is there a date yet?",
    ],
)
def test_a_whole_question_stands_alone(question: str, previous: str | None) -> None:
    assert readings(question, previous) == (Meaning(question),)


def test_misspelt_words_are_mended_with_the_articles_words() -> None:
    spelling = Spelling(["Trainium ist ein Chip. Microsoft prüft den Börsengang. Anthropic"])
    assert spelling.correct("Was ist Tranium?") == "Was ist Trainium?"
    assert spelling.correct("Boersengang Mircosoft") == "Börsengang Microsoft"
    assert spelling.correct("Antrophic") == "Anthropic"
    assert spelling.correct("Was müssen Behoerden pruefen?") == "Was müssen behörden prüfen?"
    for right in ("Abenteuer steuern", "Apfelkuchen backen", "Nvidia", "neue Chips"):
        assert spelling.correct(right) == right


def test_the_bot_is_polite_and_answers_nothing(bot: FaqBot) -> None:
    reply = bot.ask("Guten Morgen!")
    assert (reply.outcome, reply.occasion) == (Outcome.REFUSED, Occasion.GREETING)
    assert reply.answer is None
    assert reply.suggestions


def test_a_follow_up_is_understood(bot: FaqBot) -> None:
    first = "Wie viel will Amazon in OpenAI investieren?"
    assert bot.ask(first).answered
    reply = bot.ask("Und Microsoft?", previous=first)
    assert reply.answered
    assert "13 Milliarden" in reply.sources[0].quote
    assert reply.question == "Und Microsoft?"


@pytest.mark.parametrize(
    ("first", "following"),
    [
        ("Wie viel hat Microsoft investiert?", "Und Nvidia?"),
        ("How much has Microsoft invested?", "And Oracle?"),
        ("Wie viel hat Microsoft investiert?", "Und Siemens?"),
    ],
)
def test_a_follow_up_is_answered_about_what_it_names_or_not_at_all(
    bot: FaqBot, first: str, following: str
) -> None:
    name = following.split()[1].rstrip("?")
    reply = bot.ask(following, previous=first)
    assert not reply.answered or name in reply.sources[0].quote


def test_each_of_several_questions_gets_its_reply(bot: FaqBot) -> None:
    reply = bot.ask("Was ist Inferentia? Wie wird das Wetter morgen?")
    assert [part.question for part in reply.parts] == [
        "Was ist Inferentia?",
        "Wie wird das Wetter morgen?",
    ]
    assert [part.answered for part in reply.parts] == [True, False]
    assert reply.answer == reply.parts[0].answer
    assert bot.ask("Was ist Inferentia?").parts == ()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param(
            "boersengang",
            "Börsengang",
            marks=pytest.mark.xfail(reason="the reader is not sure enough of one keyword alone"),
        ),
        ("boersengang von openai", "Börsengang"),
        ("was ist tranium", "Trainium"),
        ("Antrophic", "Anthropic"),
        ("ipo", "IPO"),
        ("Quellen?", "OpenAI (Unternehmensoffenlegungen"),
        ("sources?", "OpenAI (company disclosures"),
        ("Autor?", "Mattias Risberg"),
        ("who wrote this", "Mattias Risberg"),
    ],
)
def test_what_is_typed_in_a_hurry_is_understood(bot: FaqBot, typed: str, expected: str) -> None:
    reply = bot.ask(typed, ui_language="de")
    assert reply.outcome is not Outcome.REFUSED
    assert expected in reply.sources[0].text
