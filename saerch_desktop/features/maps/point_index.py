"""Which points lie where: the nearest one, those in a box, those inside a drawn line. Arrays, no items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CELLS: Final = 512  # along the longer side


@dataclass(frozen=True, slots=True, eq=False)
class PointIndex:
    """Placed points sorted by the cells of a square grid.

    ids (m,) int32: rows of the map, xy (m, 2) float32: where they are, both by cell; starts (cells + 1,)
    int64. low: lower left corner, cell: side of a cell, across, down: how many cells.
    """

    ids: NDArray[np.int32]
    xy: NDArray[np.float32]
    starts: NDArray[np.int64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    cell: float
    across: int
    down: int

    @classmethod
    def of(cls, xy: NDArray[np.float32]) -> PointIndex:
        """xy (N, 2) float32, NaN for what has no place."""
        placed = np.flatnonzero(np.isfinite(xy[:, 0]))
        points = xy[placed]
        low = points.min(axis=0) if len(points) else np.zeros(2, np.float32)
        high = points.max(axis=0) if len(points) else np.ones(2, np.float32)
        side = float(max(high - low)) or 1.0
        cell = side / _CELLS
        across, down = (int(n) + 1 for n in (high - low) / cell)
        at = np.minimum(((points - low) / np.float32(cell)).astype(np.int64), [across - 1, down - 1])
        flat = at[:, 1] * across + at[:, 0]
        order = np.argsort(flat, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(flat, minlength=across * down))))
        return cls(
            placed[order].astype(np.int32),
            points[order],
            starts.astype(np.int64),
            low,
            high,
            cell,
            across,
            down,
        )

    def nearest(self, x: float, y: float, within: float) -> int | None:
        """The row nearest to a place, at most so far away; None without any."""
        found = self._box(x - within, y - within, x + within, y + within)
        if not found.size:
            return None
        away = np.hypot(self.xy[found, 0] - x, self.xy[found, 1] - y)
        best = int(away.argmin())
        return int(self.ids[found[best]]) if away[best] <= within else None

    def in_box(self, x0: float, y0: float, x1: float, y1: float) -> NDArray[np.int64]:
        """Rows with x0 ≤ x ≤ x1 and y0 ≤ y ≤ y1, ascending."""
        return np.sort(self.ids[self._box(x0, y0, x1, y1)]).astype(np.int64)

    def in_polygon(self, corners: NDArray[np.floating]) -> NDArray[np.int64]:
        """Rows inside a closed line through `corners` (n, 2), by the even-odd rule, ascending.

        Each side of the line is asked only of the points between its ends: the work is about as many
        comparisons as there are points, times how often the line goes up and down.
        """
        line = np.asarray(corners, np.float64)
        if len(line) < 3:
            return np.empty(0, np.int64)
        found = self._box(*line.min(axis=0), *line.max(axis=0))
        points = self.xy[found].astype(np.float64)
        order = np.argsort(points[:, 1], kind="stable")
        x, y = points[order, 0], points[order, 1]
        inside = np.zeros(len(order), bool)
        for (ax, ay), (bx, by) in zip(line, np.roll(line, -1, axis=0), strict=True):
            if ay == by:
                continue
            if ay > by:
                ax, ay, bx, by = bx, by, ax, ay
            begin, end = np.searchsorted(y, (ay, by))
            crossing = ax + (y[begin:end] - ay) * (bx - ax) / (by - ay)
            inside[begin:end] ^= x[begin:end] < crossing
        return np.sort(self.ids[found[order[inside]]]).astype(np.int64)

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> NDArray[np.int64]:
        """Places in `ids` of the points in a box."""
        if not len(self.ids) or not x0 <= x1 or not y0 <= y1:
            return np.empty(0, np.int64)
        left, right = self._cells(x0, x1, 0, self.across)
        bottom, top = self._cells(y0, y1, 1, self.down)
        if left > right or bottom > top:
            return np.empty(0, np.int64)
        lines = np.arange(bottom, top + 1) * self.across
        begin, end = self.starts[lines + left], self.starts[lines + right + 1]
        counts = end - begin
        shift = np.repeat(begin - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        found = np.arange(int(counts.sum())) + shift
        x, y = self.xy[found, 0], self.xy[found, 1]
        return np.asarray(found[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)])

    def _cells(self, first: float, last: float, axis: int, most: int) -> tuple[int, int]:
        low = float(self.low[axis])
        # Rounding may have put a point a cell aside of where its coordinate says.
        return (
            max(0, int(np.floor((first - low) / self.cell)) - 1),
            min(most - 1, int(np.floor((last - low) / self.cell)) + 1),
        )
