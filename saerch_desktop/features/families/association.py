"""Which features go together more often than chance would have it, and how strongly: a graph of few edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.significance import q_values

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts

RATE: Final = 0.01  # of pairs that are kept, at most so many go together by chance
SUPPORT: Final = 3  # documents in which two features meet
NEIGHBOURS: Final = 15


@dataclass(frozen=True, slots=True, eq=False)
class Association:
    """An undirected graph over `size` features: pair e is left[e] < right[e] (m,) int32, weight (m,) float64
    in (0, 1].
    """

    size: int
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    weight: NDArray[np.float64]

    def matrix(self) -> Any:
        """The weights as a symmetric scipy CSR matrix (size, size) float64 with sorted indices."""
        from scipy.sparse import coo_array

        row = np.concatenate((self.left, self.right))
        column = np.concatenate((self.right, self.left))
        both = np.concatenate((self.weight, self.weight))
        matrix = coo_array((both, (row, column)), (self.size, self.size)).tocsr()
        matrix.sort_indices()
        return matrix


def chance(pairs: PairCounts) -> NDArray[np.float64]:
    """(m,) the probability that independent features of these frequencies meet so often or more often.

    By Poisson's distribution, whose upper tail is never below the hypergeometric one's.
    """
    from scipy.special import gammainc

    frequency = pairs.frequency.astype(np.float64)
    expected = frequency[pairs.left] * frequency[pairs.right] / max(1, pairs.documents)
    return np.asarray(gammainc(np.maximum(pairs.counts, 1).astype(np.float64), expected))


def association(pairs: PairCounts, neighbours: int = NEIGHBOURS) -> Association:
    """The significant pairs (false-discovery rate `RATE` among all pairs of live features), each weighted by
    its NPMI, and of them those that are among the `neighbours` strongest of one of the two.
    """
    live = int(np.count_nonzero(pairs.frequency))
    q = q_values(chance(pairs), max(1, live * (live - 1) // 2))
    weight = np.asarray(pairs.npmi(), np.float64)
    kept = np.flatnonzero((q <= RATE) & (weight > 0) & (pairs.counts >= SUPPORT))
    graph = Association(pairs.features, pairs.left[kept], pairs.right[kept], np.minimum(weight[kept], 1.0))
    return nearest(graph, neighbours)


def nearest(graph: Association, neighbours: int) -> Association:
    """Only the pairs in which one is among the other's strongest; equal weights go to the lower feature."""
    source = np.concatenate((graph.left, graph.right))
    target = np.concatenate((graph.right, graph.left))
    weight = np.concatenate((graph.weight, graph.weight))
    edge = np.tile(np.arange(graph.left.size), 2)
    order = np.lexsort((target, -weight, source))
    first = np.searchsorted(source[order], np.arange(graph.size))
    rank = np.arange(order.size) - first[source[order]]
    kept = np.unique(edge[order[rank < neighbours]])
    return Association(graph.size, graph.left[kept], graph.right[kept], graph.weight[kept])
