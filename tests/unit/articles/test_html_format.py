"""Web pages as articles, on saved pages built after the patterns of real editing systems."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from w3lib.encoding import html_to_unicode

from faq_bot.articles.files import read_articles
from faq_bot.articles.html_format import parse_html
from faq_bot.core.article import Article, SectionKind
from faq_bot.core.errors import ArticleError
from tests.support.paths import PAGES, SEEDS

WHOLE = sorted(path.name for path in PAGES.glob("*.html") if path.name != "paywall.html")


def read(name: str) -> Article:
    (article,) = read_articles(PAGES / name)
    return article


def parse(body: str, head: str = "", name: str = "page.html") -> Article:
    page = f"<html><head>{head}</head><body><article>{body}</article></body></html>"
    (article,) = parse_html(page.encode(), name)
    return article


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_seed_page_gives_the_article_of_its_text_form(language: str) -> None:
    (as_text,) = read_articles(SEEDS / f"amazon-openai.{language}.txt")
    as_page = read(f"amazon-openai.{language}.html")
    assert as_page.url == f"https://messbecher.example/{language}/amazon-openai"
    assert as_page.published == "2025-12-17T09:00:00+01:00"
    assert replace(as_page, url=None, published=None) == as_text


@pytest.mark.parametrize(
    ("name", "identifier", "kicker", "title", "author", "published"),
    [
        (
            "wordpress.html",
            "stadtbad-schliesst-bis-mai",
            "Lokales",
            "Stadtbad schließt bis Mai",
            "Karin Lohse",
            "2026-11-06T07:15:00+00:00",
        ),
        (
            "ghost.html",
            "solar-ferry",
            "Transport",
            "The ferry that runs on sunlight",
            "Mae Whitcombe",
            "2026-10-02T05:00:00.000Z",
        ),
        (
            "drupal.html",
            "school-meals-free-all-pupils-january",
            "Education",
            "School meals to be free for all pupils from January",
            "Owen Tarrant",
            "2026-09-18",
        ),
        (
            "arc.html",
            "water-main-break-leaves-9000-homes-dry",
            "City",
            "Water main break leaves 9,000 homes dry",
            "Lucía Ferrer, Tom Okafor",
            "2026-08-12T13:04:22Z",
        ),
        ("handmade.html", "handmade", None, "Der Storch ist zurück", "Gerd Pfister", "2026-04-24"),
        (
            "broken.html",
            "broken",
            None,
            "Neue Buslinie 12 verbindet Klinik und Bahnhof",
            None,
            "2026-05-04T06:00:00+02:00",
        ),
        (
            "latin-1.html",
            "latin-1",
            "Gemeinderat",
            "Müllabfuhr: Neue Gebühren ab Januar",
            None,
            "2026-11-20",
        ),
    ],
)
def test_what_stands_around_the_text(
    name: str,
    identifier: str,
    kicker: str | None,
    title: str,
    author: str | None,
    published: str,
) -> None:
    article = read(name)
    found = (article.id, article.kicker, article.title, article.author, article.published)
    assert found == (identifier, kicker, title, author, published)


@pytest.mark.parametrize(
    ("name", "language", "standfirst", "sections"),
    [
        (
            "wordpress.html",
            "de",
            "Im Stadtbad wird ab Montag",
            {None: 2, "Schulen weichen nach Neuhaus aus": 1, "Was mit den Karten geschieht": 3},
        ),
        (
            "ghost.html",
            "en",
            "Harbour Line's first solar ferry",
            {None: 2, "Quiet, but late": 3, "What comes next": 2},
        ),
        ("drupal.html", "en", None, {None: 2, "Who pays": 1, "What is on the plate": 5}),
        (
            "arc.html",
            "en",
            "Crews expect to restore service",
            {None: 2, "Where to get water": 4, "Schools stay closed": 1, "Lucía Ferrer": 2},
        ),
        ("handmade.html", "de", "Nach elf Jahren brütet", {None: 2}),
        ("broken.html", "de", "Ab Juni fährt tagsüber", {None: 2, "Linie 9 entfällt": 4}),
        ("latin-1.html", "de", "Die graue Tonne wird teurer", {None: 2, "Gelbe Säcke": 1}),
    ],
)
def test_the_text_in_its_sections(
    name: str, language: str, standfirst: str | None, sections: dict[str | None, int]
) -> None:
    article = read(name)
    assert article.language == language
    assert (article.standfirst or "").startswith(standfirst or "")
    assert (article.standfirst is None) == (standfirst is None)
    assert {one.heading: len(one.paragraphs) for one in article.sections} == sections


@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("wordpress.html", ["Warum wird nicht im Sommer gebaut?", "Bleibt die Sauna offen?"]),
        ("drupal.html", ["Do parents have to register?", "What about allergies?"]),
        ("handmade.html", ["Wann schlüpfen die Jungen?", "Darf man das Nest besuchen?"]),
        ("arc.html", []),
    ],
)
def test_questions_are_found_as_details_definitions_and_headings(
    name: str, questions: list[str]
) -> None:
    article = read(name)
    assert [entry.question for entry in article.faq] == questions
    text = [p.text for section in article.sections for p in section.paragraphs]
    assert not {entry.answer for entry in article.faq} & set(text)


@pytest.mark.parametrize("name", WHOLE)
def test_all_that_an_article_says_stands_on_its_page(name: str) -> None:
    page = html.fromstring(html_to_unicode(None, (PAGES / name).read_bytes())[1])
    there = " ".join(page.text_content().split())
    blocks = [block for block in read(name).blocks() if " · " not in block]  # rows of a table
    assert sum(map(len, blocks)) > 500
    assert [block for block in blocks if block not in there] == []


@pytest.mark.parametrize(
    ("name", "furniture"),
    [
        ("wordpress.html", ["Cookies", "Newsletter", "Teilen"]),
        ("wordpress.html", ["es tropft dort", "Weihnachtsmarkt", "Impressum", "Foto: Lohse"]),
        ("ghost.html", ["Unsubscribe", "Member discussion", "painted twice", "Powered by"]),
        ("drupal.html", ["About time", "Most read", "All rights reserved", "Skip to main"]),
        ("arc.html", ["ADVERTISEMENT", "Related:", "free articles", "Stadium", "Privacy"]),
        ("handmade.html", ["Feuerwehrübung", "sonnig", "Besucher seit", "Archiv"]),
        ("broken.html", ["Startseite", "Auch interessant", "GmbH"]),
        ("latin-1.html", ["Anzeigen", "©"]),
        ("amazon-openai.de.html", ["Cookies", "Keine Kommentare", "beantworten die besten"]),
    ],
)
def test_furniture_stays_out(name: str, furniture: list[str]) -> None:
    text = read(name).text
    assert [words for words in furniture if words in text] == []


def test_signs_that_look_like_html_are_text() -> None:
    article = parse(
        "<h1>Formeln</h1><p>Es gilt a&lt;b und b&gt;c, so steht es im Lehrbuch.</p>" * 2
    )
    assert "Es gilt a<b und b>c" in article.text


def test_what_is_for_subscribers_is_told() -> None:
    with pytest.raises(ArticleError, match=r"paywall.html: .* for subscribers"):
        read("paywall.html")


def test_text_in_latin_1_is_read_as_browsers_do() -> None:
    assert "„Wir haben fünf Jahre lang nicht erhöht“, sagte sie." in read("latin-1.html").text


TEXT = (
    "<h1>Die Brücke</h1><p>Die Brücke über den Fluss ist bis Mai gesperrt, teilt die Stadt mit.</p>"
)


def test_questions_in_json_ld_are_answers_of_the_article_once() -> None:
    answer = {"@type": "Answer", "text": "<p>Bis Mai.</p>"}
    known = {"@type": "Question", "name": "Wie lange?", "acceptedAnswer": answer}
    page = {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": [known]}
    json_ld = f'<script type="application/ld+json">{json.dumps(page)}</script>'
    shown = "<div><b>Wie lange?</b><p>Bis Mai.</p></div>"
    article = parse(TEXT + shown, json_ld)
    assert [(entry.question, entry.answer) for entry in article.faq] == [("Wie lange?", "Bis Mai.")]
    as_details = "<details><summary>Wie lange?</summary>Bis Mai.</details>"
    assert parse(TEXT + as_details, json_ld).faq == article.faq


@pytest.mark.parametrize(
    ("first", "standfirst"),
    [
        ("<p><b>{}</b></p>", True),
        ("<p><b>Berlin.</b> {}</p>", False),
        ("<p>{}</p>", False),
        ('<p class="teaser-lead">{}</p>', True),
        ('<p class="leader">{}</p>', False),
    ],
)
def test_what_is_a_standfirst(first: str, standfirst: bool) -> None:
    text = "Die Brücke über den Fluss ist bis Mai gesperrt, sagt die Stadt."
    more = "<p>Der Beton hat Risse. Die Stadt lässt ihn in den nächsten Monaten erneuern.</p>"
    article = parse(f"<h1>Die Brücke</h1>{first.format(text)}{more}")
    assert (article.standfirst is not None) == standfirst
    assert text in article.text


def test_one_heading_that_is_a_question_is_a_heading() -> None:
    article = parse(f"{TEXT}<h2>Und dann?</h2><p>Danach fahren wieder Busse über die Brücke.</p>")
    assert article.faq == ()
    assert article.sections[-1].heading == "Und dann?"


def test_a_heading_names_the_questions_below_it() -> None:
    below = "<h2>Leserfragen</h2><h3>Und dann?</h3><p>Danach fahren wieder Busse.</p>"
    (entry,) = parse(TEXT + below).faq
    assert (entry.question, entry.answer) == ("Und dann?", "Danach fahren wieder Busse.")


def test_versions_that_name_each_other_are_one_article() -> None:
    links = (
        '<link rel="alternate" hreflang="de-DE" href="https://post.example/bruecke-gesperrt.html">'
        '<link rel="alternate" hreflang="en" href="https://post.example/en/bridge-closed.html">'
    )
    english = (
        "<h1>The bridge</h1><p>The bridge across the river is closed until May, the city says.</p>"
    )
    german = parse(TEXT, f'{links}<link rel="canonical" href="/bruecke-gesperrt.html">')
    translated = parse(english, f'{links}<meta property="og:locale" content="en_GB">')
    assert (german.id, german.language) == ("bruecke-gesperrt", "de")
    assert (translated.id, translated.language) == ("bruecke-gesperrt", "en")


@pytest.mark.parametrize(
    ("address", "identifier"),
    [
        ("https://post.example/2026/11/bridge-closed/", "bridge-closed"),
        ("https://post.example/bridge-closed.html?utm_source=x#top", "bridge-closed"),
        ("https://post.example/news/bridge/12345.html", "bridge-12345"),
        ("https://post.example/Brücke/index.php", "brücke-index"),
    ],
)
def test_the_address_gives_the_id(address: str, identifier: str) -> None:
    (article,) = parse_html(f"<article>{TEXT}</article>".encode(), "", address)
    assert article.id == identifier


def test_an_author_box_and_sources_are_known() -> None:
    below = (
        "<h2>Quellen</h2><ul><li>Stadt Altstetten</li><li>Stadtwerke</li></ul>"
        '<div class="author-box"><h3>Ida Brandt</h3><p>Sie berichtet aus dem Rathaus.</p></div>'
    )
    article = parse(TEXT * 2 + below)
    kinds = [section.kind for section in article.sections]
    assert kinds[-2:] == [SectionKind.SOURCES, SectionKind.AUTHOR]
    assert [p.text for p in article.sections[-2].paragraphs] == ["Stadt Altstetten", "Stadtwerke"]
    assert article.author == "Ida Brandt"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "not a web page|no headline"),
        (b"<html><body><p>Nur ein Satz ohne Titel.</p></body></html>", "no headline"),
        (b"<html><body><h1>Nur ein Titel</h1></body></html>", "no text"),
        (b'{"id": "a"}', "no headline|not a web page"),
    ],
)
def test_what_is_no_article_is_told(tmp_path: Path, page: bytes, reason: str) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(page)
    with pytest.raises(ArticleError, match=reason):
        read_articles(path)


FRAGMENTS = [
    b"<p>", b"</p>", b"</article>", b"<article>", b"<div class=", b">", b"<!--", b"-->",
    b"<script>", b"<table><td>", b"<h1>", b"</html>", b"&#0;", b"&amp", b"\0", b"\xff\xfe",
    "ä".encode(), b"a b",
]  # fmt: skip


@given(st.binary(max_size=400) | st.lists(st.sampled_from(FRAGMENTS)).map(b"".join))
def test_what_was_read_stays_whatever_bytes_follow(data: bytes) -> None:
    sentence = "Die Brücke über den Fluss ist bis Mai gesperrt, teilt die Stadt mit."
    begun = f"<html><body><article><h1>Titel</h1><p>{sentence}</p>"
    (article,) = parse_html(begun.encode() + data, "page.html")
    assert article.title == "Titel"
    assert sentence in f"{article.standfirst} {article.text}"
