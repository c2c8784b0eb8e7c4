"""What can be configured, from environment variables with the prefix `FAQ_BOT_`."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from faq_bot.core.answer import Scope
from faq_bot.core.errors import FaqBotError
from faq_bot.core.languages import Language

_ORIGIN = re.compile(r"https?://[\w.-]+(:\d+)?|\*")

Precision = Literal["int8", "float32"]
Several = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """The settings of one process; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="FAQ_BOT_", frozen=True, extra="ignore")

    index: Path = Field(Path("index"), description="directory of the index")
    articles: Path = Field(
        Path("seeds"), description="article file or folder from which a missing index is built"
    )
    sync_minutes: float = Field(
        0,
        ge=0,
        description="minutes between two looks of `serve` for changed articles; 0 looks only at "
        "the start, and only at files",
    )
    allow_private_addresses: bool = Field(
        False,
        description="whether articles may be read from web servers on the own machine or network",
    )
    model: str | None = Field(
        None,
        description="name or path of a sentence-transformers model to use instead of the "
        "bundled multilingual-e5-small",
    )
    device: str = Field(
        "cpu",
        description="where a model of sentence-transformers runs, as PyTorch names it: `cuda`",
    )
    cache_dir: Path = Field(
        default_factory=lambda: user_cache_path("faq-bot"),
        description="where the bundled model is prepared (100 MB)",
    )
    precision: Precision = Field(
        "int8",
        description="how the bundled model computes: `int8`, or `float32`, which is slower",
    )
    language: Language = Field(
        "de", description="interface language where neither address nor browser names one"
    )
    host: str = Field("127.0.0.1", description="address on which `serve` listens")
    port: int = Field(7860, ge=0, le=65535, description="port on which `serve` listens")
    false_answer_rate: float = Field(
        0.15,
        ge=0,
        le=1,
        description="share of the questions that the article does not answer but that may get an "
        "answer all the same",
    )
    false_hint_rate: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of these questions that may get at least the places which come nearest",
    )
    scope: Scope = Field(
        Scope.ARCHIVE,
        description="what may answer a question that its article does not: `article` nothing, "
        "`related` other articles on the subject, named as such; with `archive`, the chat may also "
        "be asked about all articles at once",
    )
    max_question_length: int = Field(
        1000, ge=1, description="longest question in characters; longer ones are not asked"
    )
    allowed_origins: Several = Field(
        (),
        description="pages that may embed the bot, as `https://news.example`, separated by commas",
    )
    questions_per_minute: int = Field(
        60, ge=1, description="questions that one client may ask in a minute"
    )
    questions_at_once: int = Field(
        200,
        ge=1,
        description="questions that may be under way at once; more are asked to try again",
    )
    answers_kept: int = Field(
        1000,
        ge=0,
        description="answers kept in memory, and only there, until the index changes",
    )
    trusted_proxies: Several = Field(
        (),
        description="addresses or networks of reverse proxies whose `X-Forwarded-For` is believed, "
        "separated by commas",
    )

    database: Annotated[str, BeforeValidator(str)] = Field(
        default_factory=lambda: str(user_data_path("faq-bot") / "questions.sqlite"),
        description="database of the editors' desk: readers' questions, answers, accounts, counts; "
        "`postgresql://user:password@host/name` also holds articles and passages, for several "
        "servers",
    )
    vector_store: str = Field(
        "faiss",
        pattern=r"^(faiss|milvus\+(https?|file)://.+)$",
        description="where vectors are: `faiss`, in files of the index, or a Milvus cluster, "
        "`milvus+http://user:password@host:19530`",
    )
    keep_rejected_days: int = Field(
        30, ge=0, description="days after which the text of a rejected question is deleted"
    )

    session_hours: float = Field(
        12, gt=0, description="hours after which an editor has to log in again"
    )
    count_questions: bool = Field(
        False,
        description="whether to count readers' questions by day, article, language and outcome; "
        "their words are never kept",
    )

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()]
            if isinstance(value, str)
            else value
        )

    @field_validator("allowed_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin like https://news.example")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        FaqBotError: a variable has an impossible value; it is named.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "FAQ_BOT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise FaqBotError(f"{name}: {first['msg']} (got {first['input']!r}).") from error
