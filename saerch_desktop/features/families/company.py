"""The company each feature keeps, in few numbers, and which features keep the same.

Two features that never fire together may fire with the same others: this is what makes them kin, and it is
known far better than any single count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.association import Association
from saerch_desktop.progress import Progress

DIMENSIONS: Final = 64
NEIGHBOURS: Final = 15
_FEATURES_PER_DIMENSION: Final = 8
_DENSE: Final = 256  # features up to which the eigenvectors are found without iterating
_BLOCK: Final = 1 << 22  # cosines at once
_NOTHING: Final = 1e-9  # of the largest eigenvalue


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """rows (n, d) float32: the company of each feature, of length 1; zeros for one that goes with no other.
    basis (n, d) float64: with it `of` finds the profiles that other counts give.
    """

    rows: NDArray[np.float32]
    basis: NDArray[np.float64]

    def of(self, graph: Association) -> NDArray[np.float32]:
        """(n, d) float32 profiles by the evidence in `graph`, in the same dimensions."""
        return _unit(graph.matrix() @ self.basis)


def profiles(graph: Association, seed: int) -> Profiles:
    """The eigenvectors of the largest positive eigenvalues of the matrix of evidence, each times the root of
    its eigenvalue (adjacency spectral embedding, Sussman et al. 2012), at most `DIMENSIONS` of them: what is
    left out is mostly the noise of small counts.
    """
    joined = np.unique(np.concatenate((graph.left, graph.right)))
    if joined.size == 0:
        return Profiles(np.zeros((graph.size, 1), np.float32), np.zeros((graph.size, 1)))
    values, vectors = _largest(graph.matrix()[joined][:, joined], seed)
    kept = values > _NOTHING * values.max()
    roots = np.sqrt(values[kept])
    rows, basis = np.zeros((2, graph.size, roots.size))
    rows[joined] = vectors[:, kept] * roots
    basis[joined] = vectors[:, kept] / roots
    return Profiles(_unit(rows), basis)


def alike(rows: NDArray[np.float32], progress: Progress, neighbours: int = NEIGHBOURS) -> Association:
    """Each feature with the `neighbours` whose company is most like its own, by the cosine (> 0) of their
    profiles, rows (n, d). Blocked: never all cosines at once. Raises Cancelled.
    """
    size = len(rows)
    there = np.flatnonzero(np.square(rows).sum(axis=1) > 0)
    rows = rows[there]
    count = min(neighbours, there.size - 1)
    if count < 1:
        none = np.empty(0, np.int32)
        return Association(size, none, none, np.empty(0))
    step = max(1, _BLOCK // there.size)
    keys: list[NDArray[np.int64]] = []
    cosines: list[NDArray[np.float32]] = []
    for start in range(0, there.size, step):
        progress.check()
        block = rows[start : start + step] @ rows.T
        own = np.arange(len(block))
        block[own, start + own] = -2
        best = np.argpartition(-block, count - 1, axis=1)[:, :count]
        of, other = np.repeat(there[start + own], count), there[best.ravel()]
        keys.append(np.minimum(of, other) * size + np.maximum(of, other))
        cosines.append(np.take_along_axis(block, best, axis=1).ravel())
    key, first = np.unique(np.concatenate(keys), return_index=True)
    cosine = np.concatenate(cosines)[first].astype(np.float64)
    found = Association(size, (key // size).astype(np.int32), (key % size).astype(np.int32), cosine)
    return found.where(cosine > 0)


def _largest(matrix: Any, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The largest eigenvalues of a symmetric matrix (d,) and their vectors (size, d)."""
    size = matrix.shape[0]
    count = min(DIMENSIONS, size // _FEATURES_PER_DIMENSION + 1)
    if size <= _DENSE:
        values, vectors = np.linalg.eigh(matrix.toarray())
        return values[-count:], vectors[:, -count:]
    from scipy.sparse.linalg import eigsh

    begin = np.random.default_rng(seed).standard_normal(size)
    values, vectors = eigsh(matrix, count, which="LA", v0=begin, tol=1e-3)
    return values, vectors


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)
