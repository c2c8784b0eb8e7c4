"""What the reader is trained on, and what is kept apart to measure it on.

DATA, for all functions here, is a folder with `squad2-train-part.json` (SQuAD 2.0, Rajpurkar et
al. 2018, CC BY-SA 4.0), `mlqa-de-dev.json` (MLQA, Lewis et al. 2020, CC BY-SA 3.0),
`xquad-r-dev/{de,en}.json` (XQuAD-R, Artetxe et al. 2020 and Roy et al. 2020, CC BY-SA 4.0) and
`covid-faq.jsonl` (FAQs collected by deepset, Apache-2.0), and, written for the purpose, `stories`
and `faq-pages`: news and published questions, with readers' questions in other words and close ones
without an answer. To these come, in `benchmarks/data`, written for the purpose:

- `news.txt`, news in German and English with readers' questions, two fifths of them close to the
  topic but not answered;
- `translated-questions.tsv`, questions of MLQA in English and of SQuAD in German, by their ids
  (under the licences of their originals);
- `off-topic.txt`, questions that no news answers, some in other languages, never trained on;
- `amazon-openai.questions.json`, readers' questions about the seed article.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from faq_bot.articles.files import read_articles
from faq_bot.core.article import Article, Paragraph, QuestionAnswer, Section, SectionKind, Span
from faq_bot.core.languages import LANGUAGES, Language
from faq_bot.evaluation.labelled import (
    LabelledQuestion,
    read_parallel,
    read_questions,
    read_squad,
    squad_articles,
)
from faq_bot.index.chunking import cut_passages

DATA = Path(__file__).parent / "data"
SEEDS = Path(__file__).parents[1] / "seeds"

_LONGEST_FAQ = 600
_COVID_GROUP = 30
_HELD_OUT = 6  # one article in six, and one story
_FIRST_STORY_HELD_OUT = 14
# Files of hard stories and pages: on some everything is chosen and fitted, on others, one of them
# by a writer of whom nothing else is known, only measured.
CHOOSING = ("a4", "b8", "c8", "d8", "f4")
CHECKING = ("a1", "e1", "g3")
_NO_ENTRY = "-"  # in place of the number of the published question that answers
_BEGINNING = 16  # paragraphs of an encyclopaedia's article
_SHARE_OF_WIKI = 2  # every second of its questions
_STRANGERS = 3  # one question in three is asked of another story, too

Labelled = tuple[Article, list[LabelledQuestion]]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Articles to be searched together, with questions that the reader has not seen.

    With `leave_out`, each question is to be asked again without the paragraph that answers it.
    """

    name: str
    articles: Sequence[Article]
    questions: Sequence[LabelledQuestion]
    leave_out: bool


@dataclass(frozen=True, slots=True)
class Taught:
    """An article with questions that are learned.

    `exact` tells whether their answers are marked to the word, `weight` which share of them is
    learned in each epoch.
    """

    article: Article
    questions: list[LabelledQuestion]
    exact: bool
    weight: float = 1.0


def training_data(data: Path, share: float = 1.0) -> Iterator[Taught]:
    """Yield what is learned: the hard stories and pages, and easier text that it be not forgotten.

    `share` is the share of the hard stories and pages that is learned, evenly of all files.
    Translations are articles of their own here, so that each is searched alone.
    """
    files = [file for file in hard_files(data) if file.stem not in (*CHOOSING, *CHECKING)]
    for number, pair in enumerate(pair for file in files for pair in stories(file)):
        if int((number + 1) * share) > int(number * share):
            yield from taught_crossed(pair, own=1.0, other=0.5)
    for number, pair in enumerate(stories()):
        if not _is_story_held_out(number):
            yield from taught_crossed(pair, own=0.8, other=0.4)
    yield from _encyclopaedia(data)
    for group in _covid(data / "covid-faq.jsonl"):
        yield Taught(*group, exact=False, weight=0.3)
    for group in archives(data, "training"):
        yield Taught(*group, exact=False)


