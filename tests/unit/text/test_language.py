import pytest

from faq_bot.text.language import detect_language

GERMAN = [
    "Was ist Trainium?", "warum Amazon", "Microsoft Anteil", "Risiken", "Quellen", "und Nvidia?",
    "Börsengang", "Boersengang", "kartelrechtliche", "danke", "wann", "Chips von AWS",
    "Amazon Investition", "Und warum?", "wie viel Geld", "10 Mrd. Dollar",
]  # fmt: skip
ENGLISH = [
    "What is Trainium?", "why Amazon", "Microsoft stake", "risks", "sources", "and Nvidia?",
    "IPO when", "thanks", "when", "chips by AWS", "antitrust", "And Microsoft?", "timing",
    "Who is Jassy?", "how much money", "deal risks",
]  # fmt: skip


@pytest.mark.parametrize("question", GERMAN)
def test_short_german_is_recognised_on_an_english_page(question: str) -> None:
    assert detect_language(question, "en") == "de"


@pytest.mark.parametrize("question", ENGLISH)
def test_short_english_is_recognised_on_a_german_page(question: str) -> None:
    assert detect_language(question, "de") == "en"


@pytest.mark.parametrize("question", ["Trainium", "Microsoft", "Andy Jassy", "CNBC", "42", "🙂"])
def test_where_the_text_cannot_tell_the_page_decides(question: str) -> None:
    assert detect_language(question, "de") == "de"
    assert detect_language(question, "en") == "en"


@pytest.mark.parametrize(
    "question",
    ["Qu'est-ce que c'est que Trainium ?", "微软投资了多少", "Сколько инвестировал Microsoft?"],
)
def test_a_third_language_is_answered_in_the_language_of_the_page(question: str) -> None:
    assert detect_language(question, "de") == "de"
    assert detect_language(question, "en") == "en"


def test_the_same_text_always_has_the_same_language() -> None:
    assert len({detect_language("Nvidia Anteil Deal Microsoft Cloud") for _ in range(20)}) == 1
