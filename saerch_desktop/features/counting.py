"""In how many documents of a set each feature is active, from the codes of those documents alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet

_BLOCK: Final = 1 << 19  # codes taken at once: what stays in a core's cache
_WORKERS: Final = 2


def active_counts(
    features: FeatureSet, rows: NDArray[np.int64], progress: Progress | None = None
) -> NDArray[np.int64]:
    """(n,) int64: documents among `rows` (ascending, none twice) where each feature is active.

    Raises UserError (damaged codes), Cancelled.
    """
    codes, n = features.codes, features.sae.config.features
    # Where every document with a vector fills all its places, the ids alone say what is active.
    full = features.statistics.count.sum() == features.documents * codes.width
    size = max(1, _BLOCK // codes.width)

    def count(start: int) -> NDArray[np.int64]:
        part = rows[start : start + size]
        if progress is not None:
            progress.check()
        ids = codes.indices[part] if not _adjoining(part) else codes.indices[part[0] : part[-1] + 1]
        _require_known(ids, n)
        if full:
            return np.bincount(ids.ravel(), minlength=n)
        values = codes.values[part] if not _adjoining(part) else codes.values[part[0] : part[-1] + 1]
        return np.bincount(ids[values > 0], minlength=n)

    total = np.zeros(n, np.int64)
    starts = range(0, len(rows), size)
    if len(starts) < 2:
        return total + sum(map(count, starts))
    with ThreadPoolExecutor(_WORKERS, "saerch-count") as pool:
        for found in pool.map(count, starts):
            total += found
    return total


def _require_known(ids: NDArray[np.int32], features: int) -> None:
    if ids.min(initial=0) < 0 or ids.max(initial=0) >= features:
        raise UserError(
            "The codes of the documents name features that do not exist.",
            "They are derived from the weights and the vectors, so nothing is lost.",
            "Run check with repair: they are computed again.",
        )


def _adjoining(rows: NDArray[np.int64]) -> bool:
    return len(rows) > 0 and int(rows[-1]) - int(rows[0]) == len(rows) - 1
