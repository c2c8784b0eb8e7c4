"""A reader's question on its way to the bot: how often, how many at once, and counted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from faq_bot.answering.bot import FaqBot
from faq_bot.core.answer import Answer, Scope
from faq_bot.core.languages import Language
from faq_bot.core.settings import Settings
from faq_bot.newsroom.usage import Usage
from faq_bot.web.admission import Admission
from faq_bot.web.rate_limit import RateLimiter

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Asking:
    """What chat and API share: the bot and the limits that all its readers have together."""

    bot: FaqBot
    settings: Settings
    usage: Usage
    limiter: RateLimiter
    admission: Admission

    @classmethod
    def from_settings(cls, settings: Settings, bot: FaqBot, usage: Usage) -> Self:
        """Return it with the limits that the settings name."""
        limiter = RateLimiter(settings.questions_per_minute)
        return cls(bot, settings, usage, limiter, Admission(settings.questions_at_once))

    async def ask(
        self,
        question: str,
        *,
        language: Language | None = None,
        article: str | None = None,
        ui_language: Language | None = None,
        previous: str | None = None,
        scope: Scope,
        tell: Callable[[Answer], Told],
    ) -> Told:
        """Answer a question as `FaqBot.ask` does, as far as the newsroom allows the scope.

        `tell` puts the answer into the words of who asked, in the same thread.

        Raises:
            QuestionError: it cannot be asked.
            BusyError: too many are being answered.
        """

        def answer() -> Told:
            found = self.bot.ask(
                question,
                language=language,
                article=article,
                ui_language=ui_language,
                previous=previous,
                scope=scope.within(self.settings.scope),
            )
            self.usage.count_answer(found, article)
            return tell(found)

        return await self.admission.run(answer)
