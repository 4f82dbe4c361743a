"""The graph of the families pane: worked out and laid out beside the window, and stable when it changes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from saerch_desktop.features.families.graph_parts import PARENT, FamilyGraph, feature_id
from saerch_desktop.progress import Progress
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.families_desk import FamiliesDesk
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_lights import Lit
from saerch_desktop.ui.families_names import Names
from saerch_desktop.ui.families_places import PlaceKeeper
from saerch_desktop.ui.families_settings import MEASURES, Settings
from saerch_desktop.ui.families_table import Link, Shown
from saerch_desktop.ui.graph_view import GraphView
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.families.pair_counts import PairCounts
    from saerch_desktop.features.families.ties import Ties

_KEY: Final = "families graph"
_GIVE_WAY_S: Final = 0.1
"""Before a graph is worked out the window has Python to itself, to show what is known at once. Who goes on
within that time, or draws a slider, has nothing worked out in vain.
"""
_LEGEND_FROM: Final = 60 * UNIT  # below this height the nodes need the room
_REMEMBERED: Final = 64  # layouts
_HAIRBALL: Final = 1500  # nodes from which the tree and the matrix show more


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A graph with the places of its nodes, and the ties it was drawn by."""

    focus: Focus
    graph: FamilyGraph
    at: NDArray[Any]
    ties: Ties


