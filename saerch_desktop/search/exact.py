"""Exact dot products with every stored vector, block by block; half-precision rows are widened a block at a
time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.embedding.widening import Widener
from saerch_desktop.progress import Progress
from saerch_desktop.search.ranking import order_rows, top_rows

if TYPE_CHECKING:
    from saerch_desktop.library.vectors import Vectors

Float = NDArray[np.float32]
_BLOCK_FLOATS = 1 << 18


def rows_per_block(dim: int) -> int:
    """How many rows make a block that stays in the processor's cache (1 MiB of float32)."""
    return max(64, _BLOCK_FLOATS // max(1, dim))


def scores(vectors: Vectors, q: Float, progress: Progress | None = None) -> Float:
    """Dot product of every stored row with `q`, (N,) float32; rows without a vector are -inf.

    q: (d,) float32. With unit rows and a unit query this is the cosine. Raises `Cancelled`.
    """
    out: Float = products(vectors, q[None, :], progress)[0]
    out[np.isnan(out)] = -np.inf
    out[vectors.missing] = -np.inf
    return out


def scores_of(vectors: Vectors, q: Float, rows: NDArray[np.int64], progress: Progress | None = None) -> Float:
    """As `scores` for some rows (n,) alone, (n,) float32. Raises `Cancelled`."""
    out = np.empty(len(rows), np.float32)
    step = rows_per_block(vectors.dim)
    for start in range(0, len(rows), step):
        if progress is not None:
            progress.check()
        np.dot(vectors.gather(rows[start : start + step]), q, out=out[start : start + step])
    out[np.isnan(out)] = -np.inf
    return out


def products(vectors: Vectors, directions: Float, progress: Progress | None = None) -> Float:
    """`directions @ X.T`, (m, N) float32 with one contiguous line per direction; NaN where a row has no
    vector.

    directions: (m, d) float32. One pass over the vectors however many directions there are.
    """
    directions = np.ascontiguousarray(directions, dtype=np.float32)
    out = np.empty((len(directions), vectors.rows), np.float32)
    for start, stop, block in _blocks(vectors, progress):
        if len(directions) == 1:
            np.dot(block, directions[0], out=out[0, start:stop])
        else:
            out[:, start:stop] = (block @ directions.T).T
    return out


def nearest(
    vectors: Vectors, queries: Float, n: int, progress: Progress | None = None
) -> list[tuple[NDArray[np.int64], Float]]:
    """For each query (m, d) the best `n` rows by (-score, row) and their scores, in one pass; never N x m at
    once.
    """
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    best = [(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in queries]
    for start, stop, block in _blocks(vectors, progress):
        lines = np.ascontiguousarray((block @ queries.T).T)
        absent = vectors.missing[(vectors.missing >= start) & (vectors.missing < stop)] - start
        lines[:, absent] = -np.inf
        for i, line in enumerate(lines):
            found = top_rows(line, n)
            rows = np.concatenate((best[i][0], found + start))
            values = np.concatenate((best[i][1], line[found]))
            best[i] = _keep(rows, values, n)
    return best


def _blocks(vectors: Vectors, progress: Progress | None) -> Iterator[tuple[int, int, Float]]:
    """(start, stop, rows as float32) through all rows; a block is good until the next one is asked for."""
    step = rows_per_block(vectors.dim)
    array = vectors.array
    halves = array.dtype == np.float16
    widened = Widener(min(step, vectors.rows), vectors.dim) if halves else None
    for start in range(0, vectors.rows, step):
        if progress is not None:
            progress.check()
        stop = min(vectors.rows, start + step)
        if widened is None:
            # Single precision is used where it lies; nothing is copied.
            yield start, stop, np.asarray(array[start:stop], dtype=np.float32)
        else:
            yield start, stop, widened(np.asarray(array[start:stop], dtype=np.float16))


def _keep(rows: NDArray[np.int64], values: Float, n: int) -> tuple[NDArray[np.int64], Float]:
    kept = order_rows(np.arange(len(rows)), values)[:n]
    return rows[kept], values[kept]
