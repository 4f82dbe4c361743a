"""Count pairs of features from sparse codes, one feature at a time, on two threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.chance import deviation
from saerch_desktop.features.families.pair_counts import FEWEST, SHARE, SURPRISE, PairCounts
from saerch_desktop.progress import Progress

_WORKERS: Final = 2
_AT_ONCE: Final = 64  # features between two looks at whether to stop
_DOCUMENTS: Final = 1 << 13  # of one feature at once


def scan_pairs(
    indices: NDArray[np.int32],
    values: NDArray[np.float32],
    features: int,
    documents: int,
    progress: Progress,
    similarity: bool = True,
) -> PairCounts:
    """The pairs in codes (N, width), `indices` int32 and `values` float32 (0: nothing is there).

    documents: how many of the rows count as documents. Raises UserError for ids that do not exist, Cancelled.
    """
    from scipy import sparse

    progress.begin("Counting pairs of features", features, "features")
    n = features
    rows, width = indices.shape
    ids = np.where(values > 0, indices, n).astype(np.int64)
    if ids.size and (ids.min() < 0 or ids.max() > n):
        raise _unknown()
    frequency = np.bincount(ids.ravel(), minlength=n + 1)[:n].astype(np.int64)
    units = None
    if similarity:
        square = np.bincount(ids.ravel(), np.square(values, dtype=np.float64).ravel(), minlength=n + 1)
        units = (values / np.sqrt(2 * np.maximum(square, 1e-300))[ids]).astype(np.float32)
        units[ids == n] = 0
    starts = np.arange(rows + 1, dtype=np.int64) * width
    by_feature = sparse.csr_matrix((np.arange(ids.size), ids.ravel(), starts), shape=(rows, n + 1)).tocsc()

    def one(feature: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        begin, end = int(by_feature.indptr[feature]), int(by_feature.indptr[feature + 1])
        total = np.zeros(n + 1)
        for start in range(begin, end, _DOCUMENTS):
            part = slice(start, min(end, start + _DOCUMENTS))
            docs = by_feature.indices[part]
            weights = None
            if units is not None:
                own = units.ravel()[by_feature.data[part]]
                weights = units[docs].astype(np.float64)
                weights *= own[:, None]
                weights += 1
                weights = weights.ravel()
            total += np.bincount(ids[docs].ravel(), weights, minlength=n + 1)
        # Each weight is one and half the product of two profiles of unit length: the whole number counts the
        # documents, and what is left over, at most a half, is half the cosine.
        shared = np.floor(total + 1e-6)
        others = np.flatnonzero(shared[:n] >= FEWEST)
        others = others[others > feature]
        met = shared[others]
        kept = worth_keeping(met, frequency[feature], frequency[others], documents)
        others, met = others[kept], met[kept]
        cosine = 2 * (total[others] - met) if units is not None else np.full(others.size, np.nan)
        return others.astype(np.int32), met.astype(np.int32), np.clip(cosine, 0, 1).astype(np.float32)

    def block(start: int) -> list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]]:
        progress.check()
        return [one(feature) for feature in range(start, min(start + _AT_ONCE, n))]

    found: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]] = []
    with ThreadPoolExecutor(_WORKERS, "saerch-pairs") as pool:
        for part in pool.map(block, range(0, n, _AT_ONCE)):
            found += part
            progress.advance(min(len(found), n))
    sizes = [others.size for others, _, _ in found]
    return PairCounts(
        n,
        documents,
        frequency,
        np.repeat(np.arange(n, dtype=np.int32), sizes),
        _joined([others for others, _, _ in found], np.int32),
        _joined([counts for _, counts, _ in found], np.int32),
        _joined([cosine for _, _, cosine in found], np.float32),
    )


def worth_keeping(
    shared: NDArray[Any], first: Any, second: NDArray[Any], documents: int
) -> NDArray[np.bool_]:
    """Whether a pair that meets in `shared` documents is kept (see `PairCounts`)."""
    by_chance = first * (second / max(1, documents))
    surprise = (shared - by_chance) / deviation(second, first, documents)
    often = shared >= SHARE * np.minimum(first, second)
    return np.asarray((shared >= FEWEST) & ((surprise >= SURPRISE) | often))


def _joined(parts: list[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *parts])


def _unknown() -> UserError:
    return UserError(
        "The codes of the documents name features that do not exist.",
        "They are derived from the weights and the vectors, so nothing is lost.",
        "Run check with repair: they are computed again.",
    )
