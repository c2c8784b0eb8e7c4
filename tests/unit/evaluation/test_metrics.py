"""The measures mean what the literature means by them."""

import json

import ir_measures
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ir_measures import AP, RR, Success, nDCG

from faq_bot.core.answer import Outcome
from faq_bot.evaluation.metrics import (
    Result,
    average_precision,
    measure,
    ndcg,
    recall,
    reciprocal_rank,
    risk_coverage,
)
from faq_bot.evaluation.report import Report


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


def test_what_the_questions_do_not_tell_is_left_empty() -> None:
    directions = {
        "only answerable": measure([result(0.9, True), result(0.2, False)]),
        "only unanswerable": measure([result(0.9, False, answerable=False)]),
    }
    report = Report("1", None, "model", False, directions, {})
    rows = dict(report.rows())
    assert rows["recall at 1"] == ["0.5", ""]
    assert rows["refused"] == ["0.5", ""]
    assert rows["false answers"] == ["", "1"]
    assert rows.keys().isdisjoint({"map", "auroc", "coverage at 5% false"})
    only = json.loads(report.as_json())["directions"]["only unanswerable"]
    assert only["mrr"] is only["auroc"] is None
    assert only["coverage"] == {}


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.integers(0, 3))
@example([False, True, True, False, False, True, False, False, False, False, True], 2)
def test_measures_of_a_ranking_are_those_of_ir_measures(right: list[bool], missed: int) -> None:
    """Recall@k of questions that one passage answers is what TREC calls success@k."""
    run = {"q": {f"found{place}": -float(place) for place in range(len(right))}}
    found = {f"found{place}": int(hit) for place, hit in enumerate(right)}
    relevant = found | {f"missed{number}": 1 for number in range(missed)}
    theirs = ir_measures.calc_aggregate([RR, AP, Success @ 1, Success @ 3], {"q": relevant}, run)
    assert recall(right, 1) == theirs[Success @ 1]
    assert recall(right, 3) == theirs[Success @ 3]
    assert reciprocal_rank(right) == pytest.approx(theirs[RR])
    if total := sum(relevant.values()):
        assert average_precision(right, total) == pytest.approx(theirs[AP])
    # Ours takes the right ones among the ten for all there are.
    among_ten = {name: found[name] for name in list(found)[:10]}
    gain = ir_measures.calc_aggregate([nDCG @ 10], {"q": among_ten}, run)[nDCG @ 10]
    assert ndcg(right[:10]) == pytest.approx(gain)
