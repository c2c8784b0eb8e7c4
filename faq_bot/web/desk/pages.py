"""The desk as a part of the application: its pages, routes and who is let in."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from faq_bot.core.languages import LANGUAGES
from faq_bot.core.settings import Settings
from faq_bot.web.desk.drafts import draft_routes
from faq_bot.web.desk.gate import DeskGate, log_in_routes
from faq_bot.web.desk.page import build_desk
from faq_bot.web.desk.rendering import desk_frame
from faq_bot.web.desk.statistics import statistics_routes
from faq_bot.web.desk.work import Desk
from faq_bot.web.gradio_page import Frame, mount_page
from faq_bot.web.locale import lead_to_language


def add_desk(app: FastAPI, desk: Desk, settings: Settings) -> Mapping[str, Frame]:
    """Add the editors' desk, which only they may enter; return the frames of its pages."""

    @app.get("/editor")
    @app.get("/editor/")
    def choose_desk(request: Request) -> RedirectResponse:
        path = "./{}/" if request.url.path.endswith("/") else "./editor/{}/"
        return lead_to_language(request, path, settings.language)

    newsroom = desk.newsroom
    app.include_router(log_in_routes(newsroom.editors, settings))
    app.include_router(draft_routes(newsroom.drafts))
    app.include_router(statistics_routes(desk, newsroom.usage, settings))
    app.add_middleware(DeskGate, editors=newsroom.editors)
    for language in LANGUAGES:
        mount_page(app, build_desk(desk, language), f"/editor/{language}")
    return {f"/editor/{language}": desk_frame(language) for language in LANGUAGES}
