"""The ties of a graph: thin lines for association, arrows from parent to child."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_camera import Camera, Points
from saerch_desktop.ui.graph_scene import Scene
from saerch_desktop.ui.theme import color

BINS: Final = 5
"""Steps of strength that are told apart by width and opacity."""

_THINNEST: Final = 0.8
_THICKEST: Final = 3.0
_FAINTEST: Final = 0.22
_STRONGEST: Final = 0.72
_FEW: Final = 250  # ties: with more of them each is drawn fainter, or the whole would be one stain
_ARROW: Final = 8.0
_SHORTEST_WITH_HEAD: Final = 14.0
_SMOOTH: Final = 12_000  # ties: beyond that their edges are not smoothed, which nobody can see


class Edges:
    """Ties prepared for drawing: sorted so that the strongest lie on top, parents above all."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        weight = scene.graph.weights.astype(np.float64)
        loose = ~scene.parent
        low = float(weight[loose].min()) if loose.any() else 0.0
        high = float(weight[loose].max()) if loose.any() else 1.0
        share = np.clip((weight - low) / max(high - low, 1e-9), 0, 1)
        self.range = (low, high)
        self.bin = np.where(scene.parent, BINS, np.minimum((share * BINS).astype(np.int64), BINS - 1))
        self.order = np.lexsort((weight, self.bin))
        self.many = len(weight)
        self._fewer = min(1.0, (_FEW / max(1, int(scene.parent.sum()))) ** 0.25)
        self._thinning = min(1.0, (_FEW / max(1, int(loose.sum()))) ** 0.3)

    def in_view(self, camera: Camera, spare: float = 0.0) -> NDArray[np.int64]:
        """Numbers of the ties that may cross the view, in the order in which they are to be drawn."""
        scene = self._scene
        a = camera.screen(scene.at[scene.first])
        b = camera.screen(scene.at[scene.second])
        low, high = np.minimum(a, b), np.maximum(a, b)
        room = np.array([camera.width, camera.height]) + spare
        inside = (high >= -spare) & (low <= room)
        crossing = inside[:, 0] & inside[:, 1]
        return np.asarray(self.order[crossing[self.order]])

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        which: NDArray[np.int64],
        shift: tuple[float, float] = (0.0, 0.0),
        strong: bool = False,
    ) -> None:
        """Draw these ties (in an order that `in_view` gave). shift: pixels that the picture lies aside.
        strong: as those of a node that is pointed at.
        """
        scene = self._scene
        t = theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, strong or self.many <= _SMOOTH)
        a = camera.screen(scene.at[scene.first[which]]) + shift
        b = camera.screen(scene.at[scene.second[which]]) + shift
        bins = self.bin[which]
        for number in range(BINS):
            here = bins == number
            if not here.any():
                continue
            painter.setPen(self.pen(number, strong))
            lines = np.concatenate((a[here], b[here]), axis=1)
            painter.drawLines([QLineF(*line) for line in lines.tolist()])
        here = bins == BINS
        if here.any():
            ink = color(t.accent if strong else t.text_muted, 1.0 if strong else 0.75 * self._fewer)
            self._paint_arrows(painter, camera, which[here], a[here], b[here], ink, strong)

    def pen(self, number: int, strong: bool = False) -> QPen:
        """The line of an association of so many steps of strength."""
        t = theme.tokens()
        share = number / (BINS - 1)
        ink = color(
            t.accent if strong else t.neutral,
            min(1.0, (_FAINTEST + (_STRONGEST - _FAINTEST) * share) * (1.6 if strong else self._thinning)),
        )
        wide = _THINNEST + (_THICKEST - _THINNEST) * share
        if self.many > _FEW and not strong:
            wide = 1.0 if self.many > 10 * _FEW else min(wide, 1.5)
        pen = QPen(ink, wide)
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    def _paint_arrows(
        self,
        painter: QPainter,
        camera: Camera,
        which: NDArray[np.int64],
        a: Points,
        b: Points,
        ink: QColor,
        strong: bool,
    ) -> None:
        scene = self._scene
        apart = b - a
        length = np.hypot(apart[:, 0], apart[:, 1])
        along = apart / np.maximum(length, 1e-9)[:, None]
        grown = camera.node_scale
        child = scene.second[which]
        reach = scene.radius[child] * grown
        # The border of a tile is farther away in the direction of its corners.
        reach = np.where(scene.family[child], reach / np.abs(along).max(1).clip(0.7, 1.0), reach) + 2.5
        tip = b - along * np.minimum(reach, length * 0.5)[:, None]
        size = min(1.25, max(0.6, grown)) * _ARROW
        headed = length > _SHORTEST_WITH_HEAD
        end = np.where(headed[:, None], tip - along * size * 0.8, tip)
        pen = QPen(ink, 1.6 if strong else 1.2 if self._fewer == 1 else 1.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines([QLineF(*line) for line in np.concatenate((a, end), axis=1).tolist()])
        across = np.column_stack((-along[:, 1], along[:, 0])) * size * 0.4
        back = tip - along * size
        heads = np.concatenate((tip, back + across, back - across), axis=1)[headed]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        # One path of them all would take ten times as long.
        for x0, y0, x1, y1, x2, y2 in heads.tolist():
            painter.drawConvexPolygon([QPointF(x0, y0), QPointF(x1, y1), QPointF(x2, y2)])
        painter.setBrush(Qt.BrushStyle.NoBrush)


def arrow(painter: QPainter, start: QPointF, end: QPointF, ink: QColor) -> None:
    """One arrow as in the graph; for the legend."""
    angle = math.atan2(end.y() - start.y(), end.x() - start.x())
    along = QPointF(math.cos(angle), math.sin(angle))
    across = QPointF(-along.y(), along.x()) * _ARROW * 0.4
    painter.setPen(QPen(ink, 1.35))
    painter.drawLine(QLineF(start, end - along * _ARROW * 0.8))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    back = end - along * _ARROW
    painter.drawPolygon([end, back + across, back - across])
    painter.setBrush(Qt.BrushStyle.NoBrush)
