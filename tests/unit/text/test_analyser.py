import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.text.analyser import terms

TEN_BILLION = "#1e+10"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("10 Milliarden", "de"),
        ("10 Mrd. Dollar", "de"),
        ("zehn Milliarden US-Dollar", "de"),
        ("10.000.000.000 Euro", "de"),
        ("$10 billion", "en"),
        ("$10B", "en"),
        ("10 bn", "en"),
        ("ten billion dollars", "en"),
        ("10,000,000,000", "en"),
        ("10000 million", "en"),
    ],
)
def test_an_amount_is_the_same_in_every_notation(text: str, language: Language) -> None:
    assert TEN_BILLION in terms(text, language)


def test_a_german_billion_is_a_thousand_english_ones() -> None:
    assert terms("2 Billion", "de") != terms("2 billion", "en")
    assert terms("2 Billionen", "de") == terms("2 trillion", "en")


def test_decimals_follow_the_language_and_survive_the_others_notation() -> None:
    assert terms("6,6 Milliarden", "de") == terms("6.6 billion", "en") == ["#6600000000"]
    assert terms("6.6 Milliarden", "de") == ["#6600000000"]
    assert terms("1.000 Euro", "de") == terms("1,000 euros", "en") == ["#1000", "#eur"]


def test_inflected_words_and_missing_umlauts_meet() -> None:
    assert terms("Behörden", "de") == terms("Behörde", "de")
    assert terms("Boersengang", "de") == terms("Börsengang", "de")
    assert terms("investing", "en") == terms("invested", "en")


def test_compounds_share_their_parts() -> None:
    assert set(terms("Aktienverkauf", "de")) & set(terms("Verkauf", "de"))
    assert set(terms("Wasserverbrauch", "de")) & set(terms("Wasser", "de"))


def test_names_are_the_same_in_both_languages() -> None:
    assert terms("OpenAI Trainium2", "de") == terms("OpenAI Trainium2", "en")


def test_words_without_meaning_of_their_own_are_left_out() -> None:
    assert terms("Wie viel ist das?", "de") == []
    assert terms("How much is that?", "en") == []


@given(st.text(), st.sampled_from(LANGUAGES))
def test_any_text_has_terms(text: str, language: Language) -> None:
    assert all(terms(text, language))
