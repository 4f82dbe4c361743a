"""Places of a map that deserve a name: where points lie dense, and what sets their documents apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.maps.point_index import PointIndex

_ACROSS: Final = 32  # cells across the part of the plane in view, about
_MOST: Final = 48  # places that are named at once
LEAST: Final = 8  # documents, for a place to have a name
_LOOKED_AT: Final = 400  # documents of one place; more would not change what it is called
_PRIOR: Final = 3.0  # documents added to either side of a comparison, so that a few prove nothing
_SHARE: Final = 0.25  # of a place's documents that what it is named after must be active in
_LIFT: Final = 3.0  # times as common there as among all documents
_DENSE: Final = 1.5  # times as many points as a filled place of the view has in the middle


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """x, y: where it is; rows (n,): what lies there; weight: how many points it stands for."""

    x: float
    y: float
    rows: NDArray[np.int64]
    weight: float


@dataclass(frozen=True, slots=True)
class Region:
    """A name for a place. feature: what it is named after; weight: larger ones are written first."""

    x: float
    y: float
    feature: int
    weight: float


def level_of(span: float, whole: float) -> int:
    """How far one has come into the map: 0 where all of it is in view, one more for each halving."""
    return max(0, min(24, int(np.log2(max(whole, 1e-12) / max(span, 1e-12)))))


def dense_places(
    index: PointIndex,
    box: tuple[float, float, float, float],
    level: int,
    least: int = LEAST,
    most: int = _MOST,
) -> list[Place]:
    """Local maxima of the density in a box (x0, y0, x1, y1), the densest first, of at least so many points.

    The grid belongs to the plane and to the level, not to the box: moving over the map never moves a name.
    """
    whole = float(max(index.high - index.low)) or 1.0
    cell = whole / (_ACROSS * 2**level)
    x0, y0, x1, y1 = box
    left, bottom = (
        int(np.floor((v - float(low)) / cell)) for v, low in zip((x0, y0), index.low, strict=True)
    )
    right, top = (int(np.floor((v - float(low)) / cell)) for v, low in zip((x1, y1), index.low, strict=True))
    rim = 4  # a peak near the edge is one by what lies beyond it
    left, bottom, right, top = left - rim, bottom - rim, right + rim, top + rim
    across, down = right - left + 1, top - bottom + 1
    if across * down > 1 << 20:
        return []
    low_x, low_y = float(index.low[0]) + left * cell, float(index.low[1]) + bottom * cell
    found = index._box(low_x, low_y, low_x + across * cell, low_y + down * cell)
    points, ids = index.xy[found], index.ids[found]
    # Cells are numbered over the whole plane: rounding must not depend on the box.
    at = np.floor((points - index.low.astype(np.float64)) / cell).astype(np.int64) - (left, bottom)
    at_x, at_y = np.clip(at[:, 0], 0, across - 1), np.clip(at[:, 1], 0, down - 1)
    flat = at_y * across + at_x
    counts = np.bincount(flat, minlength=across * down).reshape(down, across).astype(np.float64)
    smooth = _smoothed(counts)
    around = np.pad(smooth, 1)
    peak = np.ones_like(smooth, bool)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if dx or dy:
                other = around[1 + dy : 1 + dy + down, 1 + dx : 1 + dx + across]
                # Of equals the first one is the peak.
                peak &= (smooth > other) if (dy, dx) < (0, 0) else (smooth >= other)
    places = np.argwhere(peak & (smooth > 0))
    heights = smooth[places[:, 0], places[:, 1]]
    order = np.argsort(-heights, kind="stable")
    starts = np.argsort(flat, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(flat, minlength=across * down))))
    # A name stands for a crowd: what is no denser than the rest of the view has none.
    filled = smooth[smooth > 0]
    dense = _DENSE * 9 * float(np.median(filled)) if filled.size else 0.0
    out = []
    for y, x in places[order].tolist():
        near = [
            starts[bounds[cy * across + max(0, x - 1)] : bounds[cy * across + min(across - 1, x + 1) + 1]]
            for cy in range(max(0, y - 1), min(down, y + 2))
        ]
        members = np.concatenate(near)
        if members.size < least or (least > 1 and members.size < dense):
            continue
        middle = points[members].mean(axis=0)
        if x0 <= middle[0] <= x1 and y0 <= middle[1] <= y1:
            rows = np.sort(ids[members]).astype(np.int64)
            out.append(Place(float(middle[0]), float(middle[1]), rows, float(members.size)))
        if len(out) == most:
            break
    return out


def name_by_documents(features: FeatureSet, places: list[Place], liked: NDArray[np.bool_]) -> list[Region]:
    """The feature that most sets each place's documents apart from all others; places without one are left.

    What a place is named after is active in many of its documents and in few elsewhere: its share of their
    summed activation times the logarithm of how much more common it is there. liked (n,) bool: features that
    may be named at all. A feature names the place where it is strongest only.
    """
    count = features.sae.config.features
    overall = (features.statistics.count + _PRIOR) / (features.documents + 2 * _PRIOR)
    best: dict[int, Region] = {}
    for place in places:
        rows = place.rows
        if rows.size > _LOOKED_AT:
            rows = rows[np.linspace(0, rows.size - 1, _LOOKED_AT).astype(np.int64)]
        ids = np.take(features.codes.indices, rows, axis=0).ravel()
        values = np.take(features.codes.values, rows, axis=0).ravel()
        active = values > 0
        met = np.bincount(ids[active], minlength=count)[:count]
        strength = np.bincount(ids[active], values[active], minlength=count)[:count]
        share = (met + _PRIOR * overall) / (rows.size + _PRIOR)
        lift = np.log(share / overall)
        # The features of a place are weighed by strength: what is faintly everywhere names nothing.
        score = np.where((met >= 3) & liked, strength / rows.size * np.maximum(lift, 0), 0)
        score[(share < _SHARE) | (share < _LIFT * overall)] = 0
        feature = int(score.argmax())
        if score[feature] <= 0:
            continue
        weight = place.weight * float(share[feature])
        if feature not in best or best[feature].weight < weight:
            best[feature] = Region(place.x, place.y, feature, weight)
    return sorted(best.values(), key=lambda region: (-region.weight, region.feature))


def name_by_members(
    places: list[Place], strength: NDArray[np.floating] | NDArray[np.integer], liked: NDArray[np.bool_]
) -> list[Region]:
    """On a map of features: each place has the name of its commonest feature. strength (n,): how common."""
    found = []
    for place in places:
        weighed = np.where(liked[place.rows], strength[place.rows], 0)
        feature = int(place.rows[int(weighed.argmax())])
        if weighed.max() > 0:
            found.append(Region(place.x, place.y, feature, place.weight))
    return sorted(found, key=lambda region: (-region.weight, region.feature))


def _smoothed(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of three along each axis: single full cells are no hills."""
    wide = np.pad(counts, ((0, 0), (1, 1)))
    along = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    tall = np.pad(along, ((1, 1), (0, 0)))
    return np.asarray((tall[:-2] + tall[1:-1] + tall[2:]) / 9)
