"""The web application: the chat in each language, the widget, the demo page and the JSON API."""

import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette_compress import CompressMiddleware

from faq_bot.answering.bot import FaqBot
from faq_bot.core.errors import UnknownArticleError
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import Settings
from faq_bot.index.archive import Archive
from faq_bot.newsroom.newsroom import Newsroom
from faq_bot.web.admission import Admission
from faq_bot.web.api import create_api, problem
from faq_bot.web.assets import AN_HOUR, FOR_GOOD, Asset, read_file
from faq_bot.web.chat import page
from faq_bot.web.demo import DEMO_POLICY, demo_page
from faq_bot.web.desk.drafts import draft_routes
from faq_bot.web.desk.gate import DeskGate, log_in_routes
from faq_bot.web.desk.grouping import QuestionGroups
from faq_bot.web.desk.page import build_desk
from faq_bot.web.desk.rendering import desk_frame
from faq_bot.web.desk.statistics import statistics_routes
from faq_bot.web.desk.work import Desk
from faq_bot.web.index_watcher import IndexWatcher
from faq_bot.web.locale import preferred_language
from faq_bot.web.middleware import GuardMiddleware
from faq_bot.web.quiet_gradio import gr
from faq_bot.web.rate_limit import RateLimiter
from faq_bot.web.regular_sync import sync_regularly
from faq_bot.web.widget import widget_scripts

_FIVE_MINUTES = "public, max-age=300"
_FILES = {
    "/chat.css": ("faq_bot.web.chat", "text/css"),
    "/chat.js": ("faq_bot.web.chat", "text/javascript"),
    "/favicon.svg": ("faq_bot.web.chat", "image/svg+xml"),
    "/demo.css": ("faq_bot.web.demo", "text/css"),
    "/editor/desk.css": ("faq_bot.web.desk", "text/css"),
    "/editor/desk.js": ("faq_bot.web.desk", "text/javascript"),
}


def create_app(bot: FaqBot, settings: Settings) -> FastAPI:
    """Return the application; the chat is at `/de/` and `/en/`, and `/` leads to one of them."""
    limiter = RateLimiter(settings.questions_per_minute)
    admission = Admission(settings.questions_at_once)
    newsroom = Newsroom.from_settings(settings)
    archive = Archive.of(settings)
    watcher = IndexWatcher(bot, newsroom.publishing, archive)
    ready, stop = threading.Event(), threading.Event()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_warm_up, args=(bot, ready), daemon=True).start()
        threading.Thread(target=watcher.watch, args=(stop,), daemon=True).start()
        sync = (settings, archive, bot.encoder, newsroom.publishing, stop)
        threading.Thread(target=sync_regularly, args=sync, daemon=True).start()
        yield
        stop.set()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.get("/")
    @app.get("/embed")
    def choose_language(request: Request) -> RedirectResponse:
        kept = {name: value for name, value in request.query_params.items() if name != "lang"}
        return _redirect(request, "./{}/", settings, kept)

    @app.get("/demo")
    def choose_demo(request: Request) -> RedirectResponse:
        return _redirect(request, "./demo/{}", settings)

    @app.get("/demo/{language}")
    def show_demo(language: Language, article: str | None = None) -> HTMLResponse:
        shown = bot.version(article or bot.article_ids[0], language)
        return HTMLResponse(
            demo_page(shown, language), headers={"Content-Security-Policy": DEMO_POLICY}
        )

    @app.get("/healthz")
    def live() -> Response:
        return Response("ok", media_type="text/plain")

    @app.get("/readyz")
    def is_ready() -> Response:
        return Response("ok" if ready.is_set() else "starting", 200 if ready.is_set() else 503)

    @app.exception_handler(HTTPException)
    def refuse(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(UnknownArticleError)
    def miss(_: Request, error: UnknownArticleError) -> Response:
        return problem(404, str(error))

    scripts = widget_scripts(settings)
    files = {
        path: Asset(read_file(package, path.rpartition("/")[2]), media_type)
        for path, (package, media_type) in _FILES.items()
    }
    _serve(app, files, AN_HOUR)
    _serve(app, scripts.current, _FIVE_MINUTES)
    _serve(app, scripts.versioned, FOR_GOOD)
    api = create_api(bot, settings, limiter, admission, newsroom.questions, newsroom.usage)
    app.mount("/api", api)
    frames: dict[str, page.Frame] = {}
    for language in LANGUAGES:
        chat = page.build_page(bot, language, settings, limiter, admission, newsroom.usage)
        _mount(app, chat, f"/{language}")
        frames[f"/{language}"] = page.frame(bot, language, settings)
    frames |= _add_desk(app, Desk(bot, newsroom, watcher, QuestionGroups(bot)), settings)
    app.add_middleware(GuardMiddleware, frames=frames, ancestors=settings.allowed_origins)
    app.add_middleware(CompressMiddleware, minimum_size=1000)
    return app


def _add_desk(app: FastAPI, desk: Desk, settings: Settings) -> dict[str, page.Frame]:
    """Add the editors' desk, which only they may enter; return the frames of its pages."""

    @app.get("/editor")
    @app.get("/editor/")
    def choose_desk(request: Request) -> RedirectResponse:
        path = "./{}/" if request.url.path.endswith("/") else "./editor/{}/"
        return _redirect(request, path, settings)

    newsroom = desk.newsroom
    app.include_router(log_in_routes(newsroom.editors, settings))
    app.include_router(draft_routes(newsroom.drafts))
    app.include_router(statistics_routes(desk, newsroom.usage, settings))
    app.add_middleware(DeskGate, editors=newsroom.editors)
    for language in LANGUAGES:
        _mount(app, build_desk(desk, language), f"/editor/{language}")
    return {f"/editor/{language}": desk_frame(language) for language in LANGUAGES}


def _warm_up(bot: FaqBot, ready: threading.Event) -> None:
    """Load what the first question would have to wait for."""
    for question in bot.suggestions("de", most=1) or ("Worum geht es?",):
        bot.ask(question)
    ready.set()


def _serve(app: FastAPI, files: Mapping[str, Asset], cache_control: str) -> None:
    for path, asset in files.items():

        def send(request: Request, asset: Asset = asset) -> Response:
            return asset.response(request, cache_control)

        app.add_route(path, send)


def _mount(app: FastAPI, blocks: gr.Blocks, path: str) -> None:
    blocks.api_open = False
    blocks.state_session_capacity = 1000
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
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


def _redirect(
    request: Request, path: str, settings: Settings, query: Mapping[str, str] | None = None
) -> RedirectResponse:
    """Lead to the page in the language of the address, the browser or the settings.

    The path is relative, so that it holds behind a proxy that adds one of its own.
    """
    language = preferred_language(request, settings.language)
    address = path.format(language) + (f"?{urlencode(query)}" if query else "")
    return RedirectResponse(address, headers={"Vary": "Accept-Language"})
