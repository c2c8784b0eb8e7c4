"""Questions as points: how near they are to an article, and what tells one from another."""

from collections.abc import Sequence

import numpy as np

from faq_bot.answering.dense import DenseRetriever
from faq_bot.core.languages import Language
from faq_bot.models.encoder import Encoder, Vectors

_UNRELATED_QUESTIONS = 5  # as many as the mean of unrelated questions counts


class QuestionSpace:
    """Compares questions with articles and with each other, in both languages."""

    def __init__(self, encoder: Encoder, retriever: DenseRetriever) -> None:
        self._encoder = encoder
        self._retriever = retriever

    def embed(self, questions: Sequence[str]) -> Vectors:
        """Return the embeddings of questions, shape (questions, dimension)."""
        return self._encoder.encode_queries(questions)

    def nearness(self, vectors: Vectors, language: Language, article: str) -> Vectors:
        """Return how near embedded questions are to an article, shape (questions,).

        It is in standard deviations above the best score of unrelated questions.
        """
        return self._retriever.nearness(vectors, language, article)

    def centred(self, vectors: Vectors, language: Language) -> Vectors:
        """Take away what embedded questions in a language about one article share.

        Where there are few, unrelated questions tell what is common. Returns unit vectors of the
        same shape, whose inner products are comparable across languages.
        """
        unrelated = self._retriever.mean_question(language)
        total = vectors.sum(axis=0) + _UNRELATED_QUESTIONS * unrelated
        centred = vectors - total / (len(vectors) + _UNRELATED_QUESTIONS)
        unit: Vectors = centred / np.linalg.norm(centred, axis=1, keepdims=True)
        return unit
