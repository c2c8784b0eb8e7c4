"""The measures mean what the literature means by them."""

import json

from faq_bot.evaluation.metrics import measure
from faq_bot.evaluation.report import Report
from tests.test_evaluation import result


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
