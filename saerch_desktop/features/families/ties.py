"""How strongly features are tied by firing together, ready to be asked by feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from saerch_desktop.features.families.cooccurrence import PairCounts

Measure = Literal["npmi", "conditional", "similarity", "overlap"]

MEASURES: Final[tuple[Measure, ...]] = ("npmi", "conditional", "similarity", "overlap")


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """Feature f is tied to others[starts[f]:starts[f+1]], the strongest first, by one measure.

    starts (n+1,) int64; others (2m,) int32; values (2m,) float32: every pair is there from both its ends.
    Read-only; may be used from several threads.
    """

    measure: Measure
    starts: NDArray[np.int64]
    others: NDArray[np.int32]
    values: NDArray[np.float32]

    @classmethod
    def of(cls, pairs: PairCounts, measure: Measure) -> Ties:
        """Sort all pairs by feature and strength: about half a second for a million, so beside the window."""
        value = strengths(pairs, measure)
        ends = np.concatenate((pairs.left, pairs.right))
        others = np.concatenate((pairs.right, pairs.left))
        values = np.concatenate((value, value))
        order = np.lexsort((others, -values, ends))
        starts = np.searchsorted(ends[order], np.arange(pairs.features + 1)).astype(np.int64)
        return cls(measure, starts, others[order].astype(np.int32), values[order].astype(np.float32))

    @property
    def features(self) -> int:
        return len(self.starts) - 1

    def of_feature(
        self, feature: int, threshold: float = -1.0
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The features tied to this one at least so strongly, and how strongly; the strongest first."""
        begin, end = int(self.starts[feature]), int(self.starts[feature + 1])
        values = self.values[begin:end]
        kept = int(np.searchsorted(-values, -threshold, side="right"))
        return self.others[begin : begin + kept], values[:kept]

    def among(
        self, features: NDArray[np.int64], threshold: float = -1.0
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """All ties between these features, each once: (first, second, value), positions in `features`.

        features (s,), each at most once.
        """
        place = np.full(self.features, -1, np.int64)
        place[features] = np.arange(len(features))
        sizes = self.starts[features + 1] - self.starts[features]
        total = int(sizes.sum())
        ends = np.repeat(np.arange(len(features)), sizes)
        inside = np.arange(total) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        at = np.repeat(self.starts[features], sizes) + inside
        others, values = place[self.others[at]], self.values[at]
        kept = (others > ends) & (values >= threshold)
        return ends[kept], others[kept], values[kept]


def strengths(pairs: PairCounts, measure: Measure) -> NDArray[np.float32]:
    """(m,) how strongly each pair is tied.

    npmi: normalised pointwise mutual information (Bouma 2009), -1 to 1. conditional: the larger of the two
    conditional probabilities (the paper's matrix, section 6.1, made symmetric by the maximum). similarity:
    cosine of the two activation profiles. overlap: shared documents over those of the rarer feature.
    """
    if measure == "npmi":
        return np.asarray(pairs.npmi(), np.float32)
    if measure == "overlap":
        return np.asarray(pairs.overlap(), np.float32)
    if measure == "similarity":
        return np.nan_to_num(np.asarray(pairs.similarity, np.float32))
    one, other = pairs.conditional()
    return np.maximum(one, other).astype(np.float32)
