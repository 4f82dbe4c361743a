"""How fast training moves the weights at each update. Loads neither torch nor numpy."""

from __future__ import annotations

import math

from saerch_desktop.sae.config import TrainConfig


def learning_rate(config: TrainConfig, step: int, steps: int) -> float:
    """The rate of update `step` (0-based) of `steps`: a linear warm-up, then the schedule, which ends near
    0.
    """
    warmup = round(config.warmup_fraction * steps)
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    left = 1 - (step - warmup) / max(1, steps - warmup)
    if config.schedule == "cosine":
        return config.learning_rate * 0.5 * (1 - math.cos(math.pi * left))
    return config.learning_rate * (left if config.schedule == "linear" else 1.0)
