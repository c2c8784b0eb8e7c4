"""In which language to meet whoever asks for a page."""

from fastapi import Request

from faq_bot.core.languages import LANGUAGES, Language


def preferred_language(request: Request, default: Language) -> Language:
    """Return the language that the address names (`?lang=`), or the browser, or the default."""
    browser = request.headers.get("accept-language", "").split(",")
    for tag in (request.query_params.get("lang", ""), *browser):
        for language in LANGUAGES:
            if tag.split(";")[0].strip().split("-")[0].lower() == language:
                return language
    return default
