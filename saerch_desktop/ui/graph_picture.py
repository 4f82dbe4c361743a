"""One graph with all its marks, painted for a view or into a file."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainter

from saerch_desktop.features.families.graph_parts import FamilyGraph
from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_camera import Camera, Points
from saerch_desktop.ui.graph_edges import Edges
from saerch_desktop.ui.graph_groups import Shape, paint_shapes, shapes, title_room
from saerch_desktop.ui.graph_labels import Label, Labels, Style, paint_label
from saerch_desktop.ui.graph_legend import Legend, LegendStamp
from saerch_desktop.ui.graph_look import NodeLook, Sprites, levels_of, paint_node
from saerch_desktop.ui.graph_scene import Scene
from saerch_desktop.ui.graph_sheet import EdgeSheet
from saerch_desktop.ui.theme import color

LIVE: Final = 60
"""Ties that are drawn anew in every frame; more go onto a sheet."""

_FADED: Final = 0.24  # of what is not pointed at
_FADED_TIES: Final = 0.16
_PIXELS_PER_NAME: Final = 6000.0
_NAMED_SIZE: Final = 2.6  # pixels: smaller nodes are named only if they matter most
_ALWAYS_NAMED: Final = 24
_WEAK: Final = frozenset({"E", "F", "?"})
_BOLD: Final = Style(bold=True)
_NEW_NAMES_S: Final = 0.004  # of drawing names for the first time in a frame while the view moves
_CARRIED_S: Final = 0.15  # for so long names keep to their nodes in a moving view before others are chosen


class Picture:
    """What is drawn. Marks are sets of places of nodes: selected, found, pinned; current, hovered and
    activation ((n,) shares, None while not shown) are set by the view.
    """

    def __init__(self, graph: FamilyGraph, at: Points) -> None:
        self.scene = Scene(graph, at)
        self.edges = Edges(self.scene)
        self.names = [node.name for node in graph.nodes]
        self.selected: set[int] = set()
        self.found: list[int] = []
        self.pinned: set[int] = set()
        self.current: int | None = None
        self.hovered: int | None = None
        self.activation: NDArray[np.float64] | None = None
        self.caption = ""
        self.focus = self.scene.place.get(graph.focus)
        self._roots = [
            (group.root, group.key == graph.focus) for group in graph.groups if group.root is not None
        ]  # what families around their features are about, and whether it is the one in focus
        self._sprites, self._labels = Sprites(), Labels()
        self.legend_stamp = LegendStamp()
        self._styles = [
            _BOLD if node.kind == "family" else Style(muted=node.grade in _WEAK) for node in graph.nodes
        ]
        self.shapes: list[Shape] = []
        self.shown: list[Label] = []
        self._carried: tuple[float, Camera, tuple[object, ...], Points] | None = None

    def take_marks(self, former: Picture) -> None:
        """Mark the nodes that were marked in another picture, as far as they are in this one too."""
        nodes, place = former.scene.graph.nodes, self.scene.place

        def here(places: Iterable[int]) -> list[int]:
            return [place[nodes[one].id] for one in places if nodes[one].id in place]

        self.selected, self.pinned = set(here(former.selected)), set(here(former.pinned))
        if former.current is not None:
            self.current = next(iter(here([former.current])), None)

    def forget_look(self) -> None:
        """Colours or font are others now."""
        self._carried = None
        self.legend_stamp.forget()
        self._sprites.forget()
        self._labels.forget()

    @property
    def legend(self) -> Legend:
        scene, graph = self.scene, self.scene.graph
        loose = bool((~scene.parent).any())
        drawn = [node.density for node in graph.nodes if node.kind == "feature"]
        sized = "feature" if drawn else "family"
        drawn = drawn or [node.density for node in graph.nodes]
        return Legend(
            densities=(min(drawn), max(drawn)) if drawn else None,
            sized=sized,
            families=bool(scene.family.any()),
            groups=bool(graph.groups),
            arrows=bool(scene.parent.any()),
            ties=self.edges.range if loose else None,
            activation=self.caption if self.activation is not None else "",
        )

    @property
    def beginning(self) -> int:
        """Where a walk begins: the node that the graph is about, else the one that matters most."""
        return self.focus if self.focus is not None else int(self.scene.rank[0])

    def group_at(self, x: float, y: float) -> str | None:
        """The group whose ground or title is at a point of the view, as it was last painted."""
        for shape in self.shapes:
            if shape.title.box.contains(x, y) or shape.path.contains(QPointF(x, y)):
                return shape.key
        return None

    def search(self, text: str) -> list[int]:
        """Let the nodes stand out whose name holds the text, or whose id it is; what matters most first."""
        wanted = text.strip().casefold()
        nodes = self.scene.graph.nodes
        self.found = [
            int(place)
            for place in self.scene.rank
            if wanted and (wanted in nodes[place].name.casefold() or nodes[place].id == wanted)
        ]
        return self.found

    # What stands out -------------------------------------------------------------------------------------

    def spotlight(self) -> NDArray[np.bool_] | None:
        """(n,) the nodes that stand out while one is pointed at or a search has found some; else None."""
        if self.hovered is not None:
            lit = np.zeros(self.scene.n, np.bool_)
            lit[self.scene.neighbours(self.hovered)] = True
            lit[self.hovered] = True
            return lit
        if self.found:
            lit = np.zeros(self.scene.n, np.bool_)
            lit[self.found] = True
            return lit
        return None

    def strong_edges(self) -> NDArray[np.int64]:
        """Ties of the node that is pointed at, or else of the selected ones."""
        places = [self.hovered] if self.hovered is not None else sorted(self.selected)
        return self.scene.edges_of(np.asarray(places, np.int64)) if places else np.empty(0, np.int64)

    # Painting --------------------------------------------------------------------------------------------

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        font: QFont,
        ratio: float = 1.0,
        sheet: EdgeSheet | None = None,
        loose: NDArray[np.int64] | None = None,
        stamps: bool = True,
        hurried: bool = False,
    ) -> bool:
        """Draw everything but the ground and the legend. sheet: the ties drawn beforehand, with those of
        `loose` drawn above it. stamps: nodes and names from pictures kept of them, else as shapes and text.
        hurried: the view moves, so names keep to their nodes for a while, and those never drawn before are
        left out when there is no time for them in this frame; whether the names are as they should be.
        """
        scene = self.scene
        at = camera.screen(scene.at)
        lit = self.spotlight()
        self.shapes = shapes(scene, camera, font)
        faded = 1.0 if lit is None else 0.55
        painter.setOpacity(faded)
        paint_shapes(painter, self.shapes)
        strong = self.strong_edges()
        painter.setOpacity(1.0 if lit is None else _FADED_TIES)
        if sheet is not None:
            sheet.paint(painter, camera)
            if loose is not None and loose.size:
                self.edges.paint(painter, camera, self._ordered(loose))
        else:
            which = self.edges.in_view(camera)
            if strong.size:
                which = which[~np.isin(which, strong)]
            self.edges.paint(painter, camera, which)
        painter.setOpacity(1.0)
        if strong.size:
            self.edges.paint(painter, camera, self._ordered(strong), strong=True)
        self._paint_nodes(painter, camera, at, lit, font, ratio, stamps)
        whole = not (hurried and self._carry(camera, at))
        if whole:
            self.shown = self._arrange(camera, at, lit, font)
            self._carried = (time.perf_counter(), camera, self._marks(), at)
        until = time.perf_counter() + _NEW_NAMES_S if hurried else math.inf
        for labels, opacity in (([shape.title for shape in self.shapes], faded), (self.shown, 1.0)):
            painter.setOpacity(opacity)
            if stamps:
                whole &= self._labels.paint(painter, labels, font, ratio, until)
            else:
                for label in labels:
                    paint_label(painter, label, font)
        painter.setOpacity(1.0)
        return whole

    def _ordered(self, which: NDArray[np.int64]) -> NDArray[np.int64]:
        return which[np.argsort(self.edges.bin[which], kind="stable")]

    def _paint_nodes(
        self,
        painter: QPainter,
        camera: Camera,
        at: Points,
        lit: NDArray[np.bool_] | None,
        font: QFont,
        ratio: float,
        stamps: bool,
    ) -> None:
        """Large ones below small ones, so that none is hidden; what is marked above all."""
        scene = self.scene
        reach = scene.radius * camera.node_scale
        spare = reach + 12
        inside = (at[:, 0] > -spare) & (at[:, 0] < camera.width + spare)
        inside &= (at[:, 1] > -spare) & (at[:, 1] < camera.height + spare)
        sizes = np.maximum(np.round(reach * 2), 3).astype(np.int64)
        levels = np.full(scene.n, -1) if self.activation is None else levels_of(self.activation)
        kind = scene.kind * 64 + levels + 1
        marked = np.zeros(scene.n, np.bool_)
        marked[[*self.selected, *self.pinned, *self.found]] = True
        marked[[place for place in (self.focus, self.current) if place is not None]] = True
        for shown in [True] if lit is None else [False, True]:
            here = inside & ~marked if lit is None else inside & ~marked & (lit == shown)
            painter.setOpacity(1.0 if shown else _FADED)
            places = np.flatnonzero(here)
            places = places[np.lexsort((kind[places], -sizes[places]))]
            heads = np.flatnonzero(np.diff(sizes[places], prepend=-1) | np.diff(kind[places], prepend=-1))
            for run in np.split(places, heads[1:]) if len(places) else ():
                look = self._look(int(run[0]), int(sizes[run[0]]), int(levels[run[0]]))
                self._paint_run(painter, at[run], look, font, ratio, stamps)
        for place in np.flatnonzero(inside & marked).tolist():
            painter.setOpacity(1.0 if lit is None or lit[place] else _FADED)
            look = self._look(place, int(sizes[place]), int(levels[place]))
            self._paint_run(painter, at[[place]], look, font, ratio, stamps)
        painter.setOpacity(1.0)

    def _look(self, place: int, size: int, activation: int) -> NodeLook:
        family = bool(self.scene.family[place])
        return NodeLook(
            size / 2,
            family,
            activation,
            self.scene.graph.nodes[place].size if family else 1,
            place == self.focus,
            place in self.selected,
            place == self.current,
            place in self.pinned,
            place in self.found,
        )

    def _paint_run(
        self, painter: QPainter, at: Points, look: NodeLook, font: QFont, ratio: float, stamps: bool
    ) -> None:
        """Nodes that look alike."""
        if not stamps:
            for x, y in at.tolist():
                paint_node(painter, QPointF(x, y), look, font)
            return
        stamp, middle = self._sprites.of(look, font, ratio)
        for x, y in np.round(at - middle).astype(np.int64).tolist():
            painter.drawPixmap(x, y, stamp)

    def _marks(self) -> tuple[object, ...]:
        """What decides on names, besides the part in view."""
        return (self.current, self.hovered, tuple(self.found), frozenset(self.selected))

    def _carry(self, camera: Camera, at: Points) -> bool:
        """Let the names that were chosen last go with their nodes, unless that was long ago or far away."""
        if self._carried is None:
            return False
        then, former, marks, before = self._carried
        late = time.perf_counter() - then > _CARRIED_S
        if late or marks != self._marks() or not camera.near(former):
            return False
        places = [label.node for label in self.shown]
        moved = (at[places] - before[places]).tolist()
        self.shown = [
            Label(label.node, label.text, label.style, label.box.translated(x, y))
            for label, (x, y) in zip(self.shown, moved, strict=True)
        ]
        self._carried = (then, former, marks, at)
        return True

    def _arrange(self, camera: Camera, at: Points, lit: NDArray[np.bool_] | None, font: QFont) -> list[Label]:
        scene = self.scene
        reach = scene.radius * camera.node_scale
        must = [place for place in (self.hovered, self.current, self.focus) if place is not None]
        must += [*sorted(self.selected)[:12], *(root for root, focused in self._roots if focused)]
        if lit is not None:
            if self.hovered is not None:
                must = [self.hovered]
            inside = scene.rank[lit[scene.rank]]
        else:
            large = reach[scene.rank] >= _NAMED_SIZE
            large[:_ALWAYS_NAMED] = True
            inside = scene.rank[large]
        room = max(12, round(camera.width * camera.height / _PIXELS_PER_NAME))
        first = dict.fromkeys(must)
        early = dict.fromkeys([*must, *(root for root, _ in self._roots if lit is None)])
        wanted = [*early, *(place for place in inside.tolist() if place not in early)]
        area = QRectF(0, 0, camera.width, camera.height)
        return self._labels.arrange(
            self.names,
            self._style,
            wanted,
            at,
            reach + 1.5,
            area,
            font,
            room + len(first),
            title_room(self.shapes),
            frozenset(first),
        )

    def _style(self, place: int) -> Style:
        if place in (self.focus, self.current, self.hovered) or place in self.selected:
            return _BOLD
        return self._styles[place]


def ground(painter: QPainter, box: QRectF) -> None:
    """The ground of a graph."""
    painter.fillRect(box, color(theme.tokens().base))
