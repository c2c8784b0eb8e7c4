"""The encoder in PyTorch with the states after earlier layers, too, for training."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from decoded_model import decoded_model, network

from faq_bot.core.progress import track
from faq_bot.models.bundled_encoder import (
    LONGEST_READ,
    BundledEncoder,
    Tokens,
    batches_of_like_length,
)
from faq_bot.models.bundled_model import PROMPTS
from faq_bot.models.encoder import TokenStates, Vectors
from faq_bot.models.network_shape import LAYERS, TOLD_LAYERS

_TOKENS_TOGETHER = 4096  # in a batch, with padding


class TrainingEncoder(BundledEncoder):
    """The bundled encoder, but that its states come from PyTorch and of more layers."""

    def query_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run questions through the encoder."""
        return self._all_states(texts, PROMPTS["query"])

    def passage_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Run passages through the encoder."""
        return self._all_states(texts, PROMPTS["passage"])

    def embed(self, texts: Sequence[str], description: str | None = None) -> Vectors:
        """Embed texts as they are, with their prompts."""
        tokens = [self.tokenize(text) for text in texts]
        vectors = np.empty((len(texts), self.dimension), np.float32)
        runs = _run(tokens, (LAYERS,))
        if description is not None:
            runs = track(runs, description, len(_batches(tokens)))
        for rows, hidden in runs:
            for place, row in enumerate(rows):
                vectors[row] = _embedding(hidden[LAYERS][place, : len(tokens[row].ids)])
        return vectors

    def _all_states(self, texts: Sequence[str], prompt: str) -> list[TokenStates]:
        tokens = [self.tokenize(text, prompt, LONGEST_READ) for text in texts]
        found: dict[int, TokenStates] = {}
        for rows, hidden in _run(tokens, TOLD_LAYERS):
            for place, row in enumerate(rows):
                length = len(tokens[row].ids)
                after = {n: states[place, :length].half().numpy() for n, states in hidden.items()}
                embedding = _embedding(hidden[LAYERS][place, :length])
                found[row] = TokenStates(tokens[row].ids, tokens[row].spans, after, embedding)
        return [found[row] for row in range(len(texts))]


def _run(
    tokens: Sequence[Tokens], layers: Sequence[int]
) -> Iterator[tuple[list[int], dict[int, torch.Tensor]]]:
    """Yield the states after these layers for batches of texts, by their places."""
    pad = decoded_model().tokenizer.pad_token_id
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    encoder = network().to(device)
    for rows in _batches(tokens):
        ids = np.full((len(rows), max(len(tokens[row].ids) for row in rows)), pad)
        for place, row in enumerate(rows):
            ids[place, : len(tokens[row].ids)] = tokens[row].ids
        given = torch.from_numpy(ids).to(device)
        # Its rounding is no coarser than that of the weights, which have four bits.
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            found = encoder(
                input_ids=given, attention_mask=(given != pad).long(), output_hidden_states=True
            )
        yield rows, {n: found.hidden_states[n].float().cpu() for n in layers}


def _batches(tokens: Sequence[Tokens]) -> list[list[int]]:
    return list(batches_of_like_length([len(one.ids) for one in tokens], _TOKENS_TOGETHER))


def _embedding(states: torch.Tensor) -> Vectors:
    mean = states.mean(dim=0).numpy()
    embedding: Vectors = mean / np.linalg.norm(mean)
    return embedding
