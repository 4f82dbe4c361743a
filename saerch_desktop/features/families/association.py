"""Which features go together more often than chance would have it, and how strong the evidence for it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts

RATE: Final = 0.01  # of the pairs kept, at most so many go together by chance


@dataclass(frozen=True, slots=True, eq=False)
class Association:
    """An undirected graph over `size` features: pair e joins left[e] < right[e] (m,) int32 with weight[e] > 0
    (m,) float64.
    """

    size: int
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    weight: NDArray[np.float64]

    def matrix(self) -> Any:
        """The weights as a symmetric scipy CSR array (size, size) float64 with sorted indices."""
        from scipy.sparse import coo_array

        row = np.concatenate((self.left, self.right))
        column = np.concatenate((self.right, self.left))
        both = np.concatenate((self.weight, self.weight))
        matrix = coo_array((both, (row, column)), (self.size, self.size)).tocsr()
        matrix.sort_indices()
        return matrix

    def where(self, kept: NDArray[np.bool_] | NDArray[np.integer]) -> Association:
        """Only these pairs."""
        return Association(self.size, self.left[kept], self.right[kept], self.weight[kept])


def evidence(pairs: PairCounts, counts: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """(m,) how much better the counts are explained by features that go together than by independent ones:
    the log-likelihood ratio of Poisson counts, in nats; 0 where they meet no more often than by chance.

    Half of Dunning's G² (1993); exp(-evidence) bounds the chance of meeting so often (Chernoff). counts (m,):
    others than the pairs' own.
    """
    met = np.asarray(pairs.counts if counts is None else counts, np.float64)
    frequency = pairs.frequency.astype(np.float64)
    expected = frequency[pairs.left] * frequency[pairs.right] / max(1, pairs.documents)
    ratio = met / np.maximum(expected, 1e-300)
    out = met * np.log(np.maximum(ratio, 1.0)) - (met - expected)
    return np.where(ratio > 1, np.maximum(out, 0.0), 0.0)


def association(pairs: PairCounts) -> Association:
    """The pairs that go together at a false-discovery rate of `RATE`, each with its evidence."""
    weight = evidence(pairs)
    kept = np.flatnonzero((pairs.q() <= RATE) & (weight > 0))
    return Association(pairs.features, pairs.left[kept], pairs.right[kept], weight[kept])


def nearest(graph: Association, neighbours: int) -> Association:
    """Only the pairs in which one is among the other's strongest; of equal ones the lower feature counts."""
    source = np.concatenate((graph.left, graph.right))
    target = np.concatenate((graph.right, graph.left))
    weight = np.concatenate((graph.weight, graph.weight))
    order = np.lexsort((target, -weight, source))
    first = np.searchsorted(source[order], np.arange(graph.size))
    rank = np.arange(order.size) - first[source[order]]
    edge = order[rank < neighbours] % max(1, graph.left.size)
    return graph.where(np.unique(edge))
