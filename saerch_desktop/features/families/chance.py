"""How likely two features of their own frequencies would meet as often by chance, for millions of pairs."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 1 << 15  # pairs at once: what stays in a core's cache
_TERMS: Final = 12
_SURE: Final = 1.0  # standard deviations above the mean, below which nothing needs to be exact


def more_often_each(
    counts: NDArray[Any], first: NDArray[Any], second: NDArray[Any], total: int
) -> NDArray[np.float64]:
    """(m,) P(K ≥ counts) where two sets of `first` and `second` documents of `total` fall independently.

    The hypergeometric tail: its first twelve terms and, for those that are left, a geometric series that is
    no smaller (Feller 1968, VI.3), so that the value is never too small and within a thousandth of the exact
    one from two standard deviations on. Where there is no evidence (less than one standard deviation above
    the mean) the normal curve with a correction for continuity is taken.
    """
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, max(1, total) + 1)))))
    out = np.empty(counts.size)
    for start in range(0, counts.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        out[part] = _tail(counts[part], first[part], second[part], total, factorials)
    return out


def _tail(
    counts: NDArray[Any],
    first: NDArray[Any],
    second: NDArray[Any],
    total: int,
    factorials: NDArray[np.float64],
) -> NDArray[np.float64]:
    from scipy.special import ndtr

    c, f, g = (np.asarray(part, np.int64) for part in (counts, first, second))
    z = (c - 0.5 - f * (g / max(1, total))) / deviation(f, g, total)
    out = np.asarray(ndtr(-z))
    sure = z > _SURE
    c, f, g = c[sure], f[sure], g[sure]
    ways = factorials[f] + factorials[g] + factorials[total - f] + factorials[total - g] - factorials[total]
    others = total - f - g
    last = np.exp(
        ways - factorials[c] - factorials[f - c] - factorials[g - c] - factorials[np.maximum(others + c, 0)]
    )
    p = last.copy()
    at = c.astype(np.float64)
    ratio = np.zeros(at.size)
    for _ in range(_TERMS):
        ratio = (f - at) * (g - at) / ((at + 1) * np.maximum(others + at + 1, 1))
        last = last * np.maximum(ratio, 0.0)
        p += last
        at += 1
    ratio = np.clip((f - at) * (g - at) / ((at + 1) * np.maximum(others + at + 1, 1)), 0.0, 0.999)
    out[sure] = np.clip(p + last * ratio / (1 - ratio), 0.0, 1.0)
    return out


def deviation(first: NDArray[Any], second: NDArray[Any], total: int) -> NDArray[np.float64]:
    """(m,) the standard deviation of how often they meet by chance; not less than a tiny number."""
    f, g = np.asarray(first, np.float64), np.asarray(second, np.float64)
    share = f / max(1, total)
    variance = g * share * (1 - share) * (total - g) / max(1, total - 1)
    return np.sqrt(np.maximum(variance, 1e-12))
