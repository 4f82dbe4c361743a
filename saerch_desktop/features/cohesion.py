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
# 999 of 1,000 random sets of 64 documents stay below it, in astronomy and in machine learning: a feature
# below it has documents no more alike than any. Every feature of a well-trained SAE is above (decision 6).
JUNK: Final = 0.015
FEWEST: Final = 16  # documents, without which chance alone reaches further
_DOCUMENTS: Final = 64
_SAMPLE: Final = 16_384
_AT_ONCE: Final = 256


def cohesion(
    inverted: InvertedIndex, vectors: Vectors, progress: Progress, seed: int = 0
) -> NDArray[np.float32]:
    """(n,) the mean cosine between two documents of the feature, all seen from the corpus's mean.

    Taken over up to 64 documents spread evenly over the feature's activations; NaN for a feature of fewer
    than two. 0 means: no more alike than any two documents; without the corpus's mean taken off, documents of
    an outlying theme would seem less alike than chance. Raises Cancelled.
    """
    features = inverted.features
    out = np.full(features, np.nan, np.float32)
    middle = _middle(vectors, seed)
    progress.begin("Measuring cohesion", features, "features")
    for start in range(0, features, _AT_ONCE):
        progress.advance(start)
        block = range(start, min(start + _AT_ONCE, features))
        sides = [spread(np.asarray(inverted.of(feature)[0]), _DOCUMENTS) for feature in block]
        every, place = np.unique(np.concatenate(sides), return_inverse=True)
        points = _seen_from(middle, vectors.gather(every))
        begin = 0
        for feature, side in zip(block, sides, strict=True):
            if side.size > 1:
                out[feature] = _mean_cosine(points[place[begin : begin + side.size]])
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


def _middle(vectors: Vectors, seed: int) -> NDArray[np.float32]:
    rows = vectors.valid_rows()
    if rows.size > _SAMPLE:
        rows = np.sort(rows[np.argsort(mixed(rows, seed + 2), kind="stable")[:_SAMPLE]])
    if not rows.size:
        return np.zeros(vectors.dim, np.float32)
    return np.asarray(vectors.gather(rows).mean(axis=0, dtype=np.float64), np.float32)


def _seen_from(middle: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
    moved = points - middle
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12))


def _mean_cosine(points: NDArray[np.float32]) -> float:
    """Between two different rows (m, d) of unit length, m ≥ 2: from the length of their sum."""
    total = points.sum(axis=0, dtype=np.float64)
    return float((total @ total - len(points)) / (len(points) * (len(points) - 1)))
