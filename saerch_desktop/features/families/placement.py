"""Where the nodes of a graph are drawn: seeded, apart from each other; those that have a place keep it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.graph_parts import PARENT, FamilyGraph, Node
from saerch_desktop.features.families.placement_forces import Points, Web, beginnings, relax
from saerch_desktop.features.families.placement_room import free_place, gather, part
from saerch_desktop.progress import Progress

Place = tuple[float, float]

SMALLEST: Final = 4.5
LARGEST: Final = 26.0
OF_ALL: Final = 110.0
"""The radius of a node that is active in every document, were it not bounded by LARGEST; at zoom 1."""

LETTER: Final = 6.0  # pixels, about
LINE: Final = 13.5
WIDEST: Final = 108.0
"""Pixels that a name may be wide before it is broken into two lines, or cut short."""

_NAMED: Final = 220  # nodes: up to here there is room for every name
_GAP: Final = 8.0
_AIR: Final = 7.0  # between a node or its name and the next, through which ties are seen
_GROUP_GAP: Final = 11.0
_FLAT: Final = 2.2  # how many times wider than high drawings are wanted: so is the place they are shown in
_BENT: Final = 1.5  # by how much one direction may be stretched against the other
_ROOM: Final = 2.0  # times what the nodes and their names cover
_ROOM_INSIDE: Final = 1.5  # of a group
_ROOM_AROUND: Final = 1.2  # groups and the nodes between them
_ROOM_OF_MANY: Final = 9.0
_TITLE: Final = 18.0  # above a group stands its name
_TIE: Final = 95.0
_TIE_OF_MANY: Final = 42.0
_SAME: Final = 0.35  # of the nodes known from before: the picture goes on
_ONE_BY_ONE: Final = 300  # new nodes: up to here each is put where it fits best


def radius(node: Node) -> float:
    """Pixels at zoom 1: the area is in proportion to the density, within what can be seen and what leaves
    room for others; the half side of a family's tile.
    """
    return float(min(max(OF_ALL * np.sqrt(max(node.density, 0.0)), SMALLEST), LARGEST))


def radii(graph: FamilyGraph) -> NDArray[np.float64]:
    """(n,) the `radius` of every node."""
    return np.asarray([radius(node) for node in graph.nodes], np.float64)


def lay_out(
    graph: FamilyGraph,
    known: Mapping[str, Place] | None = None,
    pinned: Set[str] = frozenset(),
    seed: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """(n, 2) x and y of each node, in pixels at zoom 1, y downwards.

    known: places by id, which those nodes keep; new ones are put near their neighbours, where they touch no
    other. pinned: ids among them that the analyst put somewhere. If most of the graph is new and most of what
    is known is not in it, it is another picture: then only the pinned ones keep their places, and the rest is
    laid out anew around about where the known ones were. The same arguments give the same places. Raises
    Cancelled.
    """
    progress = progress or Progress()
    known = known or {}
    n = len(graph.nodes)
    at, kept = np.zeros((n, 2)), np.zeros(n, np.bool_)
    for place, node in enumerate(graph.nodes):
        if node.id in known:
            at[place], kept[place] = known[node.id], True
    if n == 0 or kept.all():
        return at
    half, below = _boxes(graph)
    at[:, 1] += below
    held = np.asarray([node.id in pinned for node in graph.nodes]) & kept
    other = kept.sum() < _SAME * n and kept.sum() < 2 * _SAME * len(known)
    if (kept & ~held).any() and not other:
        placed = _join(graph, at, kept, half, known, seed, progress)
    else:
        placed = _anew(graph, at, held, half, seed, progress)
        if kept.any() and not held.any():
            placed += at[kept].mean(0) - placed[kept].mean(0)
        kept = held
    placed[:, 1] -= below
    for place in np.flatnonzero(kept).tolist():
        placed[place] = known[graph.nodes[place].id]  # to the last digit
    return placed


# Everything at once --------------------------------------------------------------------------------------


def _anew(
    graph: FamilyGraph,
    at: Points,
    fixed: NDArray[np.bool_],
    half: Points,
    seed: int,
    progress: Progress,
) -> Points:
    """Everything from nothing; fixed nodes are put back where they were, and others make room for them."""
    many = len(graph.nodes) > _NAMED
    if graph.groups and not many:
        drawn = _nested(graph, half, seed, progress)
    else:
        drawn = _plain(_web(graph), half, seed, _ROOM_OF_MANY if many else _ROOM, progress)
    if not fixed.any():
        return np.asarray(drawn - (drawn.min(0) + drawn.max(0)) / 2)
    drawn += at[fixed].mean(0) - drawn[fixed].mean(0)
    drawn[fixed] = at[fixed]
    return part(drawn, half + _GAP / 2, fixed)


def _plain(web: Web, half: Points, seed: int, room: float, progress: Progress) -> Points:
    length = _TIE_OF_MANY if room == _ROOM_OF_MANY else _TIE
    turns = 120 if web.n > 3000 else 200 if web.n > _NAMED else 300
    free = np.zeros(web.n, np.bool_)
    at = relax(web, beginnings(web, length, seed), free, length, turns, progress)
    at = _to_size(at, half, room)
    at = part(at, half + _GAP / 2, free)
    return at if web.n > _NAMED else gather(at, half + _AIR, _FLAT, web.edges[web.falls])


def _nested(graph: FamilyGraph, half: Points, seed: int, progress: Progress) -> Points:
    """Each group by itself first, then the groups as wholes among the nodes that are in none."""
    web = _web(graph)
    unit = web.group.copy()
    loose = np.flatnonzero(unit < 0)
    unit[loose] = len(graph.groups) + np.arange(len(loose))
    count = len(graph.groups) + len(loose)
    inner, size = np.zeros_like(half), np.zeros((count, 2))
    size[unit[loose]] = half[loose]
    for number, group in enumerate(graph.groups):
        places = np.asarray(group.nodes, np.int64)
        drawn = _plain(_inside(web, places), half[places], seed, _ROOM_INSIDE, progress)
        low, high = (drawn - half[places]).min(0), (drawn + half[places]).max(0)
        inner[places] = drawn - (low + high) / 2
        size[number] = (high - low) / 2 + (_GROUP_GAP, _GROUP_GAP)
        size[number, 1] += _TITLE / 2
        inner[places, 1] += _TITLE / 2
    ends = unit[web.edges]
    across = ends[:, 0] != ends[:, 1]
    key, which = np.unique(ends[across] @ np.array([count, 1]), return_inverse=True)
    falling = np.bincount(which, web.falls[across], len(key)) * 2 > np.bincount(which, minlength=len(key))
    pull = np.sqrt(np.bincount(which, web.pull[across] ** 2, len(key)))
    outer = Web(
        count,
        np.column_stack((key // count, key % count)),
        np.minimum(pull, 1.0),
        falling,
        np.full(count, -1, np.int64),
    )
    middle = _plain(outer, size, seed, _ROOM_AROUND, progress)
    for group in graph.groups:
        places = np.asarray(group.nodes, np.int64)
        inner[places] = _turned(web, places, inner, middle, unit)
    return np.asarray(middle[unit] + inner)


def _turned(
    web: Web, places: NDArray[np.int64], inner: Points, middle: Points, unit: NDArray[np.int64]
) -> Points:
    """A group as it is or mirrored, whichever brings its nodes nearer to their neighbours outside."""
    own = np.isin(web.edges, places)
    leaving = own[:, 0] != own[:, 1]
    inside = np.where(own[leaving, 0], web.edges[leaving, 0], web.edges[leaving, 1])
    outside = np.where(own[leaving, 0], web.edges[leaving, 1], web.edges[leaving, 0])
    goal = middle[unit[outside]] + inner[outside] - middle[unit[inside]]
    # Upside down, parents would hang below their children.
    ways = [np.array([1.0, 1.0]), np.array([-1.0, 1.0])]
    costs = [float(np.hypot(*(inner[inside] * way - goal).T).sum()) for way in ways]
    return np.asarray(inner[places] * ways[int(np.argmin(costs))])


def _inside(web: Web, places: NDArray[np.int64]) -> Web:
    """Only these nodes, and the ties among them."""
    new = np.full(web.n, -1, np.int64)
    new[places] = np.arange(len(places))
    kept = (new[web.edges] >= 0).all(1)
    none = np.full(len(places), -1, np.int64)
    return Web(len(places), new[web.edges[kept]], web.pull[kept], web.falls[kept], none)


def _to_size(at: Points, half: Points, room: float) -> Points:
    """The drawing stretched to about `room` times what its nodes cover, and wider than high."""
    if len(at) < 2:
        return np.asarray(at - at.mean(0))
    low, high = np.quantile(at, 0.04, axis=0), np.quantile(at, 0.96, axis=0)
    now = np.maximum(high - low, 1.0) * 1.12
    now = np.maximum(now, now.max() * 0.2)  # two nodes are no surface
    wanted = np.sqrt(room * 4 * (half + _GAP / 2).prod(1).sum() * np.array([_FLAT, 1 / _FLAT]))
    scale = wanted / now
    middle = float(np.sqrt(scale.prod()))
    scale = np.clip(scale, middle / _BENT, middle * _BENT)
    return np.asarray((at - (low + high) / 2) * scale)


# A few more ----------------------------------------------------------------------------------------------


def _join(
    graph: FamilyGraph,
    at: Points,
    kept: NDArray[np.bool_],
    half: Points,
    known: Mapping[str, Place],
    seed: int,
    progress: Progress,
) -> Points:
    """New nodes among those that stay."""
    placed = kept.copy()
    if int((~kept).sum()) > _ONE_BY_ONE:
        return _flow(graph, at, kept, half, seed, progress)
    near, web = _neighbours(graph), _web(graph)
    for group in graph.groups:
        members = np.asarray(group.nodes, np.int64)
        fresh = members[~placed[members]]
        if len(fresh) < 3 or len(fresh) < len(members) * 0.8:
            continue
        # Most of it is new: it is drawn by itself and put as a whole where it fits.
        inner = _plain(_inside(web, fresh), half[fresh], seed, _ROOM_INSIDE, progress)
        low, high = (inner - half[fresh]).min(0), (inner + half[fresh]).max(0)
        wanted = known.get(group.key)
        target = np.asarray(wanted) if wanted is not None else _target(graph, fresh, at, placed, near)
        size = (high - low) / 2 + (_GROUP_GAP, _GROUP_GAP + _TITLE / 2)
        where = free_place(target, size, at[placed], half[placed] + _GAP, 16.0)
        at[fresh] = inner - (low + high) / 2 + where
        placed[fresh] = True
    waiting = list(np.flatnonzero(~placed))
    while waiting:
        progress.check()
        # Who has most neighbours in place knows best where to go.
        counts = [sum(placed[other] for other, _ in near[place]) for place in waiting]
        place = waiting.pop(int(np.argmax(counts)))
        node = graph.nodes[place]
        root = None if node.feature is None else known.get(f"#{node.feature}")
        wanted = root if node.kind == "family" and root is not None else None
        target = (
            np.asarray(wanted)
            if wanted is not None
            else _target(graph, np.asarray([place]), at, placed, near)
        )
        at[place] = free_place(target, half[place] + _GAP / 2, at[placed], half[placed] + _GAP / 2, 11.0)
        placed[place] = True
    return at


def _flow(
    graph: FamilyGraph,
    at: Points,
    kept: NDArray[np.bool_],
    half: Points,
    seed: int,
    progress: Progress,
) -> Points:
    """Many new nodes: they start at their neighbours and find their places by the forces."""
    web = _web(graph)
    chance = np.random.default_rng(seed)
    placed = kept.copy()
    first, second = web.edges[:, 0], web.edges[:, 1]
    while not placed.all():
        ends = np.concatenate(
            (first[placed[second] & ~placed[first]], second[placed[first] & ~placed[second]])
        )
        from_ = np.concatenate(
            (second[placed[second] & ~placed[first]], first[placed[first] & ~placed[second]])
        )
        if not len(ends):
            rest = np.flatnonzero(~placed)
            at[rest] = at[placed].mean(0) + chance.normal(0, at[placed].std(0) + _TIE, (len(rest), 2))
            break
        count = np.bincount(ends, minlength=web.n)
        new = np.flatnonzero(count)
        for axis in (0, 1):
            at[new, axis] = np.bincount(ends, at[from_, axis], web.n)[new] / count[new]
        at[new] += chance.normal(0, _TIE_OF_MANY / 2, (len(new), 2))
        placed[new] = True
    at = relax(web, at, kept, _TIE_OF_MANY, 60, progress)
    return part(at, half + _GAP / 2, kept)


def _target(
    graph: FamilyGraph,
    places: NDArray[np.int64],
    at: Points,
    placed: NDArray[np.bool_],
    near: list[list[tuple[int, float]]],
) -> NDArray[np.float64]:
    """Where nodes would like to be: the middle of their neighbours in place, children below their parents."""
    found = [(at[other], drop) for place in places for other, drop in near[place] if placed[other]]
    if not found:
        return np.asarray(at[placed].mean(0)) if placed.any() else np.zeros(2)
    spots = np.asarray([spot + np.array([0.0, drop * _TIE]) for spot, drop in found])
    return np.asarray(spots.mean(0))


# What is drawn -------------------------------------------------------------------------------------------


def _boxes(graph: FamilyGraph) -> tuple[Points, NDArray[np.float64]]:
    """(n, 2) half the room that each node takes, with its name where there are not too many nodes; (n,) how
    far below the node the middle of that room is, since the name stands under it.
    """
    around = radii(graph)
    half, below = np.column_stack((around, around)), np.zeros(len(around))
    if len(graph.nodes) <= _NAMED:
        for place, node in enumerate(graph.nodes):
            long = LETTER * len(node.name)
            lines = 1 if long <= WIDEST else 2
            half[place, 0] = max(half[place, 0], min(long / (1 if lines == 1 else 1.6), WIDEST) / 2)
            half[place, 1] += LINE * lines / 2
            below[place] = LINE * lines / 2
    return half, below


def _web(graph: FamilyGraph) -> Web:
    n = len(graph.nodes)
    edges = graph.edges.astype(np.int64)
    falls = graph.kinds == PARENT
    weights = np.clip(graph.weights.astype(np.float64), 0.05, 1.0)
    # Those with many ties would pull everything into one knot.
    ties = np.bincount(edges.ravel(), minlength=n) if len(edges) else np.zeros(n, np.int64)
    crowd = np.sqrt(np.minimum(ties[edges[:, 0]], ties[edges[:, 1]])) if len(edges) else np.empty(0)
    pull = np.where(falls, 0.6 + 0.4 * weights, 0.15 + 0.85 * weights) / np.maximum(crowd, 1)
    group = np.full(n, -1, np.int64)
    for number, family in enumerate(graph.groups):
        group[list(family.nodes)] = number
    return Web(n, edges, pull, falls, group)


def _neighbours(graph: FamilyGraph) -> list[list[tuple[int, float]]]:
    """Of each node its neighbours, and by how many tie lengths it is to hang below each of them."""
    out: list[list[tuple[int, float]]] = [[] for _ in graph.nodes]
    for (a, b), kind in zip(graph.edges.tolist(), graph.kinds.tolist(), strict=True):
        drop = 1.0 if kind == PARENT else 0.0
        out[b].append((a, drop))
        out[a].append((b, -drop))
    return out
