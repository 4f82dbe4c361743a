"""Each row's nearest rows by cosine, exactly, without ever holding all similarities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress

Gather = Callable[[NDArray[np.int64]], NDArray[np.float32]]
_ROOM: Final = 1 << 24  # similarities held at once: 64 MiB
_COLUMNS: Final = 1 << 15


def nearest_neighbours(
    gather: Gather, rows: NDArray[np.int64], count: int, progress: Progress
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """For each of `rows` (m,) the `count` nearest of them, itself first: places in `rows`, (m, count) int32,
    and cosine distances (1 − cosine), (m, count) float32, ascending; equal distances by place.

    gather: unit vectors (n, d) float32 of the rows asked for. count: at most m. Work grows with m². Raises
    Cancelled.
    """
    many = int(rows.size)
    places = np.empty((many, count), np.int32)
    distances = np.empty((many, count), np.float32)
    width = min(many, _COLUMNS)
    height = max(1, min(many, _ROOM // width))
    progress.begin("Finding neighbours", many, "points")
    for top in range(0, many, height):
        queries = gather(rows[top : top + height])
        best = np.full((len(queries), count), -np.inf, np.float32)
        found = np.full((len(queries), count), many, np.int64)
        for left in range(0, many, width):
            progress.check()
            near = queries @ gather(rows[left : left + width]).T
            own = np.arange(len(queries)) + top - left
            inside = (own >= 0) & (own < near.shape[1])
            near[np.flatnonzero(inside), own[inside]] = np.inf  # itself comes first, whatever the rounding
            kept = min(count, near.shape[1])
            part = np.argpartition(near, near.shape[1] - kept, axis=1)[:, near.shape[1] - kept :]
            values = np.concatenate((best, np.take_along_axis(near, part, 1)), axis=1)
            ids = np.concatenate((found, part + left), axis=1)
            order = np.lexsort((ids, -values), axis=1)[:, :count]
            best, found = np.take_along_axis(values, order, 1), np.take_along_axis(ids, order, 1)
        places[top : top + len(queries)] = found
        distances[top : top + len(queries)] = np.maximum(0, 1 - best)
        progress.advance(top + len(queries))
    distances[:, 0] = 0
    return places, distances
