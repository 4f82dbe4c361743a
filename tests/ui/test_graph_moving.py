"""Names in a graph: where they find room, and what becomes of them while the view moves."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPolygonF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.graph_support import opened, picture

from saerch_desktop.features.families.graph_parts import FamilyGraph, Group, Node
from saerch_desktop.ui import graph_labels, graph_picture, theme
from saerch_desktop.ui.graph_groups import _around, _strangers
from saerch_desktop.ui.graph_legend import LegendStamp
from saerch_desktop.ui.graph_room import Room
from saerch_desktop.ui.graph_view import GraphView


@pytest.fixture
def view(qtbot: QtBot) -> GraphView:
    shown = opened(qtbot)
    chance = np.random.default_rng(4)
    nodes = tuple(Node(f"#{i}", "feature", i, None, f"some name {i}", 0.003, "B") for i in range(150))
    shown.set_graph(FamilyGraph(nodes), chance.normal(0, (420, 240), (150, 2)))
    shown.repaint()
    return shown


def test_room_is_free_where_neither_a_node_nor_a_name_stands() -> None:
    chance = np.random.default_rng(1)
    room = Room(400, 300)
    discs, reach = chance.uniform(-80, 480, (40, 2)), chance.uniform(2, 20, 40)
    room.take_discs(discs, reach)
    room.take_box(100, 50, 180, 70)
    corner = chance.uniform(-150, 450, (500, 2))
    boxes = np.concatenate((corner, corner + chance.uniform(4, 90, (500, 2))), axis=1)
    clear = room.clear(boxes)
    assert 50 < clear.sum() < 450
    taken = [(x - r, y - r, x + r, y + r) for (x, y), r in zip(discs, reach, strict=True)]
    taken.append((100, 50, 180, 70))

    def apart(box: np.ndarray, other: tuple[float, ...]) -> float:
        return float(max(other[0] - box[2], box[0] - other[2], other[1] - box[3], box[1] - other[3]))

    for box, free in zip(boxes, clear, strict=True):
        distance = min(apart(box, other) for other in taken)
        # Cells are four pixels wide: between deep inside and well beside, either answer is right.
        if abs(distance) > 9:
            assert free == (distance > 0)
    room.take(20, 20, 90, 34)
    assert not room.free(60, 25, 130, 40)
    assert room.free(96, 20, 160, 34)
    assert room.free(20, 42, 90, 56)
    assert room.free(-300, -300, -260, -280)


def test_who_lies_in_the_shape_of_a_group() -> None:
    chance = np.random.default_rng(2)
    at = chance.uniform(0, 200, (120, 2))
    members = np.arange(6)
    outline = _around(at[members], np.full(6, 12.0))
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in outline.tolist()]))
    inside = sum(path.contains(QPointF(*place)) for place in at[6:].tolist())
    assert 5 < inside < 110
    assert _strangers(outline, at, members) == inside


def test_names_go_with_their_nodes_while_the_view_moves_and_are_chosen_anew_at_rest(
    qtbot: QtBot, view: GraphView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_picture, "_CARRIED_S", 1e6)
    view.zoom_at(3, 400, 300)
    view.repaint()
    before = {label.node: label.box for label in view.picture.shown}
    arranged = []
    real = graph_labels.Labels.arrange
    monkeypatch.setattr(
        graph_labels.Labels, "arrange", lambda self, *args: arranged.append(1) or real(self, *args)
    )
    view.look_with(view.camera.moved(200, -20))
    view.repaint()
    moved = {label.node: label.box for label in view.picture.shown}
    assert arranged == []
    assert moved.keys() == before.keys()
    for node, box in before.items():
        assert (moved[node].topLeft() - box.topLeft()).toTuple() == pytest.approx((200, -20))
    qtbot.waitUntil(lambda: not view.busy and bool(arranged))
    view.repaint()
    shown = {label.node for label in view.picture.shown}
    at = view.camera.screen(view.picture.scene.at[list(shown)])
    assert (at[:, 0] > -60).all()
    assert shown != before.keys()


def test_names_are_chosen_at_once_after_a_leap_or_when_marks_change(
    view: GraphView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_picture, "_CARRIED_S", 1e6)
    view.zoom_at(3, 400, 300)
    view.repaint()
    near = {label.node for label in view.picture.shown}
    inside = set(view.picture.scene.inside(view.camera, 0, 0, 800, view.camera.height))
    assert near & inside
    unnamed = next(place for place in inside if place not in near)
    view.hover(unnamed)
    view.look_with(view.camera.moved(5, 0))
    view.repaint()
    assert unnamed in {label.node for label in view.picture.shown}


def test_a_moving_view_does_not_wait_for_names_that_were_never_drawn(
    qtbot: QtBot, view: GraphView, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(label: graph_labels.Label, font: object, ratio: float) -> object:
        time.sleep(0.003)
        drawn.append(label.text)
        return real(label, font, ratio)

    drawn: list[str] = []
    real = graph_labels._stamp
    monkeypatch.setattr(graph_labels, "_stamp", slow)
    monkeypatch.setattr(graph_picture, "_CARRIED_S", 0.0)
    view.picture.forget_look()
    view.look_with(view.camera.moved(4, 0))
    view.repaint()
    many = len(view.picture.shown)
    assert many > 10
    assert len(drawn) < 6  # no more than what fits into a few milliseconds
    qtbot.waitUntil(lambda: not view.busy)
    picture(view)
    assert {label.text for label in view.picture.shown} <= set(drawn)


def test_the_legend_is_painted_again_only_when_it_says_something_else(qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    shown = GraphView()
    nodes = (Node("#0", "feature", 0, None, "one", 0.01, "B"),)
    shown.set_graph(FamilyGraph(nodes), np.zeros((1, 2)))
    stamp, image = LegendStamp(), QImage(600, 40, QImage.Format.Format_RGB32)
    image.fill(0)
    box = QRectF(0, 0, 600, 40)
    pages = []
    for scale in (1.0, 1.0, 1.5):
        painter = QPainter(image)
        stamp.paint(painter, box, shown.picture.legend, shown.font(), shown.picture.edges, scale)
        painter.end()
        pages.append(stamp._page.cacheKey())
    assert pages[0] == pages[1] != pages[2]
    assert image.pixelColor(300, 35) == theme.color(theme.tokens().base)
    shown.deleteLater()


def test_the_root_of_a_family_is_named_though_its_neighbours_matter_more(qtbot: QtBot) -> None:
    view = opened(qtbot)
    # Four large ones around it leave no room for its name.
    around = [(-46.0, 0.0), (46.0, 0.0), (0.0, -46.0), (0.0, 46.0)]
    nodes = (
        Node("#0", "feature", 0, None, "gravity of Newton", 0.002, "B"),
        *(Node(f"k{i}", "family", i, f"k{i}", "some wider name", 0.2, "B", 9) for i in range(4)),
    )
    places = np.array([(0.0, 0.0), *around])
    without = FamilyGraph(nodes, groups=(Group("key", "Family", (0, 1, 2, 3, 4), 5),), focus="key")
    view.set_graph(without, places)
    picture(view)
    assert 0 not in {label.node for label in view.picture.shown}
    group = Group("key", "Family", (0, 1, 2, 3, 4), 5, root=0)
    view.set_graph(FamilyGraph(nodes, groups=(group,), focus="key"), places)
    picture(view)
    assert 0 in {label.node for label in view.picture.shown}


def test_a_name_is_broken_in_two_where_that_makes_it_fit(qtbot: QtBot) -> None:
    view = opened(qtbot)
    nodes = (
        Node("#0", "feature", 0, None, "gravity of Newton", 0.002, "B"),
        *(Node(f"k{i}", "family", i, f"k{i}", "x", 0.2, "B", 9) for i in range(4)),
    )
    view.set_graph(FamilyGraph(nodes), np.array([(0, 0), (-54, 0), (54, 0), (0, -54), (0, 80.0)]))
    picture(view)
    assert next(label.text for label in view.picture.shown if label.node == 0) == "gravity of\nNewton"


def test_names_at_the_edge_stand_where_nothing_of_them_is_cut_off(qtbot: QtBot) -> None:
    view = opened(qtbot)
    nodes = (
        Node("#0", "feature", 0, None, "a name of words", 0.004, "B"),
        Node("#1", "feature", 1, None, "another one", 0.004, "B"),
    )
    view.set_graph(FamilyGraph(nodes), np.array([(0.0, 0.0), (500.0, 0.0)]))
    view.look_with(view.camera.centred(322.0, 0.0))
    picture(view)
    left = next(label.box for label in view.picture.shown if label.node == 0)
    assert left.left() > view.camera.screen(view.picture.scene.at)[0, 0]  # beside it, not below
