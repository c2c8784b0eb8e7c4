"""Serving the web application on one port."""

import errno
import logging
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI
from rich.console import Console

from faq_bot.answering.bot import FaqBot
from faq_bot.answering.service import Service
from faq_bot.core.errors import ServerError
from faq_bot.core.settings import Settings


def run(settings: Settings) -> None:
    """Serve until interrupted; the index is brought up to date first.

    Raises:
        ServerError: the address cannot be listened on; found out before anything slow.
        ArticleError, IndexFilesError, ModelError: the index cannot be made.
    """
    console = Console(stderr=True, soft_wrap=True)
    listener = listen(settings.host, settings.port)
    with listener:
        console.print("Opening the index …")
        service = Service.from_settings(settings)
        index = service.indexer().open_or_update(settings.articles)
        bot = FaqBot(index, service.encoder, settings)

        from faq_bot.web.app import create_app

        app = create_app(bot, settings)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        Console(soft_wrap=True).print(
            f"The chat is at http://{shown}:{port} , a page with the widget at "
            f"http://{shown}:{port}/demo (stop with Ctrl-C)",
            highlight=False,
        )
        logging.getLogger("faq_bot").setLevel(logging.INFO)
        _Server(server_config(app, settings)).run(sockets=[listener])


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn runs the application: no log of readers, no proxy believed but ours."""
    return uvicorn.Config(
        app,
        lifespan="on",  # or a mistake there would go unnoticed
        log_level="warning",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
    )


class _Server(uvicorn.Server):
    """A server that ends quietly, also when Ctrl-C is pressed twice."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, and keep what is thereby cancelled out of the log."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address.

    Raises:
        ServerError: another program has the port, or the address is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"Port {port} on {host} is taken by another program. "
                "Choose another: faq-bot serve --port 7861"
            ) from error
        raise ServerError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    # Connections inherit it. asyncio sets it only where a socket names its protocol, which this one
    # does not; without it, each answer waits 40 ms for the client's delayed ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
