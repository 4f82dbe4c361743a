"""Sparse codes laid out so that one can ask: in the documents of this feature, which others come after it?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

SEGMENT: Final = 16  # ids of one document side by side

_ROWS: Final = 1 << 12  # documents sorted at once
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class SortedCodes:
    """Every document's active features in ascending order, cut into segments of sixteen.

    features: n. segments (s, 16) uint16 or int32: feature ids; n in places that stand for nothing. units
    (s, 16) float32: the activations, each over the length of its feature's profile (so that the squares of
    each feature sum to 1), 0 in places that stand for nothing; None when no similarity is asked for. each:
    how many segments a document has. starts (n+1,) int64, places (nnz,): where feature f stands in the flat
    ids, places[starts[f]:starts[f+1]], ascending.
    """

    features: int
    segments: NDArray[Any]
    units: NDArray[np.float32] | None
    each: int
    starts: NDArray[np.int64]
    places: NDArray[Any]

    @classmethod
    def of(
        cls,
        indices: NDArray[np.int32],
        values: NDArray[np.float32],
        features: int,
        similarity: bool,
        pool: Executor,
        progress: Progress,
    ) -> SortedCodes:
        """Sort codes (N, width): int32 ids and float32 values ≥ 0, where 0 means that nothing is there.

        Takes about 12 bytes for each place. Raises UserError for ids that do not exist, Cancelled.
        """
        rows, width = indices.shape
        each = max(1, -(-width // SEGMENT))
        dtype = np.uint16 if features < np.iinfo(np.uint16).max else np.int32
        ids = np.full((rows, each * SEGMENT), features, dtype)
        units = np.zeros(ids.shape, np.float32) if similarity else None
        blocks = range(0, rows, _ROWS)

        def sort(start: int) -> NDArray[np.float64] | None:
            progress.check()
            part = slice(start, start + _ROWS)
            found, active = indices[part], np.asarray(values[part])
            require_known(found, features)
            known = np.where(active > 0, found, features)
            if units is None:
                ids[part, :width] = np.sort(known, axis=1)
                return None
            # One sort moves both: the id above, the bits of the activation, which is not negative, below.
            keys = known.astype(np.uint64) << np.uint64(32)
            keys |= np.ascontiguousarray(np.maximum(active, 0), np.float32).view(np.uint32)
            keys.sort(axis=1)
            ids[part, :width] = keys >> np.uint64(32)
            units[part, :width] = keys.astype(np.uint32).view(np.float32)
            squares = np.square(units[part], dtype=np.float64)
            found_squares = np.bincount(ids[part].ravel(), squares.ravel(), minlength=features + 1)
            return np.asarray(found_squares, np.float64)

        squares = np.full(features + 1, _TINY)
        for found in pool.map(sort, blocks):
            if found is not None:
                squares += found
        if units is not None:
            scale = 1 / np.sqrt(squares)
            scale[features] = 0
            for start in blocks:
                progress.check()
                units[start : start + _ROWS] *= scale[ids[start : start + _ROWS]]
        starts, places = _by_feature(ids, features)
        return cls(
            features,
            ids.reshape(-1, SEGMENT),
            None if units is None else units.reshape(-1, SEGMENT),
            each,
            starts,
            places,
        )

    def after(self, feature: int) -> tuple[NDArray[Any], NDArray[np.float32] | None]:
        """The segments (p,) that hold what follows `feature` in each of its documents, and the feature's own
        unit activation (p,) float32 in the document of each, None when no similarity is asked for.

        The first segment of a document holds the feature itself, too, and perhaps lesser ones.
        """
        places = self.places[int(self.starts[feature]) : int(self.starts[feature + 1])]
        first = places // SEGMENT
        many = self.each - first % self.each
        ends = np.cumsum(many, dtype=np.int64)
        # Those of one document side by side, which is how memory is read fastest.
        segments = np.arange(ends[-1] if ends.size else 0, dtype=np.int64)
        segments += np.repeat(first - (ends - many), many)
        own = None if self.units is None else np.repeat(self.units.reshape(-1)[places], many)
        return segments, own

    def pieces(self, feature: int, size: int) -> Iterator[tuple[NDArray[Any], NDArray[np.float32] | None]]:
        """What `after` gives, `size` segments at a time."""
        segments, own = self.after(feature)
        for start in range(0, segments.size, size):
            part = slice(start, start + size)
            yield segments[part], None if own is None else own[part]


def _by_feature(ids: NDArray[Any], features: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """(n+1,) and (nnz,): the places of each feature in the flat ids, ascending; by a counting sort."""
    from scipy import sparse

    # One column for each place: the counting sort then yields the places themselves, as column numbers.
    every = np.arange(ids.size, dtype=np.int32 if ids.size < np.iinfo(np.int32).max else np.int64)
    there = (np.ones(ids.size, np.bool_), (ids.reshape(-1), every))
    table = sparse.coo_matrix(there, shape=(features + 1, max(1, ids.size)), copy=False).tocsr()
    starts = np.asarray(table.indptr[: features + 1], np.int64)
    return starts, table.indices[: int(starts[-1])]


def require_known(ids: NDArray[np.int32], features: int) -> None:
    """UserError when codes name features that an SAE of so many has not."""
    if ids.min(initial=0) < 0 or ids.max(initial=0) >= features:
        raise UserError(
            "The codes of the documents name features that do not exist.",
            "They are derived from the weights and the vectors, so nothing is lost.",
            "Run check with repair: they are computed again.",
        )
