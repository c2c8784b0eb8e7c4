"""Readers' questions and their answers inside a web page.

They stand in `<details>`, in definition lists, or below headings that are questions. What is found
is taken out of the page, so that it is not text of the article as well.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from lxml.html import HtmlElement

from faq_bot.articles.page_metadata import line
from faq_bot.core.article import QuestionAnswer

_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_IS_ABOUT_QUESTIONS = re.compile(
    r"(fragen|\b(faqs?|questions|q\s*&\s*a|q\s+and\s+a))\b", re.IGNORECASE
)
_FEWEST_HEADINGS = 2  # one heading that is a question may be a matter of style
_LONGEST_QUESTION = 300


def take_questions(page: HtmlElement) -> tuple[QuestionAnswer, ...]:
    """Take questions with their answers out of a page, in the order in which they stand there."""
    found = [*_details(page), *_definitions(page), *_below_headings(page)]
    place = {element: number for number, element in enumerate(page.iter())}
    found.sort(key=lambda one: place[one[1][0]])
    for _, elements in found:
        for element in elements:
            element.drop_tree()
    return tuple(dict.fromkeys(entry for entry, _ in found))


Found = tuple[QuestionAnswer, Sequence[HtmlElement]]


def _entry(question: str, answer: Iterable[str]) -> QuestionAnswer | None:
    question, text = line(question), line(" ".join(answer))
    if not question.endswith("?") or len(question) > _LONGEST_QUESTION or not text:
        return None
    return QuestionAnswer(question, text)


def _text(element: HtmlElement) -> str:
    return str(element.text_content())


def _details(page: HtmlElement) -> Iterator[Found]:
    for details in page.iter("details"):
        summary = details.find("summary")
        if summary is not None:
            rest = [child for child in details if child is not summary]
            answer = [summary.tail or "", *map(_text, rest)]
            if entry := _entry(_text(summary), answer):
                yield entry, [details]


def _definitions(page: HtmlElement) -> Iterator[Found]:
    for term in page.iter("dt"):
        answers = []
        for after in term.itersiblings():
            if after.tag != "dd":
                break
            answers.append(after)
        if entry := _entry(_text(term), map(_text, answers)):
            yield entry, [term, *answers]


def _below_headings(page: HtmlElement) -> Iterator[Found]:
    """Yield questions that are headings, where several are or a heading above says so."""
    for parent in {heading.getparent() for tag in _HEADINGS for heading in page.iter(tag)}:
        children = [child for child in parent if isinstance(child.tag, str)]
        starts = [n for n, child in enumerate(children) if child.tag in _HEADINGS]
        asked = []
        for start, end in pairwise([*starts, len(children)]):
            below = children[start + 1 : end]
            if entry := _entry(_text(children[start]), map(_text, below)):
                asked.append((entry, [children[start], *below]))
        above = (_IS_ABOUT_QUESTIONS.search(_text(children[n])) for n in starts)
        if len(asked) >= _FEWEST_HEADINGS or any(above):
            yield from asked
