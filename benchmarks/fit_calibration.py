"""Fits how features rank passages and what confidence they give, and measures each part.

    python benchmarks/fit_calibration.py DATA [--write] [--only-fit]

DATA is described in `benchmarks/training_data.py`. The fit uses the articles of XQuAD-R and the
news that the reader has not seen, and the tuning half of the questions about the seed article. All
printed figures are cross-validated: each article is measured with weights fitted on the others.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from training_data import HeldOut, held_out

from faq_bot.answering.answer_type import is_unmet
from faq_bot.answering.calibration import (
    Calibration,
    CalibrationFile,
    ScoredCandidate,
    Weights,
    confidence_inputs,
)
from faq_bot.answering.features import SENTENCE_WEIGHT, Candidate, CandidateFinder, Features
from faq_bot.answering.search_query import SearchQuery
from faq_bot.core.answer import Outcome
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.core.progress import track
from faq_bot.core.settings import load_settings
from faq_bot.evaluation.metrics import Result, measure
from faq_bot.evaluation.relevance import holds, is_quoted, is_right, paragraphs_that_answer
from faq_bot.index.passage_index import build_index
from faq_bot.index.vectors.opening import in_memory
from faq_bot.models.encoder import Encoder
from faq_bot.models.opening import open_encoder
from faq_bot.models.reader import Reader, open_reader

HERE = Path(__file__).parent
FOLDS = 6

# On their questions the rates that the settings promise hold; those of all others are easier.
_PROMISED = ("hard stories", "hard faq-pages")
_ALL = tuple(field.name for field in fields(Features))
# What the confidence goes by; the order of passages goes by the features.
_TELLING = ("near", "relevance", "margin", "missing", "unmet")

_READERS = ("relevance", "margin")
_DENSE = ("similarity", "near")
_UNREAD = (*_DENSE, "coverage", "missing", "published", "unmet")
PARTS: Mapping[str, tuple[str, ...]] = {
    "dense similarity alone": _DENSE,
    "+ keywords": (*_DENSE, "coverage", "missing"),
    "+ published questions": (*_DENSE, "coverage", "missing", "published"),
    "+ answer type": _UNREAD,
    "+ reader: all": (*_UNREAD, *_READERS),
    "all but keywords": (*_DENSE, "published", "unmet", *_READERS),
    "all but published questions": (*_DENSE, "coverage", "missing", "unmet", *_READERS),
    "all but answer type": (*_DENSE, "coverage", "missing", "published", *_READERS),
    "all but similarity": ("coverage", "missing", "published", "unmet", *_READERS),
    "reader alone": _READERS,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A question, what was found for it, and which passages and sentences are right."""

    fold: int
    group: str
    question: str
    language: Language
    answerable: bool
    found: tuple[Candidate, ...]
    right: tuple[bool, ...]
    quoted: tuple[bool, ...]
    sentences: tuple[tuple[bool, ...], ...]
    missing: float


Judged = tuple[Case, Result]


def collect(encoder: Encoder, reader: Reader, data: Path) -> list[Case]:
    """Ask all questions that the reader has not seen."""
    return [case for group in held_out(data) for case in _ask(encoder, reader, group)]


def _ask(encoder: Encoder, reader: Reader, group: HeldOut) -> Iterator[Case]:
    index = build_index(group.articles, encoder, in_memory)
    finder = CandidateFinder(index, encoder, reader, passages_kept=5000)
    names = sorted({article.id for article in group.articles})
    for number, asked in enumerate(track(group.questions, group.name, len(group.questions))):
        gold = paragraphs_that_answer(index, asked) if group.leave_out else ()
        for without in dict.fromkeys(((), gold)):
            own = (asked.article,)
            query = SearchQuery(asked.text, asked.language, own, exclude=frozenset(without))
            found = finder.find(query)
            yield Case(
                fold=names.index(asked.article) if len(names) > 1 else number // 2,
                group=group.name,
                question=asked.text,
                language=asked.language,
                answerable=asked.answerable and not without,
                found=found,
                right=tuple(is_right(index, asked, one.hit.passage) for one in found),
                quoted=tuple(
                    is_quoted(index, asked, one.quote.cut(one.hit.passage.text)) for one in found
                ),
                sentences=tuple(
                    tuple(holds(asked, one.hit.passage, span) for span in one.hit.passage.sentences)
                    for one in found
                ),
                missing=finder.missing(query, asked.article),
            )


