"""Pictures of points: every point is counted, and each pixel has the colour of what is on top."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.features.maps import raster
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

VIEW = View(left=-2.0, top=1.5, scale=25.0, width=100, height=80)


def cloud(points: int = 4000) -> Layer:
    chance = np.random.default_rng(0)
    return Layer(
        chance.normal(size=(points, 2)).astype(np.float32), chance.integers(0, 5, points).astype(np.uint8)
    )


def test_every_point_in_view_is_counted_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "_CHUNK", 333)
    layer = cloud()
    found = cover(layer, VIEW)
    x, y = layer.xy.astype(np.float64).T
    expected, _, _ = np.histogram2d(y, x, bins=(80, 100), range=((1.5 - 80 / 25, 1.5), (-2.0, 2.0)))
    # Upwards in the plane is upwards in the picture; points on the edge of a pixel may fall to either side.
    assert np.abs(found.amount - expected[::-1]).sum() <= 4
    assert found.inside == found.amount.sum()
    assert (found.colour[found.amount == 0] == 0).all()


def test_the_last_point_of_a_pixel_gives_its_colour() -> None:
    xy = np.array([[0, 0], [0, 0], [0.5, 0], [0, 0]], np.float32)
    found = cover(Layer(xy, np.array([1, 2, 3, 4], np.uint8)), VIEW)
    at = VIEW.pixels(xy).astype(int)
    assert found.colour[at[0, 1], at[0, 0]] == 4
    assert found.amount[at[0, 1], at[0, 0]] == 3
    assert found.colour[at[2, 1], at[2, 0]] == 3


@pytest.mark.parametrize("radius", [1.0, 2.5, 4.0])
def test_a_disc_covers_its_area(radius: float) -> None:
    found = cover(Layer(np.array([[0.0, 0.0]], np.float32), np.array([3], np.uint8)), VIEW, radius)
    assert found.amount.sum() == pytest.approx(np.pi * radius**2, rel=0.12)
    assert set(np.unique(found.colour)) == {0, 3}
    rows, columns = np.nonzero(found.amount)
    at = VIEW.pixels(np.zeros((1, 2), np.float32)).astype(int)[0]
    assert np.hypot(columns - at[0], rows - at[1]).max() <= radius + 0.5


def test_discs_reach_in_from_outside_and_are_not_counted_there() -> None:
    xy = np.array([[-2.04, 0.0], [9.0, 9.0]], np.float32)  # a pixel left of the view, and far away
    found = cover(Layer(xy, np.array([1, 1], np.uint8)), VIEW, 3.0)
    assert found.inside == 0
    assert found.amount[:, 0].sum() > 0
    assert found.amount[:, 8:].sum() == 0


def test_too_many_discs_are_drawn_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "_STAMPS", 4000)
    layer = cloud()
    assert cover(layer, VIEW, 4.0).radius == 0
    assert cover(Layer(layer.xy[:100], layer.colours[:100]), VIEW, 4.0).radius == pytest.approx(
        3.57, rel=0.05
    )


def test_sizes_go_with_density() -> None:
    assert disc_radius(1e-9, 4) == 4
    assert disc_radius(5, 4) == 0
    sizes = [disc_radius(usual, 4) for usual in (0.001, 0.05, 0.2, 1.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1
    flat = np.random.default_rng(0).uniform(0, 10, (50_000, 2)).astype(np.float32)
    usual, densest = densities(flat)
    assert usual == pytest.approx(500, rel=0.05)
    assert densest > usual


def test_tones_rise_with_the_number_of_points() -> None:
    xy = np.repeat(np.array([[-1, 0], [0, 0], [1, 0]], np.float32), [1, 5, 60], axis=0)
    found = cover(Layer(xy, np.ones(len(xy), np.uint8)), VIEW)
    tone = tones(found, 60)
    seen = sorted(tone[found.amount > 0].tolist())
    assert 0 < seen[0] < seen[1] < seen[2]
    assert seen[2] >= 254
    assert (tone[found.amount == 0] == 0).all()


def test_layers_lie_over_one_another_with_a_line_around() -> None:
    base, lit = cloud(), Layer(np.array([[0.0, 0.0]], np.float32), np.array([2], np.uint8))
    table = np.full((5, 256), 0xFF00FF00, np.uint32)
    table[:, 0] = 0
    above = np.full((5, 256), 0xFFFF0000, np.uint32)
    below, top = cover(base, VIEW), cover(lit, VIEW, 3.0)
    alone = compose([Painted(below, tones(below, 9), table)])
    both = compose([Painted(below, tones(below, 9), table), Painted(top, tones(top, 9), above, 0xFF0000FF)])
    covered = top.amount >= 0.5
    assert (both[covered] == 0xFFFF0000).all()
    line = both == 0xFF0000FF
    assert line.any()
    assert not (line & covered).any()
    np.testing.assert_array_equal(both[~covered & ~line], alone[~covered & ~line])
    assert ((alone != 0) == (below.amount > 0)).all()


def test_the_rim_of_a_disc_is_paler() -> None:
    found = cover(Layer(np.array([[0.0, 0.0]], np.float32), np.array([1], np.uint8)), VIEW, 2.3)
    table = np.full((2, 256), 0xFF808080, np.uint32)
    table[:, 0] = 0
    picture = compose([Painted(found, tones(found, 0.001), table)])
    opaque = (picture >> 24).astype(float) / 255
    np.testing.assert_allclose(opaque, np.minimum(found.amount, 1), atol=0.01)
    assert (((picture >> 16) & 0xFF) <= (picture >> 24)).all()  # premultiplied
