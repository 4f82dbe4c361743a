"""Moving, zooming, and names that have room."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont

from saerch_desktop.ui.map_camera import Camera
from saerch_desktop.ui.map_names import Name, NameLayer, write


@pytest.fixture
def camera() -> Camera:
    return Camera(width=400, height=300).fit(np.array([-2.0, -1.0]), np.array([6.0, 3.0]))


def test_all_is_in_view_in_the_middle(camera: Camera) -> None:
    assert (camera.x, camera.y) == (2, 1)
    assert camera.box[0] < -2
    assert camera.box[2] > 6
    assert camera.place(2, 1) == QPointF(200, 150)


def test_what_is_under_the_mouse_stays_there(camera: Camera) -> None:
    at = QPointF(37, 210)
    before = camera.plane(at)
    for factor in (1.5, 0.2, 40):
        assert camera.zoomed(factor, at).plane(at) == pytest.approx(before)


def test_pushing_moves_what_one_sees_by_as_many_pixels(camera: Camera) -> None:
    moved = camera.moved(30, -12)
    assert moved.place(2, 1).x() == pytest.approx(230)
    assert moved.place(2, 1).y() == pytest.approx(138)


def test_zooming_ends_somewhere(camera: Camera) -> None:
    assert camera.zoomed(1e-9).scale == camera.fitted / 4
    assert camera.zoomed(1e9).scale == pytest.approx(camera.fitted * (1 << 14))


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_picture_lies_where_its_points_are(camera: Camera, ratio: float) -> None:
    view = camera.view(ratio)
    target = camera.target(view)
    xy = np.array([[0.3, 2.2]], np.float32)
    pixel = view.pixels(xy)[0] / ratio
    place = camera.place(0.3, 2.2)
    assert target.x() + pixel[0] == pytest.approx(place.x(), abs=0.01)
    assert target.y() + pixel[1] == pytest.approx(place.y(), abs=0.01)
    # More than is in view is drawn, and on whole pixels of the plane, wherever one is.
    assert target.left() < -50
    assert target.right() > 450
    nudged = camera.moved(0.3, 0.4).view(ratio)
    steps = (nudged.left - view.left) * view.scale
    assert steps == pytest.approx(round(steps), abs=1e-6)


def test_names_never_lie_over_one_another(camera: Camera, qapp) -> None:
    chance = np.random.default_rng(0)
    names = tuple(
        Name(*chance.uniform((-2, -1), (6, 3)).tolist(), f"place {number}", large=number % 2 == 0)
        for number in range(60)
    )
    written = write(names, camera, QFont())
    boxes = [item.box.translated(camera.place(item.name.x, item.name.y)) for item in written]
    assert 3 < len(boxes) < 60
    assert written[0].name is names[0]
    assert not any(a.intersects(b) for a, b in itertools.combinations(boxes, 2))
    canvas = QRectF(0, 0, 400, 300)
    assert all(canvas.contains(box) for box in boxes)


def test_zooming_out_leaves_away_what_came_to_lie_over_another(camera: Camera, qapp) -> None:
    layer = NameLayer()
    layer.set_names((Name(1.5, 1, "one"), Name(3, 1, "other")), camera, QFont())
    assert len(layer.written) == 2
    layer.follow(camera.zoomed(2))
    assert len(layer.written) == 2
    layer.follow(camera.zoomed(0.1))
    assert [item.name.text for item in layer.written] == ["one"]
