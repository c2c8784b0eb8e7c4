"""Whether a question asks for an amount or a time that a sentence does not offer."""

import re
from enum import Enum, auto

from faq_bot.core.languages import Language
from faq_bot.text.analyser import NUMBER_WORDS


class AnswerType(Enum):
    """What kind of answer a question asks for, as far as its words show."""

    COUNT = auto()
    MONEY = auto()
    SHARE = auto()
    MEASURE = auto()
    TIME = auto()


# The first that fits counts.
_QUESTIONS: dict[Language, dict[AnswerType, str]] = {
    "de": {
        AnswerType.SHARE: r"prozent|welche[rn]? anteil|wie hoch (ist|war|wäre) der anteil",
        AnswerType.MONEY: r"wie ?viel (geld|euro|dollar|verdien|kostet|zahl|investier)|wie teuer"
        r"|was kostet|was verdient|wie hoch (ist|war|sind|waren|wäre) (der|die|das) "
        r"(umsatz|gewinn|preis|kosten|miete|schaden|verlust|lohn|gehalt|zuschuss|strafe)",
        AnswerType.COUNT: r"wie ?viele",
        AnswerType.MEASURE: r"wie ?viel|wie (hoch|gro(ß|ss)|lange?|alt|oft|weit|schnell|schwer"
        r"|tief)",
        AnswerType.TIME: r"wann|an welchem tag|welche[sm] (jahr|datum)|um wie viel uhr",
    },
    "en": {
        AnswerType.SHARE: r"percent(age)?|per cent|what (share|proportion|stake)",
        AnswerType.MONEY: r"how much (money|does .* (cost|earn|pay)|did .* (cost|earn|pay|spend)"
        r"|is .* (paying|worth))|how expensive|what (does|did|is|was|are|were) .*"
        r"(cost|price|revenue|profit|turnover|fee|salary|worth)\b",
        AnswerType.COUNT: r"how many",
        AnswerType.MEASURE: r"how (much|high|big|large|long|old|often|far|fast|tall|heavy|deep)",
        AnswerType.TIME: r"when|(what|which) (day|year|date|time|month)",
    },
}
_COMPILED = {
    language: {
        kind: re.compile(rf"\b({pattern})", re.IGNORECASE) for kind, pattern in kinds.items()
    }
    for language, kinds in _QUESTIONS.items()
}
_NUMBER = rf"(\d[\d.,]*|{'|'.join(NUMBER_WORDS)}|thousands?|tausende?)"
_SCALE = (
    r"( ?(hundert|tausend|million(en)?|milliarden?|mio\.?|mrd\.?|hundred|thousand|b(illio)?n))?"
)
_MONEY = re.compile(
    rf"[$€£] ?\d|\b{_NUMBER}{_SCALE}[- ]?(us[- ])?(dollar|euro|cent|pfund|pound|usd|eur|[$€£])",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\d ?%|prozent|per ?cent|hälfte|drittel|viertel|fünftel|half|third|quarter|fifth",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(1[5-9]|20)\d\d\b")
_ANY_NUMBER = re.compile(rf"\d|\b{_NUMBER}\b|dutzend|dozen", re.IGNORECASE)
_TIME = re.compile(
    r"\d|\b(januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember"
    r"|january|february|march|may|june|july|october|december|montag|dienstag|mittwoch"
    r"|donnerstag|freitag|samstag|sonntag|monday|tuesday|wednesday|thursday|friday|saturday"
    r"|sunday|jahr|monat|woche|tag|stunde|year|month|week|day|hour|century|jahrhundert|frühjahr"
    r"|frühling|sommer|herbst|winter|spring|summer|autumn|heute|gestern|morgen|today"
    r"|yesterday|tomorrow|später|bald|nach|vor|later|soon|after|before|during|während|sobald)",
    re.IGNORECASE,
)


def answer_type(question: str, language: Language) -> AnswerType | None:
    """Return what a question asks for, None if for something else."""
    for kind, pattern in _COMPILED[language].items():
        if pattern.search(question):
            return kind
    return None


def is_unmet(question: str, language: Language, text: str) -> bool:
    """Return whether the question asks for an amount or a time and the text offers none."""
    match answer_type(question, language):
        case AnswerType.MONEY:
            return not _MONEY.search(text)
        case AnswerType.SHARE:
            return not _SHARE.search(text)
        case AnswerType.COUNT:
            counts = _YEAR.sub(" ", _MONEY.sub(" ", text))
            return not _ANY_NUMBER.search(counts)
        case AnswerType.MEASURE:
            return not (_ANY_NUMBER.search(text) or _SHARE.search(text) or _TIME.search(text))
        case AnswerType.TIME:
            return not _TIME.search(text)
        case None:
            return False
