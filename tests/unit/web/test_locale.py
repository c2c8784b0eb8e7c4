import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from faq_bot.core.languages import Language
from faq_bot.web.locale import preferred_language


def chosen(accepted: str, default: Language = "de", address: str = "") -> Language:
    """Return the language for a browser that sends this `Accept-Language`."""
    headers = [(b"accept-language", accepted.encode("latin-1"))]
    scope = {"type": "http", "headers": headers, "query_string": address.encode()}
    return preferred_language(Request(scope), default)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en;q=0.3, de;q=0.9", "de"),
        ("de;q=0.3, en;q=0.9", "en"),
        ("fr, en;q=0.8, de;q=0.1", "en"),
        ("fr, de;q=0.1, en;q=0.8", "en"),
        ("en, de", "en"),
        ("de, en", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("EN-us;q=0.5, de-AT", "de"),
        ("de-CH-1996;q=0.9, en;q=0.2", "de"),
        ("nonsense;q=x, de;q=7, ;;, en;q=0.5", "en"),
    ],
)
def test_the_browsers_languages_count_by_their_weights(accepted: str, language: Language) -> None:
    assert chosen(accepted, "de") == chosen(accepted, "en") == language


@pytest.mark.parametrize("accepted", ["", "*", "fr", "fr, *;q=0.5", "de;q=0, en;q=0", ";;,=", "-"])
def test_a_browser_that_prefers_neither_language_gets_the_default(accepted: str) -> None:
    assert chosen(accepted, "de") == "de"
    assert chosen(accepted, "en") == "en"


@pytest.mark.parametrize("accepted", ["de;q=0", "de;q=0, *", "*, de;q=0.0"])
def test_a_language_that_is_refused_is_not_chosen(accepted: str) -> None:
    assert chosen(accepted, "de") == "en"


@pytest.mark.parametrize("address", ["lang=en", "lang=EN-gb"])
def test_the_address_goes_first(address: str) -> None:
    assert chosen("de, en;q=0", "de", address) == "en"


@given(st.text(st.characters(codec="latin-1")), st.text(alphabet="ende-;q=.01, *"))
def test_any_header_gives_a_language(one: str, other: str) -> None:
    assert chosen(one) in {"de", "en"}
    assert chosen(other, address="lang=" + other) in {"de", "en"}
