"""What a message means in its conversation: several questions at once, or one that leans back."""

import re

from faq_bot.core.languages import Language
from faq_bot.text.sentences import split_sentences

MOST_QUESTIONS = 3

_LINK = re.compile(
    r"^(und|aber|oder|sowie|also|and|but|or|so|what about|how about|was ist mit"
    r"|wie sieht es (mit|bei)|wie steht es um)\b\s*",
    re.IGNORECASE,
)
# Not "das Wetter", "gibt es" or "is there", which point to nothing.
_POINTER = re.compile(
    r"\b(er|sie|(?<!gibt )es|das(?! (?-i:[A-ZÄÖÜ]))|dies(e[rsmn]?)?|dazu|davon|daf(ü|ue)r|damit"
    r"|daran|dabei|darauf|dagegen|daraus|ihn|ihm|ihre?[mnrs]?|seine?[mnrs]?|dort|dessen|deren"
    r"|it|its|they|them|their|that|this|these|those|he|him|his|she|her|(?<!is )(?<!are )there)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 2
_NAME = re.compile(r"\b[A-ZÄÖÜ][\w-]+")


def split_questions(message: str, language: Language) -> tuple[str, ...]:
    """Return the questions in a message, `MOST_QUESTIONS` at most, or the message as it is.

    What stands before a question without asking anything belongs to it.
    """
    if message.count("?") < 2:
        return (message,)
    questions: list[str] = []
    start = 0
    for span in split_sentences(message, language):
        if message[: span.end].endswith("?"):
            questions.append(message[start : span.end].strip())
            start = span.end
    if len(questions) < 2:
        return (message,)
    return tuple(questions[:MOST_QUESTIONS])


def readings(question: str, previous: str | None) -> tuple[str, ...]:
    """Return what a question may mean after the `previous` one, the likeliest first.

    "And Microsoft?" puts another name in the place of one in the question before; "Why?" goes on
    from it; a whole question stands alone.
    """
    if previous is None:
        return (question,)
    followed = f"{previous.rstrip(' ?!.')}? {question}"
    if _LINK.match(question):
        core = _LINK.sub("", question).strip(" ?!.")
        swapped = [
            previous.replace(name, core)
            for name in dict.fromkeys(_NAME.findall(previous[1:]))  # not the sentence's own capital
            if name != core and _NAME.fullmatch(core)
        ]
        return (*swapped, followed, question)
    if _POINTER.search(question) or len(question.split()) <= _FEW_WORDS:
        return (question, followed)
    return (question,)
