"""Communities of a graph of features by the Leiden method: what many runs agree on, none too large."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.association import Association
from saerch_desktop.progress import Progress

RUNS: Final = 8
FINER: Final = 1.5  # the resolution at which a community that is too large is divided
_FLOOR: Final = 0.02  # of a pair's weight, however seldom the two are found together
_WORKERS: Final = 2
_TRIES: Final = 12


def agreed(graph: Association, resolution: float, seed: int, progress: Progress | None = None) -> Association:
    """The same pairs, weighted by the share of `RUNS` runs that put both into one community.

    Ensemble clustering for graphs (Poulin and Théberge 2019): single runs differ in a third of what they
    find, and their consensus in next to nothing. Raises Cancelled.
    """
    matrix = graph.matrix()
    watched = progress or Progress()

    def found(run: int) -> NDArray[np.int32]:
        watched.check()  # by each run: the pool waits for all of them, also after a stop
        return leiden(matrix, resolution, seed * RUNS + run, times=2)

    with ThreadPoolExecutor(_WORKERS, "saerch-leiden") as pool:
        runs = list(pool.map(found, range(RUNS)))
    return Association(graph.size, graph.left, graph.right, together(graph, runs))


def together(graph: Association, runs: Iterable[NDArray[np.int32]]) -> NDArray[np.float64]:
    """(m,) in which share of the partitions each pair lies in one community; not less than a small floor."""
    shares = [run[graph.left] == run[graph.right] for run in runs]
    return np.asarray(_FLOOR + (1 - _FLOOR) * np.mean(shares, axis=0), np.float64)


def communities(
    graph: Association, resolution: float, seed: int, largest: int, progress: Progress | None = None
) -> NDArray[np.int32]:
    """(size,) int32 the community of each feature, numbered by their first features; -1 for one without a
    pair.

    Modularity with this resolution (Traag, Waltman and van Eck 2019); a community of more than `largest`
    features is divided again. The same seed gives the same result. Raises Cancelled.
    """
    watched = progress or Progress()
    matrix = graph.matrix()
    found = np.full(graph.size, -1, np.int32)
    joined = np.flatnonzero(np.diff(matrix.indptr))
    if joined.size == 0:
        return found
    found[joined] = leiden(matrix, resolution, seed)[joined]
    for attempt in range(_TRIES):
        large = np.flatnonzero(np.bincount(found[joined]) > largest)
        if large.size == 0:
            break
        for one in large:
            watched.check()
            inside = np.flatnonzero(found == one)
            parts = leiden(matrix[inside][:, inside], FINER ** (attempt + 1), seed)
            found[inside] = np.where(parts == 0, one, found.max() + parts)
    return _numbered(found)


def within(graph: Association, partition: NDArray[np.int32]) -> Association:
    """Only the pairs of which both are in the same community; -1 is none."""
    return graph.where((partition[graph.left] == partition[graph.right]) & (partition[graph.left] >= 0))


def leiden(matrix: Any, resolution: float, seed: int, times: int = 3) -> NDArray[np.int32]:
    """(size,) int32 the community of each node of a symmetric CSR matrix by one run of the Leiden method.

    times: how often its three steps are gone through.
    """
    from graspologic_native import leiden_csr

    size = int(matrix.shape[0])
    if matrix.nnz == 0:
        return np.arange(size, dtype=np.int32)
    _, found = leiden_csr(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
        size,
        resolution=resolution,
        iterations=times,
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
