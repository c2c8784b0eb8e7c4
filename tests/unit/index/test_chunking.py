from hypothesis import given
from hypothesis import strategies as st

from faq_bot import Article, Paragraph, QuestionAnswer, Section
from faq_bot.core.article import SectionKind
from faq_bot.core.passage import PassageKind
from faq_bot.index.chunking import MOST_CHARACTERS, MOST_SENTENCES, align, cut_passages
from faq_bot.text.sentences import LONGEST_SENTENCE, split_sentences

words = st.text(alphabet="abcäöüß „“.!? \n\t1)(-", max_size=60)
any_text = st.text(max_size=200)
paragraphs = st.one_of(
    any_text,
    st.lists(words, max_size=30).map(" ".join),
    st.lists(st.sampled_from(["Er geht.", "Am 3. Mai!", "Wirklich?", "a" * 900]), max_size=9).map(
        " ".join
    ),
).map(Paragraph)
sections = st.builds(
    Section,
    st.none() | any_text,
    st.lists(paragraphs, max_size=4).map(tuple),
    st.sampled_from(SectionKind),
)
articles = st.builds(
    Article,
    id=st.just("x"),
    language=st.sampled_from(["de", "en"]),
    title=st.text(min_size=1, max_size=20),
    sections=st.lists(sections, max_size=4).map(tuple),
    faq=st.lists(st.builds(QuestionAnswer, any_text, any_text), max_size=3).map(tuple),
    kicker=st.none() | any_text,
    standfirst=st.none() | any_text,
    alternative_title=st.none() | any_text,
)


@given(any_text | words)
def test_sentences_cover_the_text_in_order(text: str) -> None:
    spans = split_sentences(text, "de")
    position = 0
    for span in spans:
        assert span.start >= position
        assert not text[position : span.start].strip()
        assert 0 < span.end - span.start <= LONGEST_SENTENCE
        position = span.end
    assert not text[position:].strip()


def test_german_abbreviations_and_dates_do_not_end_a_sentence() -> None:
    text = "Am 16. Dezember 2025 kam z. B. Dr. Meier. Er blieb bis zum 3. Mai."
    assert [span.cut(text) for span in split_sentences(text, "de")] == [
        "Am 16. Dezember 2025 kam z. B. Dr. Meier.",
        "Er blieb bis zum 3. Mai.",
    ]


@given(articles)
def test_passages_cover_every_paragraph_exactly_once(article: Article) -> None:
    passages = [p for p in cut_passages(article) if p.kind is PassageKind.PASSAGE]
    expected = "".join(
        paragraph.text for section in article.all_sections for paragraph in section.paragraphs
    )
    # White space between sentences, and between the lines of a list, belongs to neither.
    assert _ink("".join(passage.text for passage in passages)) == _ink(expected)
    ends = [passage.span.end for passage in passages]
    assert all(passage.span.start >= end for passage, end in zip(passages[1:], ends, strict=False))


@given(articles)
def test_offsets_point_at_the_text(article: Article) -> None:
    for passage in cut_passages(article):
        assert passage.span.cut(article.text) == passage.text
        if passage.question and passage.kind is PassageKind.FAQ:
            assert passage.question in article.text


@given(articles)
def test_passages_are_short_and_stay_in_their_section(article: Article) -> None:
    for passage in cut_passages(article):
        if passage.kind is PassageKind.FAQ:
            continue
        texts = [p.text for s in article.all_sections if s.heading == passage.section
                 for p in s.paragraphs]  # fmt: skip
        assert all(any(s.cut(passage.text) in text for text in texts) for s in passage.sentences)
        assert len(passage.text) <= max(MOST_CHARACTERS, LONGEST_SENTENCE)


@given(articles)
def test_ids_are_distinct_and_stable(article: Article) -> None:
    ids = [passage.id for passage in cut_passages(article)]
    assert len(set(ids)) == len(ids)
    assert [passage.id for passage in cut_passages(article)] == ids


def test_a_paragraph_is_divided_evenly() -> None:
    text = " ".join(f"Das ist der Satz Nummer {number}." for number in range(4))
    article = Article("x", "de", "T", (Section(None, (Paragraph(text),)),))
    assert [len(passage.sentences) for passage in cut_passages(article)] == [2, 2]
    assert MOST_SENTENCES == 3


def test_ids_survive_changes_elsewhere(german: Article) -> None:
    before = {passage.id for passage in cut_passages(german)}
    added = Section("Nachtrag", (Paragraph("Ein neuer Absatz."),))
    changed = Article(
        german.id, german.language, german.title, (added, *german.sections), german.faq,
        standfirst=german.standfirst,
    )  # fmt: skip
    after = {passage.id for passage in cut_passages(changed)}
    assert before < after


def test_versions_are_aligned(german: Article, english: Article) -> None:
    passages = [*cut_passages(german), *cut_passages(english)]
    aligned = align(passages)
    assert len(aligned) == len(passages)
    for passage in passages:
        other = aligned[passage.id]
        assert other.language != passage.language
        assert other.kind is passage.kind
        assert aligned[other.id].id == passage.id
    trainium = next(p for p in passages if p.text.startswith("Berichten zufolge würde Amazons"))
    assert aligned[trainium.id].text.startswith("According to reports, Amazon's offer")


def test_sections_that_do_not_correspond_are_not_aligned() -> None:
    one = Section("A", (Paragraph("Eins."), Paragraph("Zwei.")))
    two = Section("B", (Paragraph("Drei."),))
    german = Article("x", "de", "T", (one, two))
    english = Article("x", "en", "T", (Section("A", (Paragraph("One."),)), two))
    aligned = align([*cut_passages(german), *cut_passages(english)])
    assert {passage.section for passage in aligned.values()} == {"B"}


def _ink(text: str) -> str:
    return "".join(text.split())
