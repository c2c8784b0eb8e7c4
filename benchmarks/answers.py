"""Every labelled question's whole reply, a line of JSON each: what a change of the code must keep.

    python benchmarks/answers.py [SOURCE…] > before.jsonl
    …
    python benchmarks/answers.py [SOURCE…] > after.jsonl
    diff before.jsonl after.jsonl

The project's own questions are asked: those about the seed article and the news. A SOURCE is a
further file of stories (`training_data.stories` tells the format) or a folder with parallel
`de.json` and `en.json` in SQuAD's. Only what the package promises to everybody is used, so that the
file runs with older versions, too: give the folder of one as PYTHONPATH.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from faq_bot import Article, FaqBot, Paragraph, QuestionAnswer, Section, read_articles

ROOT = Path(__file__).parents[1]
OWN = ROOT / "benchmarks" / "data"
LANGUAGES = ("de", "en")

Question = tuple[str, str]  # an article's id and what is asked about it


def main() -> None:
    """Print all replies."""
    for name, articles, questions in _sets([Path(source) for source in sys.argv[1:]]):
        bot = FaqBot.from_articles(articles)
        for number, (article, question) in enumerate(questions):
            answer = asdict(bot.ask(question, article=article))
            print(json.dumps({"set": name, **answer}, ensure_ascii=False, default=str))
            if number % 10 == 0:  # among all articles, and with a question before it
                before = questions[number - 1][1]
                answer = asdict(bot.ask(question, previous=before))
                print(json.dumps({"set": name, **answer}, ensure_ascii=False, default=str))


def _sets(sources: Sequence[Path]) -> Iterator[tuple[str, list[Article], list[Question]]]:
    seed = [one for path in sorted((ROOT / "seeds").glob("*.txt")) for one in read_articles(path)]
    asked = json.loads((OWN / "amazon-openai.questions.json").read_text(encoding="utf-8"))
    off_topic = [
        text
        for line in (OWN / "off-topic.txt").read_text(encoding="utf-8").splitlines()
        for text in line.split(" || ")
    ]
    yield (
        "seed",
        seed,
        [
            *((one["article"], one["question"]) for one in asked),
            *((seed[0].id, text) for text in off_topic),
        ],
    )
    yield "news", *_stories(OWN / "news.txt")
    for source in sources:
        read = _parallel if source.is_dir() else _stories
        yield source.stem, *read(source)


def _stories(path: Path) -> tuple[list[Article], list[Question]]:
    """Read the stories of a file (`training_data.stories` tells the format)."""
    articles: list[Article] = []
    questions: list[Question] = []
    for number, story in enumerate(("\n" + path.read_text(encoding="utf-8")).split("\n# ")[1:]):
        name = f"{path.stem}-{number}"
        lines = [f"# {story.splitlines()[0]}", *story.splitlines()[1:]]
        for column, language in enumerate(LANGUAGES):
            told = [(line[:1], line[2:].split(" || ")[column]) for line in lines]
            texts = {kind: [text for k, text in told if k == kind] for kind in "#phfsaqn"}
            published = [QuestionAnswer(*text.split(" => ")) for text in texts["f"]]
            sections = [
                Section(heading, tuple(map(Paragraph, group)))
                for heading, group in [*_sections(told), (None, texts["s"]), (None, texts["a"])]
                if group
            ]
            title = texts["#"][0]
            articles.append(Article(name, language, title, tuple(sections), tuple(published)))
            questions += [(name, q.split(" => ")[0]) for q in (*texts["q"], *texts["n"])]
    return articles, questions


def _sections(told: list[tuple[str, str]]) -> Iterator[tuple[str | None, list[str]]]:
    heading, paragraphs = None, []
    for kind, text in told:
        if kind == "h":
            yield heading, paragraphs
            heading, paragraphs = text, []
        elif kind == "p":
            paragraphs.append(text)
    yield heading, paragraphs


def _parallel(folder: Path) -> tuple[list[Article], list[Question]]:
    articles: list[Article] = []
    questions: list[Question] = []
    for language in LANGUAGES:
        entries = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))["data"]
        for number, entry in enumerate(entries):
            name = f"xquad-{number}"
            texts = [paragraph["context"].strip() for paragraph in entry["paragraphs"]]
            sections = (Section(None, tuple(map(Paragraph, texts))),)
            articles.append(Article(name, language, entry.get("title") or name, sections))
            asked = [qa["question"] for one in entry["paragraphs"] for qa in one["qas"]]
            questions += [(name, question) for question in asked]
    return articles, questions


if __name__ == "__main__":
    main()
