import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_bot.core.answer import Outcome
from faq_bot.core.settings import Settings
from faq_bot.evaluation.evaluator import Evaluator
from faq_bot.evaluation.labelled import read_parallel, read_questions
from faq_bot.evaluation.metrics import Result, measure, risk_coverage
from tests.support.paths import ROOT, SEEDS
from tests.support.squad import write

QUESTIONS = ROOT / "benchmarks" / "data" / "amazon-openai.questions.json"


def result(confidence: float, *right: bool, answerable: bool = True) -> Result:
    outcome = Outcome.ANSWER if confidence > 0.5 else Outcome.REFUSED
    return Result(answerable, right, any(right[:1]), confidence, outcome)


def test_measures_follow_their_definitions() -> None:
    measures = measure(
        [
            result(0.9, True, False),
            result(0.4, False, True),
            result(0.8, False, False),
            result(0.6, False, answerable=False),
            result(0.1, False, answerable=False),
        ]
    )
    assert (measures.answerable, measures.unanswerable) == (3, 2)
    assert measures.recall_at_1 == pytest.approx(1 / 3)
    assert measures.recall_at_3 == pytest.approx(2 / 3)
    assert measures.mrr == pytest.approx((1 + 0.5) / 3)
    assert measures.ndcg_at_10 == pytest.approx((1 + 1 / np.log2(3)) / 3)
    assert measures.auroc == pytest.approx(5 / 6)
    assert measures.coverage["1%"] == pytest.approx(2 / 3)
    assert measures.answered_right == pytest.approx(1 / 3)
    assert measures.refused == pytest.approx(1 / 3)
    assert measures.false_answers == pytest.approx(1 / 2)
    assert measures.false_hints == 0


def test_a_confidence_that_is_always_right_has_no_calibration_error() -> None:
    sure = [result(1.0, True), result(0.0, False, answerable=False)]
    assert measure(sure).calibration_error == pytest.approx(0)
    assert measure([result(1.0, False)]).calibration_error == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_at_full_coverage_the_risk_is_the_share_of_wrong_answers(
    given: list[tuple[float, bool]],
) -> None:
    coverage, risk = risk_coverage([result(confidence, right) for confidence, right in given])
    assert coverage == sorted(coverage)
    assert coverage[-1] == 1
    assert risk[-1] == pytest.approx(np.mean([not right for _, right in given]))


def test_the_committed_questions_are_many_and_balanced(german, english) -> None:
    entries = json.loads(QUESTIONS.read_text(encoding="utf-8"))
    for language in ("de", "en"):
        own = [entry for entry in entries if entry["language"] == language]
        unanswerable = [entry for entry in own if "answers" not in entry]
        assert len(own) >= 120
        assert len(unanswerable) * 3 >= len(own)
        assert sum(entry.get("close", False) for entry in unanswerable) * 3 >= len(unanswerable)
        assert len({entry["question"] for entry in own}) == len(own)
    halves = {half: read_questions(QUESTIONS, [german, english], half) for half in
              ("tuning", "checking")}  # fmt: skip
    assert min(map(len, halves.values())) >= 120


def test_unseen_questions_about_the_seed_article_go_better_than_by_similarity(
    index, encoder
) -> None:
    """Dense similarity alone: recall@1 0.69, AUROC 0.57 (`benchmarks/fit_calibration.py`)."""
    questions = read_questions(QUESTIONS, index.articles, "checking")
    report = Evaluator.from_settings(Settings(), encoder).on_index(index, questions)
    for measures in report.directions.values():
        assert measures.recall_at_1 > 0.69
        assert measures.recall_at_3 >= 0.78
        assert measures.auroc is not None
        assert measures.auroc >= 0.85
        assert measures.refused <= 0.15
        assert measures.false_answers is not None
        assert measures.false_answers <= 0.25


def test_translated_articles_are_measured_in_every_direction(tmp_path: Path, encoder) -> None:
    files = {"de": write(tmp_path, "de"), "en": write(tmp_path, "en")}
    articles, questions = read_parallel(files, "x")
    answerable = [asked for asked in questions if asked.answerable]
    report = Evaluator.from_settings(Settings(), encoder).on_translations(articles, answerable)
    assert list(report.directions) == [
        "de→de", "en→de", "de→en", "en→en", "de→both", "en→both",
    ]  # fmt: skip
    for name, measures in report.directions.items():
        assert (measures.answerable, measures.unanswerable) == (1, 1)
        assert measures.recall_at_3 == 1
        assert (measures.map is not None) == name.endswith("both")
    assert json.loads(report.as_json())["directions"]["de→en"]["recall_at_3"] == 1


def test_the_command_prints_a_table_or_json_and_draws(tmp_path: Path) -> None:
    run = [sys.executable, "-m", "faq_bot"]
    index = ["--index", str(tmp_path / "index")]
    subprocess.run([*run, "build", str(SEEDS), *index], check=True, capture_output=True)
    picture = tmp_path / "curve.png"
    command = [*run, "evaluate", str(QUESTIONS), "--half", "tuning", *index]
    table = subprocess.run(
        [*command, "--plot", str(picture)], check=True, capture_output=True, text=True
    )
    assert "recall at 1" in table.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    asked = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True)
    assert set(json.loads(asked.stdout)["directions"]) == {"de", "en"}
    missing = subprocess.run(
        [*run, "evaluate", "nothing.json", *index], capture_output=True, text=True, check=False
    )
    assert missing.returncode == 3
    assert missing.stderr.startswith("faq-bot: nothing.json cannot be read")
