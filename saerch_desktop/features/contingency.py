"""Two-by-two tables by the thousand: the chance of a difference as large when there is none."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

_EXACT_BELOW: Final = 20.0  # expected in the smallest cell
_SUPPORT: Final = 256  # values of that cell that are summed; more are as good as impossible
_AT_ONCE: Final = 1 << 11
_SAME: Final = 1e-7  # two chances this near each other are equal, as in Fisher's test everywhere


def log_p_values(in_a: NDArray[np.int64], in_b: NDArray[np.int64], n_a: int, n_b: int) -> Float:
    """(n,) natural logarithms of two-sided p for `in_a` of `n_a` against `in_b` of `n_b` documents.

    Fisher's exact test (all tables as unlikely as the one seen, or more) where the smallest of the four
    counts is expected below 20; elsewhere the G-test with one degree of freedom and Yates' correction for
    continuity, which mostly comes within a few percent of it and else errs to the safe side. Never -inf.
    """
    k1, k0 = in_a.astype(np.float64), in_b.astype(np.float64)
    logs = _g_test(k1, k0, float(n_a), float(n_b))
    # Seen from its smallest cell each table is: `seen` of `drawn`, when `marked` of all are marked.
    total = n_a + n_b
    small_a = n_a <= n_b
    drawn = min(n_a, n_b)
    active = k1 + k0
    rare = 2 * active <= total
    marked = np.where(rare, active, total - active)
    here = k1 if small_a else k0
    seen = np.where(rare, here, drawn - here)
    exact = (marked * drawn / total < _EXACT_BELOW) & (seen < _SUPPORT - 16)
    places = np.flatnonzero(exact)
    for at in range(0, len(places), _AT_ONCE):
        part = places[at : at + _AT_ONCE]
        logs[part] = _fisher(seen[part], marked[part], drawn, total)
    return np.minimum(logs, 0.0)


def _fisher(seen: Float, marked: Float, drawn: int, total: int) -> Float:
    from scipy.special import gammaln

    rest = total - marked
    # Rare marks and a small draw: the support begins at 0, or where the unmarked run out.
    first = np.maximum(0.0, drawn - rest)
    last = np.minimum(marked, drawn)
    k = first[:, None] + np.arange(_SUPPORT)
    m, r, top = marked[:, None], rest[:, None], last[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log((m - k) * (drawn - k)) - np.log((k + 1) * (r - drawn + k + 1))

    def choose(n: Float, j: Float) -> Float:
        found: Float = gammaln(n + 1) - gammaln(j + 1) - gammaln(n - j + 1)
        return found

    logs = np.empty_like(k)
    whole = choose(np.float64(total), np.float64(drawn))  # type: ignore[arg-type]
    logs[:, 0] = choose(marked, first) + choose(rest, drawn - first) - whole
    logs[:, 1:] = ratio[:, :-1]
    logs[k > top] = -np.inf
    np.cumsum(logs, axis=1, out=logs)
    observed = np.take_along_axis(logs, (seen - first).astype(np.int64)[:, None], axis=1)
    counted = np.where(logs <= observed + _SAME, logs, -np.inf)
    peak = counted.max(axis=1, keepdims=True)
    found: Float = peak[:, 0] + np.log(np.exp(counted - peak).sum(axis=1))
    return found


def _g_test(k1: Float, k0: Float, n_a: float, n_b: float) -> Float:
    from scipy.stats import norm

    total, active = n_a + n_b, k1 + k0
    # Yates' correction: counts are whole, so the table seen stands for all within half a document.
    away = k1 - n_a * active / total
    shift = np.sign(away) * np.minimum(np.abs(away), 0.5)
    k1, k0 = k1 - shift, k0 + shift
    g = np.zeros(len(k1))
    for count, row, column in (
        (k1, n_a, active),
        (k0, n_b, active),
        (n_a - k1, n_a, total - active),
        (n_b - k0, n_b, total - active),
    ):
        expected = row * column / total
        with np.errstate(divide="ignore", invalid="ignore"):
            g += np.where(count > 0, 2 * count * np.log(count / expected), 0.0)
    found: Float = np.log(2.0) + norm.logsf(np.sqrt(np.maximum(g, 0.0)))
    return found
