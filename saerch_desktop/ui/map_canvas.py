"""The canvas of the map: moves and stretches its picture at once, and asks for a new one when it rests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saerch_desktop.ui import map_marks, theme, wording
from saerch_desktop.ui.map_camera import Camera
from saerch_desktop.ui.map_drawing import Chart, Drawn
from saerch_desktop.ui.map_names import Name, NameLayer
from saerch_desktop.ui.map_walk import next_point
from saerch_desktop.ui.theme import UNIT

_RESTS_MS: Final = 90
_LONGEST_MS: Final = 400  # after which a picture is drawn anew while it is still being moved
_TELLS_MS: Final = 250
_REACH: Final = 8  # pixels from a point at which it is meant
_STEP: Final = 12 * UNIT
_NOTCH: Final = 1.25  # one notch of the wheel
_DRAG: Final = 4  # pixels that make a press a drag


class Tool(StrEnum):
    """What dragging does."""

    MOVE = "move"
    BOX = "box"
    LASSO = "lasso"


class How(StrEnum):
    """What a drawn shape does to the selection."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


class MapCanvas(QWidget):
    """`settled(Camera)`: the view rests and is to be drawn. `opened(row)`: a click or Enter.
    `enclosed(corners, How)`: corners (n, 2) float64 in the plane. `picked(row)`: Ctrl and a click. `cleared`:
    Esc. `tool_changed(Tool)`.
    """

    settled = Signal(object)
    opened = Signal(int)
    enclosed = Signal(object, object)
    picked = Signal(int)
    cleared = Signal()
    tool_changed = Signal(object)

    def __init__(self, tell: Callable[[int], str], parent: QWidget | None = None) -> None:
        """tell: what a point is, in words, by its row."""
        super().__init__(parent)
        self._tell = tell
        self._chart: Chart | None = None
        self._drawn: Drawn | None = None
        self.names = NameLayer()
        self.camera = Camera()
        self.tool = Tool.MOVE
        self._press: QPointF | None = None
        self._last = QPointF()
        self._dragging = False
        self._shape: list[QPointF] = []
        self._shaping: Tool | None = None
        self.hovered: int | None = None
        self.current: int | None = None  # the document or feature that other panes show
        self._walking = False
        self._moving_since = 0.0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(40 * UNIT, 30 * UNIT)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Map")
        self._rest = QTimer(self, singleShot=True, interval=_RESTS_MS)
        self._rest.timeout.connect(self._settle)
        self._telling = QTimer(self, singleShot=True, interval=_TELLS_MS)
        self._telling.timeout.connect(self._tell_hovered)
        theme.notifier.changed.connect(self._settle)
        self.set_tool(Tool.MOVE)

    # Content ---------------------------------------------------------------------------------------------

    def set_chart(self, chart: Chart | None, *, keep: bool = False) -> None:
        """Another map, all of it in view; keep: the same points, looked at from where one is."""
        self._chart, self._drawn, self.hovered = chart, None, None
        self.names.clear()
        if chart is not None and not keep:
            self.camera = self.camera.fit(chart.index.low, chart.index.high)
        self._settle()
        self.update()

    def set_drawn(self, drawn: Drawn) -> None:
        """The picture that was asked for."""
        self._drawn = drawn
        self.update()

    def set_names(self, names: tuple[Name, ...]) -> None:
        """Names of places, the most important first."""
        self.names.set_names(names, self.camera, self.font())
        self.update()

    def set_current(self, row: int | None) -> None:
        """The document or feature that other panes show."""
        self.current = row
        self.update()

    @property
    def chart(self) -> Chart | None:
        return self._chart

    @property
    def drawn(self) -> Drawn | None:
        return self._drawn

    def set_tool(self, tool: Tool) -> None:
        self.tool = tool
        self._give_up()
        shape = Qt.CursorShape.OpenHandCursor if tool is Tool.MOVE else Qt.CursorShape.CrossCursor
        self.setCursor(shape)
        self.tool_changed.emit(tool)

    # Moving ----------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """All of the map."""
        if self._chart is not None:
            self._look(self.camera.fit(self._chart.index.low, self._chart.index.high))

    def look_from(self, x: float, y: float, near: float) -> None:
        """With this place in the middle, so many times nearer than where the whole map is in view."""
        if self._chart is not None:
            self.fit()
            self._look(replace(self.camera, x=x, y=y).zoomed(near))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        self._look(self.camera.zoomed(factor, at))

    def show_row(self, row: int) -> None:
        """Move there if it is out of view."""
        at = self._place(row)
        if at is not None and not self.rect().adjusted(UNIT, UNIT, -UNIT, -UNIT).contains(at.toPoint()):
            middle = self.rect().center()
            self._look(self.camera.moved(middle.x() - at.x(), middle.y() - at.y()))

    def _look(self, camera: Camera) -> None:
        self.camera = camera
        if self._walking and self.hovered is not None and self._place(self.hovered) is None:
            self._hover(None)
        if not self._rest.isActive():
            self._moving_since = time.monotonic()
        drawn = self._drawn
        bare = drawn is not None and not camera.target(drawn.view).contains(QRectF(self.rect()))
        if time.monotonic() - self._moving_since > (_RESTS_MS if bare else _LONGEST_MS) / 1000:
            self._settle()  # its edge has come into view, or it has been stretched for long: no waiting
        else:
            self._rest.start()
        self.names.follow(camera)
        self.update()

    def _settle(self) -> None:
        self._rest.stop()
        if self._chart is not None and self.isVisible():
            self.settled.emit(self.camera)

    def _place(self, row: int | None) -> QPointF | None:
        if row is None or self._chart is None or not 0 <= row < len(self._chart.points.xy):
            return None
        x, y = self._chart.points.xy[row].tolist()
        return self.camera.place(x, y) if np.isfinite(x) else None

    # Mouse -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        self._press = self._last = event.position()
        self._dragging = False
        held = event.modifiers()
        shaping = self.tool if self.tool is not Tool.MOVE else None
        if held & Qt.KeyboardModifier.ShiftModifier and shaping is None:
            shaping = Tool.BOX
        self._shaping = None if event.button() == Qt.MouseButton.MiddleButton else shaping
        self._shape = [event.position()]
        QToolTip.hideText()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._press is None:
            self._hover(self.point_at(at))
            return
        if not self._dragging and (at - self._press).manhattanLength() < _DRAG:
            return
        self._dragging = True
        if self._shaping is None:
            step = at - self._last
            self._last = at
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._look(self.camera.moved(step.x(), step.y()))
            return
        if self._shaping is Tool.BOX:
            self._shape = [self._press, at]
        elif (at - self._shape[-1]).manhattanLength() >= 3:
            self._shape.append(at)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            return
        shaping, dragged, shape = self._shaping, self._dragging, list(self._shape)
        self._give_up()
        if not dragged:
            row = self.point_at(event.position())
            if row is not None and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.picked.emit(row)
            elif row is not None:
                self.opened.emit(row)
        elif shaping is not None:
            corners = _box(shape[0], shape[-1]) if shaping is Tool.BOX else shape
            plane = np.array([self.camera.plane(corner) for corner in corners])
            self.enclosed.emit(plane, how_of(event.modifiers()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self.zoom(_NOTCH ** (turned / 120), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self._walking:
            self._hover(None)

    def point_at(self, at: QPointF) -> int | None:
        """The row whose point is at a place of the canvas."""
        if self._chart is None:
            return None
        return self._chart.index.nearest(*self.camera.plane(at), _REACH / self.camera.scale)

    def _hover(self, row: int | None) -> None:
        if row != self.hovered:
            self.hovered, self._walking = row, False
            QToolTip.hideText()
            if row is not None:
                self._telling.start()
            self.update()

    def _tell_hovered(self) -> None:
        at = self._place(self.hovered)
        if at is not None and self.hovered is not None and self._press is None:
            text = self._tell(self.hovered)
            if self.underMouse() or self._walking:
                QToolTip.showText(self.mapToGlobal(at.toPoint()), wording.tip(text), self)

    def _give_up(self) -> None:
        """Of a drag, whatever it was."""
        self._press, self._shaping, self._shape, self._dragging = None, None, [], False
        move = self.tool is Tool.MOVE
        self.setCursor(Qt.CursorShape.OpenHandCursor if move else Qt.CursorShape.CrossCursor)
        self.update()

    # Keys ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = Qt.Key(event.key()), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        arrows = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        if key in arrows and control:
            self._walk(*arrows[key])
        elif key in arrows:
            dx, dy = arrows[key]
            self._look(self.camera.moved(-dx * _STEP, dy * _STEP))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and not control:
            self.zoom(_NOTCH**2)
        elif key == Qt.Key.Key_Minus and not control:
            self.zoom(_NOTCH**-2)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_Home) and not control:
            self.fit()
        elif key == Qt.Key.Key_B and not control:
            self.set_tool(Tool.MOVE if self.tool is Tool.BOX else Tool.BOX)
        elif key == Qt.Key.Key_L and not control:
            self.set_tool(Tool.MOVE if self.tool is Tool.LASSO else Tool.LASSO)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.hovered is not None:
            self.opened.emit(self.hovered)
        elif key == Qt.Key.Key_Space and self.hovered is not None:
            self.picked.emit(self.hovered)
        elif key == Qt.Key.Key_Escape and self._press is not None:
            self._give_up()
        elif key == Qt.Key.Key_Escape and self.tool is not Tool.MOVE:
            self.set_tool(Tool.MOVE)
        elif key == Qt.Key.Key_Escape:
            self.cleared.emit()
        else:
            super().keyPressEvent(event)

    def _walk(self, dx: int, dy: int) -> None:
        """To the next point in a direction, from the one that is pointed at or from the middle."""
        if self._chart is None:
            return
        start = self.hovered if self.hovered is not None else self.current
        row = next_point(self._chart, self.camera, start, dx, dy)
        if row is not None:
            self.hovered, self._walking = row, True
            self.show_row(row)
            self._telling.start()
            self.update()

    # Painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(t.base))
        if self._drawn is not None:
            painter.drawImage(self.camera.target(self._drawn.view), self._drawn.image)
        elif self._chart is not None:
            painter.setPen(theme.color(t.text_muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drawing the map …")
        self.names.paint(painter, self.font(), self.camera)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        map_marks.paint_current(painter, self._place(self.current))
        map_marks.paint_hovered(painter, self._place(self.hovered))
        if self._shaping is not None and self._dragging:
            line = _box(self._shape[0], self._shape[-1]) if self._shaping is Tool.BOX else self._shape
            map_marks.paint_shape(painter, QPolygonF(line))
        if self.hasFocus():
            map_marks.paint_focus(painter, self.rect())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        whole = self.camera.scale == self.camera.fitted
        self.camera = self.camera.resized(self.width(), self.height())
        if whole:
            self.fit()  # what was all in view stays so
        self._look(self.camera)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle()

    def sizeHint(self) -> QSize:
        return QSize(160 * UNIT, 80 * UNIT)


def how_of(held: Qt.KeyboardModifier) -> How:
    """What the keys that are held make of a shape: Ctrl adds, Alt takes away."""
    if held & Qt.KeyboardModifier.ControlModifier:
        return How.ADD
    return How.REMOVE if held & Qt.KeyboardModifier.AltModifier else How.REPLACE


def _box(a: QPointF, b: QPointF) -> list[QPointF]:
    return [a, QPointF(b.x(), a.y()), b, QPointF(a.x(), b.y())]


def corners_box(corners: NDArray[np.float64]) -> tuple[float, float, float, float] | None:
    """The box of four corners that lie along the axes, None for any other line."""
    xs, ys = np.unique(corners[:, 0]), np.unique(corners[:, 1])
    if len(corners) != 4 or len(xs) != 2 or len(ys) != 2:
        return None
    return float(xs[0]), float(ys[0]), float(xs[1]), float(ys[1])
