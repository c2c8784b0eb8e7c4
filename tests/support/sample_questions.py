"""A question that two readers asked in vain, and what an editor answers."""

from faq_bot.core.article import QuestionAnswer
from faq_bot.core.reply import Reply

ARTICLE = "amazon-openai"
GERMAN = "Wie viele Trainium-Chips hat OpenAI bestellt?"
ENGLISH = "How many Trainium chips did OpenAI order?"
REPLY = Reply(
    {
        "de": QuestionAnswer(
            "Hat OpenAI schon Chips bestellt?", "Eine Bestellung ist bisher nicht bekannt."
        ),
        "en": QuestionAnswer(
            "Has OpenAI ordered any chips?", "No order has been made public so far."
        ),
    },
    "Ada",
)
