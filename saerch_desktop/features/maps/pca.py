"""Principal components: the plane along which vectors differ most (Pearson 1901), in one or two passes."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

_EXACT: Final = 100_000  # rows from which the axes are found in a sample
_SAMPLE: Final = 65_536
_BLOCK: Final = 1 << 21  # numbers in one block: 8 MiB of float32


class VectorRows(Protocol):
    """Rows of numbers that are read a block at a time; a row of NaN has no place on a map."""

    @property
    def rows(self) -> int: ...
    @property
    def dim(self) -> int: ...
    def block(self, start: int, stop: int) -> NDArray[np.float32]:
        """Rows start..stop-1 as (n, dim) float32, free to be changed."""
        ...


class ArrayRows:
    """Rows of an array in memory. without: (n,) bool, rows that have no place."""

    def __init__(self, array: NDArray[np.float32], without: NDArray[np.bool_]) -> None:
        self._array, self._without = array, without

    @property
    def rows(self) -> int:
        return len(self._array)

    @property
    def dim(self) -> int:
        return int(self._array.shape[1])

    def block(self, start: int, stop: int) -> NDArray[np.float32]:
        part = np.array(self._array[start:stop], np.float32)
        part[self._without[start:stop]] = np.nan
        return part


def principal_plane(
    source: VectorRows, progress: Progress, *, seed: int = 0
) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """Coordinates (N, 2) float32 along the first two principal axes, and their shares of the variance.

    Rows of NaN stay NaN. Up to 100,000 rows the axes are exact; beyond, they are found in every n-th of about
    65,000 blocks of rows chosen by `seed`, and every row is then placed exactly. The sign of an axis is such
    that its largest component is positive, so that the same vectors always give the same map. Raises
    UserError when fewer than two rows have a place, Cancelled.
    """
    from scipy.linalg import eigh

    rows, dim = source.rows, source.dim
    step = max(64, _BLOCK // max(1, dim))
    starts = np.arange(0, rows, step)
    looked_at = starts
    if rows > _EXACT:
        # Whole blocks are sampled: single rows of a mapped file would cost a page each. They are short, so
        # that a corpus in the order of time or topic is still met everywhere.
        step_small = 256
        small = np.arange(0, rows, step_small)
        chosen = np.random.default_rng(seed).permutation(small.size)[: _SAMPLE // step_small]
        looked_at, span = small[np.sort(chosen)], step_small
    else:
        span = step
    progress.begin("Finding the axes of the map", len(looked_at), "blocks")
    count, total, products = 0, np.zeros(dim), np.zeros((dim, dim))
    shift: NDArray[np.float32] | None = None
    for number, start in enumerate(looked_at.tolist()):
        part = _usable(source.block(start, min(rows, start + span)))
        if len(part):
            if shift is None:
                shift = part.mean(axis=0)
            part -= shift  # near the mean already, or the differences drown in rounding
            count += len(part)
            total += part.sum(axis=0, dtype=np.float64)
            products += part.T @ part
        progress.advance(number + 1)
    if shift is None or count < 2:
        raise UserError(
            "There are too few vectors for a map.",
            "A map needs at least two documents or features with a vector.",
            "Compute vectors first, or train features that are active.",
        )
    mean = total / count
    covariance = products / count - np.outer(mean, mean)
    values, vectors = eigh(covariance, subset_by_index=[max(0, dim - 2), dim - 1])
    axes = vectors[:, ::-1]
    if dim == 1:
        values, axes = np.append(0.0, values), np.hstack([axes, np.zeros((1, 1))])
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.where(axes[largest, [0, 1]] < 0, -1.0, 1.0)
    whole = max(float(np.trace(covariance)), 1e-12)
    first, second = (float(max(0.0, value)) / whole for value in values[::-1])
    plane, centre = axes.astype(np.float32), (shift + mean).astype(np.float32)
    xy = np.empty((rows, 2), np.float32)
    progress.begin("Placing the points", rows, "points")
    for start in starts.tolist():
        part = source.block(start, min(rows, start + step))
        part -= centre
        xy[start : start + len(part)] = part @ plane
        progress.advance(min(rows, start + step))
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return xy, (first, second)


def _usable(part: NDArray[np.float32]) -> NDArray[np.float32]:
    good = np.isfinite(part).all(axis=1)
    return part if good.all() else part[good]
