import dataclasses

from faq_bot import FaqBot
from faq_bot.core.answer import Outcome
from faq_bot.web.chat.rendering import render_answer, render_question


def test_everything_is_one_line_of_html(bot: FaqBot) -> None:
    for question in ("Was ist Trainium?", "Andy Jassy", "Hallo", "Wer ist der Autor?"):
        html = render_answer(bot.ask(question))
        assert "\n" not in html
        assert html.startswith("<div ")
        assert html.endswith("</div>")


def test_line_breaks_and_no_break_spaces_of_the_newsroom_are_kept(bot: FaqBot) -> None:
    answer = bot.ask("Was ist Trainium?")
    text = "Erste Zeile.\n\nEs kostet 10\u00a0Mrd.\u00a0€."
    source = dataclasses.replace(
        answer.sources[0], text=text, quote="Es kostet 10\u00a0Mrd.\u00a0€.", highlight=None
    )
    html = render_answer(dataclasses.replace(answer, answer=text, sources=(source,)))
    assert "Erste Zeile.<br>Es kostet 10\u00a0Mrd.\u00a0€.</p>" in html
    assert "<mark>Es kostet 10\u00a0Mrd.\u00a0€.</mark>" in html


def test_a_question_cannot_leave_its_line() -> None:
    assert "\r" not in render_question("Was\r\r# ist\n\n<b>das?", "de")
    assert "&lt;b&gt;" in render_question("<b>", "de")


def test_the_words_that_answer_are_marked_within_the_sentence(bot: FaqBot) -> None:
    answer = bot.ask("Was ist Trainium?")
    source = dataclasses.replace(
        answer.sources[0], text="Sie kostet 5 Euro.", quote="Sie kostet 5 Euro.", highlight="5 Euro"
    )
    html = render_answer(dataclasses.replace(answer, answer=source.text, sources=(source,)))
    assert "<mark>Sie kostet <strong>5 Euro</strong>.</mark>" in html


def test_each_of_several_questions_stands_above_its_reply(bot: FaqBot) -> None:
    html = render_answer(bot.ask("Was ist Inferentia? Wie wird das Wetter morgen?"))
    first, second = html.index("Was ist Inferentia?"), html.index("Wie wird das Wetter morgen?")
    refusal = html.index("beantwortet der Artikel leider nicht")
    assert first < html.index("Inferentia für Inferenz") < second < refusal
    assert "\n" not in html


def test_a_greeting_is_returned_with_questions_to_ask(bot: FaqBot) -> None:
    html = render_answer(bot.ask("Hallo!"))
    assert "Guten Tag!" in html
    assert "leider nicht" not in html
    assert html.count('class="suggestion"') == 3


def test_an_overview_is_followed_by_questions_to_ask(bot: FaqBot) -> None:
    html = render_answer(bot.ask("Worum geht es in dem Artikel?"))
    assert "So beginnt der Artikel:" in html
    assert html.count('class="suggestion"') == 3


def test_where_it_is_unsure_it_shows_sentences_instead_of_passages(bot: FaqBot) -> None:
    answer = bot.ask("Was ist Trainium?")
    passage = "Davor steht etwas. Das könnte es sein."
    source = dataclasses.replace(
        answer.sources[0], text=passage, quote="Das könnte es sein.", highlight=None
    )
    unsure = dataclasses.replace(
        answer, outcome=Outcome.UNSURE, answer=None, sources=(source, source, source)
    )
    html = render_answer(unsure)
    assert html.count("<mark>Das könnte es sein.</mark>") == 3
    assert "Davor steht etwas." not in html
