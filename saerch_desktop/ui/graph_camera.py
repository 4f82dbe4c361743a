"""Which part of a graph is in view, and how near."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

FARTHEST: Final = 0.02
NEAREST: Final = 6.0
STEP: Final = 1.25  # of one key press or one notch of the wheel
_COMFORTABLE: Final = 1.2  # a small graph is not blown up further to fill a large window


@dataclass(frozen=True, slots=True)
class Camera:
    """x, y: the place in the middle of the view, in pixels at zoom 1; width, height: the view's in pixels."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    width: int = 1
    height: int = 1

    @property
    def node_scale(self) -> float:
        """How large nodes are drawn: they grow more slowly than the space between them."""
        return float(min(max(self.zoom**0.75, 0.12), 2.0))

    def screen(self, points: Points) -> Points:
        """(n, 2) where places are drawn."""
        middle = np.array([self.width / 2, self.height / 2])
        return np.asarray((points - (self.x, self.y)) * self.zoom + middle)

    def world(self, x: float, y: float) -> tuple[float, float]:
        """The place that is drawn at a point of the view."""
        return (x - self.width / 2) / self.zoom + self.x, (y - self.height / 2) / self.zoom + self.y

    def zoomed(self, factor: float, x: float, y: float) -> Camera:
        """Nearer or farther, with what is at the point (x, y) of the view staying there."""
        zoom = min(max(self.zoom * factor, FARTHEST), NEAREST)
        at_x, at_y = self.world(x, y)
        return replace(
            self,
            zoom=zoom,
            x=at_x - (x - self.width / 2) / zoom,
            y=at_y - (y - self.height / 2) / zoom,
        )

    def near(self, other: Camera) -> bool:
        """Whether most of what the one shows is in the other too, about as large."""
        if (self.width, self.height) != (other.width, other.height):
            return False
        grown = self.zoom / other.zoom
        right, down = abs(self.x - other.x) * self.zoom, abs(self.y - other.y) * self.zoom
        return 0.6 < grown < 1.7 and right < self.width / 3 and down < self.height / 3

    def moved(self, right: float, down: float) -> Camera:
        """The picture shifted by so many pixels."""
        return replace(self, x=self.x - right / self.zoom, y=self.y - down / self.zoom)

    def centred(self, x: float, y: float) -> Camera:
        return replace(self, x=x, y=y)

    def sized(self, width: int, height: int) -> Camera:
        return replace(self, width=max(1, width), height=max(1, height))

    def fitted(self, low: Points, high: Points, margin: float) -> Camera:
        """All between two corners in view, with so many pixels around it."""
        size = np.maximum(high - low, 1.0)
        room = np.maximum(np.array([self.width, self.height]) - 2 * margin, 20.0)
        zoom = float(min(max(float((room / size).min()), FARTHEST), _COMFORTABLE))
        middle = (low + high) / 2
        return replace(self, zoom=zoom, x=float(middle[0]), y=float(middle[1]))
