"""In which language to meet whoever asks for a page."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse

from faq_bot.core.languages import LANGUAGES, Language


def preferred_language(request: Request, default: Language) -> Language:
    """Return the language that the address names (`?lang=`), or the browser, or the default."""
    browser = request.headers.get("accept-language", "").split(",")
    for tag in (request.query_params.get("lang", ""), *browser):
        for language in LANGUAGES:
            if tag.split(";")[0].strip().split("-")[0].lower() == language:
                return language
    return default


def lead_to_language(
    request: Request, path: str, default: Language, query: Mapping[str, str] | None = None
) -> RedirectResponse:
    """Lead to the page at a `path` with `{}` for the language that is preferred.

    The path is relative, so that it holds behind a proxy that adds one of its own.
    """
    language = preferred_language(request, default)
    address = path.format(language) + (f"?{urlencode(query)}" if query else "")
    return RedirectResponse(address, headers={"Vary": "Accept-Language"})
