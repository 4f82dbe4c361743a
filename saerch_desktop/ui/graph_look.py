"""What nodes of a graph look like: discs for features, tiles for families, and how each is marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap

from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import color
from saerch_desktop.ui.tokens import Tokens

_LEVELS: Final = 24  # steps of activation that are told apart by colour
_MARGIN: Final = 8  # pixels around a node for its rings
_MOST_KEPT: Final = 4000


@dataclass(frozen=True, slots=True)
class NodeLook:
    """How one node is drawn. radius in pixels; activation -1 (not asked), or 0 to `_LEVELS`; size: members of
    a family, 1 for a feature.
    """

    radius: float
    family: bool = False
    activation: int = -1
    size: int = 1
    focus: bool = False
    selected: bool = False
    current: bool = False
    pinned: bool = False
    found: bool = False


def levels_of(shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) the steps of activation that shares of 0 to 1 are drawn in; above nothing it is never nothing."""
    return np.where(shares > 0, np.maximum(1, np.round(shares * _LEVELS)), 0).astype(np.int64)


def fill_of(look: NodeLook, t: Tokens) -> QColor:
    """The ground of a node."""
    if look.activation > 0:
        return theme.ramp(look.activation / _LEVELS)
    if look.activation == 0:
        return color(t.base)
    if look.focus:
        return color(t.accent)
    return mixed(t.selection, t.base, 0.25) if look.family else mixed(t.neutral, t.base, 0.58)


def mixed(one: str, other: str, share: float) -> QColor:
    """A colour between two, so that what is below does not show through."""
    a, b = QColor(one), QColor(other)
    return QColor(
        round(a.red() + (b.red() - a.red()) * share),
        round(a.green() + (b.green() - a.green()) * share),
        round(a.blue() + (b.blue() - a.blue()) * share),
    )


def paint_node(painter: QPainter, at: QPointF, look: NodeLook, font: QFont) -> None:
    """Draw one node around a point."""
    t = theme.tokens()
    r = look.radius
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = color(t.accent) if look.family or look.focus else color(t.outline)
    pen = QPen(edge, 1.5 if look.family or look.focus else 1.0)
    painter.setPen(pen)
    painter.setBrush(fill_of(look, t))
    if look.family:
        _paint_tile(painter, at, r, look, font, t)
    else:
        painter.drawEllipse(at, r, r)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if look.activation > 0:
        _paint_gauge(painter, at, look, t)
    if look.found:
        painter.setPen(QPen(color(t.up_bar), 2.0, Qt.PenStyle.DotLine))
        painter.drawEllipse(at, r + 5.5, r + 5.5)
    if look.selected:
        painter.setPen(QPen(color(t.accent), 2.25))
        _ring(painter, at, r + 3.5, look.family)
    if look.current:
        painter.setPen(QPen(color(t.text), 1.0))
        _ring(painter, at, r + 5.75, look.family)
    if look.pinned:
        _paint_pin(painter, at, r, look, t)


def _ring(painter: QPainter, at: QPointF, r: float, family: bool) -> None:
    if family:
        painter.drawRoundedRect(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r), r * 0.42, r * 0.42)
    else:
        painter.drawEllipse(at, r, r)


def _paint_tile(painter: QPainter, at: QPointF, r: float, look: NodeLook, font: QFont, t: Tokens) -> None:
    """A tile with another behind it: it stands for several; with room enough it says for how many."""
    corner = r * 0.36
    lift = min(3.0, max(1.5, r * 0.16))
    painter.save()
    painter.setBrush(color(t.base))
    painter.drawRoundedRect(QRectF(at.x() - r + lift, at.y() - r - lift, 2 * r, 2 * r), corner, corner)
    painter.restore()
    painter.drawRoundedRect(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r), corner, corner)
    if r >= 8 and look.size > 1:
        dark = look.activation > 0.6 * _LEVELS or (look.focus and look.activation < 0)
        painter.setPen(color(t.on_accent if dark else t.text))
        small = theme.figures(theme.scaled(font, min(1.0, max(0.7, r / 20)), QFont.Weight.DemiBold))
        painter.setFont(small)
        painter.drawText(
            QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r), Qt.AlignmentFlag.AlignCenter, str(look.size)
        )


def _paint_gauge(painter: QPainter, at: QPointF, look: NodeLook, t: Tokens) -> None:
    """An arc from the top, as long as the activation is strong: the same without colour."""
    r = look.radius + 2.0
    pen = QPen(color(t.text, 0.85), 1.75)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    box = QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r)
    if look.family:
        box.adjust(-2, -2, 2, 2)
    painter.drawArc(box, 90 * 16, -round(360 * 16 * look.activation / _LEVELS))


def _paint_pin(painter: QPainter, at: QPointF, r: float, look: NodeLook, t: Tokens) -> None:
    """A small pin's head at the upper right of what was put there by hand."""
    off = r if look.family else r * 0.71
    painter.setPen(QPen(color(t.base), 1.25))
    painter.setBrush(color(t.text))
    painter.drawEllipse(QPointF(at.x() + off, at.y() - off), 3.0, 3.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)


class Sprites:
    """Nodes drawn once and stamped from then on: a stamp costs a microsecond or two, an ellipse ten."""

    def __init__(self) -> None:
        self._kept: dict[NodeLook, QPixmap] = {}
        self._ratio = 1.0

    def forget(self) -> None:
        """Colours or font are others now."""
        self._kept.clear()

    def of(self, look: NodeLook, font: QFont, ratio: float) -> tuple[QPixmap, float]:
        """The stamp, and how far its middle is from its left and top edge; ratio: device pixels per pixel."""
        if ratio != self._ratio or len(self._kept) > _MOST_KEPT:
            self._kept.clear()
            self._ratio = ratio
        middle = float(int(look.radius) + 1 + _MARGIN)
        made = self._kept.get(look)
        if made is None:
            side = round(2 * middle * ratio)
            made = QPixmap(side, side)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            paint_node(painter, QPointF(middle, middle), look, font)
            painter.end()
            self._kept[look] = made
        return made, middle
