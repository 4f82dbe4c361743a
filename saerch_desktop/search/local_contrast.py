"""A direction that brings documents of one kind to the front and moves others back, drawn where the query is.

The difference of means between a concept's documents and all others mostly points to where the concept is at
home, far from the query. Here both means are taken over the documents that the steered query would show, each
counted by how close it is to it, and the query moves on along their difference: a mean shift (Fukunaga and
Hostetler 1975) with labels, or relevance feedback (Rocchio 1971) that is repeated after every step.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

NEARBY: Final = 20.0  # a document 0.05 further from the query counts 1/e of one there
STEPS: Final = 6
_STRIDE: Final = 0.5
_FIRST: Final = 20  # documents by whose share of what is wanted steps are compared
_TINY: Final = 1e-12
_NO_WAY: Final = 1e-6  # what rounding can leave of two means that are the same


def local_direction(
    query: NDArray[np.floating],
    vectors: NDArray[np.float32],
    more: NDArray[np.floating] | None,
    less: NDArray[np.floating] | None,
    ordinary: NDArray[np.floating],
    cosine: float,
) -> Float | None:
    """A unit vector (d,) at right angles to `query` (d,), along which to go until `cosine` from the query.

    vectors (m, d): the documents looked at, unit rows. more, less (m,): how much each is of what should come
    to the front or move back, 0 to 1; None for nothing. ordinary (d,): mean of any documents. The best of
    STEPS steps is kept, by what is wanted among the 20 documents that would then be first. None where the
    documents wanted or not wanted do not differ from the others.
    """
    q = query.astype(np.float64)
    q /= max(float(np.linalg.norm(q)), _TINY)
    wishes = [
        (sign, kind.astype(np.float64))
        for sign, kind in ((1.0, more), (-1.0, less))
        if kind is not None and kind.any()
    ]
    u = _joined(q, [(sign, _mean(vectors, kind) - ordinary) for sign, kind in wishes])
    if u is None:
        return None
    wanted = np.sum([sign * kind for sign, kind in wishes], axis=0)
    best, best_share = u, -math.inf
    for step in range(STEPS + 1):
        scores = vectors @ (cosine * q + math.sqrt(max(0.0, 1 - cosine * cosine)) * u).astype(np.float32)
        share = _among_first(scores, wanted)
        if share > best_share + 1e-9:
            best, best_share = u, share
        if step == STEPS:
            break
        near = np.exp(NEARBY * (scores.astype(np.float64) - float(scores.max())))
        here = _mean(vectors, near)
        turn = _joined(q, [(sign, _mean(vectors, near * kind) - here) for sign, kind in wishes])
        onward = None if turn is None else _across((1 - _STRIDE) * u + _STRIDE * turn, q)
        if onward is None:
            break
        u = onward
    return best


def _joined(q: Float, parts: list[tuple[float, Float]]) -> Float | None:
    """What the parts come to across `q`, each counting the same whatever its length; None for nothing."""
    whole = np.zeros_like(q)
    for sign, part in parts:
        along = _across(part, q)
        if along is not None:
            whole += sign * along
    return _across(whole, q)


def _mean(vectors: NDArray[np.float32], weights: Float) -> Float:
    whole = float(weights.sum())
    return np.asarray((weights / max(whole, _TINY)).astype(np.float32) @ vectors, np.float64)


def _across(vector: Float, q: Float) -> Float | None:
    """The part at right angles to `q`, of length 1; None where there is none."""
    rest = vector - (vector @ q) * q
    size = float(np.linalg.norm(rest))
    return rest / size if size > _NO_WAY else None


def _among_first(scores: NDArray[np.float32], wanted: Float) -> float:
    if scores.size <= _FIRST:
        return float(wanted.sum())
    return float(wanted[np.argpartition(-scores, _FIRST)[:_FIRST]].sum())
