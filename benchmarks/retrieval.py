"""Measures retrieval, quotation and abstention on XQuAD-R (Roy et al. 2020, arXiv 2004.05484).

    python benchmarks/retrieval.py DIRECTORY [--all-articles] [--fit]

DIRECTORY holds `de.json` and `en.json`. Each question is asked of its own article, or of all at
once, with the passages of one language or of both. A question counts as unanswerable when
everything found in the paragraph with its answer is taken away, which is harder than asking
about something else.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from faq_bot.embedding import open_encoder
from faq_bot.passage_index import build_index
from faq_bot.records import LANGUAGES, Article, Hit, Language, Paragraph, Section, Span
from faq_bot.retrieval import DenseRetriever
from faq_bot.settings import load_settings


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the place of its answer and of the paragraph around it, by language."""

    text: str
    language: Language
    article: str
    answers: Mapping[Language, Span]
    paragraphs: Mapping[Language, Span]


@dataclass(frozen=True, slots=True)
class Result:
    """What was found for one question."""

    asked: Asked
    hits: tuple[Hit, ...]
    chances: Mapping[str, tuple[float, float]]

    def found(self, rank: int) -> bool:
        """Whether one of the first `rank` passages holds the answer."""
        return any(
            self._is_own(hit) and _covers(hit.passage.span, self._answer(hit))
            for hit in self.hits[:rank]
        )

    @property
    def quoted(self) -> bool:
        """Whether the sentence marked in the first passage holds the start of the answer."""
        hit = self.hits[0]
        if not self._is_own(hit):
            return False
        start = hit.passage.span.start
        sentence = Span(start + hit.best_sentence.start, start + hit.best_sentence.end)
        return _covers(sentence, Span(self._answer(hit).start, self._answer(hit).start + 1))

    @property
    def above_chance(self) -> float:
        """The first passage's score in standard deviations above unrelated questions."""
        return self._above_chance(self.hits[0])

    @property
    def above_chance_without_answer(self) -> float:
        """The same for the first passage outside the paragraph with the answer."""
        paragraphs = self.asked.paragraphs
        other = next(
            hit
            for hit in self.hits
            if not self._is_own(hit)
            or not _covers(paragraphs[hit.passage.language], hit.passage.span)
        )
        return self._above_chance(other)

    def _above_chance(self, hit: Hit) -> float:
        mean, deviation = self.chances[hit.passage.article]
        return (hit.score_in_article - mean) / deviation

    def _is_own(self, hit: Hit) -> bool:
        return hit.passage.article == self.asked.article

    def _answer(self, hit: Hit) -> Span:
        return self.asked.answers[hit.passage.language]


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def load(directory: Path) -> tuple[list[Article], list[Asked]]:
    """Read the data set as articles and questions."""
    articles: list[Article] = []
    spans: dict[str, dict[str, tuple[Span, Span]]] = {}
    texts: dict[str, dict[str, tuple[str, str]]] = {}
    for language in LANGUAGES:
        data = json.loads((directory / f"{language}.json").read_text(encoding="utf-8"))["data"]
        for number, entry in enumerate(data):
            contexts = [paragraph["context"].strip() for paragraph in entry["paragraphs"]]
            article = Article(
                id=f"xquad-{number}",
                language=language,
                title=entry["title"].replace("_", " "),
                sections=(Section(None, tuple(map(Paragraph, contexts))),),
            )
            articles.append(article)
            for paragraph, context in zip(entry["paragraphs"], contexts, strict=True):
                start = article.text.index(context)
                for qa in paragraph["qas"]:
                    answer = qa["answers"][0]
                    first = start + answer["answer_start"]
                    spans.setdefault(qa["id"], {})[language] = (
                        Span(first, first + len(answer["text"])),
                        Span(start, start + len(context)),
                    )
                    texts.setdefault(qa["id"], {})[language] = (qa["question"], article.id)
    questions = [
        Asked(
            text=text,
            language=language,
            article=article_id,
            answers={tag: pair[0] for tag, pair in spans[identifier].items()},
            paragraphs={tag: pair[1] for tag, pair in spans[identifier].items()},
        )
        for identifier, versions in texts.items()
        for language, (text, article_id) in versions.items()
    ]
    return articles, questions


def run(retriever: DenseRetriever, questions: Sequence[Asked], *, scoped: bool) -> list[Result]:
    """Ask every question, of its own article or of all."""
    articles = {asked.article for asked in questions}
    chances = {
        language: {article: retriever.chance(language, article) for article in articles}
        for language in LANGUAGES
    }
    return [
        Result(
            asked,
            retriever.search(asked.text, asked.language, asked.article if scoped else None),
            chances[asked.language],
        )
        for asked in questions
    ]


def rows(results: Mapping[tuple[str, str], Sequence[Result]]) -> Iterator[str]:
    """Yield the table, a line for each language of questions and passages."""
    yield "| question | passages | recall@1 | recall@3 | quote | AUROC | coverage at 5 % false |"
    yield "|---|---|---|---|---|---|---|"
    for (language, passages), group in results.items():
        answerable = [result.above_chance for result in group]
        unanswerable = [result.above_chance_without_answer for result in group]
        area = roc_auc_score([1] * len(group) + [0] * len(group), answerable + unanswerable)
        coverage = np.mean(np.array(answerable) > np.quantile(unanswerable, 0.95))
        figures = (
            np.mean([result.found(1) for result in group]),
            np.mean([result.found(3) for result in group]),
            np.mean([result.quoted for result in group]),
            area,
            coverage,
        )
        yield f"| {language} | {passages} | " + " | ".join(f"{f:.3f}" for f in figures) + " |"


def fit(results: Sequence[Result]) -> str:
    """Fit the calibration and say what its default thresholds then mean."""
    answerable = np.array([result.above_chance for result in results])
    unanswerable = np.array([result.above_chance_without_answer for result in results])
    x = np.concatenate([answerable, unanswerable])[:, None]
    y = [1] * len(results) + [0] * len(results)
    model = LogisticRegression(C=1e6).fit(x, y)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    lines = [f"slope {slope:.2f}, middle {-intercept / slope:.2f}"]
    for confidence in (0.2, 0.3, 0.5, 0.6, 0.7):
        limit = (np.log(confidence / (1 - confidence)) - intercept) / slope
        lines.append(
            f"confidence {confidence}: {np.mean(answerable > limit):.3f} of the answerable and "
            f"{np.mean(unanswerable > limit):.3f} of the unanswerable questions are above it"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--fit", action="store_true", help="fit the calibration of the confidence")
    parser.add_argument("--all-articles", action="store_true", help="search all articles at once")
    arguments = parser.parse_args()
    settings = load_settings()
    encoder = open_encoder(settings.model, settings.cache_dir)
    articles, questions = load(arguments.directory)
    results: dict[tuple[str, str], list[Result]] = {}
    for passages in ("de", "en", "de + en"):
        chosen = [article for article in articles if article.language in passages]
        index = build_index(chosen, encoder)
        found = run(DenseRetriever(index, encoder), questions, scoped=not arguments.all_articles)
        for language in LANGUAGES:
            group = [result for result in found if result.asked.language == language]
            results[language, passages] = group
    print("\n".join(rows(results)))
    if arguments.fit:
        print(fit([result for group in results.values() for result in group]))


if __name__ == "__main__":
    main()
