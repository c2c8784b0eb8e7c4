"""The web application: the chat page in each language, and what protects it and its readers."""

import base64
import hashlib
import re
from collections.abc import Callable

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faq_bot.bot import FaqBot
from faq_bot.chat import page
from faq_bot.records import LANGUAGES, Language
from faq_bot.settings import Settings

# What the chat needs of Gradio. Everything else that it offers (uploads, files, proxies, log-in,
# descriptions of its functions, monitoring) is closed.
_GRADIO = re.compile(rf"/(?P<language>{'|'.join(LANGUAGES)})/(?P<path>.*)")
_OPEN_PATHS = re.compile(
    r"|assets/.+|static/.+|theme\.css|gradio_api/run/predict/?|gradio_api/heartbeat/\w+"
)
_INLINE_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
_LANGUAGE = re.compile(rb'(<html[^>]*\blang=")[^"]*')
# Gradio's advertisements for itself, and a manifest that is not there.
_FOREIGN_TAGS = re.compile(
    rb'<meta\s+(property|name)="(og|twitter):[^>]*>|<link rel="manifest"[^>]*>'
)
_MOST_BODY_BYTES = 64 * 1024

_OWN_FILES = {
    "/chat.css": "text/css",
    "/chat.js": "text/javascript",
    "/favicon.svg": "image/svg+xml",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def create_app(bot: FaqBot, settings: Settings) -> FastAPI:
    """Return the application; the chat is at `/de/` and `/en/`, and `/` leads to one of them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    def choose_language(request: Request, lang: str | None = None) -> RedirectResponse:
        chosen = lang if lang in LANGUAGES else _preferred(request) or settings.language
        # Relative, so that it holds behind a proxy that adds a path of its own.
        return RedirectResponse(f"./{chosen}/", headers={"Vary": "Accept-Language"})

    for path, media_type in _OWN_FILES.items():
        app.add_route(path, _own_file(page.asset(path[1:]), media_type))

    for language in LANGUAGES:
        _mount_chat(app, bot, language, settings)
    frames: dict[str, page.Frame] = {tag: page.frame(bot, tag) for tag in LANGUAGES}
    app.add_middleware(GuardMiddleware, frames=frames)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    return app


def _own_file(content: str, media_type: str) -> Callable[[Request], Response]:
    return lambda _: Response(content, media_type=media_type)


def _mount_chat(app: FastAPI, bot: FaqBot, language: Language, settings: Settings) -> None:
    blocks = page.build_page(bot, language, settings.max_question_length)
    blocks.queue(api_open=False)
    blocks.state_session_capacity = 1000
    gr.mount_gradio_app(
        app,
        blocks,
        path=f"/{language}",
        theme=page.theme(),
        footer_links=[],
        run_history=False,
        pwa=False,
        ssr_mode=False,
        enable_monitoring=False,
        show_error=False,
        max_file_size="1kb",
        blocked_paths=["/"],
        mcp_server=False,
    )


def _preferred(request: Request) -> Language | None:
    """Return the first of our languages that the browser names."""
    for entry in request.headers.get("accept-language", "").split(","):
        tag = entry.split(";")[0].strip().split("-")[0].lower()
        for language in LANGUAGES:
            if tag == language:
                return language
    return None


class GuardMiddleware:
    """Closes what the chat does not need, and tells the browser what the page may do.

    Gradio's HTML names neither the right language nor a policy. Both are put in here, with the
    page's own frame; only the inline scripts that the page came with may run, each known by its
    hash, so that a script smuggled into the page cannot.
    """

    def __init__(self, app: ASGIApp, frames: dict[str, page.Frame]) -> None:
        self._app = app
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        gradio = _GRADIO.fullmatch(path)
        if gradio is not None and not _OPEN_PATHS.fullmatch(gradio["path"]):
            await Response("Not found", 404)(scope, receive, send)
            return
        length = _content_length(scope)
        if scope["method"] == "POST" and (length is None or length > _MOST_BODY_BYTES):
            status = 411 if length is None else 413
            await Response("Say how long it is, at most 64 KiB", status)(scope, receive, send)
            return
        headers = dict(_HEADERS)
        if "/assets/" in path:  # Gradio puts a hash into their names
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif path in _OWN_FILES:
            headers["Cache-Control"] = "public, max-age=3600"
        frame = self._frames[gradio["language"]] if gradio is not None else None
        response = _Response(send, headers, frame)
        await self._app(scope, receive, response.send)


def _content_length(scope: Scope) -> int | None:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else None


class _Response:
    """Passes a response on; HTML is held back until it is whole, and completed."""

    def __init__(self, send: Send, headers: dict[str, str], frame: page.Frame | None) -> None:
        self._send = send
        self._headers = headers
        self._frame = frame
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take one message of the response."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(self._headers)
            if self._frame is not None and headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif self._start is not None and self._frame is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start, self._frame)
            return
        await self._send(message)

    async def _send_page(self, start: Message, frame: page.Frame) -> None:
        language = frame.language.encode()
        body = _LANGUAGE.sub(lambda match: match[1] + language, self._body, count=1)
        body = _FOREIGN_TAGS.sub(b"", body)
        body = body.replace(b"</head>", frame.head.encode() + b"</head>", 1)
        body = body.replace(b"</body>", frame.body.encode() + b"</body>", 1)
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        headers["content-security-policy"] = content_security_policy(body)
        headers["cache-control"] = "no-cache"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def content_security_policy(html: bytes) -> str:
    """Return the policy for a page: its own files and its own inline scripts, nothing else."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(match['code']).digest()).decode()}'"
        for match in _INLINE_SCRIPT.finditer(html)
        if b"src=" not in match["attributes"]
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    )
