"""Whether two things meet more or less often than by chance: the hypergeometric test, and what is left of it
when many things are tested at once.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_EXACT_VARIANCE: Final = 100.0  # beyond this the normal curve is as good and takes no summing
_MOST_TERMS: Final = 400
_NEGLIGIBLE: Final = 1e-12
_SMALL: Final = 16
_FACTORIALS: Final = np.cumsum(np.log(np.maximum(1, np.arange(_SMALL))))


def more_often(count: NDArray[Any], marked: NDArray[Any], drawn: int, total: int) -> NDArray[np.float64]:
    """P(K ≥ count), shape as `count`: `drawn` documents of `total` are taken without looking, `marked` of all
    have the mark, and K of the drawn ones.

    Exact where the variance is at most 100, else by the normal curve with a correction for continuity.
    """
    count, marked = np.asarray(count, np.float64), np.asarray(marked, np.float64)
    mean, variance = _moments(marked, drawn, total)
    p = _beyond(count - 0.5 - mean, variance)
    exact = variance <= _EXACT_VARIANCE
    above = exact & (count > mean)
    p[above] = _sum(count[above], marked[above], drawn, total, 1)
    below = exact & ~above
    p[below] = 1 - _sum(count[below] - 1, marked[below], drawn, total, -1)
    return np.clip(p, 0.0, 1.0)


def less_often(count: NDArray[Any], marked: NDArray[Any], drawn: int, total: int) -> NDArray[np.float64]:
    """P(K ≤ count), otherwise as `more_often`."""
    count, marked = np.asarray(count, np.float64), np.asarray(marked, np.float64)
    mean, variance = _moments(marked, drawn, total)
    p = _beyond(mean - count - 0.5, variance)
    exact = variance <= _EXACT_VARIANCE
    below = exact & (count < mean)
    p[below] = _sum(count[below], marked[below], drawn, total, -1)
    above = exact & ~below
    p[above] = 1 - _sum(count[above] + 1, marked[above], drawn, total, 1)
    return np.clip(p, 0.0, 1.0)


def q_values(p: NDArray[np.float64], tests: int | None = None) -> NDArray[np.float64]:
    """The least false-discovery rate at which each of `p` (m,) is still counted in (Benjamini and Hochberg
    1995).

    tests: how many were made, when the others are known to be no smaller than these.
    """
    m = p.size if tests is None else tests
    order = np.argsort(p, kind="stable")
    scaled = p[order] * m / np.arange(1, p.size + 1)
    q = np.empty(p.size)
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return q


def wilson(count: NDArray[Any], total: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95 % interval of a share (Wilson 1927); 0 to 1 where nothing was counted."""
    count, total = np.asarray(count, np.float64), np.asarray(total, np.float64)
    z = 1.959963984540054
    n = np.maximum(total, 1)
    share = count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    unknown = total <= 0
    low = np.where(unknown, 0.0, np.clip(middle - half, 0.0, 1.0))
    return low, np.where(unknown, 1.0, np.clip(middle + half, 0.0, 1.0))


def _moments(marked: NDArray[np.float64], drawn: int, total: int) -> tuple[Any, Any]:
    share = drawn / max(1, total)
    mean = marked * share
    variance = mean * (1 - marked / max(1, total)) * (total - drawn) / max(1, total - 1)
    return mean, variance


def _beyond(distance: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal curve's area beyond `distance`."""
    z = distance / np.sqrt(np.maximum(2 * variance, 1e-300))
    return np.fromiter((0.5 * math.erfc(value) for value in z), np.float64, z.size)


def _sum(
    start: NDArray[np.float64], marked: NDArray[np.float64], drawn: int, total: int, step: int
) -> NDArray[np.float64]:
    """P(K = start) + P(K = start + step) + …; the terms fall, since `start` lies on that side of the mean."""
    least = np.maximum(0.0, drawn + marked - total)
    most = np.minimum(marked, drawn)
    inside = (start >= least) & (start <= most)
    at = np.clip(start, least, most)
    others = total - marked
    term = np.exp(
        _choose(marked, at) + _choose(others, drawn - at) - _choose(np.float64(total), np.float64(drawn))
    )
    term = np.where(inside, term, 0.0)
    out = term.copy()
    for _ in range(_MOST_TERMS):
        if not (term > _NEGLIGIBLE * out).any():
            break
        if step > 0:
            ratio = (marked - at) * (drawn - at) / ((at + 1) * np.maximum(others - drawn + at + 1, 1))
        else:
            ratio = at * (others - drawn + at) / ((marked - at + 1) * (drawn - at + 1))
        at = at + step
        term = term * np.maximum(ratio, 0.0)
        out += term
    return out


def _choose(n: Any, k: Any) -> Any:
    """The logarithm of the binomial coefficient."""
    return _log_factorial(n) - _log_factorial(k) - _log_factorial(n - k)


def _log_factorial(n: Any) -> Any:
    """log n! of whole numbers: a table for the small, Stirling's series (to 1e-11) for the others."""
    n = np.asarray(n, np.float64)
    small = n < _SMALL
    x = np.where(small, _SMALL, n)
    series = 1 / (12 * x) - 1 / (360 * x**3) + 1 / (1260 * x**5)
    large = x * np.log(x) - x + 0.5 * np.log(2 * np.pi * x) + series
    return np.where(small, _FACTORIALS[np.clip(n, 0, _SMALL - 1).astype(np.int64)], large)
