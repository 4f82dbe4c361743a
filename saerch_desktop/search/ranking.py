"""Which rows come first: partial and full orderings with one rule for ties, the lower row first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
_WIDEST_BLOCK = 1024


def top_rows(scores: Float, n: int) -> NDArray[np.int64]:
    """Rows of the `n` best scores by (-score, row), int64; fewer when fewer scores are finite.

    scores: (N,) float32; -inf and NaN mark rows that never appear (missing vectors).
    """
    rows = leading_rows(scores, n)
    return order_rows(rows, scores[rows])[:n]


def order_rows(rows: NDArray[np.int64], scores: Float) -> NDArray[np.int64]:
    """The same rows by (-score, row); `scores[i]` belongs to `rows[i]`."""
    return rows[np.lexsort((rows, -scores))]


def leading_rows(scores: Float, n: int, margin: float = 0.0) -> NDArray[np.int64]:
    """A small superset of the best `n` rows, ascending: every row within `margin` of the n-th best, and a few
    more.

    The n-th largest of the maxima of equal blocks is a lower bound of the n-th largest score, so two quick
    passes over the scores replace a partial sort.
    """
    if n <= 0 or scores.size == 0:
        return np.empty(0, np.int64)
    width = int(min(_WIDEST_BLOCK, scores.size // (8 * n)))
    if width < 8:
        return _above(scores, _nth_largest(scores, n) - margin)
    whole = scores.size // width * width
    blocks = scores[:whole].reshape(-1, width)
    maxima = np.fmax.reduce(blocks, axis=1)
    bound = _nth_largest(maxima, n) - margin
    hit = np.flatnonzero(maxima >= bound)
    inside = _above(blocks[hit].reshape(-1), bound)
    found = hit[inside // width] * width + inside % width
    return np.concatenate((found, _above(scores[whole:], bound) + whole))


def ranks(scores: Float) -> NDArray[np.int32]:
    """Rank of every row, (N,) int32, 1 for the best by (-score, row); rows at -inf or NaN come last, by
    row.
    """
    keys = _descending_keys(scores)
    keys.sort()
    order = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    out = np.empty(scores.size, np.int32)
    out[order] = np.arange(1, scores.size + 1, dtype=np.int32)
    return out


def full_order(scores: Float) -> NDArray[np.int32]:
    """All rows by (-score, row), (N,) int32; those at -inf or NaN last."""
    keys = _descending_keys(scores)
    keys.sort()
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int32)


def _nth_largest(values: Float, n: int) -> float:
    if values.size <= n:
        return -np.inf
    # NaN sorts after everything, so the largest values are looked for as the smallest of the negated ones.
    found = float(-np.partition(-values, n - 1)[n - 1])
    return -np.inf if np.isnan(found) else found


def _above(scores: Float, bound: float) -> NDArray[np.int64]:
    bound = max(bound, float(np.finfo(np.float32).min))
    return np.flatnonzero(scores >= bound)


def _descending_keys(scores: Float) -> NDArray[np.uint64]:
    """Keys (N,) uint64 whose ascending order is (-score, row): inverted score bits above, the row below."""
    # Adding zero turns -0.0 into 0.0, which must tie.
    clean = np.where(np.isnan(scores), np.float32(-np.inf), scores + np.float32(0.0))
    bits = clean.astype(np.float32, copy=False).view(np.uint32)
    negative = bits >> np.uint32(31) == 1
    ascending = np.where(negative, ~bits, bits | np.uint32(0x80000000))
    return (~ascending).astype(np.uint64) << np.uint64(32) | np.arange(scores.size, dtype=np.uint64)
