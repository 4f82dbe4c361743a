"""How active every feature is in one thing (a query, a document) or, on average, in many documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.sae.codes import Codes

_BLOCK: Final = 1 << 19  # codes taken at once


def activity_of(
    features: int, active: NDArray[np.int32] | Sequence[int], values: NDArray[np.float32] | Sequence[float]
) -> NDArray[np.float32]:
    """(features,) float32: the given activations, each at its feature, 0 elsewhere.

    Features that do not exist, as of another SAE, are left out.
    """
    out = np.zeros(features, np.float32)
    ids, figures = np.asarray(active, np.int64), np.asarray(values, np.float32)
    there = (ids >= 0) & (ids < features)
    out[ids[there]] = figures[there]
    return out


def mean_activity(
    codes: Codes, features: int, rows: NDArray[np.int64], progress: Progress | None = None
) -> NDArray[np.float32]:
    """(features,) float32: the mean activation in the documents `rows`, silent ones counted as 0.

    rows (any order); without any, all are 0. Raises Cancelled.
    """
    sums = np.zeros(features, np.float64)
    ordered = np.sort(rows)  # so that the disk is read forwards
    size = max(1, _BLOCK // codes.width)
    for start in range(0, ordered.size, size):
        if progress is not None:
            progress.check()
        part = ordered[start : start + size]
        values = np.take(codes.values, part, axis=0).ravel()
        sums += np.bincount(np.take(codes.indices, part, axis=0).ravel(), values, minlength=features)
    return (sums / max(1, ordered.size)).astype(np.float32)
