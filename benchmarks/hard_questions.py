"""What readers get who ask hard questions about stories and pages that nothing was trained on.

    python benchmarks/hard_questions.py DATA [--checking]

Both versions of an article are indexed together and asked in both languages, archives of real
published questions in their own, at the settings that the environment names
(`FAQ_BOT_FALSE_ANSWER_RATE` and so on). DATA is described in `benchmarks/training_data.py`; what is
chosen is chosen on the files that it calls so, and `--checking` measures on the others. By the
language of the question:

- first: the best passage found holds the words that answer
- visible: a source of the reply does, or a question that it suggests is answered with them
- answered right, answered wrong, refused: shares of the questions with an answer
- false answers, false hints: shares of those without that are answered, or get "not sure"
- AUROC, coverage: how well the confidence tells both apart; coverage at 5 % false answers
- risk at 10 % and so on: how many of the answers are wrong or uncalled for, if that share of all
  questions, of which the bot is surest, were answered (El-Yaniv and Wiener 2010, "On the
  Foundations of Noise-free Selective Classification")

Then the same by kind of question, as `data/kinds.tsv` labels them, both languages together.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from training_data import CHECKING, CHOOSING, DATA, Labelled, archives, hard_files, merged, stories

from faq_bot import FaqBot
from faq_bot.core.answer import Answer, Outcome
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.settings import load_settings
from faq_bot.evaluation.labelled import LabelledQuestion
from faq_bot.index.passage_index import build_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.opening import open_encoder

_FALSE_ANSWERS = 0.05
_ANSWERED = (0.1, 0.2, 0.3, 0.5, 0.7)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the reply, and what of it is right."""

    question: LabelledQuestion
    reply: Answer
    first: bool
    visible: bool


def ask(texts: Iterable[Sequence[Labelled]]) -> Iterator[Asked]:
    """Ask all questions about texts, each in one language or in two."""
    settings = load_settings()
    encoder = open_encoder(settings)
    for pair in texts:
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
        **dict(_risks(both)),
    }


def _risks(asked: Sequence[Asked]) -> Iterator[tuple[str, float]]:
    surest = sorted(asked, key=lambda one: one.reply.confidence, reverse=True)
    wrong = np.array([not (one.question.answerable and one.first) for one in surest])
    for share in _ANSWERED:
        yield f"risk at {share:.0%}", float(wrong[: round(share * len(wrong))].mean())


def by_kind(asked: Sequence[Asked], kinds: Mapping[str, str]) -> Iterator[str]:
    """Yield a line of a table for each kind of question, those with an answer first."""
    groups: dict[tuple[bool, str], list[Asked]] = {}
    for one in asked:
        question = one.question
        groups.setdefault((not question.answerable, kinds[question.id]), []).append(one)
    for (unanswerable, kind), group in sorted(groups.items()):
        answered = np.mean([one.reply.outcome is Outcome.ANSWER for one in group])
        refused = np.mean([one.reply.outcome is Outcome.REFUSED for one in group])
        found = ["", ""]
        if not unanswerable:
            firsts, visible = [one.first for one in group], [one.visible for one in group]
            found = [f"{np.mean(firsts):.2f}", f"{np.mean(visible):.2f}"]
        name = f"{'no answer' if unanswerable else 'answer'}: {kind}"
        cells = [name, str(len(group)), *found, f"{answered:.2f}", f"{refused:.2f}"]
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--checking", action="store_true")
    arguments = parser.parse_args()
    names = CHECKING if arguments.checking else CHOOSING
    texts: dict[str, list[Sequence[Labelled]]] = {"stories": [], "faq-pages": []}
    for file in hard_files(arguments.data):
        if file.stem in names:
            texts[file.parent.name] += stories(file)
    lines = (DATA / "kinds.tsv").read_text(encoding="utf-8").splitlines()
    kinds = dict(line.split("\t") for line in lines)
    part = "checking" if arguments.checking else "choosing"
    texts["archives"] = [[group] for group in archives(arguments.data, part)]
    for kind, pairs in texts.items():
        asked = list(ask(pairs))
        rows = [
            measure([one for one in asked if one.question.language == tag]) for tag in LANGUAGES
        ]
        print(f"\n{kind}: {len(asked)} questions\n\n| | {' | '.join(LANGUAGES)} |\n|---|---|---|")
        for name in rows[0]:
            print(f"| {name} | {' | '.join(f'{row[name]:.3f}' for row in rows)} |")
        if all(one.question.id in kinds for one in asked):
            print("\n| kind | questions | first | visible | answered | refused |")
            print("|---|---|---|---|---|---|", *by_kind(asked, kinds), sep="\n")


if __name__ == "__main__":
    main()
