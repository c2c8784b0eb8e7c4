"""What the desk says to editors, in German and English."""

from collections.abc import Mapping
from dataclasses import dataclass

from faq_bot.core.answer import Outcome
from faq_bot.core.languages import Language
from faq_bot.newsroom.questions import State
from faq_bot.newsroom.usage import Event


@dataclass(frozen=True, slots=True)
class DeskWords:
    """All the words of the desk in one language."""

    language_name: str
    desk: str
    heading: str
    statistics: str
    questions: str
    chat: str
    navigation: str
    log_in: str
    log_out: str
    logged_in_as: str
    name: str
    password: str
    wrong: str
    slow_down: str
    closed: str
    needs_script: str
    views: Mapping[State, str]
    view_label: str
    groups: str
    none_waiting: Mapping[State, str]
    ungrouped: str
    choose: str
    times: str
    by: str
    states: Mapping[State, str]
    asked: str
    sent_by: str
    question_in: Mapping[Language, str]
    answer_in: Mapping[Language, str]
    reader_name: str
    unsaved: str
    lost: str
    logged_out: str
    saved: str
    stale: str
    evidence: str
    outcomes: Mapping[Outcome, str]
    preview: str
    preview_of: str
    preview_missing: str
    publish: str
    publish_again: str
    unpublish: str
    reject: str
    reopen: str
    undo: str
    published: str
    unpublished: str
    rejected: str
    reopened: str
    nothing_chosen: str
    failure: str
    days: str
    last_days: str
    events: Mapping[Event, str]
    per_day: str
    per_article: str
    day: str
    article: str
    language: str
    total: str
    wanted: str
    not_counted: str
    no_counts: str
    download: str


_GERMAN = DeskWords(
    language_name="Deutsch",
    desk="Redaktion",
    heading="Leserfragen",
    statistics="Statistik",
    questions="Leserfragen",
    chat="Zum Chat",
    navigation="Bereiche",
    log_in="Anmelden",
    log_out="Abmelden",
    logged_in_as="Angemeldet als {name}",
    name="Name",
    password="Passwort",
    wrong="Name und Passwort passen nicht zusammen.",
    slow_down="Zu viele Versuche. Bitte warten Sie {seconds} Sekunden.",
    closed="Die Redaktion ist geschlossen: Es gibt noch kein Konto. Auf dem Server legt der Befehl "
    "„faq-bot editors add NAME“ eines an.",
    needs_script="Diese Seite braucht JavaScript.",
    views={
        State.NEW: "Offen",
        State.PUBLISHED: "Veröffentlicht",
        State.REJECTED: "Abgelehnt",
    },
    view_label="Welche Fragen",
    groups="Fragen, die am häufigsten gestellten zuerst",
    none_waiting={
        State.NEW: "Keine Frage wartet auf Antwort.",
        State.PUBLISHED: "Noch ist keine Antwort veröffentlicht.",
        State.REJECTED: "Keine Frage ist abgelehnt.",
    },
    ungrouped="{count} weitere Fragen werden noch geordnet.",
    choose="Wählen Sie eine Frage aus.",
    times="{times} ×",
    by="in Arbeit bei {name}",
    states={
        State.NEW: "neu",
        State.IN_WORK: "in Arbeit",
        State.PUBLISHED: "veröffentlicht",
        State.REJECTED: "abgelehnt",
    },
    asked="Diese Fragen beantworten",
    sent_by="von {name}",
    question_in={"de": "Frage auf Deutsch", "en": "Frage auf Englisch"},
    answer_in={"de": "Antwort auf Deutsch", "en": "Antwort auf Englisch"},
    reader_name="Name der Leserin oder des Lesers, wird mit der Frage veröffentlicht",
    unsaved="Nicht gespeichert: Der Server ist nicht erreichbar. Ihr Text bleibt hier stehen, "
    "es wird weiter versucht.",
    lost="Der Server ist nicht erreichbar. Es wird weiter versucht.",
    logged_out="Sie sind nicht mehr angemeldet. Melden Sie sich in einem neuen Tab an; Ihr Text "
    "bleibt hier stehen und wird dann gespeichert.",
    saved="Gespeichert um {time}.",
    stale="{name} hat diese Antwort inzwischen geändert. Ihr Text bleibt hier stehen; öffnen Sie "
    "die Frage neu, um den anderen Stand zu sehen.",
    evidence="Was der Bot dazu im Artikel findet",
    outcomes={
        Outcome.ANSWER: "Der Bot beantwortet die Frage bereits.",
        Outcome.UNSURE: "Der Bot ist unsicher und zeigt die erste Stelle als Hinweis.",
        Outcome.REFUSED: "Der Bot antwortet nicht. Am nächsten kommen diese Stellen.",
    },
    preview="Vorschau",
    preview_of="So werden die Fragen nach der Veröffentlichung beantwortet:",
    preview_missing="Schreiben Sie zuerst Frage und Antwort in einer Sprache.",
    publish="Veröffentlichen",
    publish_again="Änderung veröffentlichen",
    unpublish="Zurückziehen",
    reject="Ablehnen",
    reopen="Wieder öffnen",
    undo="Rückgängig",
    published="Veröffentlicht. Der Bot antwortet ab jetzt damit.",
    unpublished="Zurückgezogen. Der Entwurf liegt wieder unter „Offen“.",
    rejected="Abgelehnt. Der Text wird nach {days} Tagen gelöscht.",
    reopened="Wieder offen.",
    nothing_chosen="Wählen Sie mindestens eine Frage aus.",
    failure="Das hat nicht geklappt. Ihr Text bleibt hier stehen. Bitte versuchen Sie es noch "
    "einmal.",
    days="Zeitraum",
    last_days="{days} Tage",
    events={
        Event.ANSWERED: "beantwortet",
        Event.UNSURE: "unsicher",
        Event.REFUSED: "nicht beantwortet",
        Event.HELPFUL: "hilfreich",
        Event.UNHELPFUL: "nicht hilfreich",
        Event.SENT: "an die Redaktion",
    },
    per_day="Nach Tagen",
    per_article="Nach Artikel und Sprache",
    day="Tag",
    article="Artikel",
    language="Sprache",
    total="gesamt",
    wanted="Am meisten gewünschte Antworten",
    not_counted="Gestellte Fragen werden zurzeit nicht gezählt. Mit FAQ_BOT_COUNT_QUESTIONS=true "
    "zählt der Server sie nach Tag, Artikel, Sprache und Ausgang, ohne ihren Wortlaut.",
    no_counts="In diesem Zeitraum ist nichts gezählt worden.",
    download="Als CSV herunterladen",
)

