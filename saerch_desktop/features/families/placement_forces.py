"""A graph drawn by forces: ties pull, nodes push each other away, children hang below their parents.

The forces are those of Fruchterman and Reingold (1991). Of many nodes the pushing is not summed pair by pair
but read from a field on a grid, which one convolution gives for all of them at once (as Linderman et al. 2019
do for t-SNE): NumPy and SciPy, so that no library for drawing graphs has to be shipped, and 10,000 nodes take
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress

Points = NDArray[np.float64]

_EXACT: Final = 250  # nodes: up to here every pair is looked at
_FLATTER: Final = 2.0  # how much wider than high drawings are wanted: so are the windows they are shown in
_DROP: Final = 1.1  # tie lengths that a child should hang below its parent
_PIVOTS: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Web:
    """What is to be drawn. n nodes; edges (E, 2), pull (E,) from 0 to 1; falls (E,) whether the second end is
    to hang below the first; group (n,) -1 or a number, those with the same are drawn to each other.
    """

    n: int
    edges: NDArray[np.int64]
    pull: NDArray[np.float64]
    falls: NDArray[np.bool_]
    group: NDArray[np.int64]


def beginnings(web: Web, length: float, seed: int) -> Points:
    """(n, 2) a first drawing from distances along ties (Brandes and Pich 2007), wide, parents above."""
    chance = np.random.default_rng(seed)
    noise = chance.normal(0, 0.15 * length, (web.n, 2))
    if web.n < 3 or not len(web.edges):
        return np.asarray(noise * 4 * np.sqrt(web.n))
    hops = _hops(web, _PIVOTS)
    squared = hops**2
    centred = squared - squared.mean(0) - squared.mean(1, keepdims=True) + squared.mean()
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    if len(axes) < 2:
        return np.asarray(noise * 4 * np.sqrt(web.n))
    at = centred @ axes[:2].T
    # The sign of an axis is the solver's accident: the same computer or not, the largest entry is positive.
    at *= np.where(at[np.abs(at).argmax(0), [0, 1]] < 0, -1.0, 1.0)
    spread = at.std(0)
    at = at / np.maximum(spread, 1e-9) * length * np.sqrt(web.n) * np.array([0.5, 0.5 / _FLATTER])
    if web.falls.any():
        down = (at[web.edges[web.falls, 1]] - at[web.edges[web.falls, 0]]).mean(0)
        if down[1] < 0:
            at[:, 1] *= -1
    return np.asarray(at + noise)


def relax(
    web: Web,
    at: Points,
    fixed: NDArray[np.bool_],
    length: float,
    turns: int,
    progress: Progress,
) -> Points:
    """(n, 2) the drawing after so many turns of moving along the forces; fixed nodes stay.

    length: how long a tie between two nodes alone becomes, about. Raises Cancelled.
    """
    at = at.copy()
    free = ~fixed
    first, second = web.edges[:, 0], web.edges[:, 1]
    push = _push_exactly if web.n <= _EXACT else _push_by_field
    groups = int(web.group.max(initial=-1)) + 1
    grouped = np.flatnonzero(web.group >= 0)
    ease = 1 / np.sqrt(np.maximum(np.bincount(first[web.falls], minlength=web.n), 1))[first]
    step = length * max(1.0, np.sqrt(web.n) / 6)
    flatten = np.array([1.0, _FLATTER])
    for turn in range(turns):
        progress.check()
        force = push(at, length)
        apart = at[second] - at[first]
        distance = np.sqrt((apart**2).sum(1)) + 1e-9
        pulled = apart * (web.pull * distance / length)[:, None]
        # A child that is not yet below its parent sinks, the parent rises.
        lacking = np.where(web.falls, np.clip(_DROP * length - apart[:, 1], 0, 2 * length), 0.0)
        pulled[:, 1] -= 0.6 * lacking * ease
        for axis in (0, 1):
            force[:, axis] += np.bincount(first, pulled[:, axis], web.n)
            force[:, axis] -= np.bincount(second, pulled[:, axis], web.n)
        if groups:
            which = web.group[grouped]
            size = np.maximum(np.bincount(which, minlength=groups), 1)
            for axis in (0, 1):
                centre = np.bincount(which, at[grouped, axis], groups) / size
                force[grouped, axis] += 0.5 * (centre[which] - at[grouped, axis])
        middle = at.mean(0)
        force -= (at - middle) * flatten * (0.12 if web.n <= _EXACT else 0.05)
        reach = np.sqrt((force**2).sum(1))
        # The largest step shrinks to nothing, so that the drawing comes to rest.
        limit = step * (1 - turn / turns) ** 1.5 + 0.01 * length
        at[free] += (force * (np.minimum(reach * 0.35, limit) / np.maximum(reach, 1e-9))[:, None])[free]
    return at


def _push_exactly(at: Points, length: float) -> Points:
    # Products of matrices instead of n² differences: Σ w_ij (x_i − x_j) = x_i Σ w_ij − Σ w_ij x_j.
    at = at - at.mean(0)
    own = (at**2).sum(1)
    squared = np.maximum(own[:, None] + own[None, :] - 2 * (at @ at.T), 0.0) + 1e-3 * length**2
    share = length**2 / squared
    np.fill_diagonal(share, 0.0)
    return np.asarray(at * share.sum(1)[:, None] - share @ at)


def _push_by_field(at: Points, length: float) -> Points:
    from scipy import fft

    cells = 64 if len(at) < 2000 else 128 if len(at) < 20_000 else 256
    low = at.min(0) - 1e-6
    side = max(float((at.max(0) - low).max()), length) * 1.0001 / (cells - 1)
    where = (at - low) / side
    corner = np.minimum(where.astype(np.int64), cells - 2)
    part = (where - corner).astype(np.float32)
    shares = [
        (dx, dy, np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])) for dx in (0, 1) for dy in (0, 1)
    ]
    mass = np.zeros(cells * cells)
    for dx, dy, share in shares:
        mass += np.bincount((corner[:, 0] + dx) * cells + corner[:, 1] + dy, share, cells * cells)
    steps = np.fft.fftfreq(2 * cells, 1 / (2 * cells)).astype(np.float32) * np.float32(side)
    dx_, dy_ = np.meshgrid(steps, steps, indexing="ij")
    squared = dx_**2 + dy_**2 + np.float32((0.5 * side) ** 2 + 1e-3 * length**2)
    shape = (2 * cells, 2 * cells)
    spectrum = fft.rfft2(mass.reshape(cells, cells).astype(np.float32), shape)
    out = np.empty_like(at)
    for axis, offset in enumerate((dx_, dy_)):
        kernel = fft.rfft2(offset / squared * np.float32(length**2))
        field = fft.irfft2(spectrum * kernel, shape)[:cells, :cells].ravel()
        out[:, axis] = sum(
            share * field[(corner[:, 0] + dx) * cells + corner[:, 1] + dy] for dx, dy, share in shares
        )
    return out


def _hops(web: Web, pivots: int) -> NDArray[np.float64]:
    """(n, p) steps along ties to nodes chosen far from each other; unreachable ones count as a little farther
    than the farthest.
    """
    from scipy import sparse
    from scipy.sparse import csgraph

    both = np.concatenate((web.edges, web.edges[:, ::-1]))
    matrix = sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(web.n, web.n))
    source = int(np.bincount(both[:, 0], minlength=web.n).argmax())
    found = []
    nearest = np.full(web.n, np.inf)
    for _ in range(min(pivots, web.n)):
        steps = csgraph.dijkstra(matrix, indices=source, unweighted=True)
        reached = np.isfinite(steps)
        steps[~reached] = steps[reached].max() + 2
        found.append(steps)
        nearest = np.minimum(nearest, steps)
        source = int(nearest.argmax())
    return np.column_stack(found)
