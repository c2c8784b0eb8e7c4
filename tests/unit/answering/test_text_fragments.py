"""Addresses that lead to a sentence, read as a browser reads them."""

import re
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from faq_bot.answering.text_fragments import text_directive, with_text_fragment
from faq_bot.core.article import Article, Span

WORDS = st.sampled_from(
    ["Der", "Preis", "steigt.", "US-Dollar", "10", "%", "&", "a,b", "„ja“", "ß"]
)


def span_led_to(text: str, directive: str) -> Span:
    """Find the first match of a directive (its grammar: the specification, section 3.2)."""
    parts = directive.split(",")
    prefix = parts.pop(0)[:-1] if parts[0].endswith("-") else None
    suffix = parts.pop()[1:] if parts[-1].startswith("-") else None
    assert 1 <= len(parts) <= 2
    pattern = r"(?P<start>" + _pattern(parts[0]) + ")"
    if len(parts) == 2:
        pattern += r"[\s\S]*?" + _pattern(parts[1])
    found = f"(?P<range>{pattern})"
    if prefix is not None:
        found = _pattern(prefix) + r"\s+" + found
    if suffix is not None:
        found += r"\s+" + _pattern(suffix)
    match = re.search(found, text, re.IGNORECASE)
    assert match is not None
    return Span(*match.span("range"))


def _pattern(encoded: str) -> str:
    assert re.fullmatch(r"(%[0-9A-F]{2}|[A-Za-z0-9._~])+", encoded)
    words = [re.escape(word) for word in unquote(encoded).split()]
    return r"(?<!\w)" + r"\s+".join(words) + r"(?!\w)"


@given(st.lists(st.lists(WORDS, min_size=1, max_size=30), min_size=1, max_size=6), st.data())
def test_the_first_match_is_the_sentence(sentences: list[list[str]], data: st.DataObject) -> None:
    joined = [" ".join(words) for words in sentences]
    number = data.draw(st.integers(0, len(joined) - 1))
    text = "\n\n".join(joined)
    start = sum(len(sentence) + 2 for sentence in joined[:number])
    span = Span(start, start + len(joined[number]))
    assert span_led_to(text, text_directive(text, span)) == span


def test_every_sentence_of_the_seed_article_is_led_to(german: Article) -> None:
    for paragraph in (p for section in german.sections for p in section.paragraphs):
        start = german.text.index(paragraph.text)
        span = Span(start, start + len(paragraph.text))
        assert span_led_to(german.text, text_directive(german.text, span)) == span


def test_a_short_sentence_that_stands_twice_is_told_by_what_stands_before_it() -> None:
    text = "Die Zahl ist groß. Ja. Und die Zahl ist klein. Ja. Ende."
    span = Span(text.rindex("Ja."), text.rindex("Ja.") + 3)
    assert text_directive(text, span) == "klein.-,Ja."
    address = with_text_fragment("https://news.example/a?b=c#top", text, span)
    assert address == "https://news.example/a?b=c#top:~:text=klein.-,Ja."


def test_what_divides_a_directive_is_encoded() -> None:
    text = "A-B, C & D?"
    assert text_directive(text, Span(0, len(text))) == "A%2DB%2C%20C%20%26%20D%3F"
