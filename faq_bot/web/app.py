"""The web application: the chat in each language, the widget, the demo page and the JSON API."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette_compress import CompressMiddleware

from faq_bot.answering.bot import FaqBot
from faq_bot.answering.service import Service
from faq_bot.core.settings import Settings
from faq_bot.web.api import create_api
from faq_bot.web.asking import Asking
from faq_bot.web.chat.page import add_chat
from faq_bot.web.demo.page import demo_routes
from faq_bot.web.desk.grouping import QuestionGroups
from faq_bot.web.desk.pages import add_desk
from faq_bot.web.desk.work import Desk
from faq_bot.web.index_watcher import IndexWatcher
from faq_bot.web.locale import lead_to_language
from faq_bot.web.middleware import GuardMiddleware
from faq_bot.web.problems import tell_problems
from faq_bot.web.regular_sync import RegularSync
from faq_bot.web.static_files import add_static_files
from faq_bot.web.upkeep import Upkeep


def create_app(bot: FaqBot, settings: Settings) -> FastAPI:
    """Return the application; the chat is at `/de/` and `/en/`, and `/` leads to one of them."""
    service = Service.from_settings(settings, bot.encoder)
    newsroom = service.newsroom
    watcher = IndexWatcher(bot, newsroom.publishing, service.archive)
    sync = RegularSync(settings.sync_minutes, service.indexer)
    upkeep = Upkeep(bot, watcher, sync)
    asking = Asking.from_settings(settings, bot, newsroom.usage)
    desk = Desk(bot, newsroom, watcher, QuestionGroups(bot))

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=upkeep.lifespan)
    tell_problems(app)
    _add_entrances(app, settings, upkeep)
    app.include_router(demo_routes(bot, settings))
    add_static_files(app, settings)
    app.mount("/api", create_api(asking, newsroom.questions))
    frames = {**add_chat(app, asking), **add_desk(app, desk, settings)}
    app.add_middleware(GuardMiddleware, frames=frames, ancestors=settings.allowed_origins)
    app.add_middleware(CompressMiddleware, minimum_size=1000)
    return app


def _add_entrances(app: FastAPI, settings: Settings, upkeep: Upkeep) -> None:
    """Add what leads readers to the chat, and what tells operators that it is there."""

    @app.get("/")
    @app.get("/embed")
    def choose_language(request: Request) -> RedirectResponse:
        kept = {name: value for name, value in request.query_params.items() if name != "lang"}
        return lead_to_language(request, "./{}/", settings.language, kept)

    @app.get("/healthz")
    def live() -> Response:
        return Response("ok", media_type="text/plain")

    @app.get("/readyz")
    def is_ready() -> Response:
        return Response("ok" if upkeep.is_ready else "starting", 200 if upkeep.is_ready else 503)