_ENGLISH = DeskWords(
    language_name="English",
    desk="Editors' desk",
    heading="Readers' questions",
    statistics="Statistics",
    questions="Readers' questions",
    chat="To the chat",
    navigation="Sections",
    log_in="Log in",
    log_out="Log out",
    logged_in_as="Logged in as {name}",
    name="Name",
    password="Password",
    wrong="Name and password do not match.",
    slow_down="Too many attempts. Please wait {seconds} seconds.",
    closed="The desk is closed: there is no account yet. On the server, the command "
    "“faq-bot editors add NAME” makes one.",
    needs_script="This page needs JavaScript.",
    views={State.NEW: "Open", State.PUBLISHED: "Published", State.REJECTED: "Rejected"},
    view_label="Which questions",
    groups="Questions, most asked first",
    none_waiting={
        State.NEW: "No question is waiting for an answer.",
        State.PUBLISHED: "No answer has been published yet.",
        State.REJECTED: "No question has been rejected.",
    },
    ungrouped="{count} more questions are still being sorted.",
    choose="Choose a question.",
    times="{times} ×",
    by="{name} is on it",
    states={
        State.NEW: "new",
        State.IN_WORK: "in work",
        State.PUBLISHED: "published",
        State.REJECTED: "rejected",
    },
    asked="Answer these questions",
    sent_by="from {name}",
    question_in={"de": "Question in German", "en": "Question in English"},
    answer_in={"de": "Answer in German", "en": "Answer in English"},
    reader_name="The reader's name, published with the question",
    unsaved="Not saved: the server cannot be reached. Your text stays here, saving is tried again.",
    lost="The server cannot be reached. It is tried again.",
    logged_out="You are no longer logged in. Log in again in a new tab; your text stays here and "
    "is saved then.",
    saved="Saved at {time}.",
    stale="{name} has changed this answer in the meantime. Your text stays here; open the "
    "question anew to see the other version.",
    evidence="What the bot finds in the article",
    outcomes={
        Outcome.ANSWER: "The bot answers this question already.",
        Outcome.UNSURE: "The bot is unsure and shows the first passage as a hint.",
        Outcome.REFUSED: "The bot does not answer. These passages come closest.",
    },
    preview="Preview",
    preview_of="This is how the questions will be answered once this is published:",
    preview_missing="Write question and answer in one language first.",
    publish="Publish",
    publish_again="Publish the change",
    unpublish="Take back",
    reject="Reject",
    reopen="Open again",
    undo="Undo",
    published="Published. The bot answers with it from now on.",
    unpublished="Taken back. The draft is under “Open” again.",
    rejected="Rejected. The text will be deleted after {days} days.",
    reopened="Open again.",
    nothing_chosen="Choose at least one question.",
    failure="That did not work. Your text stays here. Please try again.",
    days="Period",
    last_days="{days} days",
    events={
        Event.ANSWERED: "answered",
        Event.UNSURE: "not sure",
        Event.REFUSED: "refused",
        Event.HELPFUL: "helpful",
        Event.UNHELPFUL: "not helpful",
        Event.SENT: "sent to the editors",
    },
    per_day="By day",
    per_article="By article and language",
    day="Day",
    article="Article",
    language="Language",
    total="total",
    wanted="Most wanted answers",
    not_counted="Questions are not counted at the moment. With FAQ_BOT_COUNT_QUESTIONS=true the "
    "server counts them by day, article, language and outcome, without their words.",
    no_counts="Nothing was counted in this period.",
    download="Download as CSV",
)

_WORDS: Mapping[Language, DeskWords] = {"de": _GERMAN, "en": _ENGLISH}


def desk_words(language: Language) -> DeskWords:
    """Return the words of the desk in `language`."""
    return _WORDS[language]
