"""Which places of a view are taken: by nodes, which are many, and by names, which come one by one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_CELL: Final = 4.0  # pixels
_RIM: Final = 64  # cells kept beyond each edge


class Room:
    """A grid of cells. Nodes are taken first; then `clear` asks for many boxes at once whether a node is in
    them, and `free` for one box whether a name is, which is a few comparisons of whole numbers.
    """

    def __init__(self, width: float, height: float) -> None:
        self._high, self._wide = int(height / _CELL) + 2 * _RIM, int(width / _CELL) + 2 * _RIM
        self._cells = np.zeros((self._high, self._wide), np.bool_)
        self._names = [0] * self._high  # of each row of cells the taken ones, as the bits of a number

    def take_box(self, left: float, top: float, right: float, bottom: float) -> None:
        """Something that no name may touch stands in a box."""
        a, b, c, d = self._corners(left, top, right, bottom)
        self._cells[b : d + 1, a : c + 1] = True

    def take_discs(self, at: NDArray[np.float64], reach: NDArray[np.float64]) -> None:
        """Nodes stand here, each in a box: names beside them keep clear of its cells."""
        cells = np.minimum(reach / _CELL, _RIM).astype(np.int64)
        column = np.clip((at[:, 0] / _CELL).astype(np.int64) + _RIM, 0, self._wide - 1)
        row = np.clip((at[:, 1] / _CELL).astype(np.int64) + _RIM, 0, self._high - 1)
        for x, y, r in zip(column.tolist(), row.tolist(), cells.tolist(), strict=True):
            self._cells[max(0, y - r) : y + r + 1, max(0, x - r) : x + r + 1] = True

    def clear(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(...,) whether nothing is in each of the boxes (..., 4): left, top, right, bottom."""
        # Sums from the corner on: what is in a box follows from four of them.
        sums = np.zeros((self._high + 1, self._wide + 1), np.int32)
        np.cumsum(np.cumsum(self._cells, axis=0, dtype=np.int32), axis=1, out=sums[1:, 1:])
        inset = boxes + np.array([1.0, 1.0, -1.0, -1.0])
        # Towards zero and not down, as for one box.
        cells = np.maximum((inset / _CELL).astype(np.int64) + _RIM, 0)
        left, right = (np.minimum(cells[..., i] + i // 2, self._wide) for i in (0, 2))
        top, bottom = (np.minimum(cells[..., i] + i // 2, self._high) for i in (1, 3))
        inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return np.asarray(inside == 0)

    def free(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether no name is in a box."""
        a, b, c, d = self._corners(left + 1, top + 1, right - 1, bottom - 1)
        bits = ((1 << max(0, c - a + 1)) - 1) << a
        return not any(row & bits for row in self._names[b : d + 1])

    def take(self, left: float, top: float, right: float, bottom: float) -> None:
        """A name stands in a box."""
        a, b, c, d = self._corners(left, top, right, bottom)
        bits = ((1 << max(0, c - a + 1)) - 1) << a
        for row in range(b, min(d + 1, self._high)):
            self._names[row] |= bits

    def _corners(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        a, c = int(left / _CELL) + _RIM, int(right / _CELL) + _RIM
        b, d = int(top / _CELL) + _RIM, int(bottom / _CELL) + _RIM
        return max(0, a), max(0, b), max(-1, c), max(-1, d)
