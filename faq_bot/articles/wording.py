"""Words by which an article's parts are known on the newsroom's page."""

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


def fold(line: str) -> str:
    """Return what such words are compared by."""
    return line.casefold().replace("’", "'")
