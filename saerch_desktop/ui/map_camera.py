"""Which part of the plane a canvas shows, and how that moves; no widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from saerch_desktop.features.maps.raster import View
from saerch_desktop.ui.map_drawing import Box

_FULL: Final = 0.92  # of the canvas that the whole map fills
_DEEPEST: Final = 1 << 14  # times nearer than where the whole map is in view
_MARGIN: Final = 0.35  # of the canvas drawn beyond each of its sides


@dataclass(frozen=True, slots=True)
class Camera:
    """x, y: what is in the middle; scale: device-independent pixels for one unit; width, height of the
    canvas in pixels; fitted: scale at which the whole map is in view.
    """

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    width: int = 1
    height: int = 1
    fitted: float = 1.0

    def fit(self, low: NDArray[np.floating], high: NDArray[np.floating]) -> Camera:
        """All between two corners, in the middle of the canvas."""
        wide, tall = (max(float(side), 1e-9) for side in np.asarray(high) - np.asarray(low))
        scale = _FULL * min(self.width / wide, self.height / tall)
        x, y = ((float(a) + float(b)) / 2 for a, b in zip(low, high, strict=True))
        return replace(self, x=x, y=y, scale=scale, fitted=scale)

    def resized(self, width: int, height: int) -> Camera:
        """The same middle at the same scale."""
        return replace(self, width=max(1, width), height=max(1, height))

    def moved(self, dx: float, dy: float) -> Camera:
        """The picture pushed by so many pixels."""
        return replace(self, x=self.x - dx / self.scale, y=self.y + dy / self.scale)

    def zoomed(self, factor: float, at: QPointF | None = None) -> Camera:
        """Nearer or farther; what is at a place of the canvas (its middle) stays there."""
        scale = min(max(self.scale * factor, self.fitted / 4), self.fitted * _DEEPEST)
        at = QPointF(self.width / 2, self.height / 2) if at is None else at
        x, y = self.plane(at)
        dx, dy = at.x() - self.width / 2, at.y() - self.height / 2
        return replace(self, x=x - dx / scale, y=y + dy / scale, scale=scale)

    def plane(self, at: QPointF) -> tuple[float, float]:
        """What lies at a place of the canvas."""
        return (
            self.x + (at.x() - self.width / 2) / self.scale,
            self.y - (at.y() - self.height / 2) / self.scale,
        )

    def place(self, x: float, y: float) -> QPointF:
        """Where on the canvas something lies."""
        return QPointF(
            (x - self.x) * self.scale + self.width / 2, (self.y - y) * self.scale + self.height / 2
        )

    @property
    def box(self) -> Box:
        """The part of the plane in view."""
        across, up = self.width / self.scale / 2, self.height / self.scale / 2
        return self.x - across, self.y - up, self.x + across, self.y + up

    def view(self, ratio: float, margin: float = _MARGIN) -> View:
        """What to draw, in device pixels: more than is in view, so that it can be moved before it is drawn
        anew. Whole pixels of the plane, so that the same points fall on the same ones after a move.
        """
        scale = self.scale * ratio
        wide, high = (
            round(self.width * ratio * (1 + 2 * margin)),
            round(self.height * ratio * (1 + 2 * margin)),
        )
        left = round((self.x * scale) - wide / 2) / scale
        top = round((self.y * scale) + high / 2) / scale
        return View(left, top, scale, wide, high)

    def target(self, view: View) -> QRectF:
        """Where on the canvas a picture of a view lies."""
        corner = self.place(view.left, view.top)
        factor = self.scale / view.scale
        return QRectF(corner.x(), corner.y(), view.width * factor, view.height * factor)
