"""Columns X·d: each document's change of score per unit of a feature or blend; kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Mixture
from saerch_desktop.search.exact import products

if TYPE_CHECKING:
    from saerch_desktop.library.vectors import Vectors

Float = NDArray[np.float32]
Wanted = int | Mixture
"""A feature, or features with their weights: what a column is of."""

_CAPACITY = 512 << 20
_AT_ONCE = 16


class Columns:
    """A least-recently-used cache of (N,) float32 columns, bounded in bytes.

    Steering is linear in them: X·q' = X·q + Σ Δa_f (X·d_f). A blend has one column, of Σ w_f d_f, however
    many features it moves. Rows without a vector hold 0, so that they stay where the query's own -inf puts
    them. Safe to use from several threads; a column in the making blocks
    nobody who asks for one that is there.
    """

    def __init__(self, vectors: Vectors, directions: Float, capacity_bytes: int = _CAPACITY) -> None:
        """directions: (n, d) float32, unit rows, one per feature."""
        self._vectors = vectors
        self._directions = directions
        self._capacity = capacity_bytes
        self._kept: OrderedDict[Wanted, Float] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes_used(self) -> int:
        return self._bytes

    def __contains__(self, wanted: Wanted) -> bool:
        return wanted in self._kept

    def warm(self, wanted: Iterable[Wanted]) -> bool:
        """Whether all of these columns are at hand, so that using them costs no pass over the vectors."""
        return all(one in self._kept for one in wanted)

    def get(self, wanted: Wanted) -> Float:
        """The column of a feature or blend, read-only, made when absent (one pass over the vectors)."""
        return self.many([wanted])[0]

    def many(self, wanted: Sequence[Wanted], progress: Progress | None = None) -> list[Float]:
        """The columns of these, in order; those absent are made together, in few passes."""
        found: dict[Wanted, Float] = {}
        with self._lock:
            for one in wanted:
                column = self._kept.get(one)
                if column is not None:
                    self._kept.move_to_end(one)
                    found[one] = column
        absent = list(dict.fromkeys(one for one in wanted if one not in found))
        for at in range(0, len(absent), _AT_ONCE):
            if progress is not None:
                progress.check()
            found.update(self._make(absent[at : at + _AT_ONCE], progress))
        return [found[one] for one in wanted]

    def prefetch(self, wanted: Sequence[Wanted], progress: Progress) -> None:
        """Make the columns of these ahead of their use, the first ones first, as far as the cache holds
        them.
        """
        room = max(1, self._capacity // max(1, 4 * self._vectors.rows))
        unique = list(dict.fromkeys(wanted))[:room]
        progress.begin("Preparing sliders", len(unique), "features")
        for at in range(0, len(unique), _AT_ONCE):
            self.many(unique[at : at + _AT_ONCE], progress)
            progress.advance(min(len(unique), at + _AT_ONCE))

    def direction(self, wanted: Wanted) -> NDArray[np.float64]:
        """(d,) float64: of a feature, or the weighted sum of a blend's."""
        if not isinstance(wanted, tuple):
            return np.asarray(self._directions[wanted], np.float64)
        ids, weights, own = wanted
        if own:
            return np.frombuffer(own, "<f4").astype(np.float64)
        return np.asarray(weights @ self._directions[list(ids)].astype(np.float64))

    def _make(self, wanted: list[Wanted], progress: Progress | None) -> dict[Wanted, Float]:
        directions = np.asarray([self.direction(one) for one in wanted], np.float32)
        block = products(self._vectors, directions, progress)
        made: dict[Wanted, Float] = {}
        for one, line in zip(wanted, block, strict=True):
            # A copy, or one kept column would hold the whole block in memory.
            column = line.copy() if len(wanted) > 1 else line
            blank_missing(column, self._vectors.missing)
            column.flags.writeable = False
            made[one] = column
        with self._lock:
            for one, column in made.items():
                self._keep(one, column)
        return made

    def _keep(self, wanted: Wanted, column: Float) -> None:
        previous = self._kept.pop(wanted, None)
        if previous is not None:
            self._bytes -= previous.nbytes
        self._kept[wanted] = column
        self._bytes += column.nbytes
        while self._bytes > self._capacity and self._kept:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def blank_missing(column: Float, missing: NDArray[np.int64]) -> None:
    """Set the rows that have no vector to 0, in place: they add nothing to a score that is -inf anyway."""
    column[missing] = 0.0
    column[np.isnan(column)] = 0.0
