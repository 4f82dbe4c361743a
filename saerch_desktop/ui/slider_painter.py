"""What a slider of steering looks like: groove, natural value, push, the limit, and where a pointer looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from saerch_desktop.ui import theme
from saerch_desktop.ui.theme import UNIT, color

_PALE: Final = 0.35


def knob_radius() -> float:
    """Radius of the knob, in pixels; it grows with the texts."""
    return 1.5 * UNIT * max(100, theme.text_size()) / 100


@dataclass(frozen=True, slots=True)
class SliderLook:
    """Places are x in pixels. push: the change against natural, of which the sign counts. held: as far as a
    limit lets it come. ghost: where a resting pointer would bring it. quiet: it counts for nothing.
    """

    natural: float
    zero: float
    value: float
    push: float
    held: float | None
    ghost: float | None
    start: float
    end: float
    enabled: bool
    quiet: bool
    locked: bool
    focused: bool
    near: bool
    taken: bool


def paint_slider(painter: QPainter, height: int, look: SliderLook, scale: float) -> None:
    """scale: device pixels per pixel, so that hairlines stay crisp."""
    t = theme.tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = round(height / 2)
    loud = look.enabled and not look.quiet
    steered = look.push != 0
    push = (t.up_bar if look.push > 0 else t.down_bar) if loud else t.outline

    def bar(start: float, stop: float, name: str, strength: float = 1.0) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(name, strength))
        left, right = min(start, stop), max(start, stop)
        painter.drawRoundedRect(QRectF(left, middle - 2, right - left, 4), 2, 2)

    def mark(x: float, half: int, width: int, name: str) -> None:
        left = round((x - width / 2) * scale) / scale
        painter.fillRect(QRectF(left, middle - half, width, 2 * half), color(name))

    bar(look.start, look.end, t.border)
    bar(look.zero, look.natural, t.activation[2] if loud else t.outline, 1.0 if not look.quiet else _PALE)
    if steered:
        reached = look.value if look.held is None else look.held
        bar(look.natural, look.value, push, _PALE if look.quiet or look.held is not None else 1.0)
        if look.held is not None and not look.quiet:
            bar(look.natural, reached, push)
            mark(reached, 5, 2, push)
    mark(look.zero, 4, 1, t.outline)
    mark(look.natural, 8, 2, t.text_muted if not look.quiet else t.outline)
    if look.ghost is not None:
        _ring(painter, QPointF(look.ghost, middle), t.text_muted)
    centre = QPointF(look.value, middle)
    if look.focused:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color(t.focus), 2))
        painter.drawEllipse(centre, knob_radius() + 2.5, knob_radius() + 2.5)
    edge = push if steered and loud else t.text_muted if loud else t.outline if look.enabled else t.border
    filled = steered and loud
    painter.setBrush(color(push if filled else t.hover if look.near and loud else t.base))
    painter.setPen(QPen(color(edge), 1.5))
    size = knob_radius() + (0.5 if look.taken else 0.0)
    if look.locked:  # square: it does not roll
        side = size - 0.75
        painter.drawRoundedRect(QRectF(centre.x() - side, centre.y() - side, 2 * side, 2 * side), 2, 2)
    else:
        painter.drawEllipse(centre, size - 0.75, size - 0.75)


def _ring(painter: QPainter, centre: QPointF, name: str) -> None:
    pen = QPen(color(name), 1.5)
    pen.setDashPattern([2.0, 2.0])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(centre, knob_radius() - 0.75, knob_radius() - 0.75)
