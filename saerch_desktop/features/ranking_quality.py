"""The chance that a positive is ranked above a negative, for many rankings at once, with its uncertainty."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 200
_TAILS: Final = (2.5, 97.5)


def auroc(positives: NDArray[Any], negatives: NDArray[Any]) -> NDArray[np.float64]:
    """Area under the ROC curve of scores (…, p) against (…, q), shape (…); ties count half.

    The leading shape is any; p and q must be at least 1. Every pair is compared, which for a few dozen on
    each side is quicker than sorting.
    """
    signs = _signs(positives, negatives)
    pairs = signs.shape[-2] * signs.shape[-1]
    flat = signs.reshape(*signs.shape[:-2], pairs)
    return np.asarray((flat @ np.ones(pairs, np.float32)) / pairs * 0.5 + 0.5, np.float64)


def bootstrap(positives: NDArray[Any], negatives: NDArray[Any], seed: int = 0) -> tuple[float, float, float]:
    """AUROC of scores (p,) against (q,) and the ends of its 95 % interval.

    200 resamples with replacement, within positives and within negatives (percentile method, Efron 1979).
    Resampling only reweights the comparisons, so each resample is two small products; the same draws serve
    all rankings of the same p and q.
    """
    wins = _signs(positives, negatives) * np.float32(0.5) + np.float32(0.5)
    mine, theirs = _draws(len(positives), seed), _draws(len(negatives), seed + 1)
    values = ((mine @ wins) * theirs).sum(axis=1, dtype=np.float64)
    low, high = np.percentile(values, _TAILS)
    # Rounding must not put the estimate of a perfect ranking above 1.
    return float(wins.mean(dtype=np.float64)), max(0.0, float(low)), min(1.0, float(high))


def _signs(positives: NDArray[Any], negatives: NDArray[Any]) -> NDArray[np.float32]:
    """(…, p, q) 1 where the positive is higher, -1 where it is lower, 0 where they are equal."""
    difference = np.subtract(positives[..., :, None], negatives[..., None, :], dtype=np.float32)
    return np.asarray(np.sign(difference, out=difference))


@lru_cache(maxsize=256)
def _draws(size: int, seed: int) -> NDArray[np.float32]:
    """(RESAMPLES, size) how often each of `size` cases is drawn, as shares of the sample."""
    generator = np.random.default_rng([seed, size])
    counts = generator.multinomial(size, np.full(size, 1.0 / size), size=RESAMPLES)
    drawn: NDArray[np.float32] = (counts / size).astype(np.float32)
    drawn.setflags(write=False)
    return drawn
