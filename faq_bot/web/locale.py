"""In which language to meet whoever asks for a page."""

from collections.abc import Mapping
from urllib.parse import urlencode

from babel import negotiate_locale
from fastapi import Request
from fastapi.responses import RedirectResponse
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


def lead_to_language(
    request: Request, path: str, default: Language, query: Mapping[str, str] | None = None
) -> RedirectResponse:
    """Lead to the page at a `path` with `{}` for the language that is preferred.

    The path is relative, so that it holds behind a proxy that adds one of its own.
    """
    language = preferred_language(request, default)
    address = path.format(language) + (f"?{urlencode(query)}" if query else "")
    return RedirectResponse(address, headers={"Vary": "Accept-Language"})
