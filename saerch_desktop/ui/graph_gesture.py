"""What the mouse does in a graph: move the picture, move nodes, select in a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication

from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_camera import Camera, Points
from saerch_desktop.ui.theme import color

if TYPE_CHECKING:
    from saerch_desktop.ui.graph_view import GraphView

Kind = Literal["none", "click", "pan", "node", "add", "subtract"]

_NOTHING: Final[NDArray[np.int64]] = np.empty(0, np.int64)


class Gesture:
    """From press to release. A press that does not move is a click: it selects the node it meets."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self.forget()

    def forget(self) -> None:
        """Nothing is under way."""
        self._kind: Kind = "none"
        self._node: int | None = None
        self._from = QPointF()
        self._to = QPointF()
        self._camera: Camera | None = None
        self._dragged: NDArray[np.int64] = _NOTHING
        self._before: Points = np.empty((0, 2))
        self.moved_ties: NDArray[np.int64] = _NOTHING
        """Numbers of the ties whose ends are being moved."""

    @property
    def box(self) -> QRectF | None:
        """The box that is being drawn."""
        if self._kind not in ("add", "subtract"):
            return None
        return QRectF(self._from, self._to).normalized()

    def paint(self, painter: QPainter) -> None:
        """Draw the box."""
        box = self.box
        if box is not None:
            t = theme.tokens()
            painter.setPen(QPen(color(t.accent), 1.0, Qt.PenStyle.DashLine))
            painter.setBrush(color(t.accent, 0.08))
            painter.drawRect(box)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def press(self, event: QMouseEvent) -> None:
        view = self._view
        if self._kind != "none":
            return
        self._from = self._to = event.position()
        self._camera = view.camera
        if event.button() == Qt.MouseButton.MiddleButton:
            self._kind = "pan"
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._node = view.picture.scene.node_at(view.camera, event.position().x(), event.position().y())
        self._kind = "click"

    def move(self, event: QMouseEvent) -> None:
        view = self._view
        self._to = event.position()
        if self._kind == "none":
            place = view.picture.scene.node_at(view.camera, self._to.x(), self._to.y())
            view.hover(place)
            view.setCursor(
                Qt.CursorShape.PointingHandCursor if place is not None else Qt.CursorShape.ArrowCursor
            )
            return
        if self._kind == "click":
            if (self._to - self._from).manhattanLength() < QApplication.startDragDistance():
                return
            self._begin(event)
        if self._kind == "pan" and self._camera is not None:
            shift = self._to - self._from
            view.look_with(self._camera.moved(round(shift.x()), round(shift.y())))
        elif self._kind == "node":
            shift = (self._to - self._from) / view.camera.zoom
            view.picture.scene.at[self._dragged] = self._before + np.array([shift.x(), shift.y()])
            view.update()
        else:
            view.update()

    def _begin(self, event: QMouseEvent) -> None:
        """The press has become a drag."""
        view = self._view
        picture = view.picture
        view.hover(None)
        held = event.modifiers()
        if held & Qt.KeyboardModifier.ShiftModifier:
            self._kind = "add"
        elif held & Qt.KeyboardModifier.AltModifier:
            self._kind = "subtract"
        elif self._node is None:
            self._kind = "pan"
            view.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self._kind = "node"
            together = picture.selected if self._node in picture.selected else {self._node}
            self._dragged = np.asarray(sorted(together), np.int64)
            self._before = picture.scene.at[self._dragged].copy()
            self.moved_ties = picture.scene.edges_of(self._dragged)
            view.redraw_ties()
            view.setCursor(Qt.CursorShape.ClosedHandCursor)

    def release(self, event: QMouseEvent) -> None:
        view = self._view
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        self._to = event.position()
        kind, node, dragged = self._kind, self._node, self._dragged
        box, picture = self.box, view.picture
        self.forget()
        if kind == "click":
            self._click(node, event)
        elif kind == "node":
            picture.pinned.update(dragged.tolist())
            view.redraw_ties()
            for place in dragged.tolist():
                x, y = picture.scene.at[place].tolist()
                view.pinned.emit(view.graph.nodes[place].id, x, y)
        elif box is not None:
            inside = set(picture.scene.inside(view.camera, box.left(), box.top(), box.right(), box.bottom()))
            view.choose(picture.selected | inside if kind == "add" else picture.selected - inside)
        view.setCursor(Qt.CursorShape.ArrowCursor)
        view.update()

    def _click(self, node: int | None, event: QMouseEvent) -> None:
        view = self._view
        picture = view.picture
        more = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        if node is None:
            if not more:
                view.choose(())
            return
        view.choose(picture.selected ^ {node} if more else {node})
        view.walk_to(node)

    def cancel(self) -> bool:
        """Undo what is under way; whether anything was."""
        kind, camera = self._kind, self._camera
        if kind == "none":
            return False
        view = self._view
        if kind == "node":
            view.picture.scene.at[self._dragged] = self._before
            view.redraw_ties()
        elif kind == "pan" and camera is not None:
            view.look_with(camera)
        self.forget()
        view.setCursor(Qt.CursorShape.ArrowCursor)
        view.update()
        return True
