"""The encoder in float32 with the states after earlier layers, too, for training."""

from collections.abc import Sequence

import numpy as np
import torch
from decoded_model import decoded_model, network

from faq_bot.models.bundled_encoder import LONGEST_READ, BundledEncoder
from faq_bot.models.bundled_model import PROMPTS
from faq_bot.models.encoder import TokenStates
from faq_bot.models.network_shape import TOLD_LAYERS

_TOGETHER = 16
_KEPT = (4, *TOLD_LAYERS)  # layers after which a network may begin to read


class TrainingEncoder(BundledEncoder):
    """The bundled encoder, but that its states come from PyTorch and of more layers."""

    def query_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run questions through the encoder."""
        return self._all_states(texts, PROMPTS["query"])

    def passage_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run passages through the encoder."""
        return self._all_states(texts, PROMPTS["passage"])

    def _all_states(self, texts: Sequence[str], prompt: str) -> list[TokenStates]:
        tokens = [self.tokenize(text, prompt, LONGEST_READ) for text in texts]
        order = sorted(range(len(texts)), key=lambda row: len(tokens[row].ids))
        pad = decoded_model().tokenizer.pad_token_id
        found: dict[int, TokenStates] = {}
        for at in range(0, len(order), _TOGETHER):
            rows = order[at : at + _TOGETHER]
            width = len(tokens[rows[-1]].ids)
            ids = np.full((len(rows), width), pad)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row].ids)] = tokens[row].ids
            given = torch.from_numpy(ids)
            with torch.inference_mode():
                hidden = network()(
                    input_ids=given, attention_mask=(given != pad).long(), output_hidden_states=True
                ).hidden_states
            for place, row in enumerate(rows):
                length = len(tokens[row].ids)
                mean = hidden[-1][place, :length].mean(dim=0).numpy()
                after = {
                    number: states[place, :length].half().numpy()
                    for number, states in enumerate(hidden)
                    if number in _KEPT
                }
                embedding = mean / np.linalg.norm(mean)
                found[row] = TokenStates(tokens[row].ids, tokens[row].spans, after, embedding)
        return [found[row] for row in range(len(texts))]
