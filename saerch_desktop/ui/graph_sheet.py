"""Many ties drawn once onto a sheet, which is shifted and stretched while the view moves."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPixmap

from saerch_desktop.ui.graph_camera import Camera
from saerch_desktop.ui.graph_edges import Edges

_SPARE: Final = 160  # pixels drawn beyond the view on each side, so that a small shift uncovers nothing
_SLICE_S: Final = 0.010  # of drawing at a time; the window goes on in between
_AT_ONCE: Final = 400
_AT_A_STROKE: Final = 1200  # ties: so many are drawn before the first picture is shown, and not after it
_SETTLED_MS: Final = 90


class EdgeSheet(QObject):
    """Draws in slices between events and says so when it is whole: the window never waits for it."""

    def __init__(self, changed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._changed = changed
        self._edges: Edges | None = None
        self._shown: tuple[QPixmap, Camera] | None = None
        self._work: tuple[QPixmap, Camera] | None = None
        self._left: NDArray[np.int64] = np.empty(0, np.int64)
        self._hidden: NDArray[np.int64] = np.empty(0, np.int64)
        self._ratio = 1.0
        self._slice = QTimer(self)
        self._slice.setInterval(0)
        self._slice.timeout.connect(self._draw_slice)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._begin_now)
        self._wanted: Camera | None = None

    def set_edges(self, edges: Edges | None) -> None:
        """Other ties: what was drawn is thrown away."""
        self._stop()
        self._edges, self._shown, self._wanted = edges, None, None

    def hide(self, which: NDArray[np.int64]) -> None:
        """Leave these ties out from the next drawing on: they are being moved."""
        self._hidden = which

    def redraw(self) -> None:
        """The ties changed their places or colours; the old sheet is shown until the new one is whole."""
        self._wanted = None

    def _stop(self) -> None:
        self._slice.stop()
        self._settled.stop()
        self._work = None

    def ask(self, camera: Camera, ratio: float) -> None:
        """See to it that there is a sheet for this view soon."""
        if self._edges is None or (self._wanted is not None and self._covers(self._wanted, camera)):
            return
        self._ratio = ratio
        moving = self._wanted is not None and self._shown is not None
        self._wanted = camera
        self._slice.stop()
        self._work = None
        if moving:
            self._settled.start()
        else:
            self._begin_now()

    @staticmethod
    def _covers(sheet: Camera, view: Camera) -> bool:
        if sheet.zoom != view.zoom or (sheet.width, sheet.height) != (view.width, view.height):
            return False
        shift = max(abs(sheet.x - view.x), abs(sheet.y - view.y)) * view.zoom
        return shift <= _SPARE * 0.6

    def _begin_now(self) -> None:
        camera, edges = self._wanted, self._edges
        if camera is None or edges is None:
            return
        self._settled.stop()
        wide, high = camera.width + 2 * _SPARE, camera.height + 2 * _SPARE
        page = QPixmap(round(wide * self._ratio), round(high * self._ratio))
        page.setDevicePixelRatio(self._ratio)
        page.fill(Qt.GlobalColor.transparent)
        self._work = (page, camera)
        self._left = edges.in_view(camera, _SPARE)
        if self._hidden.size:
            self._left = self._left[~np.isin(self._left, self._hidden)]
        self._draw_slice()

    def _draw_slice(self) -> None:
        if self._work is None or self._edges is None:
            self._slice.stop()
            return
        page, camera = self._work
        began = time.perf_counter()
        painter = QPainter(page)
        first = self._shown is None and self._left.size <= _AT_A_STROKE
        while self._left.size and (first or time.perf_counter() - began < _SLICE_S):
            self._edges.paint(painter, camera, self._left[:_AT_ONCE], (_SPARE, _SPARE))
            self._left = self._left[_AT_ONCE:]
        painter.end()
        if self._left.size:
            self._slice.start()
            return
        self._slice.stop()
        self._shown, self._work = self._work, None
        self._changed()

    @property
    def busy(self) -> bool:
        """Whether a newer drawing is to come."""
        return self._work is not None or self._settled.isActive()

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """Put the sheet where it belongs in this view, stretched if it was drawn for another zoom."""
        if self._shown is None:
            return
        page, then = self._shown
        x, y = then.world(-_SPARE, -_SPARE)
        left = (x - camera.x) * camera.zoom + camera.width / 2
        top = (y - camera.y) * camera.zoom + camera.height / 2
        if then.zoom == camera.zoom:
            painter.drawPixmap(QPointF(round(left), round(top)), page)
            return
        grown = camera.zoom / then.zoom
        size = page.deviceIndependentSize()
        painter.drawPixmap(
            QRectF(left, top, size.width() * grown, size.height() * grown), page, QRectF(page.rect())
        )
