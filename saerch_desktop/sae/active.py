"""Which features of a vector are active, chosen from its pre-activations in NumPy. Loads no torch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Coded = tuple[NDArray[np.int32], NDArray[np.float32]]


def strongest(pre: NDArray[np.float32], k: int) -> Coded:
    """The k largest of each row of `pre` (m, n): ids (m, k) int32 and their values (m, k) float32, zero for
    those below zero.

    Highest value first, equal ones by lower id; at the edge too an equal value goes to the lower id.
    """
    chosen = _top_k(pre, k)
    return _ordered(chosen, np.maximum(np.take_along_axis(pre, chosen, axis=1), np.float32(0)))


def above(pre: NDArray[np.float32], threshold: NDArray[np.float32], width: int) -> Coded:
    """Those of each row of `pre` (m, n) that are over `threshold` (n,) and over 0, at most the `width`
    largest: ids (m, width) int32 and values (m, width) float32, ordered as by `strongest`.

    The places that a row has no use for hold the lowest ids that are not active in it, with the value 0, so
    that no id comes twice.
    """
    floor = np.maximum(threshold, np.float32(0))
    active = pre > floor
    for row in np.flatnonzero(np.count_nonzero(active, axis=1) > width):
        candidates = np.flatnonzero(active[row])
        kept = _top_k(pre[row, candidates][None, :], width)[0]
        active[row] = False
        active[row, candidates[kept]] = True
    counts = np.count_nonzero(active, axis=1)
    rows, ids = np.nonzero(active)
    places = np.arange(len(ids)) - np.repeat(np.cumsum(counts) - counts, counts)
    # Of the first `width` ids at least as many are inactive as there are places left.
    free = np.argsort(active[:, :width], axis=1, kind="stable")
    unused = np.arange(width) - counts[:, None]
    indices = np.where(unused >= 0, np.take_along_axis(free, np.maximum(unused, 0), axis=1), 0)
    values = np.zeros((len(pre), width), dtype=np.float32)
    indices[rows, places] = ids
    values[rows, places] = pre[rows, ids]
    return _ordered(indices, values)


def _ordered(chosen: NDArray[Any], values: NDArray[np.float32]) -> Coded:
    order = np.lexsort((chosen, -values), axis=1)
    indices = np.take_along_axis(chosen, order, axis=1).astype(np.int32)
    return indices, np.take_along_axis(values, order, axis=1)


def _top_k(pre: NDArray[np.float32], k: int) -> NDArray[Any]:
    """Column ids (m, k) of each row's k largest values, in no order; equal values at the edge go to the lower
    id.
    """
    features = pre.shape[1]
    if k == features:
        return np.broadcast_to(np.arange(features), pre.shape).copy()
    order = np.argpartition(pre, features - k - 1, axis=1)
    chosen = order[:, features - k :]
    edge = np.take_along_axis(pre, chosen, axis=1).min(axis=1)
    below = np.take_along_axis(pre, order[:, features - k - 1 : features - k], axis=1)[:, 0]
    for row in np.flatnonzero(below == edge):
        chosen[row] = np.argsort(-pre[row], kind="stable")[:k]
    return chosen
