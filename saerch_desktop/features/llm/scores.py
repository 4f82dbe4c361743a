"""How well predictions from a name agree with the truth (after section 4 of arXiv 2408.00657)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Scores:
    """pearson: between confidence and truth; None where either is constant, for then it is not defined.

    f1: with a confidence above 0 as "fires"; None without texts of both kinds. tests: how many predictions
    could be read and scored.
    """

    pearson: float | None
    f1: float | None
    tests: int


def score(confidences: Sequence[float], truth: Sequence[bool]) -> Scores:
    """confidences: in [-1, 1]. truth: whether the feature is active in each text; as many."""
    said, fires = np.asarray(confidences, np.float64), np.asarray(truth, np.bool_)
    count = int(fires.size)
    if count == 0 or fires.all() or not fires.any():
        return Scores(None, None, count)
    guessed = said > 0
    hits = int((guessed & fires).sum())
    f1 = 2 * hits / (int(guessed.sum()) + int(fires.sum()))
    if np.ptp(said) == 0:
        return Scores(None, f1, count)
    x, y = said - said.mean(), fires - fires.mean()
    pearson = float(x @ y / np.sqrt((x @ x) * (y @ y)))
    return Scores(max(-1.0, min(1.0, pearson)), f1, count)
