"""The plot of a comparison: how many times commoner each feature is, against how sure that is.

Painted by hand, all points of a kind in one call.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.explain_table import FADED
from saerch_desktop.ui.plot_with_table import PlotWithTable
from saerch_desktop.ui.theme import UNIT, color

_NEAR: Final = 10.0  # pixels
_MOST_LABELS: Final = 6  # on each side
_WIDEST: Final = 8.0  # times two to the power of this
_TABLE: Final = 400
_ROOM_FOR_NAMES: Final = 12  # lines of text


class VolcanoPlot(QWidget):
    """Points: right of the middle over-, left of it under-represented; the higher, the surer. `chosen` is a
    feature that was clicked or reached with the arrows; ↑ ↓ goes by rank, ← → from left to right.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._features: NDArray[np.int64] = np.empty(0, np.int64)
        self._x: NDArray[np.float64] = np.empty(0)
        self._y: NDArray[np.float64] = np.empty(0)
        self._sure: NDArray[np.bool_] = np.empty(0, bool)
        self._rank: NDArray[np.int64] = np.empty(0, np.int64)
        self._labels: Callable[[int], str] = str
        self._told: Callable[[int], str] = str
        self._current: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(28 * UNIT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Plot of the comparison")
        self.setToolTip("Each point is a feature; click one to see its documents")
        theme.notifier.changed.connect(self.update)

    def set_data(
        self,
        features: NDArray[np.int64],
        lift: NDArray[np.float64],
        log10_q: NDArray[np.float64],
        score: NDArray[np.float64],
        labels: Callable[[int], str],
        told: Callable[[int], str],
    ) -> None:
        """All arrays (n,). labels: the name drawn at a point; told: what its tooltip says."""
        self._features = features
        self._x = np.clip(np.log2(lift), -_WIDEST, _WIDEST)
        # Certainty spans hundreds of powers of ten; its square root leaves room for the doubtful.
        self._y = np.sqrt(np.maximum(-log10_q, 0.0))
        self._sure = log10_q <= math.log10(0.05)
        self._rank = np.lexsort((features, -np.abs(score)))
        self._labels, self._told = labels, told
        self._current = None
        over, under = int((self._sure & (self._x > 0)).sum()), int((self._sure & (self._x < 0)).sum())
        self.setAccessibleDescription(
            f"{len(features):,} features: {over:,} surely over-represented,"
            f" {under:,} surely under-represented"
        )
        self.update()

    def choose(self, feature: int | None) -> None:
        """Mark a feature without a signal."""
        self._current = feature
        self.update()

    # Geometry --------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        metrics = self.fontMetrics()
        named = self._named()
        left = metrics.horizontalAdvance("1e−9999") + 2 * UNIT
        bottom = metrics.height() * (2 if named else 1) + 2 * UNIT
        top = metrics.height() + 2 * UNIT if named else 2 * UNIT
        return QRectF(left, top, self.width() - left - 3 * UNIT, self.height() - bottom - top)

    def _named(self) -> bool:
        """Whether there is room for the axes' names."""
        return self.height() >= _ROOM_FOR_NAMES * self.fontMetrics().height()

    def _ticks(self, metrics: QFontMetrics) -> list[tuple[int, str, QRectF]]:
        """(power of two, its text, where that stands): none touches another or leaves the plot, 0 among
        them, and as many to the left as to the right.
        """
        area, (wide, _) = self._area(), self._reach()
        step = 1
        while True:
            found = []
            reach = int(wide) // step * step
            for power in range(-reach, reach + 1, step):
                x = area.center().x() + power / wide * area.width() / 2
                text = f"×{2**power}" if power >= 0 else f"×1/{2**-power}"
                half = metrics.horizontalAdvance(text) / 2 + UNIT / 2
                x = min(max(x, half), self.width() - half)
                found.append(
                    (power, text, QRectF(x - half, area.bottom() + UNIT, 2 * half, metrics.height()))
                )
            if len(found) < 2 or all(
                a[2].right() + UNIT <= b[2].left() for a, b in itertools.pairwise(found)
            ):
                return found
            step *= 2

    def _reach(self) -> tuple[float, float]:
        wide = float(np.abs(self._x).max(initial=1.0))
        return max(1.0, min(_WIDEST, wide * 1.05)), max(2.0, float(self._y.max(initial=1.0)) * 1.05)

    def _points(self) -> NDArray[np.float64]:
        """(n, 2) pixels."""
        area, (wide, high) = self._area(), self._reach()
        x = area.center().x() + self._x / wide * area.width() / 2
        y = area.bottom() - self._y / high * area.height()
        return np.column_stack((x, y))

    def point_of(self, feature: int) -> QPoint | None:
        """Where a feature is drawn."""
        found = np.flatnonzero(self._features == feature)
        return None if not found.size else QPointF(*self._points()[found[0]]).toPoint()

    def feature_at(self, where: QPoint) -> int | None:
        """The feature whose point is nearest, if it is near."""
        if not len(self._features):
            return None
        apart = np.hypot(*(self._points() - (where.x(), where.y())).T)
        place = int(np.argmin(apart))
        return int(self._features[place]) if apart[place] <= _NEAR else None

    # Events ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        feature = self.feature_at(event.position().toPoint())
        if feature is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go(feature)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = self.feature_at(event.position().toPoint()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if near else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        by = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(key)
        if by is None or not len(self._features):
            super().keyPressEvent(event)
            return
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            order = np.lexsort((self._y, self._x))
            order = order[self._sure[order]]
        else:
            order = self._rank
        if not order.size:
            return
        now = np.flatnonzero(self._features[order] == self._current)
        at = int(now[0]) + by if now.size else 0 if by > 0 else len(order) - 1
        self._go(int(self._features[order[min(max(at, 0), len(order) - 1)]]))

    def _go(self, feature: int) -> None:
        self._current = feature
        self.setAccessibleDescription(self._told(feature))
        self.update()
        self.chosen.emit(feature)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            feature = self.feature_at(event.pos())
            if feature is not None:
                QToolTip.showText(event.globalPos(), wording.tip(self._told(feature)), self)
                return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(100 * UNIT, 80 * UNIT)

    # Painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self._features):
            return
        t = theme.tokens()
        painter = QPainter(self)
        painter.setFont(theme.figures(self.font()))
        painter.setOpacity(1.0 if self.isEnabled() else FADED)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area, metrics = self._area(), QFontMetrics(painter.font())
        painter.fillRect(area, color(t.base))
        self._paint_axes(painter, metrics, area)
        points = self._points()
        for wanted, ink, size in (
            (~self._sure, color(t.neutral, 0.45), 3.0),
            (self._sure & (self._x < 0), color(t.down_bar, 0.75), 5.0),
            (self._sure & (self._x >= 0), color(t.up_bar, 0.75), 5.0),
        ):
            pen = QPen(ink, size)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints([QPointF(x, y) for x, y in points[wanted].tolist()])
        self._paint_labels(painter, metrics, area, points)
        if self._current is not None:
            at = np.flatnonzero(self._features == self._current)
            if at.size:
                painter.setPen(QPen(color(t.focus), 2.0))
                painter.drawEllipse(QPointF(*points[at[0]]), 7.0, 7.0)
        if self.hasFocus():
            painter.setPen(QPen(color(t.focus), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_axes(self, painter: QPainter, metrics: QFontMetrics, area: QRectF) -> None:
        t, (wide, high) = theme.tokens(), self._reach()
        for power, text, box in self._ticks(metrics):
            x = area.center().x() + power / wide * area.width() / 2
            painter.fillRect(
                QRectF(round(x), area.top(), 1, area.height()),
                color(t.outline if not power else t.border, 0.7),
            )
            painter.setPen(color(t.text_muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        if self._named():
            self._paint_names(painter, metrics, area)
        last = area.bottom() + metrics.height()
        for power in (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
            y = area.bottom() - math.sqrt(power) / high * area.height()
            if y < area.top() or last - y < 1.4 * metrics.height():
                continue
            last = y
            painter.fillRect(QRectF(area.left(), round(y), area.width(), 1), color(t.border, 0.7))
            painter.setPen(color(t.text_muted))
            box = QRectF(0, y - metrics.height() / 2, area.left() - UNIT, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"1e−{power}")
        painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), color(t.outline))

    def _paint_names(self, painter: QPainter, metrics: QFontMetrics, area: QRectF) -> None:
        """What the axes mean, in words."""
        painter.setPen(color(theme.tokens().text_muted))
        line, room = metrics.height(), self.width() - UNIT
        for where, name, side in (
            (QRectF(0, 0, room, line), "↑ How sure (q)", Qt.AlignmentFlag.AlignLeft),
            (
                QRectF(0, area.bottom() + UNIT + line, room, line),
                "How much commoner →",
                Qt.AlignmentFlag.AlignRight,
            ),
        ):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(room))
            painter.drawText(where, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_labels(
        self, painter: QPainter, metrics: QFontMetrics, area: QRectF, points: NDArray[np.float64]
    ) -> None:
        """Names of the most telling points of each side, where there is room."""
        t = theme.tokens()
        taken: list[QRectF] = []
        placed = {True: 0, False: 0}
        painter.setFont(self.font())
        for place in self._rank[: 8 * _MOST_LABELS].tolist():
            over = bool(self._x[place] >= 0)
            if not self._sure[place] or placed[over] >= _MOST_LABELS:
                continue
            text = metrics.elidedText(
                self._labels(int(self._features[place])), Qt.TextElideMode.ElideRight, round(area.width() / 3)
            )
            x, y = points[place]
            size = metrics.horizontalAdvance(text)
            left = x + 2 * UNIT if x + 2 * UNIT + size <= area.right() else x - 2 * UNIT - size
            box = QRectF(left, y - metrics.height() / 2, size, metrics.height())
            if not area.contains(box) or any(box.intersects(other) for other in taken):
                continue
            taken.append(box)
            placed[over] += 1
            painter.fillRect(box, color(t.base, 0.7))
            painter.setPen(color(t.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


class Volcano(PlotWithTable):
    """The plot with its twin as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        plot = VolcanoPlot()
        super().__init__(
            plot,
            "How much commoner, and how sure",
            kind="plot",
            numbers="the same features",
            title="Features of the comparison",
            columns=(
                ("Feature", "Name and grade of the feature"),
                ("Lift", "Its share inside over its share outside"),
                ("q", "False discovery rate at which it would be reported"),
            ),
            parent=parent,
        )
        self.plot = plot
        self.heading.setToolTip(
            "From left to right: how many times as common inside as outside. Upwards: how sure that is (q)."
        )

    def set_twin(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """The table's rows, the most telling first; as many as can be read."""
        self.set_rows(rows[:_TABLE])
