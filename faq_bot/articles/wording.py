"""Words by which an article's parts are known on the newsroom's page, and asked for."""

from faq_bot.core.article import SectionKind
from faq_bot.core.languages import Language

SOURCES_HEADINGS = {"quellen", "sources"}
FAQ_HEADINGS = {"leserfragen beantwortet", "readers' questions answered"}
FURNITURE = {"readers", "leser"}
END_OF_ARTICLE = {
    "haben sie eine frage zu diesem artikel?",
    "do you have a question about this article?",
    "kommentare",
    "comments",
}
TRANSLATION_NOTES: dict[str, Language] = {
    "translated from german": "de",
    "aus dem englischen übersetzt": "en",
}
# Lists of names are far from any question in meaning; these bring them near.
QUESTION_ANSWERED_BY: dict[SectionKind, dict[Language, str]] = {
    SectionKind.SOURCES: {
        "de": "Auf welche Quellen stützt sich der Artikel?",
        "en": "Which sources is the article based on?",
    },
    SectionKind.AUTHOR: {
        "de": "Wer hat diesen Artikel geschrieben? Wer ist der Autor?",
        "en": "Who wrote this article? Who is the author?",
    },
}


def fold(line: str) -> str:
    """Return what such words are compared by."""
    return line.casefold().replace("’", "'")