def fit(cases: Sequence[Case], names: Sequence[str]) -> Weights:
    """Fit the order of passages, then the confidence in the first."""
    ranking = _fit_ranking(cases, [name for name in names if name in _ALL])
    calibration = Calibration(Weights(ranking=ranking, confidence={}, false_answers=(0.0, 1.0)))
    inputs, truth, directions = [], [], []
    for case in cases:
        ranked = calibration.rank(case.found)
        best = ranked[0]
        inputs.append(confidence_inputs(best, case.missing))
        truth.append(case.answerable and case.right[case.found.index(best.candidate)])
        directions.append(_direction(case, best))
    used = [name for name in names if name in _TELLING]
    table = np.array([[row[name] for name in used] for row in inputs])
    crossed = np.array([d[:2] != d[3:] for d in directions])
    confidence = {}
    for direction in (f"{one}-{two}" for one in LANGUAGES for two in LANGUAGES):
        like = crossed == (direction[:2] != direction[3:])
        own = np.array(directions) == direction
        # The other direction of its kind counts, too, but less.
        weights = np.where(own, 1.0, 0.5)[like]
        confidence[direction] = _logistic(table[like], np.array(truth)[like], weights, used)
    return Weights(ranking=ranking, confidence=confidence, false_answers=(0.0, 1.0))


def _fit_ranking(cases: Sequence[Case], names: Sequence[str]) -> dict[str, float]:
    """Fit the weights under which right passages are above wrong ones (pairwise logistic)."""
    differences, weights = [], []
    for case in cases:
        rows = np.array([[asdict(one.features)[name] for name in names] for one in case.found])
        right = np.array(case.right)
        if not case.answerable or not right.any() or right.all():
            continue
        # With several right passages it is enough that the best of them is first.
        best = rows[right][rows[right].sum(axis=1).argmax()]
        for row in rows[~right]:
            differences.append(best - row)
            weights.append(1 / (~right).sum())
    table = np.array(differences)
    scale = table.std(axis=0) + 1e-9
    both = np.vstack([table, -table]) / scale
    truth = np.repeat([1, 0], len(table))
    model = LogisticRegression(fit_intercept=False, C=1.0)
    model.fit(both, truth, sample_weight=np.tile(weights, 2))
    return dict(zip(names, (model.coef_[0] / scale).round(4).tolist(), strict=True))


def _logistic(
    table: np.ndarray, truth: np.ndarray, weights: np.ndarray, names: Sequence[str]
) -> dict[str, float]:
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(C=0.3, max_iter=1000)
    model.fit(scaler.transform(table), truth, sample_weight=weights)
    slopes = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - (slopes * scaler.mean_).sum())
    return {"intercept": round(intercept, 4)} | dict(
        zip(names, slopes.round(4).tolist(), strict=True)
    )


def _direction(case: Case, scored: ScoredCandidate) -> str:
    return f"{case.language}-{scored.candidate.hit.passage.language}"


def sentence_weights(cases: Sequence[Case]) -> Iterator[str]:
    """Yield how often the right sentence of the right passage is chosen, by its weight."""
    for weight in (0.0, 10.0, 20.0, 30.0, 50.0, 70.0, 100.0, 1e6):
        chosen = [
            right[int(np.argmax(_sentence_scores(candidate, weight)))]
            for case in cases
            for candidate, right in zip(case.found, case.sentences, strict=True)
            if case.answerable and any(right)
        ]
        yield f"| {weight:g} | {np.mean(chosen):.3f} |"


def _sentence_scores(candidate: Candidate, weight: float) -> list[float]:
    """Return what the scores of the sentences would be if similarity had this weight."""
    pairs = zip(candidate.sentence_scores, candidate.hit.sentence_scores, strict=True)
    return [score + (weight - SENTENCE_WEIGHT) * similarity for score, similarity in pairs]


