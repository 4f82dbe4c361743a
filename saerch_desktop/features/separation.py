"""How well one number separates two groups, or follows another number, with what that is uncertain by."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Interval = tuple[float, float, float]

_WIDTH: Final = 1.959964
_RESAMPLES: Final = 400
_AT_ONCE: Final = 1 << 22


def auroc(scores: Float, positive: NDArray[np.bool_]) -> Interval:
    """The chance that a positive scores higher than a negative, equal ones counting half; and its 95 %
    interval (DeLong, DeLong and Clarke-Pearson 1988, by midranks as Sun and Xu 2014). NaN without both kinds.
    """
    from scipy.stats import rankdata

    m, n = int(positive.sum()), int((~positive).sum())
    if not m or not n:
        return float("nan"), float("nan"), float("nan")
    ranks = rankdata(scores)
    own_positive, own_negative = rankdata(scores[positive]), rankdata(scores[~positive])
    area = (ranks[positive].sum() - m * (m + 1) / 2) / (m * n)
    above = (ranks[positive] - own_positive) / n
    below = 1 - (ranks[~positive] - own_negative) / m
    variance = (above.var(ddof=1) / m if m > 1 else 0.25) + (below.var(ddof=1) / n if n > 1 else 0.25)
    error = _WIDTH * float(np.sqrt(variance))
    return float(area), max(0.0, float(area) - error), min(1.0, float(area) + error)


def explained(truth: Float, predicted: Float, centre: float, seed: int) -> Interval:
    """R²: the share of the squared distance from `centre` (the mean where it was learnt) that the prediction
    takes away, and its 95 % bootstrap interval over the documents. Below 0: worse than the mean.
    """
    wrong, far = (truth - predicted) ** 2, (truth - centre) ** 2
    whole = float(1 - wrong.sum() / max(far.sum(), 1e-300))
    chance = np.random.default_rng(seed)
    at_once = max(1, min(_RESAMPLES, _AT_ONCE // max(1, len(truth))))
    drawn: list[Float] = []
    for _ in range(0, _RESAMPLES, at_once):
        picks = chance.integers(0, len(truth), (at_once, len(truth)))
        drawn.append(1 - wrong[picks].sum(axis=1) / np.maximum(far[picks].sum(axis=1), 1e-300))
    low, high = np.quantile(np.concatenate(drawn), (0.025, 0.975))
    return whole, float(low), float(high)


def share(right: int, of: int) -> Interval:
    """A share with its 95 % interval (Wilson 1927)."""
    if not of:
        return float("nan"), float("nan"), float("nan")
    p, z = right / of, _WIDTH
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * float(np.sqrt(p * (1 - p) / of + z * z / (4 * of * of)))
    return p, min(p, middle - half), max(p, middle + half)  # a rounding keeps p inside


def correlation(a: Float, b: Float) -> float:
    """Pearson's, 0 where one of them does not vary."""
    x, y = a - a.mean(), b - b.mean()
    size = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / size) if size > 0 else 0.0
