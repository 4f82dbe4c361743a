"""Mute, solo and lock: three small switches that every strip of the mixer has."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget

from saerch_desktop.search.mix import Switch
from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import UNIT, color

_SAID: Final[dict[Switch, tuple[str, str, str]]] = {
    "muted": ("M", "Mute", "count it as absent, whatever its slider says (M)"),
    "soloed": ("S", "Solo", "hear only this one, and others that are solo (S)"),
    "locked": ("", "Lock", "keep it where it is: resetting, the limit and recipes leave it alone (L)"),
}


def side() -> int:
    """Width and height of a switch, in pixels."""
    return theme.units(6)


class SwitchButton(QToolButton):
    """For the mouse; the same is done by a key on the slider. On is filled, and its name says so."""

    def __init__(self, parent: QWidget, switch: Switch) -> None:
        super().__init__(parent)
        self.switch = switch
        self._letter, self._name, self._tip = _SAID[switch]
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def describe(self, name: str) -> None:
        """Say which strip it belongs to."""
        self.setAccessibleName(f"{self._name} {name}")
        self.setToolTip(f"{self._name}: {self._tip}")

    def sizeHint(self) -> QSize:
        return QSize(side(), side())

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        on, near = self.isChecked(), self.underMouse()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tile = QRectF(0, 0, side() - UNIT, side() - UNIT)
        tile.moveCenter(QRectF(self.rect()).center())
        ground = (t.accent if self.switch == "soloed" else t.text_muted) if on else t.hover
        if on or near:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(ground))
            painter.drawRoundedRect(tile, 3, 3)
        ink = (t.on_accent if self.switch == "soloed" else t.base) if on else t.text_muted
        if self._letter:
            painter.setFont(theme.scaled(self.font(), 0.85, QFont.Weight.DemiBold if on else None))
            painter.setPen(color(ink))
            painter.drawText(tile, Qt.AlignmentFlag.AlignCenter, self._letter)
        else:
            _lock(painter, tile, ink, closed=on)
        painter.end()


def _lock(painter: QPainter, tile: QRectF, ink: str, closed: bool) -> None:
    icon = theme.tinted("lock" if closed else "unlock", ink)
    wide = 3.5 / 5 * tile.width()
    place = QRectF(0, 0, wide, wide)
    place.moveCenter(tile.center())
    icon.paint(painter, place.toRect())
