"""Columns X·d_f, the change of every document's score per unit of a feature; kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.search.exact import products

if TYPE_CHECKING:
    from saerch_desktop.library.vectors import Vectors

Float = NDArray[np.float32]
_CAPACITY = 512 << 20
_AT_ONCE = 16


class Columns:
    """A least-recently-used cache of (N,) float32 columns, bounded in bytes.

    Steering is linear in them: X·q' = X·q + Σ Δa_f (X·d_f). Rows without a vector hold 0, so that they stay
    where the query's own -inf puts them. Safe to use from several threads; a column in the making blocks
    nobody who asks for one that is there.
    """

    def __init__(self, vectors: Vectors, directions: Float, capacity_bytes: int = _CAPACITY) -> None:
        """directions: (n, d) float32, unit rows, one per feature."""
        self._vectors = vectors
        self._directions = directions
        self._capacity = capacity_bytes
        self._kept: OrderedDict[int, Float] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes_used(self) -> int:
        return self._bytes

    def __contains__(self, feature: int) -> bool:
        return feature in self._kept

    def warm(self, features: Iterable[int]) -> bool:
        """Whether all of these columns are at hand, so that using them costs no pass over the vectors."""
        return all(feature in self._kept for feature in features)

    def get(self, feature: int) -> Float:
        """The column of `feature`, read-only, made when absent (one pass over the vectors)."""
        return self.many([feature])[0]

    def many(self, features: Sequence[int], progress: Progress | None = None) -> list[Float]:
        """The columns of `features`, in order; those absent are made together, in few passes."""
        found: dict[int, Float] = {}
        with self._lock:
            for feature in features:
                column = self._kept.get(feature)
                if column is not None:
                    self._kept.move_to_end(feature)
                    found[feature] = column
        absent = list(dict.fromkeys(feature for feature in features if feature not in found))
        for at in range(0, len(absent), _AT_ONCE):
            if progress is not None:
                progress.check()
            found.update(self._make(absent[at : at + _AT_ONCE], progress))
        return [found[feature] for feature in features]

    def prefetch(self, features: Sequence[int], progress: Progress) -> None:
        """Make the columns of `features` ahead of their use, the first ones first, as far as the cache holds
        them.
        """
        room = max(1, self._capacity // max(1, 4 * self._vectors.rows))
        wanted = list(dict.fromkeys(features))[:room]
        progress.begin("Preparing sliders", len(wanted), "features")
        for at in range(0, len(wanted), _AT_ONCE):
            self.many(wanted[at : at + _AT_ONCE], progress)
            progress.advance(min(len(wanted), at + _AT_ONCE))

    def _make(self, features: list[int], progress: Progress | None) -> dict[int, Float]:
        block = products(self._vectors, self._directions[features], progress)
        made: dict[int, Float] = {}
        for feature, line in zip(features, block, strict=True):
            # A copy, or one kept column would hold the whole block in memory.
            column = line.copy() if len(features) > 1 else line
            blank_missing(column, self._vectors.missing)
            column.flags.writeable = False
            made[feature] = column
        with self._lock:
            for feature, column in made.items():
                self._keep(feature, column)
        return made

    def _keep(self, feature: int, column: Float) -> None:
        previous = self._kept.pop(feature, None)
        if previous is not None:
            self._bytes -= previous.nbytes
        self._kept[feature] = column
        self._bytes += column.nbytes
        while self._bytes > self._capacity and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def blank_missing(column: Float, missing: NDArray[np.int64]) -> None:
    """Set the rows that have no vector to 0, in place: they add nothing to a score that is -inf anyway."""
    column[missing] = 0.0
    column[np.isnan(column)] = 0.0
