"""What is drawn over the points: the one shown elsewhere, the one under the mouse, a shape, the focus."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import color

_RING = 7.0
_ARM = 5.0


def paint_current(painter: QPainter, at: QPointF | None) -> None:
    """A ring with four short arms, to be found by its form alone."""
    if at is None:
        return
    t = theme.tokens()
    for name, width in ((t.base, 4.0), (t.text, 2.0)):
        painter.setPen(QPen(color(name), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, _RING, _RING)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            start = at + QPointF(dx, dy) * (_RING + 1)
            painter.drawLine(QLineF(start, start + QPointF(dx, dy) * _ARM))


def paint_hovered(painter: QPainter, at: QPointF | None) -> None:
    """A plain ring."""
    if at is None:
        return
    t = theme.tokens()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for name, width in ((t.base, 4.0), (t.accent, 2.0)):
        painter.setPen(QPen(color(name), width))
        painter.drawEllipse(at, _RING - 1, _RING - 1)


def paint_shape(painter: QPainter, line: QPolygonF) -> None:
    """A box or a line that is being drawn."""
    t = theme.tokens()
    painter.setBrush(color(t.accent, 0.15))
    painter.setPen(QPen(color(t.accent), 1.5, Qt.PenStyle.DashLine))
    painter.drawPolygon(line)


def paint_focus(painter: QPainter, rect: QRect) -> None:
    """The line around a canvas that takes the keys."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color(theme.tokens().focus), 2))
    painter.drawRect(QRectF(rect).adjusted(1, 1, -1, -1))
