"""Sums of the overlap C_ij / min(f_i, f_j) over many pairs of features, exact, without forming the pairs.

In one document whose active features are in order of frequency, a feature is the rarer one of every pair
that it forms with a later one. So the document adds 1 / f_i for each feature behind i: sorting does what the
square matrix (paper section 6.2) would, and the pairs that hardly ever meet count, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.sorted_codes import require_known

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

_BLOCK: Final = 1 << 19  # codes at once


@dataclass(frozen=True, slots=True)
class GroupSums:
    """One group of m features: the overlap summed over its m(m-1)/2 pairs; of these, over the m-1 pairs with
    its root (0 without one); documents in which any of them is active.
    """

    pairs: float
    with_root: float
    documents: int


def group_sums(features: FeatureSet, members: NDArray[np.int64], root: int | None) -> GroupSums:
    """What `GroupSums` says of the features `members` (m,), no two alike, from their documents alone."""
    frequency = np.diff(features.inverted.starts)
    order = members[np.argsort(frequency[members], kind="stable")]
    sizes = frequency[order]
    rows = np.concatenate([np.empty(0, np.int64), *(features.inverted.of(int(one))[0] for one in order)])
    keys = rows.astype(np.int64) * order.size + np.repeat(np.arange(order.size), sizes)
    keys.sort()
    document, place = np.divmod(keys, max(1, order.size))
    weight = 1.0 / np.maximum(sizes, 1)
    first = np.flatnonzero(np.diff(document, prepend=-1))
    run = np.diff(first, append=keys.size)
    behind = np.repeat(first + run, run) - np.arange(keys.size) - 1
    pairs = float(behind @ weight[place]) if keys.size else 0.0
    with_root = 0.0
    if root is not None and keys.size:
        at = int(np.flatnonzero(order == root)[0])
        beside = np.repeat(np.maximum.reduceat(place == at, first), run)
        shared = np.bincount(place[beside], minlength=order.size)
        shared[at] = 0
        with_root = float((shared / np.maximum(np.minimum(sizes, sizes[at]), 1)).sum())
    return GroupSums(pairs, with_root, int(first.size))


def overlap_with_all(features: FeatureSet, progress: Progress) -> NDArray[np.float64]:
    """(n,) for each feature the overlap summed over all others. UserError: damaged codes. Cancelled."""
    frequency = np.diff(features.inverted.starts)
    n = frequency.size
    weight = _weights(frequency)
    total = np.zeros(n + 1)
    for ranked, by_rank in _ranked_blocks(features, frequency, progress):
        own = weight[by_rank[ranked]]
        rarer = np.cumsum(own, axis=1) - own
        behind = (ranked < n).sum(axis=1, keepdims=True) - np.arange(ranked.shape[1]) - 1
        total += np.bincount(by_rank[ranked].ravel(), (rarer + behind * own).ravel(), minlength=n + 1)
    return total[:n]


def partition_sums(
    features: FeatureSet, groups: NDArray[np.int32], progress: Progress
) -> tuple[float, float]:
    """The overlap summed over the pairs of features of one group, and over all pairs of grouped features.

    groups (n,): the group of each feature, -1 for none. UserError: damaged codes. Cancelled.
    """
    frequency = np.diff(features.inverted.starts)
    weight = _weights(frequency)
    inside = among = 0.0
    of = np.concatenate((groups, [-1])).astype(np.int64)
    for ranked, by_rank in _ranked_blocks(features, frequency, progress):
        ids = by_rank[ranked]
        own = of[ids]
        grouped = own >= 0
        after = grouped.sum(axis=1, keepdims=True) - np.cumsum(grouped, axis=1)
        among += float((after * weight[ids])[grouped].sum())
        # The same within the groups: sort by document and group, and keep the order of frequency.
        rows = np.repeat(np.arange(len(ids), dtype=np.int64), ids.shape[1])[grouped.ravel()]
        keys = rows * (int(of.max(initial=0)) + 1) + own[grouped]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        run = np.diff(first, append=keys.size)
        behind = np.repeat(first + run, run) - np.arange(keys.size) - 1
        inside += float(behind @ weight[ids[grouped][order]]) if keys.size else 0.0
    return inside, among


def _weights(frequency: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.concatenate((1.0 / np.maximum(frequency, 1), [0.0]))


def _ranked_blocks(features: FeatureSet, frequency: NDArray[np.int64], progress: Progress) -> Any:
    """Blocks of documents (b, width): their features' ranks, ascending, rare ones first, n where nothing is;
    and the feature of each rank (n+1,).
    """
    codes, n = features.codes, frequency.size
    by_rank = np.concatenate((np.argsort(frequency, kind="stable"), [n]))
    rank = np.empty(n + 1, np.int32)
    rank[by_rank] = np.arange(n + 1, dtype=np.int32)
    size = max(1, _BLOCK // codes.width)
    progress.begin("Measuring overlap", codes.rows, "documents")
    for start in range(0, codes.rows, size):
        part = slice(start, start + size)
        ids = codes.indices[part]
        require_known(ids, n)
        ranked = np.where(codes.values[part] > 0, rank[ids], np.int32(n))
        ranked.sort(axis=1)
        yield ranked, by_rank
        progress.advance(min(start + size, codes.rows))
