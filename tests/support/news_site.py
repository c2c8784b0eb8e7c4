"""A newspaper's own server, on another port than the bot's: pages for the widget to stand on."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Zeitung</title>{head}</head>
<body>{body}</body>
</html>"""


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    body: bytes
    headers: Mapping[str, str]
    status: int = 200
    seconds: float = 0.0  # before it is sent


NOTHING = Reply(b"", {}, 204)  # no icon, no robots.txt


class NewsSite:
    """Serves pages that a test puts there."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply] = {}
        self.requests: list[tuple[str, float, Mapping[str, str]]] = []  # path, time, headers
        self._shut = threading.Event()
        pages, requests, shut = self.pages, self.requests, self._shut

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append((self.path, time.monotonic(), dict(self.headers)))
                reply = pages.get(self.path, NOTHING)
                known = reply.headers.get("ETag", "none")
                if self.headers["If-None-Match"] == known:
                    reply = Reply(b"", {}, 304)
                shut.wait(reply.seconds)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(
        self, path: str, body: str, head: str = "", language: str = "de", **headers: str
    ) -> str:
        """Put a page there and return its address; underscores in header names become hyphens."""
        html = PAGE.format(language=language, head=head, body=body)
        return self.serve(path, html.encode(), 200, seconds=0, **headers)

    def serve(
        self, path: str, body: bytes, status: int = 200, *, seconds: float = 0, **headers: str
    ) -> str:
        """Put anything there and return its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"Content-Type": "text/html; charset=utf-8", **named}
        self.pages[path] = Reply(body, named, status, seconds)
        return self.origin + path

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def shut(self) -> None:
        """Stop answering."""
        self._shut.set()
        self._server.shutdown()
        self._server.server_close()

    def __exit__(self, *_: object) -> None:
        self.shut()
