import numpy as np

from faq_bot.models.bundled_encoder import BundledEncoder


def test_a_questions_states_hold_its_embedding(encoder: BundledEncoder) -> None:
    question = "Wie viel hat Microsoft investiert?"
    (states,) = encoder.query_states([question])
    assert np.allclose(states.embedding, encoder.encode_queries([question])[0], atol=2e-3)
    start, end = states.spans[states.is_text][[0, -1]].ravel()[[0, -1]]
    assert question[start:end] == question
