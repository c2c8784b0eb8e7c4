"""The loop in which both networks learn."""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_LAST_RATE = 0.02  # of the first
_TOLD = 50  # steps


def learn(
    groups: Sequence[Mapping[str, Any]],
    losses: Iterable[tuple[Tensor, Tensor]],
    steps: int,
    warm_up: int,
) -> None:
    """Take `steps` steps with AdamW, printing the mean losses.

    Args:
        groups: parameters (`params`) with their learning rate (`lr`), from which it falls.
        losses: of spans and of relevance; each is asked for when the step before is taken.
        steps: how many to take.
        warm_up: steps in which the rate rises.
    """
    optimiser = torch.optim.AdamW([dict(group) for group in groups], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min((step + 1) / warm_up, 1) * max(_LAST_RATE, 1 - step / steps),
    )
    parameters = list(chain.from_iterable(group["params"] for group in groups))
    told: list[tuple[float, float]] = []
    began = time.monotonic()
    for step, (by_span, by_relevance) in enumerate(islice(losses, steps), start=1):
        optimiser.zero_grad()
        (by_span + by_relevance).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        told.append((by_span.item(), by_relevance.item()))
        if step % _TOLD == 0:
            span, relevance = np.mean(told[-_TOLD:], axis=0)
            seconds = time.monotonic() - began
            print(f"step {step}/{steps}: span {span:.3f}, relevance {relevance:.3f}, "
                  f"{seconds:.0f} s", flush=True)  # fmt: skip
