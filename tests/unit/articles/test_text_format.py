import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_bot import Article
from faq_bot.articles.files import read_articles
from faq_bot.articles.text_format import parse_text
from faq_bot.core.article import SectionKind
from faq_bot.core.characters import clean
from faq_bot.core.errors import ArticleError
from tests.support.paths import SEEDS

HEADER = "Ein Titel\n\n"
BODY = "Der erste Absatz hat zwei Sätze. Das ist der zweite.\n\n"


def test_finds_every_part_of_the_seed(german: Article) -> None:
    assert german.key == ("amazon-openai", "de")
    assert german.title == "Amazon verhandelt über 10-Milliarden-Dollar-Investment in OpenAI"
    assert german.kicker == "K.I."
    assert german.alternative_title == "Amazon Talks to Invest $10B in OpenAI"
    assert german.standfirst is not None
    assert german.standfirst.startswith("Berichten zufolge führt OpenAI Gespräche")
    assert german.standfirst.endswith("grundlegend verändern.")
    body = [section for section in german.sections if section.kind is SectionKind.BODY]
    assert [len(section.paragraphs) for section in body] == [1, 2, 2, 2, 2, 2, 3]
    assert body[0].heading == (
        "Milliardenschwere Gespräche verlagern die CPU-GPU-Thematik in die Cloud"
    )
    assert body[-1].paragraphs[-1].text.startswith("Die Geschichte bleibt eine")
    sources, author = german.sections[-2:]
    assert (sources.kind, sources.heading) == (SectionKind.SOURCES, "Quellen")
    assert sources.paragraphs[1].text == ("Amazon Web Services (Produktankündigungen für Trainium)")
    assert len(sources.paragraphs) == 5
    assert german.author == "Mattias Risberg"
    name, bio, place = (paragraph.text for paragraph in author.paragraphs)
    assert name == "Mattias Risberg"
    assert bio.startswith("Cologne-based science & technology reporter tracking")
    assert place == "University of Cologne (Universität zu Köln) • Cologne, Germany"
    assert [entry.question[:11] for entry in german.faq] == [
        "Welche Inve", "Was ist Tra", "Wie könnte ", "Welche weit",
    ]  # fmt: skip
    assert german.faq[0].answer.endswith("noch ungeklärt ist.")


def test_leaves_out_the_furniture_of_the_page(german: Article) -> None:
    for furniture in ("Kommentare", "Haben Sie eine Frage", "Leserfragen beantwortet", "Readers"):
        assert furniture not in german.text


def test_keeps_every_word_of_the_page_but_the_furniture(german: Article) -> None:
    page = (SEEDS / "amazon-openai.de.txt").read_text(encoding="utf-8")
    page = page[: page.index("Haben Sie eine Frage")]
    for line in page.splitlines():
        text = line.strip(" •").removeprefix("Q ").removeprefix("A ")
        assert text in german.text or text in {"Readers", "Leserfragen beantwortet"}


def test_the_english_version_corresponds_paragraph_by_paragraph(
    german: Article, english: Article
) -> None:
    assert english.title == "Amazon Talks to Invest $10B in OpenAI"
    assert english.translated_from == "de"
    assert len(english.faq) == len(german.faq)
    shape = [(section.kind, len(section.paragraphs)) for section in german.all_sections]
    assert [(section.kind, len(section.paragraphs)) for section in english.all_sections] == shape


def test_an_article_needs_neither_standfirst_nor_sources_nor_questions() -> None:
    (article,) = parse_text(HEADER + "Eine Überschrift\n\n" + BODY, "x.de.txt")
    assert article.standfirst is None
    assert article.faq == ()
    (section,) = article.sections
    assert section.heading == "Eine Überschrift"


def test_a_first_paragraph_with_line_breaks_is_kept_whole() -> None:
    wrapped = (
        "Der erste Absatz ist so lang, dass er eine\nzweite Zeile braucht und dann\nendet.\n\n"
    )
    (article,) = parse_text(HEADER + wrapped + BODY, "x.de.txt")
    assert article.kicker is None
    assert article.standfirst == wrapped.strip().replace("\n", " ")


