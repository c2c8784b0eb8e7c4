"""Saving drafts, for the desk's script."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.errors import QueueError, StaleDraftError
from faq_bot.core.languages import Language
from faq_bot.core.reply import LONGEST_ANSWER, LONGEST_NAME, Reply
from faq_bot.newsroom.drafts import Drafts
from faq_bot.web.problems import problem

Text = Annotated[str, Field(max_length=LONGEST_ANSWER)]


class TextDocument(BaseModel):
    """Question and answer in one language, either of which may still be empty."""

    model_config = ConfigDict(extra="forbid")

    question: Text
    answer: Text


class DraftDocument(BaseModel):
    """A draft as the page has it.

    `questions` are those to be answered, `seen` is when the draft was changed last as far as the
    page knows, `answer` its number once there is one.
    """

    model_config = ConfigDict(extra="forbid")

    questions: list[int]
    texts: dict[Language, TextDocument]
    name: str | None = Field(None, max_length=LONGEST_NAME)
    seen: datetime | None = None
    answer: int | None = None

    @property
    def reply(self) -> Reply:
        """What is written."""
        texts = {tag: QuestionAnswer(one.question, one.answer) for tag, one in self.texts.items()}
        return Reply(texts, self.name)


class KeptDocument(BaseModel):
    """What became of a draft: its number, and when it was changed."""

    answer: int
    seen: datetime


def draft_routes(drafts: Drafts) -> APIRouter:
    """Return the routes that the script asks; `DeskGate` guards them."""
    router = APIRouter(prefix="/editor")

    @router.get("/session", status_code=204)
    def look() -> None:
        """Tell that the server lives and the editor is logged in."""

    @router.post("/drafts")
    def keep(draft: DraftDocument, request: Request) -> Response:
        """Keep a draft."""
        editor: str = request.state.editor
        try:
            kept = drafts.write(draft.questions, draft.reply, editor, draft.seen, draft.answer)
        except StaleDraftError as error:
            return problem(409, error.editor, code="stale")
        except QueueError as error:
            return problem(422, str(error))
        document = KeptDocument(answer=kept.id, seen=kept.changed_at)
        return JSONResponse(document.model_dump(mode="json"))

    return router
