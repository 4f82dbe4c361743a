"""Points as a picture: every point in view is drawn, one pixel each or, where they are few, as discs.

A picture of the numbers, not of items: a million points take some tens of milliseconds of plain array work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CHUNK: Final = 1 << 18  # points placed at once, which stay in the processor's cache
_STAMPS: Final = 3_000_000  # pixels that all discs together may touch
_OVERLAP: Final = 1.6  # discs on one another where points lie as usual
_THICK: Final = 1.5  # points on a pixel from which no discs are needed
TONES: Final = 256


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the plane a picture shows. left, top: what lies at its upper left corner; scale: pixels
    for one unit; width, height in pixels. Upwards in the plane is upwards in the picture.
    """

    left: float
    top: float
    scale: float
    width: int
    height: int

    def pixels(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 2) pixels, x rightwards, y downwards, of points in the plane."""
        out = np.empty_like(xy)
        np.multiply(np.subtract(xy[:, 0], np.float32(self.left)), np.float32(self.scale), out=out[:, 0])
        np.multiply(np.subtract(np.float32(self.top), xy[:, 1]), np.float32(self.scale), out=out[:, 1])
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Points in the order in which they are drawn, later ones on top. xy (n, 2) float32, finite; colours (n,)
    uint8: which line of the table of colours each has.
    """

    xy: NDArray[np.float32]
    colours: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What a layer covers. amount (h, w) float32: how many points, or how much of a disc, lie on a pixel;
    colour (h, w) uint8: of the topmost point; inside: points in view; radius: of the discs, 0 for pixels.
    """

    amount: NDArray[np.float32]
    colour: NDArray[np.uint8]
    inside: int
    radius: float


def cover(layer: Layer, view: View, radius: float = 0.0) -> Coverage:
    """Where the points of a layer fall. radius: of the discs in pixels, below 1 for single pixels.

    Where the discs would touch more than three million pixels in all they are drawn smaller.
    """
    margin = np.float32(radius + 2)
    cells: list[NDArray[np.int32]] = []
    kept: list[NDArray[np.uint8]] = []
    wide, high = view.width, view.height
    for start in range(0, len(layer.xy), _CHUNK):
        at = view.pixels(layer.xy[start : start + _CHUNK])
        x, y = at[:, 0], at[:, 1]
        seen = (x >= -margin) & (x < wide + margin) & (y >= -margin) & (y < high + margin)
        if seen.any():
            places = np.floor(at[seen]).astype(np.int32)
            # Points just outside keep a place in the rim, so that their discs reach in.
            cells.append(places)
            kept.append(layer.colours[start : start + _CHUNK][seen])
    pixels = np.concatenate(cells) if cells else np.empty((0, 2), np.int32)
    colours = np.concatenate(kept) if kept else np.empty(0, np.uint8)
    proper = (pixels[:, 0] >= 0) & (pixels[:, 0] < wide) & (pixels[:, 1] >= 0) & (pixels[:, 1] < high)
    inside = int(proper.sum())
    size = min(radius, float(np.sqrt(_STAMPS / (np.pi * max(1, len(pixels))))))
    if size < 1:
        flat = pixels[proper, 1].astype(np.int64) * wide + pixels[proper, 0]
        amount = np.bincount(flat, minlength=wide * high).astype(np.float32)
        owner = np.zeros(wide * high, np.uint8)
        owner[flat] = colours[proper]  # of several on one pixel the last one stays
        return Coverage(amount.reshape(high, wide), owner.reshape(high, wide), inside, 0.0)
    amount, owner = _discs(pixels, colours, wide, high, size)
    return Coverage(amount, owner, inside, size)


def disc_radius(usual: float, dot: float) -> float:
    """Radius in pixels at which discs just cover the ground where points lie as usual, between 1 and `dot`; 0
    where there are points on most pixels anyway.

    usual: points on a pixel, on an average over the places where there are any.
    """
    size = min(dot, float(np.sqrt(_OVERLAP / (np.pi * max(usual, 1e-12)))))
    return max(1.0, size) if usual < _THICK else 0.0


def _discs(
    pixels: NDArray[np.int32], colours: NDArray[np.uint8], wide: int, high: int, radius: float
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    reach = int(np.ceil(radius + 0.5))
    rim = reach + int(max(0, -pixels.min(initial=0)))
    rim = max(
        rim, int(max(pixels[:, 0].max(initial=0) - wide, pixels[:, 1].max(initial=0) - high)) + reach + 1
    )
    step = wide + 2 * rim
    around = np.arange(-reach, reach + 1)
    dx, dy = np.meshgrid(around, around)
    weight = np.clip(radius + 0.5 - np.hypot(dx, dy), 0, 1).astype(np.float32).ravel()
    offset = (dy * step + dx).ravel()
    offset, weight = offset[weight > 0], weight[weight > 0]
    flat = (pixels[:, 1].astype(np.int64) + rim) * step + pixels[:, 0] + rim
    size = step * (high + 2 * rim)
    amount = np.zeros(size, np.float64)
    owner = np.zeros(size, np.uint8)
    edge = weight < 0.5
    for chosen in (edge, ~edge):  # the middle of a disc is never taken by the edge of another
        touched = (flat[:, None] + offset[chosen][None, :]).ravel()
        owner[touched] = np.repeat(colours, int(chosen.sum()))
        amount += np.bincount(touched, np.tile(weight[chosen], len(flat)), minlength=size)
    shape = (high + 2 * rim, step)
    cut = (slice(rim, rim + high), slice(rim, rim + wide))
    return amount.reshape(shape)[cut].astype(np.float32), np.ascontiguousarray(owner.reshape(shape)[cut])


def tones(coverage: Coverage, full: float) -> NDArray[np.uint8]:
    """(h, w) uint8: 0 where nothing is, else 1 to 255 by how much is there, on a logarithmic scale.

    full: how many points on a pixel make 255; of discs it is as many as overlap there.
    """
    amount = coverage.amount
    most = max(1.0, full * max(1.0, float(np.pi) * coverage.radius**2))
    out = np.log1p(amount)
    out *= np.float32((TONES - 1) / np.log1p(most))
    np.clip(out, 0, TONES - 1, out=out)
    found = out.astype(np.uint8)
    found[(amount > 0) & (found == 0)] = 1
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A layer with its colours. tone (h, w): of `coverage`; table (colours, 256) uint32: what each colour is
    at each tone; edge: colour of the line around what is covered, 0 for none.
    """

    coverage: Coverage
    tone: NDArray[np.uint8]
    table: NDArray[np.uint32]
    edge: int = 0


