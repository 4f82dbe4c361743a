"""Going from point to point by keys."""

from __future__ import annotations

import numpy as np

from saerch_desktop.ui.map_camera import Camera
from saerch_desktop.ui.map_drawing import Chart

_ASIDE = 2.0  # how much farther off a point counts that lies aside of the direction


def next_point(chart: Chart, camera: Camera, start: int | None, dx: int, dy: int) -> int | None:
    """The nearest point in a direction, from a row or from the middle of the view; None without any.

    Points aside of the direction count as farther away; those behind are never meant.
    """
    xy = chart.points.xy
    here = start is not None and 0 <= start < len(xy) and bool(np.isfinite(xy[start, 0]))
    x, y = xy[start].tolist() if here else (camera.x, camera.y)
    reach = 24 / camera.scale
    whole = 2 * float(max(chart.index.high - chart.index.low)) + abs(x) + abs(y) + reach
    while True:
        rows = chart.index.in_box(x - reach, y - reach, x + reach, y + reach)
        away = xy[rows] - np.array([x, y], np.float32)
        ahead = away[:, 0] * dx + away[:, 1] * dy
        aside = np.abs(away[:, 0] * dy - away[:, 1] * dx)
        there = ahead > 0 if here else ahead >= 0
        cost = np.where(there & (aside <= 2 * np.abs(ahead)), ahead + _ASIDE * aside, np.inf)
        if here:
            cost[rows == start] = np.inf
        if rows.size and cost.min() <= reach:
            return int(rows[int(cost.argmin())])
        if reach > whole:
            return int(rows[int(cost.argmin())]) if rows.size and np.isfinite(cost.min()) else None
        reach *= 4
