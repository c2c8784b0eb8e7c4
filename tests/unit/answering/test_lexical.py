import re
from dataclasses import replace

import numpy as np
import pytest

from faq_bot import Article
from faq_bot.answering.lexical import LexicalIndex
from faq_bot.answering.search_query import SearchQuery
from faq_bot.index.passage_index import PassageIndex, update_index
from faq_bot.models.bundled_encoder import BundledEncoder


def test_keywords_find_amounts_across_notations_and_know_what_is_missing(
    index: PassageIndex,
) -> None:
    keywords = LexicalIndex(index)
    coverages = keywords.coverage("6.6bn", range(len(index.passages)))
    best = int(np.argmax(coverages))
    assert re.search(r"6,6 Milliarden|6\.6 billion", index.passages[best].text)
    assert coverages[best] == 1
    assert keywords.missing(SearchQuery("Trainium Nvidia", "de"), "amazon-openai") == pytest.approx(
        0
    )
    assert keywords.missing(SearchQuery("Elon Musk", "de"), "amazon-openai") == 1
    assert keywords.missing(SearchQuery("?", "de"), "amazon-openai") == 1


def test_keywords_taken_over_are_as_good_as_new(
    index: PassageIndex, german: Article, encoder: BundledEncoder
) -> None:
    other = replace(german, title="Trainium und mehr", kicker="Chips", sections=german.sections[2:])
    known = LexicalIndex(index)
    asked = SearchQuery("Wie viel kostet Trainium?", "de")
    before = known.missing(asked, german.id)
    changed = update_index(index, [other], encoder)
    taken, new = LexicalIndex(changed, known), LexicalIndex(changed)
    everything = range(len(changed.passages))
    for question in (
        "Was ist Trainium?",
        "Welche Chips sind neu?",
        "Was kosten Quitten und Äpfel?",
    ):
        query = SearchQuery(question, "de")
        assert taken.coverage(question, everything) == new.coverage(question, everything)
        assert taken.missing(query, german.id) == new.missing(query, german.id)
    assert known.missing(asked, german.id) == before
