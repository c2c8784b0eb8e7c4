"""What readers get who ask hard questions about stories and pages that nothing was trained on.

    python benchmarks/hard_questions.py DATA [--checking]

Both versions of an article are indexed together and asked in both languages, at the settings that
the environment names (`FAQ_BOT_FALSE_ANSWER_RATE` and so on). DATA is described in
`benchmarks/training_data.py`; what is chosen is chosen on the files that it calls so, and
`--checking` measures on the others. By the language of the question:

- first: the best passage found holds the words that answer
- visible: a source of the reply does, or a question that it suggests is answered with them
- answered right, answered wrong, refused: shares of the questions with an answer
- false answers, false hints: shares of those without that are answered, or get "not sure"
- AUROC, coverage: how well the confidence tells both apart; coverage at 5 % false answers
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from training_data import CHECKING, CHOOSING, hard_files, merged, stories

from faq_bot import FaqBot
from faq_bot.core.answer import Answer, Outcome
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import load_settings
from faq_bot.evaluation.labelled import LabelledQuestion
from faq_bot.index.passage_index import build_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.opening import open_encoder

_FALSE_ANSWERS = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the reply, and what of it is right."""

    question: LabelledQuestion
    reply: Answer
    first: bool
    visible: bool


def ask(file: Path) -> Iterator[Asked]:
    """Ask all questions about the stories or pages of a file."""
    settings = load_settings()
    encoder = open_encoder(settings)
    for pair in stories(file):
        articles = {article.language: article for article, _ in pair}
        bot = FaqBot(build_index(list(articles.values()), encoder, in_memory), encoder, settings)
        for question in merged(pair):
            words = {
                tag: {span.cut(articles[tag].text) for span in spans}
                for tag, spans in question.answers.items()
            }
            reply = bot.ask(question.text, article=question.article)
            suggested = {one.question: one.answer for a in articles.values() for one in a.faq}
            shown = [(source.language, source.text) for source in reply.sources]
            shown += [(tag, suggested[one]) for tag in LANGUAGES for one in reply.suggestions]
            yield Asked(
                question,
                reply,
                first=_holds(words, reply.candidates[0].language, reply.candidates[0].text),
                visible=any(_holds(words, tag, text) for tag, text in shown),
            )


def _holds(words: Mapping[Language, set[str]], language: Language, text: str) -> bool:
    return any(answer in text for answer in words.get(language, ()))


def measure(asked: list[Asked]) -> dict[str, float]:
    """Return the measures by name."""
    known = [one for one in asked if one.question.answerable]
    unknown = [one for one in asked if not one.question.answerable]

    def share(outcome: Outcome, among: list[Asked], *, first: bool | None = None) -> float:
        return float(np.mean([
            one.reply.outcome is outcome and first in (None, one.first) for one in among
        ]))  # fmt: skip

    both = (*known, *unknown)
    confidence = [one.reply.confidence for one in both]
    answerable = [one.question.answerable for one in both]
    above = np.quantile(confidence[len(known) :], 1 - _FALSE_ANSWERS)
    return {
        "first": float(np.mean([one.first for one in known])),
        "visible": float(np.mean([one.visible for one in known])),
        "answered right": share(Outcome.ANSWER, known, first=True),
        "answered wrong": share(Outcome.ANSWER, known, first=False),
        "refused": share(Outcome.REFUSED, known),
        "false answers": share(Outcome.ANSWER, unknown),
        "false hints": share(Outcome.UNSURE, unknown),
        "AUROC": float(roc_auc_score(answerable, confidence)),
        "coverage": float(np.mean(np.array(confidence[: len(known)]) > above)),
    }


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--checking", action="store_true")
    arguments = parser.parse_args()
    names = CHECKING if arguments.checking else CHOOSING
    for kind in ("stories", "faq-pages"):
        files = [f for f in hard_files(arguments.data) if f.stem in names and f.parent.name == kind]
        asked = [one for file in files for one in ask(file)]
        rows = [
            measure([one for one in asked if one.question.language == tag]) for tag in LANGUAGES
        ]
        print(f"\n{kind}: {len(asked)} questions\n\n| | {' | '.join(LANGUAGES)} |\n|---|---|---|")
        for name in rows[0]:
            print(f"| {name} | {' | '.join(f'{row[name]:.3f}' for row in rows)} |")


if __name__ == "__main__":
    main()
