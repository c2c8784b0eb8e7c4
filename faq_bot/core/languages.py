"""The languages of articles, questions and interface."""

from typing import Literal, get_args

Language = Literal["de", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