def judge_cases(weights: Weights, cases: Sequence[Case]) -> list[Judged]:
    """Judge cases with fitted weights, as if nothing were refused."""
    calibration = Calibration(weights)
    judged = []
    for case in cases:
        ranked = calibration.rank(case.found)
        places = [case.found.index(one.candidate) for one in ranked]
        confidence = calibration.confidence(ranked[0], case.missing, case.language)
        result = Result(
            answerable=case.answerable,
            right=tuple(case.right[place] for place in places),
            quoted=case.quoted[places[0]],
            confidence=confidence,
            outcome=Outcome.ANSWER,
        )
        judged.append((case, result))
    return judged


def cross_validated(cases: Sequence[Case], names: Sequence[str]) -> list[Judged]:
    """Judge each case with weights fitted on the other folds."""
    judged: list[Judged] = []
    for fold in range(FOLDS):
        own = [case for case in cases if case.fold % FOLDS == fold]
        rest = [case for case in cases if case.fold % FOLDS != fold]
        judged += judge_cases(fit(rest, names), own)
    return judged


def report(name: str, judged: Sequence[Judged]) -> Iterator[str]:
    """Yield a line for each direction of XQuAD-R and each half of the seed's questions."""
    groups: dict[str, list[Result]] = {}
    for case, result in judged:
        key = f"{case.language}→{case.group}" if case.group in LANGUAGES else case.group
        groups.setdefault(key, []).append(result)
    for key, results in groups.items():
        found = measure(results)
        coverage = found.coverage["5%"]
        figures = (found.recall_at_1, found.answer_in_quote, found.auroc or 0.0, coverage)
        yield f"| {name} | {key} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |"


def complete(cases: Sequence[Case], names: Sequence[str]) -> Weights:
    """Fit on all cases; the operating points are cross-validated ones on hard questions."""
    weights = fit(cases, names)
    judged = cross_validated(cases, names)
    confidences = [
        result.confidence
        for case, result in judged
        if not result.answerable and case.group in _PROMISED
    ]
    percentiles = np.percentile(confidences, range(101)).round(4).tolist()
    return weights.model_copy(update={"false_answers": tuple(percentiles)})


def _print_parts(tuning: Sequence[Case], checking: Sequence[Case]) -> None:
    print("| features | asked | recall@1 | quote | AUROC | coverage at 5 % |")
    print("|---|---|---|---|---|---|")
    for name, parts in PARTS.items():
        print("\n".join(report(name, cross_validated(tuning, parts))))
        print("\n".join(report(name, judge_cases(fit(tuning, parts), checking))), flush=True)
    print("\n| weight of a sentence's similarity | right sentence |\n|---|---|")
    print("\n".join(sentence_weights(tuning)))


def main() -> None:
    """Fit, print what each part adds, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--write", action="store_true", help="write faq_bot/answering/calibration.json"
    )
    parser.add_argument("--only-fit", action="store_true", help="do not measure each part")
    arguments = parser.parse_args()
    settings = load_settings()
    encoder = open_encoder(settings)
    reader = open_reader(encoder)
    if reader is None:
        parser.error("the bundled model has no reader: run benchmarks/train_reader.py")
    cases = collect(encoder, reader, arguments.data)
    tuning = [case for case in cases if case.group != "seed checking"]
    if not arguments.only_fit:
        _print_parts(tuning, [case for case in cases if case.group == "seed checking"])
    if arguments.write:
        calibration = CalibrationFile(
            model=encoder.model_id,
            with_reader=complete(tuning, PARTS["+ reader: all"]),
            without_reader=complete([_unread(case) for case in tuning], _UNREAD),
        )
        path = HERE.parent / "faq_bot" / "answering" / "calibration.json"
        path.write_text(json.dumps(calibration.model_dump(), indent=1) + "\n", encoding="utf-8")


def _unread(case: Case) -> Case:
    """Return the case as it is without a reader."""
    return replace(case, found=tuple(_unread_candidate(case, one) for one in case.found))


def _unread_candidate(case: Case, candidate: Candidate) -> Candidate:
    quote = candidate.hit.best_sentence
    unmet = is_unmet(case.question, case.language, quote.cut(candidate.hit.passage.text))
    return replace(candidate, quote=quote, answer=None, unmet=unmet)


if __name__ == "__main__":
    main()
