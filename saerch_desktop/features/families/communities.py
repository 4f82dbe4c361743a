"""Communities of an association graph by the Leiden method, at a resolution, none of them too large."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.association import Association

FINER: Final = 1.5  # by how much the resolution rises where a community is too large
_TRIES: Final = 12


def communities(graph: Association, resolution: float, seed: int, largest: int) -> NDArray[np.int32]:
    """(size,) int32 the community of each feature, numbered by their first features; -1 for one without an
    edge.

    Modularity with this resolution (Traag, Waltman and van Eck 2019); a community of more than `largest`
    features is divided again at higher resolutions. The same seed gives the same result.
    """
    matrix = graph.matrix()
    found = np.full(graph.size, -1, np.int32)
    joined = np.flatnonzero(np.diff(matrix.indptr)).astype(np.int64)
    if joined.size == 0:
        return found
    found[joined] = _leiden(matrix[joined][:, joined], resolution, seed)
    for _ in range(_TRIES):
        resolution *= FINER
        large = np.flatnonzero(np.bincount(found[joined]) > largest)
        if large.size == 0:
            break
        for one in large:
            inside = np.flatnonzero(found == one)
            parts = _leiden(matrix[inside][:, inside], FINER, seed)
            found[inside] = np.where(parts == 0, one, found.max() + parts)
    return _numbered(found)


def _leiden(matrix: Any, resolution: float, seed: int) -> NDArray[np.int32]:
    from graspologic_native import leiden_csr

    size = matrix.shape[0]
    if matrix.nnz == 0:
        return np.arange(size, dtype=np.int32)
    _, found = leiden_csr(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
        size,
        resolution=resolution,
        iterations=3,
        use_modularity=True,
        seed=seed,
    )
    return np.fromiter((found[node] for node in range(size)), np.int32, size)


def _numbered(found: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same communities, numbered in the order of their first features."""
    out = np.full(found.size, -1, np.int32)
    inside = found >= 0
    _, first, of = np.unique(found[inside], return_index=True, return_inverse=True)
    place = np.empty(first.size, np.int32)
    place[np.argsort(first)] = np.arange(first.size)
    out[inside] = place[of]
    return out
