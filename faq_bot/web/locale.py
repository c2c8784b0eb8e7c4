"""In which language to meet whoever asks for a page."""

from babel import negotiate_locale
from fastapi import Request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from faq_bot.core.languages import LANGUAGES, Language


def preferred_language(request: Request, default: Language) -> Language:
    """Return the language that the address names (`?lang=`), or the browser, or the default.

    The browser's languages count by their weights (`en;q=0.8`, RFC 9110); one with the weight 0
    is not chosen while there is another.
    """
    browser = parse_accept_header(request.headers.get("accept-language"), LanguageAccept)
    refused = {tag.lower() for tag, weight in browser if not weight}
    wanted = (
        request.query_params.get("lang", ""),
        *(tag for tag, weight in browser if weight),
        *(language for language in (default, *LANGUAGES) if language not in refused),
    )
    found = negotiate_locale([tag.lower() for tag in wanted], LANGUAGES, sep="-")
    return next((language for language in LANGUAGES if language == found), default)
