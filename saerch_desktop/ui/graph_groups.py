"""Families drawn around their members: soft shapes with the family's name above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_camera import Camera
from saerch_desktop.ui.graph_labels import HALO, Label, Style, font_of
from saerch_desktop.ui.graph_look import mixed
from saerch_desktop.ui.graph_scene import Scene

_PADDING: Final = 14.0
_TURN: Final = np.linspace(0, 2 * np.pi, 72, endpoint=False)
_RIM: Final = np.column_stack((np.cos(_TURN), np.sin(_TURN)))
_LONGEST: Final = 260.0
_STRANGERS: Final = 0.34  # for each member: a group with more of them in its shape is not drawn


@dataclass(frozen=True, slots=True)
class Shape:
    """A group as it is drawn in one view. title: its name, and where that stands."""

    key: str
    path: QPainterPath
    outline: QPolygonF
    title: Label


def shapes(scene: Scene, camera: Camera, font: QFont) -> list[Shape]:
    """The shapes of all groups, in pixels of the view."""
    at = camera.screen(scene.at)
    reach = scene.radius * camera.node_scale
    out = []
    for group in scene.graph.groups:
        members = np.asarray(group.nodes, np.int64)
        outline = _around(at[members], reach[members] + _PADDING * min(1.0, camera.node_scale))
        if group.key != scene.graph.focus and _strangers(outline, at, members) > _STRANGERS * len(members):
            continue  # nodes that stayed where they were: a shape around them would claim others too
        polygon = QPolygonF([QPointF(x, y) for x, y in outline.tolist()])
        path = QPainterPath()
        path.addPolygon(polygon)
        seen = len(group.nodes) if group.seen is None else group.seen
        count = f"{seen} of {group.size}" if seen < group.size else f"{group.size}"
        style = Style(bold=True, accent=True)
        metrics = QFontMetricsF(font_of(font, style))
        name = metrics.elidedText(group.name, Qt.TextElideMode.ElideRight, _LONGEST)
        text = f"{name}  ·  {count}"
        box = path.boundingRect()
        wide, high = metrics.horizontalAdvance(text), metrics.height()
        title = Label(-1, text, style, QRectF(box.center().x() - wide / 2, box.top() - high - 2, wide, high))
        out.append(Shape(group.key, path, polygon, title))
    return out


def paint_shapes(painter: QPainter, found: list[Shape], chosen: frozenset[str] = frozenset()) -> None:
    """The grounds; titles are written later, above everything."""
    t = theme.tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for shape in found:
        on = shape.key in chosen
        # Opaque and with the thinnest of lines: five times as fast as what shines through.
        painter.setBrush(mixed(t.selection, t.base, 0.4 if on else 0.6))
        pen = QPen(mixed(t.accent, t.base, 0.0 if on else 0.4), 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawConvexPolygon(shape.outline)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def title_room(found: list[Shape]) -> list[QRectF]:
    """Where names of nodes must not stand."""
    return [shape.title.box.adjusted(-HALO, -HALO, HALO, HALO) for shape in found]


def _strangers(outline: NDArray[np.float64], at: NDArray[np.float64], members: NDArray[np.int64]) -> int:
    """How many nodes lie in a group's shape without being in the group. outline (c, 2): its corners in turn;
    it is convex.
    """
    near = ((at > outline.min(0)) & (at < outline.max(0))).all(1)
    near[members] = False
    apart = at[near, None] - outline
    along = np.roll(outline, -1, axis=0) - outline
    # Inside is whatever has all edges on the same hand.
    side = along[:, 0] * apart[:, :, 1] - along[:, 1] * apart[:, :, 0]
    return int((side >= 0).all(1).sum())


def _around(at: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.float64]:
    """The tightest outline around discs: in each direction, the point of the disc that lies farthest out."""
    points = at @ _RIM.T + reach[:, None]
    outmost = points.argmax(0)
    return np.asarray(at[outmost] + reach[outmost, None] * _RIM)
