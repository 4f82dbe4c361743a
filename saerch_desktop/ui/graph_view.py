"""The graph of features and families as a picture one can work in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from saerch_desktop.features.families.graph_parts import FamilyGraph
from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import UNIT, color


class GraphView(QWidget):
    """Nodes are told by id (`features.families.graph_parts.Node.id`)."""

    chosen = Signal(tuple)
    """Ids of the selected nodes, after the analyst changed the selection."""
    opened = Signal(str)
    """A node was double-clicked, or Enter pressed on it."""
    walked = Signal(str)
    """A node became the current one, by a click or the arrow keys."""
    pinned = Signal(str, float, float)
    """A node was dragged to a place, in pixels at zoom 1."""
    asked = Signal(str, QPoint)
    """The context menu is wanted at a global point, for a node or (with "") for none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graph = FamilyGraph()
        self._at: NDArray[np.float64] = np.empty((0, 2))
        self._selected: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Graph of features and families")
        theme.notifier.changed.connect(self.update)

    @property
    def graph(self) -> FamilyGraph:
        return self._graph

    def set_graph(self, graph: FamilyGraph, positions: NDArray[Any]) -> None:
        """Show a graph. positions (n, 2): as `features.families.placement.lay_out` gives them."""
        self._graph, self._at = graph, np.asarray(positions, np.float64)
        self.update()

    def positions(self) -> dict[str, tuple[float, float]]:
        """Where each node is now."""
        return {node.id: (x, y) for node, (x, y) in zip(self._graph.nodes, self._at.tolist(), strict=True)}

    def set_activation(self, shares: Mapping[str, float] | None, caption: str = "") -> None:
        """Colour nodes by how strongly each is active, 0 to 1; None for no colours. caption: in what."""

    def set_pinned(self, ids: Iterable[str]) -> None:
        """Mark the nodes that the analyst has put where they are."""

    def set_selected(self, ids: Iterable[str]) -> None:
        """Select nodes without a signal."""
        self._selected = tuple(ids)
        self.update()

    @property
    def selected(self) -> tuple[str, ...]:
        return self._selected

    def find(self, text: str) -> int:  # type: ignore[override]  # Qt's own looks windows up by handle
        """Mark the nodes whose name holds the text and show the first; how many there are."""
        return sum(text.casefold() in node.name.casefold() for node in self._graph.nodes) if text else 0

    def find_next(self, backwards: bool = False) -> None:
        """Go on to the next node that was found."""

    def centre_on(self, node: str) -> None:
        """Bring a node to the middle and make it the current one, without a signal."""

    def fit(self) -> None:
        """Show the whole graph."""

    def zoom_in(self) -> None:
        """One step nearer, around the middle."""

    def zoom_out(self) -> None:
        """One step back, around the middle."""

    def set_legend(self, shown: bool) -> None:
        """Whether the legend is drawn."""

    def to_png(self, path: Path, scale: float = 2.0) -> None:
        """Write the view with its legend as a picture. UserError when that cannot be written."""

    def to_svg(self, path: Path) -> None:
        """Write the view with its legend as a drawing. UserError when that cannot be written."""

    def sizeHint(self) -> QSize:
        return QSize(160 * UNIT, 100 * UNIT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color(theme.tokens().base))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self.width() / 2, self.height() / 2)
        painter.setPen(color(theme.tokens().text))
        for node, (x, y) in zip(self._graph.nodes, self._at.tolist(), strict=True):
            painter.drawEllipse(QPointF(x, y), 6, 6)
            painter.drawText(QPointF(x + 8, y), node.name)
        painter.end()