def _encyclopaedia(data: Path) -> Iterator[Taught]:
    versions = [
        list(read_squad(data / "xquad-r-dev" / f"{tag}.json", tag, "xquad")) for tag in LANGUAGES
    ]
    for number, both in enumerate(zip(*versions, strict=True)):
        if not _is_held_out(number):
            yield from taught_crossed(both, own=0.6, other=0.6)
    translated = dict(line.split("\t") for line in _lines(DATA / "translated-questions.tsv"))
    squad = read_squad(data / "squad2-train-part.json", "en", "squad")
    for article, questions in (*squad, *_mlqa(data / "mlqa-de-dev.json")):
        (other,) = set(LANGUAGES) - {article.language}
        asked_in_other = [
            replace(asked, text=translated[asked.id], language=other)
            for asked in questions
            if asked.id in translated
        ]
        yield Taught(article, questions + asked_in_other, exact=True, weight=0.3)
    for article, questions in _new_wiki(data / "squadshifts" / "new_wiki.json"):
        yield Taught(article, questions[::_SHARE_OF_WIKI], exact=True, weight=0.5)


def _new_wiki(path: Path) -> Iterator[Labelled]:
    """Yield the beginnings of articles, whose questions share little with the answers."""
    entries = json.loads(path.read_text(encoding="utf-8"))["data"]
    begun = [{**entry, "paragraphs": entry["paragraphs"][:_BEGINNING]} for entry in entries]
    yield from squad_articles(begun, "en", "wiki")


def hard_files(data: Path) -> list[Path]:
    """Return the files of hard stories and pages, those of the project first."""
    folders = (where / kind for where in (DATA, data) for kind in ("stories", "faq-pages"))
    return [path for folder in folders for path in sorted(folder.glob("*.txt"))]


def taught_crossed(
    versions: Sequence[Labelled], own: float = 1.0, other: float = 1.0
) -> Iterator[Taught]:
    """Yield each version with the questions of either language, weighed by whether it is theirs."""
    for article, questions in _crossed(versions):
        is_own = questions[0].language == article.language
        yield Taught(article, questions, exact=True, weight=own if is_own else other)


def held_out(data: Path) -> Iterator[HeldOut]:
    """Yield what the reader is not trained on.

    XQuAD-R is asked in both languages of each version alone, the written news and the seed
    article with both versions together.
    """
    files = {tag: data / "xquad-r-dev" / f"{tag}.json" for tag in LANGUAGES}
    articles, questions = read_parallel(files, "xquad")
    kept = {a.id for a in articles if _is_held_out(int(a.id.split("-")[1]))}
    asked = [question for question in questions if question.article in kept]
    for tag in LANGUAGES:
        own = [a for a in articles if a.id in kept and a.language == tag]
        yield HeldOut(tag, own, asked, leave_out=True)
    apart = [pair for number, pair in enumerate(stories()) if _is_story_held_out(number)]
    yield HeldOut(
        "news",
        [article for pair in apart for article, _ in pair],
        [
            *(question for pair in apart for question in merged(pair)),
            *_strangers(apart),
            *_off_topic([pair[0][0].id for pair in apart]),
        ],
        leave_out=False,
    )
    for kind in ("stories", "faq-pages"):
        files = [f for f in hard_files(data) if f.stem in CHOOSING and f.parent.name == kind]
        pairs = [pair for file in files for pair in stories(file)]
        yield HeldOut(
            f"hard {kind}",
            [article for pair in pairs for article, _ in pair],
            [question for pair in pairs for question in merged(pair)],
            leave_out=False,
        )
    groups = list(archives(data, "choosing"))
    yield HeldOut(
        "archives",
        [article for article, _ in groups],
        [question for _, questions in groups for question in questions],
        leave_out=False,
    )
    seed = [article for path in sorted(SEEDS.glob("*.txt")) for article in read_articles(path)]
    for half in ("tuning", "checking"):
        about_seed = read_questions(DATA / "amazon-openai.questions.json", seed, half)
        yield HeldOut(f"seed {half}", seed, about_seed, leave_out=False)


