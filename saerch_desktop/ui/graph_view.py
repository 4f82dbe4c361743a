"""The graph of features and families as a picture one can work in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from saerch_desktop.features.families.graph_parts import FamilyGraph
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.graph_camera import STEP, Camera
from saerch_desktop.ui.graph_export import write_png, write_svg
from saerch_desktop.ui.graph_gesture import Gesture
from saerch_desktop.ui.graph_keys import press_key
from saerch_desktop.ui.graph_legend import legend_height
from saerch_desktop.ui.graph_picture import LIVE, Picture, ground
from saerch_desktop.ui.graph_sheet import EdgeSheet
from saerch_desktop.ui.graph_words import node_tip, node_words
from saerch_desktop.ui.theme import UNIT, color

_MARGIN: Final = 6.0 * UNIT
_REST_MS: Final = 60


class GraphView(QWidget):
    """Nodes are told by id (`features.families.graph_parts.Node.id`), groups by their key.

    Drag to move the picture or a node, which is then pinned; Shift-drag selects what is in a box, Alt-drag
    takes it out again; the wheel zooms where the pointer is. ↑ ↓ ← → walk along the ties, Enter opens, Space
    selects, + and − zoom, F shows all, Escape takes back the search and then the selection.
    """

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
        self._picture = Picture(FamilyGraph(), np.empty((0, 2)))
        self._camera = Camera()
        self._fitted = True  # the whole graph is in view, and is to stay so when the window changes its size
        self._legend_on = True
        self._painted: Camera | None = None  # the part that was last drawn; None: nothing of this graph yet
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)  # after it names are as they should be
        self._rest.timeout.connect(self.update)
        self._sheet = EdgeSheet(self.update, self)
        self._gesture = Gesture(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(60 * UNIT, 40 * UNIT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Graph of features and families")
        theme.notifier.changed.connect(self._look_changed)

    # What is shown ---------------------------------------------------------------------------------------

    @property
    def graph(self) -> FamilyGraph:
        return self._picture.scene.graph

    @property
    def picture(self) -> Picture:
        """What is drawn, with its marks."""
        return self._picture

    @property
    def camera(self) -> Camera:
        """Which part is in view."""
        return self._camera

    @property
    def busy(self) -> bool:
        """Whether a finer drawing is still to come."""
        return self._sheet.busy or self._rest.isActive()

    def set_graph(self, graph: FamilyGraph, positions: NDArray[Any]) -> None:
        """Show a graph. positions (n, 2): as `features.families.placement.lay_out` gives them.

        Nodes that were there before keep their marks. The view stays where it is if it shows most of the new
        graph too, else it shows all.
        """
        picture = Picture(graph, np.asarray(positions, np.float64).reshape(-1, 2))
        picture.take_marks(self._picture)
        self._gesture.forget()
        self._picture, self._painted = picture, None
        self._sheet.set_edges(picture.edges if len(graph.edges) > LIVE else None)
        self.setAccessibleDescription(
            f"{wording.count(len(graph.nodes))} nodes, {wording.count(len(graph.edges))} links"
        )
        if self._fitted or not self._shows_most():
            self.fit()
        self._resize_camera()
        self.update()

    def positions(self) -> dict[str, tuple[float, float]]:
        """Where each node is now."""
        scene = self._picture.scene
        return {node.id: (x, y) for node, (x, y) in zip(scene.graph.nodes, scene.at.tolist(), strict=True)}

    def set_activation(self, shares: Mapping[str, float] | None, caption: str = "") -> None:
        """Colour nodes by how strongly each is active, 0 to 1; None for no colours. caption: for the legend,
        for example "active in the query".
        """
        picture = self._picture
        picture.caption, picture.activation = caption, None
        if shares is not None:
            found = [shares.get(node.id, 0.0) for node in self.graph.nodes]
            picture.activation = np.clip(np.asarray(found, np.float64), 0.0, 1.0)
        self._resize_camera()
        self.update()

    def set_pinned(self, ids: Iterable[str]) -> None:
        """Mark the nodes that the analyst has put where they are."""
        self._picture.pinned = set(self._places(ids))
        self.update()

    def set_selected(self, ids: Iterable[str]) -> None:
        """Select nodes without a signal."""
        self._picture.selected = set(self._places(ids))
        self.update()

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids of the selected nodes, in the order of the graph."""
        return tuple(self.graph.nodes[place].id for place in sorted(self._picture.selected))

    @property
    def current(self) -> str | None:
        """The node that the keys act on."""
        return None if self._picture.current is None else self.graph.nodes[self._picture.current].id

    def find(self, text: str) -> int:  # type: ignore[override]  # Qt's own looks windows up by handle
        """Let the nodes stand out whose name holds the text (or whose number is "#12"); how many."""
        found = self._picture.search(text)
        if found and not self._in_view(found):
            self._look_at(found[0])
        self.update()
        return len(found)

    def find_next(self, backwards: bool = False) -> None:
        """Go on to the next node that was found."""
        if not (found := self._picture.found):
            return
        now = self._picture.current
        now = found.index(now) if now in found else 0 if backwards else -1
        self.walk_to(found[(now + (-1 if backwards else 1)) % len(found)])

    def centre_on(self, node: str) -> None:
        """Bring a node to the middle and make it the current one, without a signal."""
        for place in self._places([node]):
            self._picture.current = place
            self._look_at(place)

    def set_legend(self, shown: bool) -> None:
        """Whether the strip below says what the marks mean."""
        self._legend_on = shown
        self._resize_camera()
        self.update()

    # The part in view ------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole graph."""
        self._resize_camera()
        low, high = self._picture.scene.bounds()
        low = low - (0.0, _MARGIN if self.graph.groups else 0.0)
        self._camera = self._camera.fitted(low, high, _MARGIN)
        self._fitted = True
        self.update()

    def zoom_in(self) -> None:
        """One step nearer, around the middle."""
        self.zoom_at(STEP, self._camera.width / 2, self._camera.height / 2)

    def zoom_out(self) -> None:
        """One step back, around the middle."""
        self.zoom_at(1 / STEP, self._camera.width / 2, self._camera.height / 2)

    def zoom_at(self, factor: float, x: float, y: float) -> None:
        """Nearer or farther, with what is at a point of the view staying there."""
        self.look_with(self._camera.zoomed(factor, x, y))

    def look_with(self, camera: Camera) -> None:
        """Show another part."""
        self._camera = camera
        self._fitted = False
        self.update()

    def _shows_most(self) -> bool:
        scene = self._picture.scene
        camera = self._camera
        return len(scene.inside(camera, 0, 0, camera.width, camera.height)) >= 0.8 * scene.n

    def _in_view(self, places: Iterable[int]) -> bool:
        at = self._camera.screen(self._picture.scene.at[list(places)])
        return bool(((at > 0) & (at < (self._camera.width, self._camera.height))).all(1).any())

    def _look_at(self, place: int) -> None:
        x, y = self._picture.scene.at[place].tolist()
        self.look_with(self._camera.centred(x, y))

    def _resize_camera(self) -> None:
        legend = legend_height(self._picture.legend, self.width(), self.font()) if self._has_legend() else 0
        self._camera = self._camera.sized(self.width(), self.height() - legend)

    def _has_legend(self) -> bool:
        return self._legend_on and self._picture.scene.n > 0

    def _places(self, ids: Iterable[str]) -> list[int]:
        place = self._picture.scene.place
        return [place[one] for one in ids if one in place]

    # What the analyst does -------------------------------------------------------------------------------

    def walk_to(self, place: int) -> None:
        """Make a node the current one, in view."""
        self._picture.current = place
        if not self._in_view([place]):
            self._look_at(place)
        self.setAccessibleDescription(node_words(self._picture, place))
        self.update()
        self.walked.emit(self.graph.nodes[place].id)

    def choose(self, places: Iterable[int]) -> None:
        """Select nodes, and say so."""
        chosen = set(places)
        if chosen != self._picture.selected:
            self._picture.selected = chosen
            self.update()
            self.chosen.emit(self.selected)

    def hover(self, place: int | None) -> None:
        """Let a node and its neighbours stand out."""
        if place != self._picture.hovered:
            self._picture.hovered = place
            self.update()

    def redraw_ties(self) -> None:
        """Nodes have moved."""
        self._sheet.redraw()
        self._fitted = False
        self.update()

    def take_back(self) -> bool:
        """One thing for each call: a drag under way, what was found, the selection; whether there was any."""
        if self._gesture.cancel():
            return True
        if self._picture.found:
            self._picture.found = []
            self.update()
            return True
        if self._picture.selected:
            self.choose(())
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_key(self, event):
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._gesture.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._gesture.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._gesture.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x, y = event.position().x(), event.position().y()
        place = self._picture.scene.node_at(self._camera, x, y)
        found = self.graph.nodes[place].id if place is not None else self._picture.group_at(x, y)
        if found is not None:
            self.opened.emit(found)

    def leaveEvent(self, event: QEvent) -> None:
        self.hover(None)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.zoom_at(STEP ** (turned / 120), event.position().x(), event.position().y())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        picture = self._picture
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place, where = picture.current, QPoint(self.width() // 2, self.height() // 2)
            if place is not None:
                x, y = self._camera.screen(picture.scene.at[[place]])[0].tolist()
                where = QPoint(round(x), round(y))
        else:
            where = event.pos()
            place = picture.scene.node_at(self._camera, where.x(), where.y())
        found = (
            self.graph.nodes[place].id if place is not None else self._picture.group_at(where.x(), where.y())
        )
        self.asked.emit(found or "", self.mapToGlobal(where))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._picture.scene.node_at(self._camera, event.pos().x(), event.pos().y())
            if place is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), wording.tip(node_tip(self._picture, place)), self)
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_at(1 + event.value(), event.position().x(), event.position().y())
            return True
        return super().event(event)

    # Painting and files ----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(160 * UNIT, 100 * UNIT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._resize_camera()
        if self._fitted:
            self.fit()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.EnabledChange):
            self._look_changed()
        super().changeEvent(event)

    def _look_changed(self) -> None:
        self._picture.forget_look()
        self._sheet.redraw()
        self._resize_camera()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ground(painter, QRectF(self.rect()))
        picture, camera = self._picture, self._camera
        if not picture.scene.n:
            return
        painter.setOpacity(1.0 if self.isEnabled() else 0.5)
        ratio = self.devicePixelRatioF()
        moved = self._gesture.moved_ties
        sheet = self._sheet if len(picture.scene.graph.edges) > LIVE else None
        if sheet is not None:
            sheet.hide(moved)
            sheet.ask(camera, ratio)
        painter.setClipRect(QRectF(0, 0, camera.width, camera.height))
        moving = self._painted not in (None, camera)
        self._painted = camera
        if not picture.paint(painter, camera, self.font(), ratio, sheet, moved, hurried=moving):
            self._rest.start()
        self._gesture.paint(painter)
        painter.setClipping(False)
        if self._has_legend():
            box = QRectF(0, camera.height, self.width(), self.height() - camera.height)
            picture.legend_stamp.paint(
                painter, box, picture.legend, self.font(), picture.edges, camera.node_scale
            )
        if self.hasFocus() and QApplication.activeWindow() is self.window():
            painter.setPen(QPen(color(theme.tokens().focus), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def to_png(self, path: Path, scale: float = 2.0) -> None:
        """Write the view with its legend as a picture. UserError when that cannot be written."""
        write_png(path, self._picture, self._camera, self.font(), scale)

    def to_svg(self, path: Path) -> None:
        """Write the view with its legend as a drawing. UserError when that cannot be written."""
        write_svg(path, self._picture, self._camera, self.font())
