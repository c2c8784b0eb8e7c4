"""Questions about the article itself: what it is about, its sources and its author."""

import re

from faq_bot.articles.wording import QUESTION_ANSWERED_BY
from faq_bot.core.article import SectionKind
from faq_bot.core.languages import Language
from faq_bot.core.passage import Passage

_AROUND = " \t.,;:!?…-–—"

_ES = (
    r"(es|das|dies|hier|((in|von|vom|im) )?(de[rmns]|diese[rmns]?|dein(em|er)?|euer(em)?)? ?"
    r"(artikels?|text(es)?|berichts?|beitrags?|meldung|nachricht|thema))"
)
_IT = r"(it|this|that|(the|this|your) (article|text|story|report|piece|news))"
# Each is a whole message: "Worum geht es in dem Vertrag?" asks something else.
_ASK_FOR_OVERVIEW = (
    rf"(worum|um was) geht('?s| es)( hier)?( {_ES})?",
    rf"(wovon (handelt|erz(ä|ae)hlt)|worum dreht sich) {_ES}",
    rf"was (steht|sagt) {_ES}( drin| aus)?",
    rf"was ist (das|der) (thema|inhalt)( {_ES})?",
    rf"(eine |die )?(kurze )?(zusammenfassung|kurzfassung|inhaltsangabe|(ü|ue)berblick)( {_ES})?",
    rf"(was (ist|sind) )?(das|die) (wichtigsten?|zentralen?)( punkte| fakten| aussagen)?( {_ES})?",
    r"(die )?kernaussagen?|das wichtigste in k(ü|ue)rze|tl;?dr",
    rf"fass(e|en sie)?( mir)? {_ES}( kurz)? zusammen",
    r"was ist( hier| denn)? (passiert|geschehen|los)",
    rf"what('?s| is) {_IT}( all)? about|what does {_IT} say",
    rf"((can|could) you )?(summari[sz]e|sum up) {_IT}( for me)?",
    rf"(can i have )?(a |the )?(short |brief |quick )?(summary|overview|gist)( of {_IT})?",
    rf"(what are )?(the )?(key|main|most important) (points?|facts?|takeaways?)( of {_IT})?",
    r"what('?s| is) the (main|key) (point|message|story|takeaway)",
    r"what( has|'s)? happened( here)?|what('?s| is) (going on|the story)( here)?",
)
_POLITE = r"(bitte |please )?"
_OVERVIEW = re.compile(
    rf"{_POLITE}({'|'.join(_ASK_FOR_OVERVIEW)})( genau| eigentlich| kurz)*( bitte| please)?",
    re.IGNORECASE,
)

_BARE: dict[SectionKind, re.Pattern[str]] = {
    SectionKind.SOURCES: re.compile(
        r"(die |the |your |eure |ihre |welche |any )?"
        r"(quellen?(angaben?|verzeichnis)?|sources?|references?)",
        re.IGNORECASE,
    ),
    SectionKind.AUTHOR: re.compile(
        r"(der |die |the |wer ist (der|die) |who is the )?(autor(in)?|verfasser(in)?|author|writer)"
        r"|wer (hat|schrieb) (das|dies|den (artikel|text))( geschrieben)?"
        r"|who wrote (this|it|that|the article|the text)",
        re.IGNORECASE,
    ),
}
# What a question speaks of that a list of sources or an author's box may answer.
_SPEAKS_OF: dict[SectionKind, re.Pattern[str]] = {
    SectionKind.SOURCES: re.compile(
        r"\b(quelle\w*|beleg\w*|nachweis\w*|sources?|references?|cit(ed?|ations?)|literatur\w*"
        r"|woher|where (do|does|did|have|has) (you|the article|this|that|these|the)\b"
        r"|beruh\w*|st(ü|ue)tz\w*|beruf(t|en) sich|based on)\b",
        re.IGNORECASE,
    ),
    SectionKind.AUTHOR: re.compile(
        r"\b(autor\w*|verfass\w*|journalist\w*|reporter\w*|redakt\w*|geschrieben|schrieb|schreibt"
        r"|author\w*|writer\w*|editor\w*|wrote|written|writes|byline|von wem|by whom|who asked"
        r"|wer stellte)\b",
        re.IGNORECASE,
    ),
}
_KINDS = {
    question: kind for kind, by_language in QUESTION_ANSWERED_BY.items()
    for question in by_language.values()
}  # fmt: skip
_NAME = re.compile(r"\b[A-ZÄÖÜ][\w-]{2,}")


def asks_for_overview(message: str) -> bool:
    """Whether the whole message asks what the article is about."""
    return _OVERVIEW.fullmatch(" ".join(message.split()).strip(_AROUND)) is not None


def spelt_out(message: str, language: Language) -> str:
    """Return the whole question for a bare "Sources?" or "Author?", else the message."""
    words = message.strip(_AROUND)
    for kind, pattern in _BARE.items():
        if pattern.fullmatch(words):
            return QUESTION_ANSWERED_BY[kind][language]
    return message


def may_answer(passage: Passage, question: str) -> bool:
    """Whether a passage may answer a question at all.

    A list of sources and an author's box name much that they say nothing about; they answer only
    who asks about sources or the author.
    """
    kind = _KINDS.get(passage.question or "")
    if kind is None or _SPEAKS_OF[kind].search(question):
        return True
    if kind is SectionKind.SOURCES:
        return False
    # "Who is Jane Doe?" asks about her.
    named = _NAME.findall(question)
    return len(named) > 1 and " ".join(named[-2:]) in passage.text
