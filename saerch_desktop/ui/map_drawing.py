"""A map as it is to be drawn, and the drawing itself: plain arrays, done on a worker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from saerch_desktop.features.maps.colouring import Colouring
from saerch_desktop.features.maps.point_index import PointIndex
from saerch_desktop.features.maps.points import MapPoints
from saerch_desktop.features.maps.raster import (
    Layer,
    Painted,
    View,
    compose,
    cover,
    densities,
    disc_radius,
    tones,
)
from saerch_desktop.ui import map_inks, theme

_FEW = ((300, 3.0), (3000, 2.2), (12_000, 1.5))  # up to so many points, radius
Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in the plane
_DOT = 4.5  # largest radius of a point, in device-independent pixels


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A map that is looked at: its points, which lie where, and how dense they are (`raster.densities`)."""

    points: MapPoints
    index: PointIndex
    usual: float
    densest: float

    @classmethod
    def of(cls, points: MapPoints) -> Chart:
        index = PointIndex.of(points.xy)
        return cls(points, index, *densities(index.xy))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is drawn: the points of a chart in their colours. lit: those that are selected, on top. selected
    (n,): their rows. asked: points that have a value, or one that is asked for, where most have not. alone:
    codes that are asked for, all without any.
    """

    chart: Chart
    colouring: Colouring
    base: Layer
    asked: Layer | None
    lit: Layer | None
    selected: NDArray[np.int64]
    alone: frozenset[int]

    @classmethod
    def of(
        cls, chart: Chart, colouring: Colouring, lit: NDArray[np.int64], alone: frozenset[int] = frozenset()
    ) -> Scene:
        xy = chart.points.xy
        placed = np.isfinite(xy[:, 0])
        order = colouring.order[placed[colouring.order]]
        codes = np.take(colouring.codes, order)
        meant = np.isin(codes, list(alone)) if alone else codes > 0
        asked = None
        if 0 < meant.sum() <= len(order) / 2:
            asked = Layer(np.take(xy, order[meant], axis=0), codes[meant])
        if alone:
            order = order[np.argsort(meant, kind="stable")]
        base = Layer(np.take(xy, order, axis=0), np.take(colouring.codes, order))
        rows = lit[(lit >= 0) & (lit < len(xy))]
        rows = rows[placed[rows]]
        above = Layer(xy[rows], colouring.codes[rows]) if rows.size else None
        return cls(chart, colouring, base, asked, above, rows, alone)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A picture of a part of the map. points: all on the map, inside: those in view."""

    image: QImage
    view: View
    inside: int
    points: int


def draw(scene: Scene, view: View, ratio: float = 1.0, box: Box | None = None) -> Drawn:
    """Draw every point of a scene in a view of device pixels. ratio: device pixels for one of the grid's.

    box: the part of the plane that is looked at; the view may reach further, so that it can be moved.
    """
    area = 1 / view.scale**2  # of a pixel, in the plane
    full = scene.chart.densest * area
    radius = disc_radius(scene.chart.usual * area, _DOT * ratio)
    base = cover(scene.base, view, radius)
    codes = range(len(map_inks.colours_of(scene.colouring)))
    others = [code for code in codes if scene.alone and code not in scene.alone]
    faint = list(codes) if scene.lit is not None else others
    layers = [Painted(base, tones(base, full), map_inks.table(scene.colouring, faint))]
    for layer, edge in ((scene.asked, 0), (scene.lit, map_inks.ink(theme.tokens().text))):
        if layer is not None and (edge or scene.lit is None):
            above = cover(layer, view, max(radius, _standing_out(layer, ratio)))
            table = map_inks.table(scene.colouring, others, "chosen" if edge else "asked")
            layers.append(Painted(above, tones(above, full), table, edge))
    picture = compose(layers)
    inside = base.inside if box is None else scene.chart.index.in_box(*box).size
    return Drawn(as_image(picture), view, inside, len(scene.base.xy))


def as_image(picture: NDArray[np.uint32]) -> QImage:
    """(h, w) premultiplied pixels as an image of its own."""
    high, wide = picture.shape
    held = np.ascontiguousarray(picture)
    return QImage(held.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _standing_out(layer: Layer, ratio: float) -> float:
    """Few points among many are to be found at a glance."""
    return ratio * next((size for most, size in _FEW if len(layer.xy) <= most), 0.0)
