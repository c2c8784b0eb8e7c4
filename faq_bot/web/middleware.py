"""What protects server and readers: what is closed, how much is taken, what a page may do."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faq_bot.core.languages import LANGUAGES
from faq_bot.web.assets import FOR_GOOD
from faq_bot.web.desk.gate import is_desk
from faq_bot.web.gradio_page import Frame
from faq_bot.web.problems import problem

# What the chat needs of Gradio. Everything else that it offers (uploads, files, proxies, log-in,
# descriptions of its functions, monitoring) is closed.
_GRADIO = re.compile(rf"(?P<page>(/editor)?/({'|'.join(LANGUAGES)}))/(?P<path>.*)")
_OPEN_PATHS = re.compile(
    r"|assets/.+|static/.+|theme\.css|gradio_api/run/predict/?|gradio_api/heartbeat/\w+"
)
# With this the chat finds its way back after an outage, by loading itself anew. The desk's script
# sees to that itself, lest something typed be lost.
_WAY_BACK = "gradio_api/app_id"
_INLINE_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
_LANGUAGE = re.compile(rb'(<html[^>]*\blang=")[^"]*')
_BODY = re.compile(rb"<body[^>]*>")
# Gradio's advertisements for itself, and a manifest that is not there.
_FOREIGN_TAGS = re.compile(
    rb'<meta\s+(property|name)="(og|twitter):[^>]*>|<link rel="manifest"[^>]*>'
)
_MOST_BODY_BYTES = 64 * 1024
_SELF, _NONE = "'self'", "'none'"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class GuardMiddleware:
    """Closes what the chat does not need, and tells the browser what a page may do.

    Gradio's HTML names neither the right language nor a policy. Both are put in here, with the
    page's own frame; only the inline scripts that the page came with may run, each known by its
    hash, so that a script smuggled into the page cannot. `frames` are known by the paths of their
    pages. `ancestors` are the origins whose pages may show the chat in a frame; the editors' desk
    is shown in none.
    """

    def __init__(self, app: ASGIApp, frames: Mapping[str, Frame], ancestors: Sequence[str]) -> None:
        self._app = app
        self._frames = frames
        self._ancestors = ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        gradio = _GRADIO.fullmatch(path)
        on_desk = is_desk(path)
        if gradio is not None and not _is_open(gradio["path"], on_desk=on_desk):
            await problem(404, "There is nothing here.")(scope, receive, send)
            return
        length = _content_length(scope)
        if scope["method"] == "POST" and (length is None or length > _MOST_BODY_BYTES):
            status = 411 if length is None else 413
            refusal = problem(status, "Say how long the request is, at most 64 KiB.")
            await refusal(scope, receive, send)
            return
        if on_desk:
            page = self._desk_page(gradio)
        else:
            ancestors = [_SELF, *self._ancestors] if gradio else [_SELF]
            page = _Page(dict(_HEADERS), self._frame(gradio), ancestors)
        if gradio is not None and gradio["path"].startswith("assets/"):
            page.headers["Cache-Control"] = FOR_GOOD  # Gradio puts a hash into their names
        await self._app(scope, receive, _Response(send, page).send)

    def _frame(self, gradio: re.Match[str] | None) -> Frame | None:
        return None if gradio is None else self._frames[gradio["page"]]

    def _desk_page(self, gradio: re.Match[str] | None) -> "_Page":
        """Return what is added to a page of the desk: no frame, no copy, and its own origin.

        With the other pages' policy a form of the desk would not tell where it comes from.
        """
        own = {
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        return _Page(_HEADERS | own, self._frame(gradio), [_NONE])


def _is_open(path: str, *, on_desk: bool) -> bool:
    """Whether Gradio answers what is at the path below a page."""
    return bool(_OPEN_PATHS.fullmatch(path)) or (path == _WAY_BACK and not on_desk)


def _content_length(scope: Scope) -> int | None:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else None


@dataclass(frozen=True, slots=True)
class _Page:
    """What is added to a response, and who may show it in a frame."""

    headers: dict[str, str]
    frame: Frame | None
    ancestors: Sequence[str]


class _Response:
    """Passes a response on; HTML is held back until it is whole, and completed."""

    def __init__(self, send: Send, page: _Page) -> None:
        self._send = send
        self._page = page
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take one message of the response."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(self._page.headers)
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        body = self._body
        if (frame := self._page.frame) is not None:
            body = _LANGUAGE.sub(lambda match: match[1] + frame.language.encode(), body, count=1)
            body = _FOREIGN_TAGS.sub(b"", body)
            body = body.replace(b"</head>", frame.head.encode() + b"</head>", 1)
            body = _BODY.sub(lambda match: match[0] + frame.top.encode(), body, count=1)
            body = body.replace(b"</body>", frame.bottom.encode() + b"</body>", 1)
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        policy = content_security_policy(body, self._page.ancestors)
        headers.setdefault("content-security-policy", policy)
        if headers.get("cache-control") != "no-store":
            headers["cache-control"] = "no-cache"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def content_security_policy(html: bytes, ancestors: Sequence[str]) -> str:
    """Return the policy for a page: its own files and its own inline scripts, nothing else."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(match['code']).digest()).decode()}'"
        for match in _INLINE_SCRIPT.finditer(html)
        if b"src=" not in match["attributes"]
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        f"base-uri 'self'; form-action 'self'; frame-ancestors {' '.join(ancestors)}"
    )
