"""Whether two features of two SAEs fire in the same documents: direction alone can mislead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.progress import Progress


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """How far pairs of features agree on a corpus; arrays of shape (p,).

    shared int64: documents of both. jaccard float32: shared ÷ documents of either, 0 to 1. correlation
    float32: Pearson's, of the two activations over all documents, zeros included; 0 where a feature is
    equally active in every document or in none.
    """

    shared: NDArray[np.int64]
    jaccard: NDArray[np.float32]
    correlation: NDArray[np.float32]


def overlap(
    left: InvertedIndex,
    right: InvertedIndex,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    documents: int,
    progress: Progress,
) -> Overlap:
    """Compare the documents of the pairs (left feature, right feature), two id arrays (p,).

    documents: rows of the library both SAEs belong to. Pairs of one left feature together cost its documents
    once. Raises UserError (an index names documents that are not there), Cancelled.
    """
    lefts, rights = pairs
    shared = np.zeros(lefts.size, np.int64)
    products = np.zeros(lefts.size, np.float64)
    sums = _Sums(left, documents), _Sums(right, documents)
    activation = np.zeros(documents, np.float32)
    progress.begin("Comparing documents", lefts.size, "pairs")
    order = np.argsort(lefts, kind="stable")
    current, rows = -1, np.empty(0, np.int32)
    for done, place in enumerate(order.tolist()):
        if int(lefts[place]) != current:
            activation[rows] = 0
            current = int(lefts[place])
            rows, values = sums[0].of(current)
            activation[rows] = values
        theirs, other = sums[1].of(int(rights[place]))
        met = activation[theirs]
        shared[place] = np.count_nonzero(met)
        products[place] = np.dot(met, other)
        if done % 256 == 0:
            progress.advance(done)
    progress.advance(lefts.size)
    ours, others = sums[0].moments(lefts), sums[1].moments(rights)
    either = ours[0] + others[0] - shared
    jaccard = np.divide(shared, either, out=np.zeros(lefts.size), where=either > 0)
    n = max(1, documents)
    spread = np.sqrt(
        np.maximum(ours[2] - ours[1] ** 2 / n, 0) * np.maximum(others[2] - others[1] ** 2 / n, 0)
    )
    covariance = products - ours[1] * others[1] / n
    correlation = np.divide(covariance, spread, out=np.zeros(lefts.size), where=spread > 0)
    return Overlap(shared, jaccard.astype(np.float32), np.clip(correlation, -1, 1).astype(np.float32))


class _Sums:
    """One index's features, checked when read, and the moments of those that were."""

    def __init__(self, index: InvertedIndex, documents: int) -> None:
        self._index = index
        self._documents = documents
        self._moments: dict[int, tuple[float, float, float]] = {}

    def of(self, feature: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        rows, values = self._index.of(feature)
        rows, values = np.asarray(rows), np.asarray(values)
        if feature not in self._moments:
            if rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < self._documents:
                raise UserError(
                    "The two SAEs cannot be compared: an index names documents that are not there.",
                    "It is derived from the codes, so nothing is lost.",
                    "Run check with repair, or build the features again.",
                )
            total = float(values.sum(dtype=np.float64))
            square = float(np.dot(values.astype(np.float64), values))
            self._moments[feature] = float(rows.size), total, square
        return rows, values

    def moments(self, features: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...]:
        """Number of documents, sum and sum of squares of the activations, each (p,)."""
        if features.size == 0:
            return tuple(np.empty(0) for _ in range(3))
        found = np.array([self._moments[int(feature)] for feature in features])
        return tuple(found.T)