class FamiliesGraph(QWidget):
    """`walked`, `opened`, `chosen`, `asked` as of the tree; `shown(Shown)` when something else is drawn."""

    walked = Signal(object)
    opened = Signal(object)
    chosen = Signal(object)
    asked = Signal(object, QPoint)
    shown = Signal(object)

    def __init__(self, desk: FamiliesDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._names: Names | None = None
        self._pairs: PairCounts | None = None
        self._ties: Ties | None = None
        self._focus = Focus()
        self._settings = Settings()
        self._lit = Lit()
        self._wanted = False
        self._pinned: dict[str, tuple[float, float]] = {}
        self._places: dict[Focus, dict[str, tuple[float, float]]] = {}
        self._expanded: frozenset[str] = frozenset()
        self._collapsed: frozenset[str] = frozenset()
        self._things: dict[str, Focus] = {}
        self.view = GraphView()
        self.view.walked.connect(lambda node: self._tell(self.walked, node))
        self.view.opened.connect(lambda node: self._tell(self.opened, node))
        self.view.chosen.connect(self._choose)
        self.view.pinned.connect(self._pin)
        self.view.asked.connect(lambda node, at: self.asked.emit(self._thing(node) or Focus(), at))
        self.note = QLabel()
        self.note.setAccessibleName("About the graph")
        theme.set_role(self.note, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.note)
        self.setFocusProxy(self.view)
        desk.pairs_known.connect(self._use_pairs)
        self._keeper = PlaceKeeper(desk, self)
        self._keeper.known.connect(self._use_places)

    # Setters ---------------------------------------------------------------------------------------------

    def show_book(self, names: Names | None) -> None:
        """Draw the families of another book; nodes that are in both keep their places."""
        other = self._names is None or names is None or names.features is not self._names.features
        self._names = names
        if other:
            self._pairs = self._ties = None
            self._pinned, self._places = {}, {}
            self._expanded = self._collapsed = frozenset()
            self._things = {}
            self.view.set_graph(FamilyGraph(), np.empty((0, 2)))
            self._keeper.use(names.features.folder if names is not None else None)
        self._draw()

    def show_focus(self, focus: Focus, settings: Settings) -> None:
        """Put something else in the middle, or draw it otherwise."""
        if focus != self._focus:
            self._expanded = self._collapsed = frozenset()
        self._focus, self._settings = focus, settings
        self._draw()

    def want(self, wanted: bool) -> None:
        """Whether anybody looks: nothing is counted or drawn before."""
        self._wanted = wanted
        if wanted:
            self._draw()

    def light(self, lit: Lit) -> None:
        former, self._lit = self._lit, lit
        self._shine()
        if self._focus.overview and self.view.graph.left_out and former.families != lit.families:
            self._draw()  # others are the brightest now

    def select(self, things: tuple[Focus, ...]) -> None:
        """Mark nodes without a signal."""
        self.view.set_selected(tuple(map(_node_id, things)))

    def look_at(self, what: Focus) -> bool:
        there = _node_id(what) in self._things
        if there:
            self.view.centre_on(_node_id(what))
        return there

    def expand(self, key: str, on: bool = True) -> None:
        """Draw a family's features one by one, or the family as one node."""
        one = frozenset((key,))
        self._expanded = self._expanded | one if on else self._expanded - one
        self._collapsed = self._collapsed - one if on else self._collapsed | one
        self._draw()

    def renamed(self) -> None:
        self._draw()

    def unpin(self) -> None:
        """Lay out anew: nobody's places are kept."""
        for node in self._pinned:
            self._keeper.put(node, None)
        self._pinned = {}
        self._places.pop(self._focus, None)
        self.view.set_pinned(())
        self._draw(anew=True)

    def flush(self) -> None:
        """Write where nodes were put: the window closes."""
        self._keeper.flush()

    def picture(self, path: Path) -> None:
        """Write what is drawn, with its legend, as PNG or SVG by the file's ending."""
        if path.suffix.lower() == ".svg":
            self.view.to_svg(path)
        else:
            self.view.to_png(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        high = self.height() >= _LEGEND_FROM
        self.view.set_legend(high)
        self.note.setVisible(high)

    def _use_places(self, places: dict[str, tuple[float, float]]) -> None:
        """Nodes stand where they were put the last time; what was put since stays."""
        self._pinned = {**places, **self._pinned}
        self._draw()

    # Drawing ---------------------------------------------------------------------------------------------

    def _use_pairs(self, pairs: PairCounts) -> None:
        if pairs is not self._pairs:
            self._pairs, self._ties = pairs, None
        self._draw()

    def _draw(self, anew: bool = False) -> None:
        names = self._names
        if names is None or not self._wanted:
            return
        if self._pairs is None:
            self._desk.want_pairs()
            return
        pairs, ties, settings, focus = self._pairs, self._ties, self._settings, self._focus
        known = {} if anew else {**self.view.positions(), **self._places.get(focus, {}), **self._pinned}
        pinned = frozenset(self._pinned)
        expanded, collapsed, bright = self._expanded, self._collapsed, self._lit.families

        def work(progress: Progress) -> _Made:
            if threading.current_thread() is not threading.main_thread():
                time.sleep(_GIVE_WAY_S)
                progress.check()
            from saerch_desktop.features.families.graph import local_graph, overview_graph
            from saerch_desktop.features.families.placement import lay_out
            from saerch_desktop.features.families.ties import Ties

            tied = ties if ties is not None and ties.measure == settings.measure else None
            tied = tied or Ties.of(pairs, settings.measure)
            if focus.overview:
                graph = overview_graph(
                    names.book,
                    tied,
                    names.features,
                    settings.threshold,
                    settings.most,
                    settings.measure,
                    bright,
                )
            else:
                graph = local_graph(
                    names.book,
                    tied,
                    names.features,
                    focus.family if focus.family is not None else int(focus.feature or 0),
                    settings.depth,
                    settings.measure,
                    settings.threshold,
                    settings.most,
                    expanded=expanded,
                    collapsed=collapsed,
                )
            return _Made(focus, graph, lay_out(graph, known, pinned, progress=progress), tied)

        self._desk.ask("Drawing the families", work, self._drawn, _KEY)

    def _drawn(self, made: _Made) -> None:
        if self._pairs is None:
            return
        self._ties = made.ties
        graph = made.graph
        self._things = {
            node.id: Focus(node.key) if node.kind == "family" else Focus(feature=node.feature)
            for node in graph.nodes
        }
        fresh = not set(self.view.graph.ids) & set(graph.ids)
        self.view.set_graph(graph, made.at)
        self.view.set_pinned(self._pinned.keys() & self._things.keys())
        self._places.pop(made.focus, None)
        self._places[made.focus] = self.view.positions()
        while len(self._places) > _REMEMBERED:
            self._places.pop(next(iter(self._places)))
        if fresh:
            self.view.fit()
        self.note.setText(_note(graph, bool(self._lit)))
        self._shine()

    def _shine(self) -> None:
        lit = self._lit
        if not lit:
            self.view.set_activation(None)
        else:
            shares = {node: lit.of(what) for node, what in self._things.items()}
            self.view.set_activation(shares, lit.scale or f"Active in {lit.caption}")
        if self._names is not None:
            self.shown.emit(self._twin())

    def _twin(self) -> Shown:
        """What is drawn, for the table."""
        graph = self.view.graph
        things = [self._things[node.id] for node in graph.nodes]
        links = [
            Link(things[one], things[other], weight, "above" if kind == PARENT else "together")
            for (one, other), weight, kind in zip(
                graph.edges.tolist(), graph.weights.tolist(), graph.kinds.tolist(), strict=True
            )
        ]
        measure = next(text for key, text, _ in MEASURES if key == self._settings.measure)
        lit = {what: self._lit.of(what) for what in things} if self._lit else {}
        return Shown(things, links, measure, lit)

    # What the user does ----------------------------------------------------------------------------------

    def _tell(self, signal: Any, node: str) -> None:
        what = self._thing(node)
        if what is not None:
            signal.emit(what)

    def _thing(self, node: str) -> Focus | None:
        """What a node is; a family may also be told by the ground around its features."""
        if node in self._things or self._names is None:
            return self._things.get(node)
        return Focus(node) if self._names.book.get(node) is not None else None

    def _choose(self, nodes: tuple[str, ...]) -> None:
        self.chosen.emit(tuple(self._things[node] for node in nodes if node in self._things))

    def _pin(self, node: str, x: float, y: float) -> None:
        self._pinned[node] = (x, y)
        self._keeper.put(node, (x, y))
        self._places.setdefault(self._focus, {})[node] = (x, y)
        self.view.set_pinned(self._pinned)


def _node_id(what: Focus) -> str:
    if what.family is not None:
        return what.family
    return "" if what.feature is None else feature_id(what.feature)


def _note(graph: FamilyGraph, lit: bool) -> str:
    count = len(graph.nodes)
    if not count:
        return "Nothing is tied to it as strongly as that. A lower strength or another measure shows more."
    told = f"{wording.count(count)} nodes, {wording.count(len(graph.edges))} links"
    if graph.left_out:
        if graph.focus:
            are = "more is" if graph.left_out == 1 else "more are"
            rest = f"{are} close, beyond this number of nodes"
        else:
            # Bright ones are drawn before larger ones.
            kind = "further" if lit else "smaller"
            rest = f"{kind} family is not drawn" if graph.left_out == 1 else f"{kind} families are not drawn"
        told += f" · {wording.count(graph.left_out)} {rest}"
    if count > _HAIRBALL:
        told += " · of so many the tree and the matrix show more"
    return told
