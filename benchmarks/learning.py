"""The loop in which both networks learn."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

_LAST_RATE = 0.02  # of the first
_TOLD = 50  # steps

Losses = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where training goes on after it was stopped: what is kept of it every few minutes."""

    path: Path
    network: nn.Module
    every: int = 200  # steps

    def keep(self, step: int, optimiser: Optimizer, schedule: LRScheduler) -> None:
        """Write how far training has come; a write that is cut short leaves the one before."""
        state = {
            "step": step,
            "network": self.network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(),
        }
        scratch = self.path.with_suffix(".scratch")
        torch.save(state, scratch)
        scratch.replace(self.path)

    def resume(self, optimiser: Optimizer, schedule: LRScheduler) -> int:
        """Go on from what was kept, if anything; return how many steps were taken."""
        if not self.path.exists():
            return 0
        state = torch.load(self.path, weights_only=True)
        self.network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        step: int = state["step"]
        return step


def learn(
    groups: Sequence[Mapping[str, Any]],
    losses: Callable[[int], Iterable[Losses]],
    steps: int,
    warm_up: int,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Take `steps` steps with AdamW, printing the mean losses.

    Args:
        groups: parameters (`params`) with their learning rate (`lr`), from which it falls.
        losses: gives the losses of spans and of relevance from a step on; each is asked for when
            the step before is taken.
        steps: how many to take.
        warm_up: steps in which the rate rises.
        checkpoint: where to go on and what to keep.
    """
    optimiser = torch.optim.AdamW([dict(group) for group in groups], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min((step + 1) / warm_up, 1) * max(_LAST_RATE, 1 - step / steps),
    )
    parameters = list(chain.from_iterable(group["params"] for group in groups))
    taken = 0 if checkpoint is None else checkpoint.resume(optimiser, schedule)
    told: list[tuple[float, float]] = []
    began = time.monotonic()
    left = islice(losses(taken), steps - taken)
    for step, (by_span, by_relevance) in enumerate(left, start=taken + 1):
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
        if checkpoint is not None and step % checkpoint.every == 0:
            checkpoint.keep(step, optimiser, schedule)