def _is_held_out(number: int) -> bool:
    return number % _HELD_OUT == _HELD_OUT - 1


def _is_story_held_out(number: int) -> bool:
    return _is_held_out(number) and number >= _FIRST_STORY_HELD_OUT


def _crossed(versions: Sequence[Labelled]) -> Iterator[Labelled]:
    """Ask the questions of either language of each version, as if it were the only one."""
    for article, own in versions:
        alone = replace(article, id=f"{article.id}-{article.language}")
        for _, asked in versions:
            yield (
                alone,
                [
                    replace(question, article=alone.id, answers=same.answers)
                    for question, same in zip(asked, own, strict=True)
                ],
            )


def merged(versions: Sequence[Labelled]) -> Iterator[LabelledQuestion]:
    """Yield the questions of all versions, each with its answers in every version."""
    for same in zip(*(questions for _, questions in versions), strict=True):
        answers = {tag: spans for one in same for tag, spans in one.answers.items()}
        yield from (replace(one, answers=answers) for one in same)


def _strangers(stories_apart: Sequence[Sequence[Labelled]]) -> list[LabelledQuestion]:
    """Return some questions of each story, asked of the story before it, which answers none."""
    return [
        replace(asked, article=pair[0][0].id, answers={})
        for pair, following in pairwise(stories_apart)
        for asked in list(merged(following))[::_STRANGERS]
    ]


def _off_topic(articles: Sequence[str]) -> Iterator[LabelledQuestion]:
    """Ask questions that have nothing to do with any of these articles, of each in turn."""
    for number, line in enumerate(_lines(DATA / "off-topic.txt")):
        article = articles[number % len(articles)]
        for language, text in zip(LANGUAGES, line.split(" || "), strict=True):
            yield LabelledQuestion(f"off-topic-{number}", text, language, article, {})


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _mlqa(path: Path) -> Iterator[Labelled]:
    """Join the single paragraphs of MLQA, that there be wrong ones beside the right one."""
    entries = json.loads(path.read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for entry in entries for paragraph in entry["paragraphs"]]
    joined = [
        {"title": "", "paragraphs": paragraphs[at : at + 12]}
        for at in range(0, len(paragraphs), 12)
    ]
    yield from squad_articles(joined, "de", "mlqa")


def stories(path: Path = DATA / "news.txt") -> Iterator[list[Labelled]]:
    """Yield each story or page of a file in German and English.

    A line is a title (#), a heading (h), a paragraph (p), one of the sources (s) or about the
    author (a), a published question with its answer (f), a reader's question with the words that
    answer it, with slashes between where several places do (q), or one that the story does not
    answer (n), in German and, after two bars, in English.
    """
    found: list[list[tuple[str, str]]] = []
    for line in _lines(path):
        kind, text = line[:1], line[2:]
        if kind == "#":
            found.append([])
        found[-1].append((kind, text))
    for number, story in enumerate(found):
        name = f"{path.stem}-{number}"
        yield [_story(name, story, column, tag) for column, tag in enumerate(LANGUAGES)]


