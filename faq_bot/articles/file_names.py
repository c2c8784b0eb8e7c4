"""What the name of an article's file tells."""

from faq_bot.core.languages import LANGUAGES, Language


def id_and_language(name: str) -> tuple[str, Language | None]:
    """Take id and language from a name such as `my-article.de.txt`; the language may be missing."""
    stem = name.rpartition(".")[0]
    identifier, _, suffix = stem.rpartition(".")
    for language in LANGUAGES:
        if identifier and suffix == language:
            return identifier, language
    return stem, None
