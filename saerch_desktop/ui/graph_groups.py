"""Families drawn around their members: soft shapes with the family's name above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF

from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_camera import Camera
from saerch_desktop.ui.graph_labels import HALO, Label, Style, font_of, paint_label
from saerch_desktop.ui.graph_scene import Scene
from saerch_desktop.ui.theme import color

_PADDING: Final = 12.0
_LONGEST: Final = 260.0
_STRANGERS: Final = 0.34  # for each member: a group with more of them in its shape is not drawn


@dataclass(frozen=True, slots=True)
class Shape:
    """A group as it is drawn in one view. title: its name, and where that stands."""

    key: str
    path: QPainterPath
    title: Label


def shapes(scene: Scene, camera: Camera, font: QFont) -> list[Shape]:
    """The shapes of all groups, in pixels of the view."""
    at = camera.screen(scene.at)
    reach = scene.radius * camera.node_scale
    out = []
    for group in scene.graph.groups:
        members = np.asarray(group.nodes)
        path = _around(at[members], reach[members] + _PADDING * min(1.0, camera.node_scale))
        if group.key != scene.graph.focus and _strangers(path, at, members) > _STRANGERS * len(members):
            continue  # nodes that stayed where they were: a shape around them would claim others too
        count = f"{len(group.nodes)} of {group.size}" if len(group.nodes) < group.size else f"{group.size}"
        style = Style(bold=True, accent=True)
        metrics = QFontMetricsF(font_of(font, style))
        name = metrics.elidedText(group.name, Qt.TextElideMode.ElideRight, _LONGEST)
        text = f"{name}  ·  {count}"
        box = path.boundingRect()
        wide, high = metrics.horizontalAdvance(text), metrics.height()
        title = Label(-1, text, style, QRectF(box.center().x() - wide / 2, box.top() - high - 2, wide, high))
        out.append(Shape(group.key, path, title))
    return out


def paint_shapes(painter: QPainter, found: list[Shape], chosen: frozenset[str] = frozenset()) -> None:
    """The grounds; titles are written later, above everything."""
    t = theme.tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for shape in found:
        on = shape.key in chosen
        painter.setBrush(color(t.selection, 0.55 if on else 0.38))
        painter.setPen(QPen(color(t.accent, 1.0 if on else 0.55), 2.0 if on else 1.25))
        painter.drawPath(shape.path)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_titles(painter: QPainter, found: list[Shape], font: QFont) -> None:
    for shape in found:
        paint_label(painter, shape.title, font)


def title_room(found: list[Shape]) -> list[QRectF]:
    """Where names of nodes must not stand."""
    return [shape.title.box.adjusted(-HALO, -HALO, HALO, HALO) for shape in found]


def _strangers(path: QPainterPath, at: NDArray[np.float64], members: NDArray[np.int64]) -> int:
    """How many nodes lie in a group's shape without being in the group."""
    box = path.boundingRect()
    near = (
        (at[:, 0] > box.left())
        & (at[:, 0] < box.right())
        & (at[:, 1] > box.top())
        & (at[:, 1] < box.bottom())
    )
    near[members] = False
    return sum(path.contains(QPointF(*at[place].tolist())) for place in np.flatnonzero(near))


def _around(at: NDArray[np.float64], reach: NDArray[np.float64]) -> QPainterPath:
    """A smooth outline around discs: their convex hull, rounded."""
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    rim = np.column_stack((np.cos(turn), np.sin(turn)))
    points = (at[:, None, :] + rim[None] * reach[:, None, None]).reshape(-1, 2)
    hull = _rounded(_hull(points))
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in hull.tolist()]))
    path.closeSubpath()
    stroker = QPainterPathStroker()
    stroker.setWidth(8.0)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return path.united(stroker.createStroke(path)).simplified()


def _rounded(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """A polygon with its corners cut three times (Chaikin 1974), which no longer looks like one."""
    for _ in range(3):
        after = np.roll(corners, -1, axis=0)
        corners = np.stack((0.75 * corners + 0.25 * after, 0.25 * corners + 0.75 * after), axis=1)
        corners = corners.reshape(-1, 2)
    return corners


def _hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The convex hull, in order around it (Andrew's monotone chain)."""
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))].tolist()

    def chain(run: list[list[float]]) -> list[list[float]]:
        out: list[list[float]] = []
        for x, y in run:
            while len(out) > 1 and (out[-1][0] - out[-2][0]) * (y - out[-2][1]) <= (
                out[-1][1] - out[-2][1]
            ) * (x - out[-2][0]):
                out.pop()
            out.append([x, y])
        return out[:-1]

    return np.asarray(chain(ordered) + chain(ordered[::-1]))
