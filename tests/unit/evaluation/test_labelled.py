import json
from pathlib import Path

import pytest

from faq_bot import Article
from faq_bot.core.errors import LabelledSetError
from faq_bot.evaluation.labelled import languages_of, read_parallel, read_questions
from tests.support.squad import ANSWER, write


def test_parallel_files_give_each_question_its_answer_in_both_languages(tmp_path: Path) -> None:
    files = languages_of([write(tmp_path, "de"), write(tmp_path, "en")])
    articles, questions = read_parallel(files, "x")
    texts = {article.language: article.text for article in articles}
    assert {article.title for article in articles} == {"Big Tower"}
    assert [asked.answerable for asked in questions] == [True, False, True, False]
    for asked in questions[::2]:
        for language, spans in asked.answers.items():
            assert [span.cut(texts[language]) for span in spans] == [ANSWER[language]]


@pytest.mark.parametrize("content", ["", "[]", '{"data": [{}]}', '{"data": 1}', "{"])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "de.json"
    path.write_text(content)
    with pytest.raises(LabelledSetError, match="SQuAD"):
        read_parallel({"de": path}, "x")


def test_files_are_named_after_their_languages(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetError, match="after their languages"):
        languages_of([tmp_path / "fr.json"])
    with pytest.raises(LabelledSetError, match="after their languages"):
        languages_of([tmp_path / "de.json", tmp_path / "a" / "de.json"])


def test_questions_must_fit_their_article(tmp_path: Path, german: Article) -> None:
    path = tmp_path / "questions.json"
    entry = {"question": "?", "language": "de", "article": german.id, "answers": {"de": ["Mond"]}}
    path.write_text(json.dumps([entry]))
    with pytest.raises(LabelledSetError, match="does not contain 'Mond'"):
        read_questions(path, [german])
    path.write_text(json.dumps([entry | {"article": "moon"}]))
    with pytest.raises(LabelledSetError, match="no article 'moon'"):
        read_questions(path, [german])
    path.write_text(json.dumps([entry | {"language": "fr"}]))
    with pytest.raises(LabelledSetError, match="language"):
        read_questions(path, [german])
    path.unlink()
    with pytest.raises(LabelledSetError, match="cannot be read"):
        read_questions(path, [german])
