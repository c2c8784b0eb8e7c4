"""Errors in the one shape that all of them have, for programs and for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from faq_bot.core.errors import (
    ArticleError,
    BusyError,
    FaqBotError,
    QuestionError,
    QuestionTooLongError,
    QueueFullError,
    UnknownArticleError,
)

_SECONDS_WHEN_BUSY = 2

CODES = {
    403: "origin_not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    411: "length_required",
    413: "too_large",
    422: "invalid",
    429: "too_many_questions",
    500: "failure",
    503: "queue_full",
}


class Problem(BaseModel):
    """What went wrong, for programs and for people."""

    code: str
    message: str


class ProblemDocument(BaseModel):
    """The shape of every error."""

    error: Problem


def problem(
    status: int, message: str, headers: Mapping[str, str] | None = None, code: str | None = None
) -> JSONResponse:
    """Return an error in the shape that all errors have."""
    known = CODES.get(status, "invalid" if status < 500 else "failure")
    document = ProblemDocument(error=Problem(code=code or known, message=message))
    return JSONResponse(document.model_dump(), status, headers)


@dataclass(frozen=True, slots=True)
class _Told:
    """How an error of the package is told: its message with a status, a code and headers."""

    status: int
    code: str | None = None
    headers: Mapping[str, str] | None = None

    def handler(self) -> Callable[[Request, Exception], JSONResponse]:
        """Return what FastAPI calls with the error."""
        return lambda _, error: problem(self.status, str(error), self.headers, self.code)


# The nearest class of an error counts; any other error is a failure of ours.
_ERRORS: Mapping[type[FaqBotError], _Told] = {
    ArticleError: _Told(404),
    UnknownArticleError: _Told(404),
    QuestionError: _Told(422),
    QuestionTooLongError: _Told(422, "question_too_long"),
    QueueFullError: _Told(503),
    BusyError: _Told(503, "busy", {"Retry-After": str(_SECONDS_WHEN_BUSY)}),
}


def tell_problems(app: FastAPI) -> None:
    """Have an application answer with this shape whatever goes wrong."""
    for kind, told in _ERRORS.items():
        app.add_exception_handler(kind, told.handler())

    @app.exception_handler(HTTPException)
    def refuse(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    def explain(_: Request, error: RequestValidationError) -> JSONResponse:
        first: dict[str, Any] = error.errors()[0]
        place = ".".join(part for part in first["loc"] if isinstance(part, str) and part != "body")
        return problem(422, f"{place}: {first['msg']}." if place else f"{first['msg']}.")
