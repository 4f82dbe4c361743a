"""Points by place, against looking at each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from saerch_desktop.features.maps.point_index import PointIndex


def made(points: int = 700, seed: int = 0) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed)
    xy = np.concatenate(
        [chance.normal(size=(points // 2, 2)), chance.normal(size=(points // 2, 2)) * 0.01 + 3]
    )
    xy = xy.astype(np.float32)
    xy[chance.integers(0, len(xy), 9)] = np.nan
    return xy


def inside(corners: NDArray[np.float64], x: float, y: float) -> bool:
    """The even-odd rule, one point and one side at a time."""
    odd = False
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            odd = not odd
    return odd


@settings(max_examples=40, deadline=None)
@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(0.001, 3))
def test_the_nearest_point(x: float, y: float, within: float) -> None:
    xy = made()
    away = np.hypot(xy[:, 0] - x, xy[:, 1] - y)
    best = float(np.nanmin(away))
    found = PointIndex.of(xy).nearest(x, y, within)
    if best > within * 1.0001:
        assert found is None
    elif best < within * 0.9999:
        assert found is not None
        assert away[found] == pytest.approx(best, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.tuples(st.floats(-4, 4), st.floats(-4, 4)), st.tuples(st.floats(-4, 4), st.floats(-4, 4)))
def test_points_in_a_box(one: tuple[float, float], other: tuple[float, float]) -> None:
    xy = made()
    x0, x1 = sorted((one[0], other[0]))
    y0, y1 = sorted((one[1], other[1]))
    expected = np.flatnonzero((xy[:, 0] >= x0) & (xy[:, 0] <= x1) & (xy[:, 1] >= y0) & (xy[:, 1] <= y1))
    np.testing.assert_array_equal(PointIndex.of(xy).in_box(x0, y0, x1, y1), expected)


@pytest.mark.parametrize("seed", range(6))
def test_points_inside_a_line_that_may_cross_itself(seed: int) -> None:
    xy = made(300, seed)
    corners = np.random.default_rng(seed + 9).normal(size=(11, 2)) * 2 + (1, 1)
    expected = [
        row
        for row in range(len(xy))
        if np.isfinite(xy[row, 0]) and inside(corners, *xy[row].astype(float).tolist())
    ]
    assert PointIndex.of(xy).in_polygon(corners).tolist() == expected
    assert expected


def test_lines_without_an_inside() -> None:
    index = PointIndex.of(made())
    assert index.in_polygon(np.zeros((2, 2))).size == 0
    assert index.in_polygon(np.array([[0, 1], [1, 1], [2, 1]])).size == 0
    assert index.in_box(1, 1, 0, 0).size == 0


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 2.0)], [(0.0, 0.0), (0.0, 5.0)]])
def test_few_points(points: list[tuple[float, float]]) -> None:
    xy = np.array([(np.nan, np.nan), *points], np.float32)
    index = PointIndex.of(xy)
    assert index.in_box(-9, -9, 9, 9).tolist() == list(range(1, len(points) + 1))
    assert index.nearest(1, 2, 0.1) == (1 if (1.0, 2.0) in points else None)
