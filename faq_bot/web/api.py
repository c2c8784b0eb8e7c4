"""The JSON API: questions, articles and published answers, for the widget and for programs."""

import datetime as dt
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from faq_bot.answering.preprocessing import prepare_question
from faq_bot.core.characters import clean_line
from faq_bot.core.errors import UnknownArticleError
from faq_bot.core.languages import Language
from faq_bot.newsroom.questions import Questions
from faq_bot.newsroom.usage import Event
from faq_bot.web.asking import Asking
from faq_bot.web.json_ld import faq_page
from faq_bot.web.origin import is_foreign_origin
from faq_bot.web.problems import ProblemDocument, problem, tell_problems
from faq_bot.web.rate_limit import RateLimiter
from faq_bot.web.schemas import (
    AnswerDocument,
    FeedbackDocument,
    QuestionDocument,
    SentQuestionDocument,
    answer_json,
)

_SENT_PER_MINUTE = 5  # questions to the editors, by one client


class VersionDocument(BaseModel):
    """An article in one language."""

    model_config = ConfigDict(from_attributes=True)

    language: Language
    title: str
    date: dt.date | None = Field(description="when the article was published")
    url: str | None = Field(description="address of the article's page")


class ArticleDocument(BaseModel):
    """An article with its versions; the first is the original."""

    id: str
    versions: list[VersionDocument]


class SuggestionsDocument(BaseModel):
    """Published questions."""

    suggestions: list[str]


def create_api(asking: Asking, questions: Questions) -> FastAPI:
    """Return the application to be mounted at `/api`; its pages of documentation are at `/docs`."""
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url="/docs-assets",
        openapi_url="/openapi.json",
        title="FAQ bot",
        description="Readers' questions, answered with an article's own words.",
        swagger_ui_parameters={"validatorUrl": None},
        responses={"default": {"model": ProblemDocument, "description": "An error"}},
    )
    app.include_router(_questions(asking, questions), prefix="/v1")
    app.include_router(_articles(asking), prefix="/v1")
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(asking.settings.allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        expose_headers=["Retry-After"],
        max_age=86400,
    )
    tell_problems(app)

    @app.exception_handler(Exception)
    def fail(_: Request, __: Exception) -> Response:
        return problem(500, "The question could not be answered. Please try again.")

    return app


def _questions(asking: Asking, questions: Questions) -> APIRouter:
    """Return the routes by which readers ask and send."""
    bot, settings = asking.bot, asking.settings

    async def check_origin(request: Request) -> None:
        if is_foreign_origin(request, settings.allowed_origins):
            raise HTTPException(
                403,
                f"{request.headers['origin']} may not embed this bot: "
                "it is not in FAQ_BOT_ALLOWED_ORIGINS.",
            )

    router = APIRouter(dependencies=[Depends(check_origin)])
    counted = [Depends(_limited(asking.limiter))]

    @router.post("/ask", dependencies=counted, response_model=AnswerDocument)
    async def ask(question: QuestionDocument) -> Response:
        """Answer a question, or refuse to: the same object as `faq-bot ask --json` prints."""
        answer: str = await asking.ask(
            question.question,
            language=question.language,
            article=question.article,
            ui_language=question.ui_language,
            previous=question.previous,
            scope=question.scope,
            tell=answer_json,
        )
        return Response(answer, media_type="application/json")

    @router.post("/feedback", status_code=204, dependencies=counted)
    def feedback(given: FeedbackDocument) -> None:
        """Count whether a reply was helpful, by day, article and language."""
        bot.version(given.article)
        event = Event.HELPFUL if given.helpful else Event.UNHELPFUL
        asking.usage.count(event, given.article, given.language)

    sending = [Depends(_limited(RateLimiter(_SENT_PER_MINUTE)))]

    @router.post("/questions", status_code=204, dependencies=sending)
    def send(sent: SentQuestionDocument) -> None:
        """Send a question to the editors; only this stores anything."""
        text = prepare_question(sent.question, settings.max_question_length)
        article = sent.article or bot.article_ids[0]
        bot.version(article)
        if sent.article is None and bot.only_article is None:
            raise UnknownArticleError(f"Name the article: {', '.join(bot.article_ids)}.")
        if not sent.website:
            questions.send(article, sent.language, text, clean_line(sent.name))
            asking.usage.count(Event.SENT, article, sent.language)

    return router


def _articles(asking: Asking) -> APIRouter:
    """Return the routes that tell of the articles."""
    bot = asking.bot
    router = APIRouter(prefix="/articles")

    @router.get("", dependencies=[Depends(_limited(asking.limiter))])
    async def articles(
        search: Annotated[str, Query(max_length=200)] = "",
        language: Language = "de",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[ArticleDocument]:
        """List the articles, the newest first, or find those that fit a search in `language`."""
        found = await asking.admission.run(partial(bot.find_articles, search, language))
        return [
            ArticleDocument(
                id=identifier,
                versions=[*map(VersionDocument.model_validate, bot.versions(identifier))],
            )
            for identifier in found[offset : offset + limit]
        ]

    @router.get("/{article}/suggestions")
    def suggestions(article: str, language: Language | None = None) -> SuggestionsDocument:
        """Return the questions that the newsroom has answered, by default in the original."""
        asked_in = bot.version(article, language).language
        return SuggestionsDocument(suggestions=list(bot.suggestions(asked_in, article)))

    @router.get("/{article}/faq.jsonld")
    def structured_data(article: str, language: Language | None = None) -> Response:
        """Return the published questions and answers as a schema.org FAQPage."""
        return Response(faq_page(bot.version(article, language)), media_type="application/ld+json")

    return router


def _limited(limiter: RateLimiter) -> Callable[[Request], Awaitable[None]]:
    """Return a dependency that counts a request of its client, and refuses one too many."""

    async def count(request: Request) -> None:
        seconds = limiter.seconds_to_wait(request.client.host if request.client else None)
        if seconds:
            message = f"That was too many questions. Go on in {seconds} seconds."
            raise HTTPException(429, message, {"Retry-After": str(seconds)})

    return count
