"""How much the documents of a feature have in common, whatever the feature is called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.features.hard_negatives import spread
from saerch_desktop.features.held_out import mixed
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.features.inverted import InvertedIndex
    from saerch_desktop.library.vectors import Vectors

COHESION_FILE: Final = "cohesion.npy"
# Below it a feature's documents are hardly more alike than any documents of the corpus.
JUNK: Final = 0.02
_DOCUMENTS: Final = 64
_BASELINE: Final = 4096
_AT_ONCE: Final = 256


def cohesion(
    inverted: InvertedIndex, vectors: Vectors, progress: Progress, seed: int = 0
) -> NDArray[np.float32]:
    """(n,) the mean cosine between two documents of the feature, above that of any two of the corpus.

    Taken over up to 64 documents spread evenly over the feature's activations; NaN for a feature of fewer
    than two. 0 means: no more alike than chance. Raises Cancelled.
    """
    features = inverted.features
    out = np.full(features, np.nan, np.float32)
    baseline = _baseline(vectors, seed)
    progress.begin("Measuring cohesion", features, "features")
    for start in range(0, features, _AT_ONCE):
        progress.advance(start)
        block = range(start, min(start + _AT_ONCE, features))
        sides = [spread(np.asarray(inverted.of(feature)[0]), _DOCUMENTS) for feature in block]
        every, place = np.unique(np.concatenate(sides), return_inverse=True)
        points = vectors.gather(every)
        begin = 0
        for feature, side in zip(block, sides, strict=True):
            if side.size > 1:
                out[feature] = _mean_cosine(points[place[begin : begin + side.size]]) - baseline
            begin += side.size
    progress.advance(features)
    return out


def save_cohesion(folder: Path, values: NDArray[np.float32]) -> None:
    """UserError when the disk is full."""
    files.write_array(folder / COHESION_FILE, np.asarray(values, np.float32))


def load_cohesion(folder: Path, features: int) -> NDArray[np.float32] | None:
    """What `save_cohesion` wrote; None when it is absent, damaged or of another SAE: it can be spared."""
    try:
        values = files.mapped_array(folder / COHESION_FILE)
    except (OSError, ValueError):
        return None
    return np.array(values) if values.shape == (features,) and values.dtype == np.float32 else None


def _baseline(vectors: Vectors, seed: int) -> float:
    rows = vectors.valid_rows()
    if rows.size > _BASELINE:
        rows = np.sort(rows[np.argsort(mixed(rows, seed + 2), kind="stable")[:_BASELINE]])
    return _mean_cosine(vectors.gather(rows)) if rows.size > 1 else 0.0


def _mean_cosine(points: NDArray[np.float32]) -> float:
    """Between two different rows (m, d) of unit length, m ≥ 2: from the length of their sum."""
    total = points.sum(axis=0, dtype=np.float64)
    return float((total @ total - len(points)) / (len(points) * (len(points) - 1)))
