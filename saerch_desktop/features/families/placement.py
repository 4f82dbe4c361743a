"""Where the nodes of a graph are drawn: seeded, apart from each other; those that have a place keep it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.graph_parts import PARENT, FamilyGraph, Node
from saerch_desktop.features.families.placement_forces import Points, Web, beginnings, relax
from saerch_desktop.features.families.placement_room import free_place, part
from saerch_desktop.progress import Progress

Place = tuple[float, float]

SMALLEST: Final = 5.0
LARGEST: Final = 34.0
OF_ALL: Final = 150.0
"""The radius of a node that is active in every document, were it not bounded by LARGEST; at zoom 1."""

LETTER: Final = 6.4  # pixels, about
LINE: Final = 15.0
WIDEST: Final = 128.0
"""Pixels that a name may be wide before it is broken into two lines, or cut short."""

_NAMED: Final = 220  # nodes: up to here there is room for every name
_GAP: Final = 9.0
_GROUP_GAP: Final = 16.0
_TITLE: Final = 22.0  # above a group stands its name
_TIE: Final = 95.0
_TIE_OF_MANY: Final = 42.0
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

    known: places by id. When only `pinned` ones of them are in the graph (those the analyst put somewhere)
    all others are laid out anew around these; otherwise every known node keeps its place and the new ones are
    put near their neighbours, where they touch no other. The same arguments give the same places. Raises
    Cancelled.
    """
    progress = progress or Progress()
    n = len(graph.nodes)
    at, kept = np.zeros((n, 2)), np.zeros(n, np.bool_)
    for place, node in enumerate(graph.nodes):
        if known is not None and node.id in known:
            at[place], kept[place] = known[node.id], True
    if n == 0 or kept.all():
        return at
    half = _boxes(graph)
    held = np.asarray([node.id in pinned for node in graph.nodes]) & kept
    if (kept & ~held).any():
        return _join(graph, at, kept, half, known or {}, seed, progress)
    return _anew(graph, at, held, half, seed, progress)


# Everything at once --------------------------------------------------------------------------------------


def _anew(
    graph: FamilyGraph,
    at: Points,
    fixed: NDArray[np.bool_],
    half: Points,
    seed: int,
    progress: Progress,
) -> Points:
    n = len(graph.nodes)
    web = _web(graph)
    many = n > _NAMED
    length = _TIE_OF_MANY if many else _TIE
    start = beginnings(web, length, seed)
    if fixed.any():
        start += at[fixed].mean(0) - start[fixed].mean(0)
        start[fixed] = at[fixed]
    at = relax(web, start, fixed, length, 120 if n > 3000 else 200 if many else 300, progress)
    if not fixed.any():
        at -= at.mean(0)
    at = part(at, half + _GAP / 2, fixed)
    if graph.groups and not many:
        at = _separate(graph, at, half, fixed, progress)
    return at


def _separate(
    graph: FamilyGraph, at: Points, half: Points, fixed: NDArray[np.bool_], progress: Progress
) -> Points:
    """Move groups as wholes, and the nodes outside them, until no group covers what is not in it."""
    n = len(graph.nodes)
    unit = np.full(n, -1, np.int64)
    for number, group in enumerate(graph.groups):
        unit[list(group.nodes)] = number
    loose = np.flatnonzero(unit < 0)
    unit[loose] = len(graph.groups) + np.arange(len(loose))
    count = int(unit.max()) + 1
    for _ in range(3):
        progress.check()
        low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
        np.minimum.at(low, unit, at - half)
        np.maximum.at(high, unit, at + half)
        low[: len(graph.groups)] -= (_GROUP_GAP, _GROUP_GAP + _TITLE)
        high[: len(graph.groups)] += _GROUP_GAP
        still = np.zeros(count, np.bool_)
        np.logical_or.at(still, unit, fixed)
        middle = (low + high) / 2
        moved = part(middle, (high - low) / 2 + 1, still, 200)
        shift = (moved - middle)[unit]
        shift[fixed] = 0
        if np.abs(shift).max() < 0.5:
            break
        at = at + shift
    return at


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
    near = _neighbours(graph)
    for group in graph.groups:
        members = np.asarray(group.nodes)
        fresh = members[~placed[members]]
        if len(fresh) < 3 or len(fresh) < len(members) * 0.8:
            continue
        # Most of it is new: it is drawn by itself and put as a whole where it fits.
        inner = _anew(
            _part_of(graph, fresh),
            np.zeros((len(fresh), 2)),
            np.zeros(len(fresh), np.bool_),
            half[fresh],
            seed,
            progress,
        )
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


def _boxes(graph: FamilyGraph) -> Points:
    """(n, 2) half the room that each node takes, with its name where there are not too many nodes."""
    around = radii(graph)
    half = np.column_stack((around, around))
    if len(graph.nodes) <= _NAMED:
        for place, node in enumerate(graph.nodes):
            long = LETTER * len(node.name)
            lines = 1 if long <= WIDEST else 2
            half[place, 0] = max(half[place, 0], min(long / (1 if lines == 1 else 1.7), WIDEST) / 2)
            # Its name stands below it; a box around the middle has to be as high on both sides.
            half[place, 1] += LINE * lines * 0.75
    return half


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


def _part_of(graph: FamilyGraph, places: NDArray[np.int64]) -> FamilyGraph:
    new = np.full(len(graph.nodes), -1, np.int64)
    new[places] = np.arange(len(places))
    inside = (new[graph.edges] >= 0).all(1) if len(graph.edges) else np.empty(0, np.bool_)
    return FamilyGraph(
        tuple(graph.nodes[place] for place in places.tolist()),
        new[graph.edges[inside]].astype(np.int32).reshape(-1, 2),
        graph.weights[inside],
        graph.kinds[inside],
    )


def _neighbours(graph: FamilyGraph) -> list[list[tuple[int, float]]]:
    """Of each node its neighbours, and by how many tie lengths it is to hang below each of them."""
    out: list[list[tuple[int, float]]] = [[] for _ in graph.nodes]
    for (a, b), kind in zip(graph.edges.tolist(), graph.kinds.tolist(), strict=True):
        drop = 1.0 if kind == PARENT else 0.0
        out[b].append((a, drop))
        out[a].append((b, -drop))
    return out
