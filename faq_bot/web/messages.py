"""What the interface says to readers, in German and English."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from faq_bot.core.answer import Occasion, Source
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Texts:
    """All the words of the interface in one language."""

    language_name: str
    heading: str
    several_articles: str
    from_elsewhere: str
    from_article: str
    choose_article: str
    all_articles: str
    search_articles: str
    search: str
    newest_articles: str
    articles_found: str
    no_article_found: str
    notice: str
    counted: str
    conversation: str
    input_label: str
    placeholder: str
    send: str
    clear: str
    switch_label: str
    suggestions: str
    you: str
    sources: str
    from_answered_question: str
    asked_by: str
    from_passage: str
    original: Mapping[Language, str]
    unsure: str
    unsure_of_all: str
    refusal: str
    refusal_by_all: str
    for_example: str
    remarks: Mapping[Occasion, str]
    no_words: str
    too_long: str
    too_many: str
    busy: str
    failure: str
    needs_script: str
    loading: str
    searching: str
    unreachable: str
    full_page: str
    close: str
    show_in_article: str
    open_article: str
    helpful: str
    yes: str
    no: str
    thanks: str
    ask_editors: str
    send_to_editors: str
    question_to_editors: str
    name_to_print: str
    sending_notice: str
    sent: str
    queue_full: str
    cancel: str


_GERMAN = Texts(
    language_name="Deutsch",
    heading="Fragen zum Artikel",
    several_articles="Fragen zu unseren Artikeln",
    from_elsewhere="Dieser Artikel beantwortet das nicht, aber ein anderer:",
    from_article="Artikel",
    choose_article="Artikel wählen",
    all_articles="Alle Artikel fragen",
    search_articles="Artikel suchen",
    search="Suchen",
    newest_articles="Neueste Artikel",
    articles_found="Gefundene Artikel",
    no_article_found="Kein Artikel gefunden.",
    notice="Hier antwortet ein automatischer Dienst – nur mit Sätzen aus unseren Artikeln und "
    "den beantworteten Leserfragen. Gespeichert wird nichts, außer Sie senden eine Frage an die "
    "Redaktion.",
    counted="Gezählt wird, wie viele Fragen beantwortet werden, nicht aber, was gefragt wird.",
    conversation="Gespräch",
    input_label="Ihre Frage",
    placeholder="Ihre Frage …",
    send="Fragen",
    clear="Gespräch leeren",
    switch_label="Sprache",
    suggestions="Beantwortete Fragen",
    you="Sie fragen:",
    sources="Belege",
    from_answered_question="Leserfrage",
    asked_by="von {name}",
    from_passage="Abschnitt",
    original={"de": "Original auf Deutsch", "en": "Original auf Englisch"},
    unsure="Das beantwortet der Artikel vielleicht nicht. Diese Stelle könnte weiterhelfen:",
    unsure_of_all="Das beantworten unsere Artikel vielleicht nicht. Diese Stelle könnte "
    "weiterhelfen:",
    refusal="Diese Frage beantwortet der Artikel leider nicht.",
    refusal_by_all="Diese Frage beantworten unsere Artikel leider nicht.",
    for_example="Beantwortet sind zum Beispiel:",
    remarks={
        Occasion.GREETING: "Guten Tag! Was möchten Sie zum Artikel wissen?",
        Occasion.THANKS: "Gern geschehen. Haben Sie noch eine Frage zum Artikel?",
        Occasion.GOODBYE: "Auf Wiedersehen und danke für Ihr Interesse!",
        Occasion.IDENTITY: "Ich bin ein automatischer Dienst der Redaktion, kein Mensch. Ich suche "
        "zu Ihrer Frage die passende Stelle im Artikel oder in den beantworteten Leserfragen und "
        "gebe sie wörtlich wieder.",
        Occasion.HELP: "Stellen Sie eine Frage zum Artikel, auf Deutsch oder Englisch. Ich zeige "
        "Ihnen die Stelle, die sie beantwortet, oder sage, dass es keine gibt.",
    },
    no_words="Bitte stellen Sie Ihre Frage in Worten.",
    too_long="Ihre Frage ist zu lang. Bitte kürzen Sie sie auf höchstens {most} Zeichen.",
    failure="Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
    too_many="Sie haben sehr viele Fragen gestellt. Bitte warten Sie einen Augenblick.",
    busy="Gerade fragen sehr viele. Bitte versuchen Sie es gleich noch einmal.",
    needs_script="Diese Seite braucht JavaScript. Der Artikel steht auch ohne auf der Seite der "
    "Redaktion.",
    loading="Wird geladen …",
    searching="Die Antwort wird gesucht …",
    unreachable="Die Fragen sind gerade nicht erreichbar.",
    full_page="Auf eigener Seite öffnen",
    close="Schließen",
    show_in_article="Im Artikel zeigen",
    open_article="Zur Stelle im Artikel",
    helpful="War das hilfreich?",
    yes="Ja",
    no="Nein",
    thanks="Danke für Ihre Rückmeldung.",
    ask_editors="Frage an die Redaktion",
    send_to_editors="An die Redaktion senden",
    question_to_editors="Ihre Frage an die Redaktion",
    name_to_print="Ihr Name, freiwillig; er wird mit der Frage veröffentlicht",
    sending_notice="Gespeichert werden diese Frage, ihr Artikel und, wenn Sie ihn angeben, Ihr "
    "Name, sonst nichts. Fragen werden vor der Veröffentlichung geprüft; der Text abgelehnter "
    "Fragen wird nach {days} Tagen gelöscht.",
    sent="Danke! Ihre Frage ist bei der Redaktion. Fragen werden vor der Veröffentlichung geprüft.",
    queue_full="Zurzeit warten zu viele Fragen auf Antwort. Bitte versuchen Sie es später noch "
    "einmal.",
    cancel="Abbrechen",
)

_ENGLISH = Texts(
    language_name="English",
    heading="Ask the article",
    several_articles="Ask our articles",
    from_elsewhere="This article does not answer that, but another one does:",
    from_article="Article",
    choose_article="Choose an article",
    all_articles="Ask all articles",
    search_articles="Search articles",
    search="Search",
    newest_articles="Newest articles",
    articles_found="Articles found",
    no_article_found="No article found.",
    notice="This is an automatic service. It answers only with sentences from our articles and "
    "from readers' questions already answered. Nothing is stored unless you send a question to the "
    "editors.",
    counted="It is counted how many questions are answered, but not what is asked.",
    conversation="Conversation",
    input_label="Your question",
    placeholder="Your question …",
    send="Ask",
    clear="Clear conversation",
    switch_label="Language",
    suggestions="Answered questions",
    you="You ask:",
    sources="Sources",
    from_answered_question="Reader's question",
    asked_by="from {name}",
    from_passage="Section",
    original={"de": "Original in German", "en": "Original in English"},
    unsure="The article may not answer this. This passage might help:",
    unsure_of_all="Our articles may not answer this. This passage might help:",
    refusal="Sorry, the article does not answer this question.",
    refusal_by_all="Sorry, our articles do not answer this question.",
    for_example="Answered are, for example:",
    remarks={
        Occasion.GREETING: "Hello! What would you like to know about the article?",
        Occasion.THANKS: "You're welcome. Is there anything else you would like to know?",
        Occasion.GOODBYE: "Goodbye, and thank you for your interest!",
        Occasion.IDENTITY: "I am an automatic service of the newsroom, not a person. I look for "
        "the passage in the article or in the questions already answered that fits yours, and "
        "quote it word for word.",
        Occasion.HELP: "Ask a question about the article, in German or English. I show you the "
        "passage that answers it, or say that there is none.",
    },
    no_words="Please ask your question in words.",
    too_long="Your question is too long. Please shorten it to at most {most} characters.",
    failure="That did not work. Please try again.",
    too_many="You have asked very many questions. Please wait a moment.",
    busy="Very many are asking right now. Please try again in a moment.",
    needs_script="This page needs JavaScript. Read the article on the newsroom's page.",
    loading="Loading …",
    searching="Looking for the answer …",
    unreachable="The questions cannot be reached right now.",
    full_page="Open in full page",
    close="Close",
    show_in_article="Show in the article",
    open_article="Go to this place in the article",
    helpful="Was this helpful?",
    yes="Yes",
    no="No",
    thanks="Thank you for your feedback.",
    ask_editors="Ask the editors",
    send_to_editors="Send to the editors",
    question_to_editors="Your question to the editors",
    name_to_print="Your name, if you like; it is published with the question",
    sending_notice="This question, its article and your name, if you give it, are stored, and "
    "nothing else. Questions are reviewed before publication; the text of a rejected question is "
    "deleted after {days} days.",
    sent="Thank you! Your question is with the editors. Questions are reviewed before publication.",
    queue_full="Too many questions wait for an answer right now. Please try again later.",
    cancel="Cancel",
)

_TEXTS: Mapping[Language, Texts] = {"de": _GERMAN, "en": _ENGLISH}


def texts(language: Language) -> Texts:
    """Return the words of the interface in `language`."""
    return _TEXTS[language]


def long_date(day: date, language: Language) -> str:
    """Return a date as it is written in `language`."""
    return format_date(day, format="long", locale=language)


def report_line(source: Source, language: Language) -> str:
    """Return title and date of the article in which a passage stands."""
    day = "" if source.date is None else f", {long_date(source.date, language)}"
    return f"{texts(language).from_article}: {source.title}{day}"


def notice(language: Language, *, counts_questions: bool) -> str:
    """Return what readers are told about the bot before they ask."""
    words = texts(language)
    return f"{words.notice} {words.counted}" if counts_questions else words.notice


def words_for_scripts(settings: Settings) -> dict[Language, dict[str, Any]]:
    """Return the words in all languages, with the numbers that the settings put into them."""
    return {
        tag: asdict(texts(tag))
        | {
            "notice": notice(tag, counts_questions=settings.count_questions),
            "too_long": texts(tag).too_long.format(most=settings.max_question_length),
            "sending_notice": texts(tag).sending_notice.format(days=settings.keep_rejected_days),
        }
        for tag in LANGUAGES
    }
