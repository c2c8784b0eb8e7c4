"""What readers type, made ready to be asked."""

import re

from faq_bot.core.characters import clean
from faq_bot.core.errors import QuestionError, QuestionTooLongError

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def prepare_question(text: str, longest: int) -> str:
    """Return the question on one line, without control characters.

    Raises:
        QuestionError: there is no word in it, or it is longer than `longest` characters.
    """
    question = " ".join(clean(text).split())
    if not _LETTER_OR_DIGIT.search(question):
        raise QuestionError("The question is empty. Ask it in words.")
    if len(question) > longest:
        raise QuestionTooLongError(
            f"The question has {len(question)} characters, the most are {longest}. Shorten it."
        )
    return question
