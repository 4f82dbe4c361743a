"""Pairs of features and what is known of each: how often they meet, and how surprising that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.chance import more_often_each
from saerch_desktop.features.significance import q_values

FEWEST: Final = 3  # documents in which two features meet, without which the pair is not kept
SURPRISE: Final = 3.0  # standard deviations above what chance would give
SHARE: Final = 0.05  # of either feature's documents: a pair that meets as often is kept in any case


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """Pairs of features by the documents they share. Read-only; may be used from several threads.

    features: n, of the SAE. documents: N, those with a vector. frequency (n,) int64: documents in which each
    feature is active. left, right (m,) int32, left < right, ascending by both: the pairs kept. counts (m,)
    int32: documents both are active in. similarity (m,) float32: cosine of their activation profiles over all
    documents (the paper's D, section 6.1); NaN where it was not asked for.

    Kept are pairs that meet in at least three documents and either three standard deviations more often than
    by chance, or in a twentieth of the documents of one of them. `exact_block` has all.
    """

    features: int
    documents: int
    frequency: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    counts: NDArray[np.int32]
    similarity: NDArray[np.float32]

    def __len__(self) -> int:
        return int(self.left.size)

    def conditional(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(m,) P(right active | left active) and (m,) P(left active | right active)."""
        shared = self.counts.astype(np.float64)
        return (
            (shared / np.maximum(self.frequency[self.left], 1)).astype(np.float32),
            (shared / np.maximum(self.frequency[self.right], 1)).astype(np.float32),
        )

    def expected(self) -> NDArray[np.float64]:
        """(m,) documents that both would be active in by chance."""
        both = self.frequency[self.left].astype(np.float64) * self.frequency[self.right]
        return np.asarray(both / max(1, self.documents))

    def npmi(self) -> NDArray[np.float32]:
        """(m,) from -1 over 0 (no more than chance) to 1 (always together) (Bouma 2009).

        0 for two features that are active everywhere: such say nothing about each other.
        """
        share = self.counts / max(1, self.documents)
        with np.errstate(divide="ignore", invalid="ignore"):
            out = np.log(self.counts / self.expected()) / -np.log(share)
        return np.where(share < 1, out, 0.0).astype(np.float32)

    def overlap(self) -> NDArray[np.float32]:
        """(m,) shared documents over those of the rarer of the two (the paper's heat maps)."""
        fewer = np.minimum(self.frequency[self.left], self.frequency[self.right])
        return (self.counts / np.maximum(fewer, 1)).astype(np.float32)

    def chance(self) -> NDArray[np.float64]:
        """(m,) the probability of meeting at least so often by chance (hypergeometric, one-sided)."""
        return more_often_each(
            self.counts, self.frequency[self.left], self.frequency[self.right], self.documents
        )

    def q(self) -> NDArray[np.float64]:
        """(m,) the false-discovery rate of each pair among all pairs of features that could have met.

        (Benjamini and Hochberg 1995.) The pairs not kept met about as often as by chance, or less.
        """
        able = int(np.count_nonzero(self.frequency >= FEWEST))
        return q_values(self.chance(), max(len(self), able * (able - 1) // 2))

    def matrix(self, values: NDArray[Any]) -> Any:
        """A scipy csr_matrix (n, n), symmetric with an empty diagonal, of one value for each pair."""
        from scipy import sparse

        both = (np.concatenate((self.left, self.right)), np.concatenate((self.right, self.left)))
        size = (self.features, self.features)
        return sparse.csr_matrix((np.concatenate((values, values)), both), shape=size)

    def among(self, ids: NDArray[Any]) -> PairCounts:
        """Only the pairs of which both features are in `ids`."""
        wanted = np.zeros(self.features, np.bool_)
        wanted[np.asarray(ids, np.int64)] = True
        return self.where(wanted[self.left] & wanted[self.right])

    def where(self, kept: NDArray[np.bool_]) -> PairCounts:
        """Only the pairs at which `kept` (m,) is true."""
        return PairCounts(
            self.features,
            self.documents,
            self.frequency,
            self.left[kept],
            self.right[kept],
            self.counts[kept],
            self.similarity[kept],
        )
