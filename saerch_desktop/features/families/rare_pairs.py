"""Pairs that meet in one or two documents only: too few to mean much, but the paper's method counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.pair_counts import FEWEST, PairCounts

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet

_BLOCK_ROWS = 1 << 15


def with_rare(features: FeatureSet, pairs: PairCounts, least: float) -> PairCounts:
    """`pairs` and those that were left out of them for meeting too seldom, as far as C_ij / (f_i + 1) is at
    least `least` (above 0) for either feature of the two.

    Only pairs of a feature that is active in a few documents can be: those documents are looked through.
    similarity is NaN for the pairs added.
    """
    frequency, size = pairs.frequency, pairs.features
    rare = np.flatnonzero((frequency > 0) & (frequency + 1 <= (FEWEST - 1) / least))
    left, right, counts = [pairs.left], [pairs.right], [pairs.counts]
    step = max(1, _BLOCK_ROWS // max(1, int(frequency[rare].max(initial=1))))
    for at in range(0, rare.size, step):
        owner, other, met = _meetings(features, rare[at : at + step], size)
        weight = met / (np.minimum(frequency[owner], frequency[other]) + 1.0)
        # Of two rare features each looks at the pair, and one is enough.
        again = (frequency[other] + 1 <= (FEWEST - 1) / least) & (other < owner)
        new = (met < FEWEST) & (weight >= least) & ~again
        left.append(np.minimum(owner, other)[new].astype(np.int32))
        right.append(np.maximum(owner, other)[new].astype(np.int32))
        counts.append(met[new].astype(np.int32))
    lefts, rights, all_counts = np.concatenate(left), np.concatenate(right), np.concatenate(counts)
    similarity = np.full(lefts.size, np.nan, np.float32)
    similarity[: len(pairs)] = pairs.similarity
    order = np.lexsort((rights, lefts))
    return PairCounts(
        size,
        pairs.documents,
        frequency,
        lefts[order],
        rights[order],
        all_counts[order],
        similarity[order],
    )


def _meetings(
    features: FeatureSet, chosen: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each of `chosen` and each feature that it meets: the two, and in how many documents."""
    rows = [np.asarray(features.inverted.of(feature)[0], np.int64) for feature in chosen.tolist()]
    owner = np.repeat(chosen, [part.size for part in rows])
    every = np.concatenate(rows)
    active = np.asarray(features.codes.values[every]) > 0
    others = np.asarray(features.codes.indices[every], np.int64)
    keys = (owner[:, None] * size + others)[active & (others != owner[:, None])]
    found, met = np.unique(keys, return_counts=True)
    return found // size, found % size, met.astype(np.int64)
