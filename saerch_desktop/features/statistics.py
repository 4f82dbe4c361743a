"""How often and how strongly each feature fires."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.inverted import InvertedIndex

STATISTICS_FILE: Final = "statistics.npy"
_FIELDS: Final = np.dtype(
    [("count", "<i8"), ("density", "<f4"), ("maximum", "<f4"), ("mean", "<f4"), ("p95", "<f4")]
)
_PIECE = 4 << 20


@dataclass(frozen=True, slots=True, eq=False)
class FeatureStatistics:
    """One number per feature in each array, shape (n,).

    count int64: documents where it is active; density float32: their share of all documents with a vector;
    maximum, mean, p95 float32: of its activations where it is active (0 for a feature that never is). p95 is
    the activation that 5 % of its documents reach.
    """

    count: NDArray[np.int64]
    density: NDArray[np.float32]
    maximum: NDArray[np.float32]
    mean: NDArray[np.float32]
    p95: NDArray[np.float32]

    @property
    def live(self) -> NDArray[np.bool_]:
        """(n,) whether the feature is active anywhere."""
        return self.count > 0

    @classmethod
    def of(cls, inverted: InvertedIndex, documents: int) -> FeatureStatistics:
        """Count; `documents` is how many have a vector."""
        count = np.diff(inverted.starts)
        live = count > 0
        begin = inverted.starts[:-1][live]
        maximum, mean, p95 = (np.zeros(count.size, np.float32) for _ in range(3))
        if begin.size:
            maximum[live] = inverted.values[begin]
            # Activations come by strength, so a quantile is a position.
            p95[live] = inverted.values[begin + (count[live] - 1) // 20]
            mean[live] = _sums(inverted)[live] / count[live]
        density = (count / max(1, documents)).astype(np.float32)
        return cls(count, density, maximum, mean, p95)

    def save(self, folder: Path) -> None:
        table = np.empty(self.count.size, _FIELDS)
        for name in _FIELDS.names or ():
            table[name] = getattr(self, name)
        files.write_array(folder / STATISTICS_FILE, table)

    @classmethod
    def load(cls, folder: Path) -> FeatureStatistics:
        """UserError when the file is absent or not what `save` writes."""
        try:
            table = files.mapped_array(folder / STATISTICS_FILE)
            if table.ndim != 1 or table.dtype != _FIELDS:
                raise ValueError("not a table of statistics")
        except (OSError, ValueError) as error:
            raise UserError(
                f"The feature statistics of “{folder.name}” cannot be read.",
                "They are derived from the codes, so nothing is lost.",
                "Run check with repair, or build the features again.",
            ) from error
        return cls(*(np.ascontiguousarray(table[name]) for name in _FIELDS.names or ()))


def _sums(inverted: InvertedIndex) -> NDArray[np.float64]:
    """Sum of activations of every feature, in double precision, a few megabytes of activations at a time."""
    starts = inverted.starts
    sums = np.zeros(starts.size - 1, np.float64)
    for at in range(0, int(starts[-1]), _PIECE):
        end = min(at + _PIECE, int(starts[-1]))
        piece = inverted.values[at:end].astype(np.float64)
        first = int(np.searchsorted(starts, at, side="right")) - 1
        last = int(np.searchsorted(starts, end, side="left"))
        edges = np.clip(starts[first : last + 1], at, end) - at
        filled = np.flatnonzero(np.diff(edges) > 0)
        sums[first + filled] += np.add.reduceat(piece, edges[filled])
    return sums
