"""A question and its answer in the format of SQuAD."""

import json
from pathlib import Path

CONTEXT = {"de": " Der Turm ist 90 Meter hoch. Er ist rot.", "en": "The tower is 90 metres high."}
ANSWER = {"de": "90 Meter", "en": "90 metres"}


def write(folder: Path, language: str) -> Path:
    asked = {
        "id": "1",
        "question": {"de": "Wie hoch?", "en": "How high?"}[language],
        "answers": [
            {"text": ANSWER[language], "answer_start": CONTEXT[language].index(ANSWER[language])}
        ],
    }
    impossible = {"id": "2", "question": "?", "answers": [], "is_impossible": True}
    entry = {
        "title": "Big_Tower",
        "paragraphs": [
            {"context": "90", "qas": []},
            {"context": CONTEXT[language], "qas": [asked, impossible]},
        ],
    }
    path = folder / f"{language}.json"
    path.write_text(json.dumps({"data": [entry]}), encoding="utf-8")
    return path
