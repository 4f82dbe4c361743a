"""What is drawn of a graph, in the view and into files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.graph_support import PLACES, graph, opened, picture, spot

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.graph_parts import FamilyGraph, Group, Node
from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_camera import Camera
from saerch_desktop.ui.graph_look import NodeLook, levels_of
from saerch_desktop.ui.graph_view import GraphView
from saerch_desktop.ui.graph_words import node_tip


@pytest.fixture
def view(qtbot: QtBot) -> GraphView:
    return opened(qtbot)


def test_marks_stay_on_the_nodes_that_stay(view: GraphView) -> None:
    view.set_selected(["#1", "#3"])
    view.set_pinned(["#3"])
    view.centre_on("#3")
    rest = FamilyGraph(graph().nodes[2:])
    view.set_graph(rest, PLACES[2:])
    assert (view.selected, view.current, view.picture.pinned) == (("#3",), "#3", {1})


def test_activation_is_drawn_in_colour_and_as_an_arc(view: GraphView) -> None:
    plain = picture(view)
    view.set_activation({"#0": 1.0, "#1": 0.4}, "active in the query")
    shone = picture(view)
    strong, none = spot(view, "#0"), spot(view, "#3")
    wanted = theme.ramp(1.0)
    assert tuple(shone[strong.y(), strong.x()]) == (wanted.blue(), wanted.green(), wanted.red())
    assert not np.array_equal(shone[none.y(), none.x()], plain[none.y(), none.x()])
    radius = view.picture.scene.radius[0] * view.camera.node_scale
    beside = slice(round(strong.y() + radius), round(strong.y() + radius + 5))
    assert shone[beside, strong.x()].sum(1).min() < 300  # dark: the arc goes all round
    assert view.picture.legend.activation == "active in the query"
    view.set_activation(None)
    np.testing.assert_array_equal(picture(view), plain)


def test_steps_of_activation_never_hide_a_little() -> None:
    assert levels_of(np.array([0.0, 1e-9, 0.5, 1.0])).tolist() == [0, 1, 12, 24]


def test_names_do_not_overlap(qtbot: QtBot, view: GraphView) -> None:
    chance = np.random.default_rng(0)
    n = 300
    nodes = tuple(Node(f"#{i}", "feature", i, None, f"some long name {i}", 0.004, "B") for i in range(n))
    view.set_graph(FamilyGraph(nodes), chance.normal(0, 300, (n, 2)))
    view.repaint()
    boxes = [label.box for label in view.picture.shown]
    assert 10 < len(boxes) < n
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    far = len(boxes)
    view.zoom_at(3, 400, 300)
    view.repaint()
    near = {label.node for label in view.picture.shown}
    inside = set(view.picture.scene.inside(view.camera, 0, 0, view.camera.width, view.camera.height))
    assert len(near & inside) / len(inside) > far / n  # nearer, a larger share of what is in view is named


def test_a_drawn_group_does_not_claim_others(view: GraphView) -> None:
    view.repaint()
    assert [shape.key for shape in view.picture.shapes] == ["group"]
    nodes = graph().nodes
    apart = FamilyGraph(nodes, groups=(Group("wide", "Wide", (1, 3), 2),), focus="#0")
    view.set_graph(apart, PLACES)
    view.repaint()
    assert view.picture.shapes == []  # "#0" lies between the two


def test_many_links_are_drawn_on_a_sheet_which_follows(qtbot: QtBot, view: GraphView) -> None:
    chance = np.random.default_rng(0)
    n = 80
    nodes = tuple(Node(f"#{i}", "feature", i, None, "", 0.001, "B") for i in range(n))
    ends = chance.integers(0, n, (400, 2)).astype(np.int32)
    weights, kinds = np.full(400, 0.5, np.float32), np.zeros(400, np.uint8)
    view.set_graph(FamilyGraph(nodes, ends, weights, kinds), chance.normal(0, 200, (n, 2)))
    qtbot.waitUntil(lambda: not view.busy)
    first = picture(view)
    view.look_with(view.camera.moved(30, 0))
    moved = picture(view)
    high = view.camera.height - 4
    difference = np.abs(moved[4:high, 130:700] - first[4:high, 100:670]).max(2) > 40
    assert difference.mean() < 0.02
    ink = (first[:high].sum(2) < 740).mean()
    view.picture.scene.at *= 0.5
    view.redraw_ties()
    view.repaint()
    qtbot.waitUntil(lambda: not view.busy)
    assert (picture(view)[:high].sum(2) < 740).mean() < 0.6 * ink


def test_it_fits_again_when_the_window_changes_its_size(qtbot: QtBot, view: GraphView) -> None:
    view.resize(400, 300)
    qtbot.waitUntil(lambda: view.camera.width == 400)
    at = view.camera.screen(view.picture.scene.at)
    assert (at > 0).all()
    assert (at < (400, view.camera.height)).all()


def test_light_and_dark_differ_and_nothing_is_drawn_of_an_empty_graph(
    qapp: QApplication, view: GraphView
) -> None:
    light = picture(view)
    theme.apply(qapp, "dark")
    dark = np.abs(picture(view) - light).mean()
    theme.apply(qapp, "light")
    assert dark > 60
    view.set_graph(FamilyGraph(), np.empty((0, 2)))
    assert np.ptp(picture(view)[2:-2, 2:-2], axis=(0, 1)).max() == 0


def test_png_is_written_with_its_legend(view: GraphView, tmp_path: Path) -> None:
    view.to_png(tmp_path / "graph.png", 2.0)
    image = QImage(str(tmp_path / "graph.png"))
    assert (image.width(), image.height()) == (1600, 1200)
    strip = image.copy(0, 2 * view.camera.height + 10, 1600, 40).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(strip.constBits(), np.uint8)
    assert np.ptp(pixels) > 60


def test_svg_is_written_with_names_as_text(view: GraphView, tmp_path: Path) -> None:
    view.to_svg(tmp_path / "graph.svg")
    text = " ".join(ElementTree.parse(tmp_path / "graph.svg").getroot().itertext())
    for word in ("black holes", "neutron stars", "Discs and jets", "family of so many features"):
        assert word in text


def test_a_file_that_cannot_be_written_is_told(view: GraphView, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(UserError):
        view.to_png(tmp_path / "taken")


def test_the_tooltip_says_what_the_marks_mean(view: GraphView) -> None:
    view.set_activation({"key": 0.5}, "Active in the query")
    told = node_tip(view.picture, 4)
    for words in (
        "Compact objects",
        "Family of 7 features",
        "5 % of documents",
        "grade A",
        "50 of 100",
        "1 neighbour",
    ):
        assert words in told


def test_a_camera_keeps_the_place_under_the_pointer() -> None:
    camera = Camera(10, -5, 0.7, 640, 480)
    for x, y in ((0.0, 0.0), (100.0, 400.0)):
        before = camera.world(x, y)
        assert camera.zoomed(1.7, x, y).world(x, y) == pytest.approx(before)
        assert camera.screen(np.array([before]))[0].tolist() == pytest.approx([x, y])


def test_looks_are_told_apart_by_every_mark() -> None:
    assert len({NodeLook(5), NodeLook(5, selected=True), NodeLook(5, family=True), NodeLook(5.5)}) == 4
