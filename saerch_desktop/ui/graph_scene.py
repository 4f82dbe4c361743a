"""A graph as arrays to draw and to hit: places, sizes, neighbours."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.families.graph_parts import PARENT, FamilyGraph
from saerch_desktop.features.families.placement import radii
from saerch_desktop.ui.graph_camera import Camera, Points

_EASY: float = 4.0  # pixels beside a node that still count as on it


class Scene:
    """at (n, 2): places in pixels at zoom 1, which dragging changes. radius (n,); family (n,) whether it is
    drawn as a tile; kind (n,): 0 for a feature, of a family how many members it has. rank (n,): places of
    nodes, those whose names matter most first.
    """

    def __init__(self, graph: FamilyGraph, at: Points) -> None:
        self.graph = graph
        self.at = at.copy()
        self.n = len(graph.nodes)
        self.place = {node.id: place for place, node in enumerate(graph.nodes)}
        self.radius = radii(graph)
        self.family = np.asarray([node.kind == "family" for node in graph.nodes], np.bool_)
        self.kind = np.asarray([node.size if node.kind == "family" else 0 for node in graph.nodes], np.int64)
        self.first = graph.edges[:, 0].astype(np.int64)
        self.second = graph.edges[:, 1].astype(np.int64)
        self.parent = graph.kinds == PARENT
        ends = np.concatenate((self.first, self.second))
        order = np.argsort(ends, kind="stable")
        self._starts = np.searchsorted(ends[order], np.arange(self.n + 1))
        self._edges = order % max(1, len(graph.edges))
        self._others = np.concatenate((self.second, self.first))[order]
        degree = np.diff(self._starts)
        telling = self.radius * np.sqrt(1 + degree) * np.where(self.family, 1.5, 1.0)
        if graph.focus in self.place:
            telling[self.place[graph.focus]] = np.inf
        self.rank = np.lexsort((np.arange(self.n), -telling))

    def neighbours(self, place: int) -> NDArray[np.int64]:
        """Places of the nodes tied to a node."""
        return np.unique(self._others[self._starts[place] : self._starts[place + 1]])

    def edges_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the ties that begin or end at any of these nodes."""
        pieces = [self._edges[self._starts[place] : self._starts[place + 1]] for place in places.tolist()]
        return np.unique(np.concatenate(pieces)) if pieces else np.empty(0, np.int64)

    def bounds(self) -> tuple[Points, Points]:
        """Corners of the box around all nodes with their names."""
        if not self.n:
            return np.full(2, -50.0), np.full(2, 50.0)
        room = self.radius[:, None] + np.array([44.0, 26.0])
        return (self.at - room).min(0), (self.at + room).max(0)

    def node_at(self, camera: Camera, x: float, y: float) -> int | None:
        """The node that is drawn at a point of the view; of several the nearest."""
        if not self.n:
            return None
        apart = camera.screen(self.at) - (x, y)
        distance = np.hypot(apart[:, 0], apart[:, 1])
        # A tile reaches farther in its corners than a disc.
        square = np.abs(apart).max(1)
        reach = self.radius * camera.node_scale + _EASY
        hit = np.where(self.family, square <= reach, distance <= reach)
        if not hit.any():
            return None
        return int(np.where(hit, distance, np.inf).argmin())

    def inside(self, camera: Camera, left: float, top: float, right: float, bottom: float) -> list[int]:
        """The nodes drawn in a box of the view."""
        at = camera.screen(self.at)
        hit = (at[:, 0] >= left) & (at[:, 0] <= right) & (at[:, 1] >= top) & (at[:, 1] <= bottom)
        return [int(place) for place in np.flatnonzero(hit)]

    def toward(self, place: int, right: float, down: float) -> int | None:
        """The neighbour that lies most in a direction; without one there, any node that does."""
        for others, strict in ((self.neighbours(place), 0.5), (np.arange(self.n), 0.7)):
            others = others[others != place]
            apart = self.at[others] - self.at[place]
            distance = np.hypot(apart[:, 0], apart[:, 1]) + 1e-9
            along = (apart @ np.array([right, down])) / distance
            fit = np.where(along > strict, distance * (2 - along), math.inf)
            if len(fit) and np.isfinite(fit.min()):
                return int(others[int(fit.argmin())])
        return None
