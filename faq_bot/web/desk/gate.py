"""Who is let into the desk, and how: the check of every request, logging in and out."""

import posixpath
import re
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings
from faq_bot.newsroom.editors import Editors
from faq_bot.web.desk.rendering import log_in_page
from faq_bot.web.locale import preferred_language
from faq_bot.web.origin import is_foreign_origin
from faq_bot.web.problems import problem
from faq_bot.web.rate_limit import RateLimiter

COOKIE = "faq_bot_editor"
LOG_IN = "/editor/log-in"

_QUARTER_OF_AN_HOUR = 900
_FAILURES_OF_A_CLIENT = 5
_FAILURES_OF_A_NAME = 50  # many, or anybody could lock an editor out
_OPEN = re.compile(rf"{LOG_IN}|/editor/(de|en)/(assets|static)/.+|/editor/desk\.(css|js)")
_LANGUAGE = re.compile(r"/editor/(de|en)/")


def is_desk(path: str) -> bool:
    """Whether a path belongs to the desk."""
    return path == "/editor" or path.startswith("/editor/")


class DeskGate:
    """Lets only editors who are logged in to `/editor`, and no request that another site makes.

    The session's cookie is SameSite=Strict; besides, whatever changes something has to come from
    the desk's own pages (OWASP, "Verifying Origin With Standard Headers"). The editor's name is
    put into the request's state.
    """

    def __init__(self, app: ASGIApp, editors: Editors) -> None:
        self._app = app
        self._editors = editors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")  # there is none when the server starts
        if scope["type"] != "http" or not is_desk(path):
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        if scope["method"] not in {"GET", "HEAD"} and not _is_own(request):
            await problem(403, "Only the desk's own pages may do this.")(scope, receive, send)
            return
        if not _OPEN.fullmatch(path):
            key = request.cookies.get(COOKIE, "")
            name = await run_in_threadpool(self._editors.editor, key) if key else None
            if name is None:
                await _refuse(scope)(scope, receive, send)
                return
            scope.setdefault("state", {})["editor"] = name

        await self._app(scope, receive, send)


def _is_own(request: HTTPConnection) -> bool:
    return "origin" in request.headers and not is_foreign_origin(request, ())


def _refuse(scope: Scope) -> Response:
    """Lead a page to the log-in in its language; tell anything else that it needs one."""
    request = HTTPConnection(scope)
    if scope["method"] == "GET" and "text/html" in request.headers.get("accept", ""):
        path = scope["path"]
        address = posixpath.relpath(LOG_IN, posixpath.dirname(path))
        named = _LANGUAGE.match(path)
        language = named[1] if named else request.query_params.get("lang")
        return RedirectResponse(
            f"{address}?lang={language}" if language in LANGUAGES else address, 303
        )
    return problem(401, "Log in first.", code="not_logged_in")


def log_in_routes(editors: Editors, settings: Settings) -> APIRouter:
    """Return the routes to log in and out."""
    router = APIRouter(prefix="/editor")
    by_client = RateLimiter(_FAILURES_OF_A_CLIENT, _QUARTER_OF_AN_HOUR)
    by_name = RateLimiter(_FAILURES_OF_A_NAME, _QUARTER_OF_AN_HOUR)

    @router.get("/log-in")
    def show(request: Request) -> HTMLResponse:
        lang = preferred_language(request, settings.language)
        is_open = bool(editors.names())
        return HTMLResponse(log_in_page(lang, is_open=is_open), 200 if is_open else 403)

    @router.post("/log-in")
    def log_in(
        request: Request,
        lang: Language,
        name: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        client = request.client.host if request.client else None
        wait = max(by_client.seconds_left(client), by_name.seconds_left(name))
        if wait:
            page = log_in_page(lang, is_open=True, name=name, seconds=wait)
            return HTMLResponse(page, 429, {"Retry-After": str(wait)})
        key = editors.log_in(name, password)
        if key is None:
            by_client.seconds_to_wait(client)
            by_name.seconds_to_wait(name)
            page = log_in_page(lang, is_open=bool(editors.names()), name=name, failed=True)
            return HTMLResponse(page, 403)
        response = RedirectResponse(f"./{lang}/", 303)
        _set_cookie(request, response, key, int(settings.session_hours * 3600))
        return response

    @router.post("/log-out")
    def log_out(request: Request, lang: Language) -> Response:
        editors.log_out(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(f"./log-in?lang={lang}", 303)
        _set_cookie(request, response, "", 0)
        return response

    return router


def _set_cookie(request: Request, response: Response, key: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE,
        key,
        max_age=seconds,
        path=None,  # the browser takes this page's, also behind a proxy that adds one
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
