"""Count pairs of features from sparse codes, one feature at a time, on a few threads."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.pair_counts import FEWEST, SHARE, SURPRISE, PairCounts
from saerch_desktop.features.families.sorted_codes import SEGMENT, SortedCodes
from saerch_desktop.progress import Progress

_WORKERS: Final = max(1, min(4, os.cpu_count() or 1))
_AT_ONCE: Final = 32  # features between two looks at whether to stop
# Counted in one go. Smaller pieces would fit a nearer cache, but then two threads mostly wait for each other.
_SEGMENTS: Final = 1 << 13
_HAIR: Final = 1e-3  # of a document: what rounding may take away
_PART: Final = 0.25  # of a document: what a whole cosine weighs beside the count

_Found = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]


def scan_pairs(
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    features: int,
    documents: int,
    progress: Progress,
    similarity: bool = True,
    fewest: int = FEWEST,
) -> PairCounts:
    """The pairs in codes (N, width), `indices` int32 and `values` float32 ≥ 0 (0: nothing is there).

    documents: how many of the rows count as documents. fewest: in how many a pair must meet at least. The
    result does not depend on the number of threads. Raises UserError for ids that do not exist, Cancelled.
    """
    progress.begin("Counting pairs of features", features, "features")
    scratch = threading.local()
    found: list[_Found] = []
    with ThreadPoolExecutor(_WORKERS, "saerch-pairs") as pool:
        codes = SortedCodes.of(indices, values, features, similarity, pool, progress)
        frequency = np.diff(codes.starts)
        standard = Standard.of(frequency, documents, fewest)

        def block(start: int) -> list[_Found]:
            progress.check()
            if not hasattr(scratch, "tally"):
                scratch.tally = _Tally.of(codes)
            several = range(start, min(start + _AT_ONCE, features))
            return [_partners(scratch.tally, feature, standard) for feature in several]

        for part in pool.map(block, range(0, features, _AT_ONCE)):
            found += part
            progress.advance(len(found))
    sizes = [others.size for others, _, _ in found]
    return PairCounts(
        features,
        documents,
        frequency,
        np.repeat(np.arange(features, dtype=np.int32), sizes),
        np.concatenate([np.empty(0, np.int32), *(others for others, _, _ in found)]),
        np.concatenate([np.empty(0, np.int32), *(counts for _, counts, _ in found)]),
        np.concatenate([np.empty(0, np.float32), *(cosine for _, _, cosine in found)]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """How often two features must meet to be kept (see `PairCounts`).

    frequency (n,) float64: documents each is active in; spread (n,): the square root of how many it is in
    times how many it is not in; documents: of all; fewest: in which any pair must meet.
    """

    frequency: NDArray[np.float64]
    spread: NDArray[np.float64]
    documents: int
    fewest: int

    @classmethod
    def of(cls, frequency: NDArray[np.int64], documents: int, fewest: int) -> Standard:
        often = frequency.astype(np.float64)
        return cls(often, np.sqrt(often * np.maximum(documents - often, 0)), max(1, documents), fewest)

    def least(self, feature: int) -> NDArray[np.float64]:
        """(n-1-feature,) documents that `feature` must share with each later one."""
        own, total = float(self.frequency[feature]), self.documents
        others = self.frequency[feature + 1 :]
        # The hypergeometric standard deviation.
        once = float(self.spread[feature]) / (total * np.sqrt(max(1, total - 1)))
        surprising = others * (own / total)
        surprising += (SURPRISE * once) * self.spread[feature + 1 :]
        share = np.minimum(others, own)
        share *= SHARE
        return np.asarray(np.maximum(np.minimum(surprising, share, out=share), self.fewest, out=share))


@dataclass(frozen=True, slots=True, eq=False)
class _Tally:
    """One thread's room to count in, and the codes that all threads read."""

    codes: SortedCodes
    taken: NDArray[Any]
    ids: NDArray[np.int64]
    units: NDArray[np.float32]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, codes: SortedCodes) -> _Tally:
        shape = (_SEGMENTS, SEGMENT)
        taken = np.empty(shape, codes.segments.dtype)
        return cls(codes, taken, np.empty(shape, np.int64), np.empty(shape, np.float32), np.empty(shape))

    def after(self, feature: int) -> NDArray[np.float64]:
        """(n+1,) documents shared with each later feature and, if asked, a quarter of the cosine on top.

        The entries up to `feature` and the last say nothing.
        """
        size = self.codes.features + 1
        total = np.zeros(size)
        for segments, own in self.codes.pieces(feature, _SEGMENTS):
            p = segments.size
            np.take(self.codes.segments, segments, axis=0, out=self.taken[:p], mode="clip")
            self.ids[:p] = self.taken[:p]
            weights = None
            if own is not None and self.codes.units is not None:
                np.take(self.codes.units, segments, axis=0, out=self.units[:p], mode="clip")
                np.multiply(self.units[:p], (_PART * own)[:, None], out=self.weights[:p])
                self.weights[:p] += 1
                weights = self.weights[:p].reshape(-1)
            total += np.bincount(self.ids[:p].reshape(-1), weights, minlength=size)
        return total


def _partners(tally: _Tally, feature: int, standard: Standard) -> _Found:
    """The later features that are worth keeping beside `feature`, the shared documents, and the cosines.

    One pass counts both: a document weighs one and a quarter of the product of the two unit activations.
    These products sum to the cosine, at most one: the whole number is the count and the rest the cosine.
    """
    if standard.frequency[feature] < standard.fewest:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32)
    total = tally.after(feature)[feature + 1 : -1]
    least = standard.least(feature)
    near = np.flatnonzero(total >= least - _HAIR)
    total = total[near]
    shared = np.rint(total - _PART / 2)
    sure = shared >= least[near] - _HAIR
    near, total, shared = near[sure], total[sure], shared[sure]
    if tally.codes.units is None:
        cosine = np.full(shared.size, np.nan)
    else:
        cosine = np.clip((total - shared) / _PART, 0.0, 1.0)
    return (near + (feature + 1)).astype(np.int32), shared.astype(np.int32), cosine.astype(np.float32)