def _story(
    name: str, lines: Sequence[tuple[str, str]], column: int, language: Language
) -> Labelled:
    sections: list[Section] = []
    credited: dict[str, list[Paragraph]] = {"s": [], "a": []}
    published: list[QuestionAnswer] = []
    asked: list[tuple[str, list[str]]] = []
    title = ""
    for kind, line in lines:
        text = line.split(" || ")[column]
        question, _, answer = text.partition(" => ")
        if kind == "#":
            title = text
            sections.append(Section(None, ()))
        elif kind == "h":
            sections.append(Section(text, ()))
        elif kind == "p":
            last = sections.pop()
            sections.append(replace(last, paragraphs=(*last.paragraphs, Paragraph(text))))
        elif kind in credited:
            credited[kind].append(Paragraph(text))
        elif kind == "f":
            published.append(QuestionAnswer(question, answer))
        else:
            asked.append((question, answer.split(" / ") if answer else []))
    for paragraphs, section_kind in zip(
        credited.values(), (SectionKind.SOURCES, SectionKind.AUTHOR), strict=True
    ):
        if paragraphs:
            sections.append(Section(None, tuple(paragraphs), section_kind))
    article = Article(name, language, title, tuple(sections), tuple(published))
    questions = []
    for place, (question, answers) in enumerate(asked):
        starts = [article.text.index(answer, len(title)) for answer in answers]
        spans = tuple(
            Span(start, start + len(answer)) for start, answer in zip(starts, answers, strict=True)
        )
        questions.append(
            LabelledQuestion(f"{name}-{place}", question, language, name, {language: spans})
        )
    return article, questions


def _covid(path: Path) -> Iterator[Labelled]:
    """Yield groups of real answers, to be found by their own questions."""
    apart = {number for _, part, number, _ in _paraphrases() if part != "training"}
    entries = [json.loads(line) for n, line in enumerate(_lines(path)) if str(n) not in apart]
    for language in LANGUAGES:
        own = [entry for entry in entries if entry["lang"] == language and entry["answer"].strip()]
        for start in range(0, len(own), _COVID_GROUP):
            group = own[start : start + _COVID_GROUP]
            texts = [_joined(entry["answer"])[:_LONGEST_FAQ].strip() for entry in group]
            sections = (Section(None, tuple(map(Paragraph, texts))),)
            article = Article(f"covid-{language}-{start}", language, "FAQ", sections)
            position = len(article.title) + 2
            questions = []
            for entry, text in zip(group, texts, strict=True):
                span = Span(position, position + len(text))
                position += len(text) + 2
                name = f"{article.id}-{position}"
                questions.append(
                    LabelledQuestion(
                        name, entry["question"], language, article.id, {language: (span,)}
                    )
                )
            yield article, questions


def archives(data: Path, part: str) -> Iterator[Labelled]:
    """Yield archives of real published questions, asked in other words.

    `part` is "training", "choosing" or "checking"; an archive is in one language. Entries with the
    same question are one, each of them right.
    """
    entries = [json.loads(line) for line in _lines(data / "covid-faq.jsonl")]
    asked: dict[str, list[tuple[str, str]]] = {}
    for archive, of_part, number, question in _paraphrases():
        if of_part == part:
            asked.setdefault(archive, []).append((number, question))
    for archive, questions in asked.items():
        numbers = sorted({int(number) for number, _ in questions if number != _NO_ENTRY})
        published = [
            QuestionAnswer(_joined(entries[n]["question"]), _joined(entries[n]["answer"]))
            for n in numbers
        ]
        language: Language = entries[numbers[0]]["lang"]
        article = Article(archive, language, "FAQ", (), tuple(published))
        answers = [passage.span for passage in cut_passages(article)]
        labelled = []
        for place, (number, text) in enumerate(questions):
            same = "" if number == _NO_ENTRY else _joined(entries[int(number)]["question"]).lower()
            spans = tuple(
                answer
                for answer, entry in zip(answers, published, strict=True)
                if entry.question.lower() == same
            )
            labelled.append(
                LabelledQuestion(f"{archive}-{place}", text, language, archive, {language: spans})
            )
        yield article, labelled


def _paraphrases() -> Iterator[list[str]]:
    """Yield archive, part, number of the entry and question."""
    for line in _lines(DATA / "covid-paraphrases.tsv"):
        yield line.split("\t")


def _joined(text: str) -> str:
    return " ".join(text.split())
