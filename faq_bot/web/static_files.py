"""Which script, stylesheet or image is at which address, and how long it may be kept."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import Response

from faq_bot.core.settings import Settings
from faq_bot.web.assets import FOR_GOOD, Asset, read_file
from faq_bot.web.widget import widget_scripts

_AN_HOUR = "public, max-age=3600"
_FIVE_MINUTES = "public, max-age=300"
_FILES = {
    "/chat.css": ("faq_bot.web.chat", "text/css"),
    "/chat.js": ("faq_bot.web.chat", "text/javascript"),
    "/favicon.svg": ("faq_bot.web.chat", "image/svg+xml"),
    "/demo.css": ("faq_bot.web.demo", "text/css"),
    "/editor/desk.css": ("faq_bot.web.desk", "text/css"),
    "/editor/desk.js": ("faq_bot.web.desk", "text/javascript"),
}


def add_static_files(app: FastAPI, settings: Settings) -> None:
    """Serve the files of the pages and the scripts of the widget."""
    scripts = widget_scripts(settings)
    files = {
        path: Asset(read_file(package, path.rpartition("/")[2]), media_type)
        for path, (package, media_type) in _FILES.items()
    }
    _serve(app, files, _AN_HOUR)
    _serve(app, scripts.current, _FIVE_MINUTES)
    _serve(app, scripts.versioned, FOR_GOOD)


def _serve(app: FastAPI, files: Mapping[str, Asset], cache_control: str) -> None:
    for path, asset in files.items():

        def send(request: Request, asset: Asset = asset) -> Response:
            return asset.response(request, cache_control)

        app.add_route(path, send)