def compose(layers: Sequence[Painted]) -> NDArray[np.uint32]:
    """(h, w) uint32, premultiplied 0xAARRGGBB: layers over one another, the first one at the bottom."""
    coverage, tone, table = layers[0].coverage, layers[0].tone, layers[0].table
    picture = table[coverage.colour, tone]
    if coverage.radius > 0:
        thin = np.flatnonzero((coverage.amount > 0) & (coverage.amount < 1))
        flat = picture.reshape(-1)
        flat[thin] = faded(flat[thin], coverage.amount.reshape(-1)[thin])
    for above in layers[1:]:
        covered = above.coverage.amount >= 0.5
        if above.edge:
            grown = covered.copy()
            grown[1:] |= covered[:-1]
            grown[:-1] |= covered[1:]
            grown[:, 1:] |= covered[:, :-1]
            grown[:, :-1] |= covered[:, 1:]
            picture[grown & ~covered] = above.edge
        picture[covered] = above.table[above.coverage.colour[covered], above.tone[covered]]
    return picture


def faded(pixels: NDArray[np.uint32], share: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Premultiplied pixels with a share (0 to 1) of their opacity."""
    scale = np.round(share * 256).astype(np.uint32)
    out = np.zeros_like(pixels)
    for shift in (0, 8, 16, 24):
        out |= (((pixels >> shift) & 0xFF) * scale >> 8) << shift
    return out


def densities(xy: NDArray[np.float32], bins: int = 128) -> tuple[float, float]:
    """Points in a unit of area: on an average over the places where there are any, and where they lie densest
    but for the densest hundredth.

    Of the whole map, so that neither size nor colour of a point changes while one moves over it.
    """
    if len(xy) < 2:
        return 1.0, 1.0
    low, high = xy.min(axis=0), xy.max(axis=0)
    side = float(max(high - low)) or 1.0
    cell = side / bins
    at = np.minimum(((xy - low) / cell).astype(np.int64), bins - 1)
    counts = np.bincount(at[:, 1] * bins + at[:, 0], minlength=bins * bins)
    there = counts[counts > 0]
    return float(there.mean()) / (cell * cell), float(np.percentile(there, 99)) / (cell * cell)
