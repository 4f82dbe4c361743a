"""Where the nodes of a graph are drawn: seeded, and those that have a place keep it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.graph_parts import FamilyGraph
from saerch_desktop.progress import Progress

Place = tuple[float, float]

_SMALLEST: Final = 5.0
_LARGEST: Final = 34.0
_OF_ALL: Final = 150.0  # the radius of a node that is active in every document


def radii(graph: FamilyGraph) -> NDArray[np.float64]:
    """(n,) radius of each node in pixels at zoom 1: its area is in proportion to its density, within what can
    still be seen and what leaves room for others.
    """
    density = np.asarray([node.density for node in graph.nodes], np.float64)
    return np.clip(_OF_ALL * np.sqrt(np.maximum(density, 0.0)), _SMALLEST, _LARGEST)


def lay_out(
    graph: FamilyGraph,
    known: Mapping[str, Place] | None = None,
    pinned: Set[str] = frozenset(),
    seed: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """(n, 2) x and y of each node, in pixels at zoom 1, y downwards.

    known: places by id that nodes keep; the others are put near their neighbours. pinned: ids among them that
    the analyst put there. The same graph and seed give the same places. Raises Cancelled.
    """
    n = len(graph.nodes)
    chance = np.random.default_rng(seed)
    at = chance.normal(0, 40 * np.sqrt(max(n, 1)), (n, 2))
    fixed = np.zeros(n, bool)
    for place, node in enumerate(graph.nodes):
        if known and node.id in known:
            at[place], fixed[place] = known[node.id], True
    return at
