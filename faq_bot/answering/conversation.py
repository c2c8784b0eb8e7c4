"""What a message means in its conversation: several questions at once, or one that leans back."""

import re
from dataclasses import dataclass

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


_QUESTION_WORD = (
    r"(we(r|n|m|ssen)|was|wann|wo(her|hin)?|warum|wieso|weshalb|wie(viele?)?|welche[rsmn]?"
    r"|who(m|se)?|what|when|where|why|how|which)\b"
)
# A second question that begins here: "… und wie viel …".
_AND_ASKS = re.compile(rf"(,\s*|\s+)(und|sowie|and)\s+(?={_QUESTION_WORD})", re.IGNORECASE)
_ASKS = re.compile(_QUESTION_WORD, re.IGNORECASE)
_FEWEST_WORDS = 3  # of a question that stands for itself


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a question may mean; `about` is the name that an answer must speak of, if any."""

    text: str
    about: str | None = None


def split_questions(message: str, language: Language) -> tuple[str, ...]:
    """Return the questions in a message, `MOST_QUESTIONS` at most, or the message as it is.

    What stands before a question without asking anything belongs to it.
    """
    if message.count("?") < 2:
        return _split_at_and(message)
    questions: list[str] = []
    start = 0
    for span in split_sentences(message, language):
        if message[: span.end].endswith("?"):
            questions.append(message[start : span.end].strip())
            start = span.end
    if len(questions) < 2:
        return (message,)
    return tuple(questions[:MOST_QUESTIONS])


def _split_at_and(message: str) -> tuple[str, ...]:
    """Tell two questions apart that share a question mark, where each is whole."""
    for joint in _AND_ASKS.finditer(message):
        parts = message[: joint.start()], message[joint.end() :]
        if _ASKS.match(parts[0]) and all(len(part.split()) >= _FEWEST_WORDS for part in parts):
            return (f"{parts[0]}?", parts[1][:1].upper() + parts[1][1:])
    return (message,)


def readings(question: str, previous: str | None) -> tuple[Meaning, ...]:
    """Return what a question may mean after the `previous` one, the likeliest first.

    "And Microsoft?" puts another name in the place of one in the question before; "Why?" goes on
    from it; a whole question stands alone.
    """
    alone = Meaning(question)
    if previous is None:
        return (alone,)
    followed = f"{previous.rstrip(' ?!.')}? {question}"
    if _LINK.match(question):
        core = _LINK.sub("", question).strip(" ?!.")
        about = core if _NAME.fullmatch(core) else None
        swapped = [
            Meaning(previous.replace(name, core), about)
            for name in dict.fromkeys(_NAME.findall(previous[1:]))  # not the sentence's own capital
            if about and name != core
        ]
        return tuple(swapped) or (Meaning(followed, about), Meaning(question, about))
    if _POINTER.search(question) or len(question.split()) <= _FEW_WORDS:
        return (alone, Meaning(followed))
    return (alone,)
