"""Telling politeness and questions about the bot from questions to the article."""

import re

from faq_bot.core.answer import Occasion

# Each must be the whole message: "Hallo, was ist Trainium?" is a question.
_PATTERNS: dict[Occasion, str] = {
    Occasion.GREETING: r"(hallo|hi|hey|hello|moin( moin)?|servus|gr(ü|ue)(ß|ss) (gott|dich|sie)"
    r"|gr(ü|ue)e?zi|guten (tag|morgen|abend)|good (morning|afternoon|evening|day)|greetings)"
    r"( (zusammen|leute|bot|there|everyone|all))?",
    Occasion.THANKS: r"((vielen|herzlichen|besten|tausend) dank"
    r"|danke?( ?sch(ö|oe)n| sehr| dir| ihnen)?"
    r"|thanks?( you)?( (a lot|very much|so much|bot))?|thx|many thanks|cheers|merci)"
    r"( (f(ü|ue)r die|for the) \w+)?",
    Occasion.GOODBYE: r"(tsch(ü|ue)(ss?|ß)|auf wiedersehen|ciao|bis (bald|dann|sp(ä|ae)ter)"
    r"|ade|(good ?)?bye( bye)?|see you( later)?|farewell)",
    Occasion.IDENTITY: r"(wer (bist du|sind sie)( eigentlich)?|wie hei(ß|ss)t du"
    r"|wie ist dein name|bist du (ein |eine )?(bot|mensch|ki|roboter|maschine|chatbot)"
    r"|sind sie (ein |eine )?(bot|mensch|ki|roboter|maschine|chatbot)|bist du chatgpt"
    r"|mit wem (spreche|chatte|rede) ich( hier)?"
    r"|(and )?who are you|what are you|what(('| i)s|s) your name|are you (a |an )?"
    r"(bot|human|ai|robot|machine|chatbot|person|chatgpt|real)|am i talking to a (bot|human|person)"
    r"|whom? am i talking to)",
    Occasion.HELP: r"(hilfe|help( me)?|was kannst du( alles)?|was k(ö|oe)nnen sie"
    r"|wie funktioniert (das|dieser (chat|bot))( hier)?|was kann ich (hier )?fragen"
    r"|what can you do|what can i ask( you)?|how does this (chat |bot )?work)",
}
_COMPILED = {
    occasion: re.compile(pattern, re.IGNORECASE) for occasion, pattern in _PATTERNS.items()
}
_AROUND = " \t.,;:!?…-–—🙂😊👋🙏❤️👍"


def find_occasion(message: str) -> Occasion | None:
    """Return what the whole message is for, None where it may be a question to the article."""
    words = message.strip(_AROUND)
    for occasion, pattern in _COMPILED.items():
        if pattern.fullmatch(words):
            return occasion
    return None


def without_greeting(message: str) -> str:
    """Return the message without a greeting before it, unless that is all there is."""
    first, mark, rest = message.partition(",")
    if not mark:
        first, mark, rest = message.partition("!")
    if mark and rest.strip(_AROUND) and find_occasion(first) is Occasion.GREETING:
        return rest.strip()
    return message