@pytest.mark.parametrize(
    ("lines", "kicker", "title", "standfirst"),
    [
        (
            "Politik\nDer Rat hat heute entschieden.",
            "Politik",
            None,
            "Der Rat hat heute entschieden.",
        ),
        ("Politik\nThe council\nEs ging schnell.", "Politik", "The council", "Es ging schnell."),
        ("Politik\nThe council\nEins.\nZwei.", "Politik", "The council", "Eins. Zwei."),
    ],
)
def test_kicker_and_standfirst(lines: str, kicker: str, title: str, standfirst: str) -> None:
    (article,) = parse_text(HEADER + lines + "\n\n" + BODY, "x.de.txt")
    found = (article.kicker, article.alternative_title, article.standfirst)
    assert found == (kicker, title, standfirst)


def test_a_page_of_comments_alone_is_no_article() -> None:
    with pytest.raises(ArticleError, match="nothing above"):
        parse_text("Kommentare\n\nNoch keine Kommentare.", "x.de.txt")


def words(*texts: str | None) -> Counter[str]:
    return Counter(re.findall(r"\w+", " ".join(filter(None, texts))))


@given(st.text(alphabet="QA: •\nab.?\r", max_size=80) | st.text(max_size=80))
def test_any_text_is_an_article_of_all_its_words(text: str) -> None:
    for whole in (HEADER + text, text):
        if not clean(whole).strip():
            with pytest.raises(ArticleError, match="nothing above"):
                parse_text(whole, "x.de.txt")
            continue
        (article,) = parse_text(whole, "x.de.txt")
        header = (article.title, article.kicker, article.alternative_title, article.standfirst)
        headings = (section.heading for section in article.sections)
        paragraphs = (p.text for section in article.sections for p in section.paragraphs)
        assert words(*header, *headings, *paragraphs) == words(clean(whole))


def test_the_language_is_told_from_the_text_if_the_name_does_not_say() -> None:
    (article,) = parse_text(HEADER + BODY, "artikel.txt")
    assert article.key == ("artikel", "de")
    (article,) = parse_text("A title\n\nThe first paragraph is here. It is short.", "a.b.txt")
    assert article.key == ("a.b", "en")


def test_an_answer_may_have_several_paragraphs() -> None:
    text = HEADER + BODY + "Leserfragen beantwortet\n\nQ Warum?\nA Darum.\n\nUnd noch etwas.\n"
    (article,) = parse_text(text, "x.de.txt")
    assert article.faq[0].answer == "Darum.\nUnd noch etwas."


@pytest.mark.parametrize(
    ("faq", "message"),
    [("Q Warum?\nQ Wieso?\nA Darum.", "'Warum\\?' has no answer"), ("A Darum.", "no question")],
)
def test_a_question_without_its_answer_is_an_error(faq: str, message: str) -> None:
    with pytest.raises(ArticleError, match=message):
        parse_text(HEADER + BODY + "Leserfragen beantwortet\n" + faq, "x.de.txt")


def test_bad_files_are_named_with_what_is_wrong(tmp_path: Path) -> None:
    empty, latin, title = (tmp_path / f"{name}.de.txt" for name in ("empty", "latin", "title"))
    empty.write_text(" \n")
    latin.write_bytes("Köln".encode("latin-1"))
    title.write_text("Nur ein Titel")
    for path, message in (
        (empty, "is empty"),
        (latin, r"is not UTF-8 \(byte 2\)"),
        (title, "a title but no text"),
        (tmp_path / "missing.txt", "cannot be read"),
        (tmp_path / "article.docx", "unknown kind"),
    ):
        with pytest.raises(ArticleError, match=message) as caught:
            read_articles(path)
        assert path.name in str(caught.value)


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("16. Dezember 2025", "2025-12-16"),
        ("Veröffentlicht am 16.12.2025", "2025-12-16"),
        ("Published: December 16, 2025", "2025-12-16"),
        ("2025-12-16", "2025-12-16"),
        ("Ein Rückblick auf das Jahr 2025", None),
        ("Dezember 2025", None),
        ("Stand 2025", None),
    ],
)
def test_a_line_with_the_date_tells_when_it_was_published(line: str, published: str | None) -> None:
    text = f"Titel\n\nK.I.\n{line}\nEin Vorspann, der länger als alle anderen Zeilen ist.\n\nText."
    (article,) = parse_text(text, "bridge.de.txt")
    assert article.published == published
    assert article.kicker == "K.I."
    assert (line in article.text) == (published is None)
