"""Names written on a map: the important ones first, none over another, each where its place is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from saerch_desktop.ui import theme
from saerch_desktop.ui.map_camera import Camera
from saerch_desktop.ui.theme import UNIT, color

_WIDEST: Final = 44 * UNIT
_MOST: Final = 28
_ROOM: Final = 18_000  # pixels of the canvas for one name: more would hide the points


@dataclass(frozen=True, slots=True)
class Name:
    """x, y: where in the plane. large: of a place rather than of a single point."""

    x: float
    y: float
    text: str
    large: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """A name that has its room: `box` relative to its place on the canvas."""

    name: Name
    text: str
    box: QRectF


class NameLayer:
    """Keeps the names that have room at the scale where they were written."""

    def __init__(self) -> None:
        self.written: tuple[Written, ...] = ()
        self.visible = True
        self._scale = 0.0

    def clear(self) -> None:
        self.written = ()

    def set_names(self, names: tuple[Name, ...], camera: Camera, font: QFont) -> None:
        """Find room for names, the most important first."""
        self.written = write(names, camera, font)
        self._scale = camera.scale

    def follow(self, camera: Camera) -> None:
        """After zooming out, names that came to lie over another are left away until new ones are there."""
        if not self.written or camera.scale >= self._scale:
            return
        self._scale = camera.scale
        kept: list[Written] = []
        taken: list[QRectF] = []
        for item in self.written:
            box = item.box.translated(camera.place(item.name.x, item.name.y))
            if not any(box.intersects(other) for other in taken):
                taken.append(box)
                kept.append(item)
        self.written = tuple(kept)

    def paint(self, painter: QPainter, font: QFont, camera: Camera) -> None:
        if not self.visible:
            return
        t = theme.tokens()
        painter.setFont(name_font(font))
        for item in self.written:
            box = item.box.translated(camera.place(item.name.x, item.name.y))
            painter.setPen(color(t.outline, 0.35))
            painter.setBrush(color(t.base, 0.86))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(color(t.text if item.name.large else t.text_muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, item.text)


def name_font(font: QFont) -> QFont:
    """A little smaller than what is read elsewhere."""
    return theme.scaled(font, 0.92)


def write(names: tuple[Name, ...], camera: Camera, font: QFont) -> tuple[Written, ...]:
    """Which names have room, and where. A name stands over its place, or else under it or beside it."""
    metrics = QFontMetricsF(name_font(font))
    canvas = QRectF(0, 0, camera.width, camera.height).adjusted(UNIT, UNIT, -UNIT, -UNIT)
    taken: list[QRectF] = []
    out: list[Written] = []
    for name in names:
        if len(out) >= min(_MOST, canvas.width() * canvas.height() / _ROOM):
            break
        at = camera.place(name.x, name.y)
        text = metrics.elidedText(name.text, Qt.TextElideMode.ElideRight, min(_WIDEST, camera.width / 3))
        wide, high = metrics.horizontalAdvance(text) + 2 * UNIT, metrics.height() + 2
        for shift in _shifts(wide, high, name.large):
            box = QRectF(-wide / 2, -high / 2, wide, high).translated(shift)
            there = box.translated(at)
            roomy = there.adjusted(-2 * UNIT, -UNIT, 2 * UNIT, UNIT)
            if canvas.contains(there) and not any(roomy.intersects(other) for other in taken):
                taken.append(there)
                out.append(Written(name, text, box))
                break
    return tuple(out)


def _shifts(wide: float, high: float, large: bool) -> tuple[QPointF, ...]:
    if large:
        return (QPointF(0, 0), QPointF(0, -high), QPointF(0, high))
    away = 3 * UNIT
    return (
        QPointF(wide / 2 + away, 0),
        QPointF(-wide / 2 - away, 0),
        QPointF(0, -high / 2 - away),
        QPointF(0, high / 2 + away),
    )
