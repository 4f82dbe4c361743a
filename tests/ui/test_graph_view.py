"""The graph as one works in it: with the mouse, the keys, and what is drawn then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.graph_parts import FamilyGraph, Group, Node
from saerch_desktop.ui import theme
from saerch_desktop.ui.graph_camera import Camera
from saerch_desktop.ui.graph_look import NodeLook, levels_of
from saerch_desktop.ui.graph_view import GraphView

LEFT, SHIFT, CONTROL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
ALT, NONE = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.NoModifier

NAMES = ("black holes", "accretion discs", "jets", "neutron stars", "Compact objects")
PLACES = np.array([[0.0, 0.0], [160.0, 0.0], [160.0, 120.0], [-160.0, 0.0], [0.0, -140.0]])
LINKS = [(4, 0), (0, 1), (1, 2), (0, 3)]


def graph() -> FamilyGraph:
    nodes = [Node(f"#{i}", "feature", i, None, name, 0.01 * (i + 1), "B") for i, name in enumerate(NAMES[:4])]
    nodes.append(Node("key", "family", 0, "key", NAMES[4], 0.05, "A", 7))
    return FamilyGraph(
        tuple(nodes),
        np.asarray(LINKS, np.int32),
        np.array([0.9, 0.2, 0.5, 0.4], np.float32),
        np.array([1, 0, 0, 0], np.uint8),
        (Group("group", "Discs and jets", (1, 2), 9),),
        "#0",
    )


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication) -> Iterator[GraphView]:
    theme.apply(qapp, "light")
    shown = GraphView()
    qtbot.addWidget(shown)
    shown.resize(800, 600)
    shown.set_graph(graph(), PLACES)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    theme.apply(qapp, "light")


def spot(view: GraphView, node: str) -> QPoint:
    place = view.picture.scene.place[node]
    x, y = view.camera.screen(view.picture.scene.at[[place]])[0].tolist()
    return QPoint(round(x), round(y))


def drag(qtbot: QtBot, view: GraphView, start: QPoint, end: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    qtbot.mousePress(view, LEFT, held, start)
    for share in (0.5, 1.0):
        here = QPointF(start) + (QPointF(end) - QPointF(start)) * share
        move(view, here, LEFT, held)
    qtbot.mouseRelease(view, LEFT, held, end)


def move(
    view: GraphView,
    to: QPointF,
    button: Qt.MouseButton = Qt.MouseButton.NoButton,
    held: Qt.KeyboardModifier = NONE,
) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    kind = QEvent.Type.MouseMove
    event = QMouseEvent(
        kind, to, QPointF(view.mapToGlobal(to.toPoint())), Qt.MouseButton.NoButton, button, held
    )
    QApplication.sendEvent(view, event)


def wheel(view: GraphView, at: QPoint, notches: float) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(view.mapToGlobal(at)),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def picture(view: GraphView) -> np.ndarray:
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[:, :, :3].astype(int).copy()


# The mouse -----------------------------------------------------------------------------------------------


def test_everything_is_in_view_at_first(view: GraphView) -> None:
    at = view.camera.screen(view.picture.scene.at)
    assert (at > 0).all()
    assert (at < (view.camera.width, view.camera.height)).all()


def test_a_click_selects_a_node_and_walks_to_it(qtbot: QtBot, view: GraphView) -> None:
    told: list[object] = []
    view.chosen.connect(told.append)
    view.walked.connect(told.append)
    qtbot.mouseClick(view, LEFT, NONE, spot(view, "#1"))
    assert told == [("#1",), "#1"]
    assert (view.selected, view.current) == (("#1",), "#1")
    qtbot.mouseClick(view, LEFT, CONTROL, spot(view, "#3"))
    assert view.selected == ("#1", "#3")
    qtbot.mouseClick(view, LEFT, CONTROL, spot(view, "#1"))
    assert view.selected == ("#3",)
    qtbot.mouseClick(view, LEFT, NONE, QPoint(5, 5))
    assert view.selected == ()


def test_dragging_a_node_moves_only_it_and_pins_it(qtbot: QtBot, view: GraphView) -> None:
    before = view.positions()
    start = spot(view, "#3")
    with qtbot.waitSignal(view.pinned) as told:
        drag(qtbot, view, start, start + QPoint(40, -60))
    zoom = view.camera.zoom
    wanted = (before["#3"][0] + 40 / zoom, before["#3"][1] - 60 / zoom)
    assert told.args[0] == "#3"
    assert told.args[1:] == pytest.approx(wanted)
    after = view.positions()
    assert after.pop("#3") == pytest.approx(wanted)
    assert after == {node: at for node, at in before.items() if node != "#3"}
    assert view.picture.pinned == {3}
    assert view.selected == ()


def test_selected_nodes_are_dragged_together(qtbot: QtBot, view: GraphView) -> None:
    view.set_selected(["#1", "#2"])
    before = view.positions()
    told = []
    view.pinned.connect(lambda *args: told.append(args[0]))
    drag(qtbot, view, spot(view, "#1"), spot(view, "#1") + QPoint(20, 20))
    after = view.positions()
    moved = {node for node in before if before[node] != after[node]}
    assert moved == {"#1", "#2"} == set(told)


def test_dragging_the_ground_moves_the_picture(qtbot: QtBot, view: GraphView) -> None:
    before, places = spot(view, "#0"), view.positions()
    drag(qtbot, view, QPoint(20, 20), QPoint(60, 45))
    assert spot(view, "#0") - before == QPoint(40, 25)
    assert view.positions() == places


def test_escape_puts_a_dragged_node_back(qtbot: QtBot, view: GraphView) -> None:
    before, start = view.positions(), spot(view, "#3")
    told = []
    view.pinned.connect(lambda *args: told.append(args))
    qtbot.mousePress(view, LEFT, NONE, start)
    move(view, QPointF(start + QPoint(50, 50)), LEFT)
    assert view.positions() != before
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view, LEFT, NONE, start + QPoint(50, 50))
    assert view.positions() == before
    assert told == []


def test_a_box_selects_what_is_in_it_and_takes_it_out_again(qtbot: QtBot, view: GraphView) -> None:
    corner, other = spot(view, "#1") - QPoint(40, 40), spot(view, "#2") + QPoint(40, 40)
    with qtbot.waitSignal(view.chosen) as told:
        drag(qtbot, view, corner, other, SHIFT)
    assert told.args == [("#1", "#2")]
    drag(qtbot, view, spot(view, "#3") - QPoint(40, 40), spot(view, "#3") + QPoint(40, 40), SHIFT)
    assert view.selected == ("#1", "#2", "#3")
    drag(qtbot, view, corner, other, ALT)
    assert view.selected == ("#3",)


def test_the_wheel_zooms_where_the_pointer_is(view: GraphView) -> None:
    at = spot(view, "#2")
    before = view.camera.zoom
    wheel(view, at, 2)
    assert view.camera.zoom == pytest.approx(before * 1.25**2)
    assert spot(view, "#2") == at
    wheel(view, at, -2)
    assert view.camera.zoom == pytest.approx(before)


def test_double_click_opens_a_node_and_a_group(qtbot: QtBot, view: GraphView) -> None:
    with qtbot.waitSignal(view.opened) as told:
        qtbot.mouseDClick(view, LEFT, NONE, spot(view, "key"))
    assert told.args == ["key"]
    view.repaint()
    (shape,) = view.picture.shapes
    with qtbot.waitSignal(view.opened) as told:
        qtbot.mouseDClick(view, LEFT, NONE, shape.title.box.center().toPoint())
    assert told.args == ["group"]


def test_the_context_menu_is_asked_for_with_the_node(qtbot: QtBot, view: GraphView) -> None:
    told = []
    view.asked.connect(lambda *args: told.append(args))
    for where in (spot(view, "#3"), QPoint(5, 5)):
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, view.mapToGlobal(where))
        QApplication.sendEvent(view, event)
    assert told == [("#3", view.mapToGlobal(spot(view, "#3"))), ("", view.mapToGlobal(QPoint(5, 5)))]
    qtbot.mouseClick(view, LEFT, NONE, spot(view, "#1"))
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint()))
    assert told[-1] == ("#1", view.mapToGlobal(spot(view, "#1")))


def test_pointing_at_a_node_lets_its_neighbours_stand_out(view: GraphView) -> None:
    plain = picture(view)
    move(view, QPointF(spot(view, "#2")))
    lit = view.picture.spotlight()
    assert lit is not None
    assert lit.tolist() == [False, True, True, False, False]  # only 1 is tied to 2
    pointed = picture(view)
    far, near = spot(view, "#3"), spot(view, "#1")
    ground = plain[3, 3]
    before, after = (np.abs(shot[far.y(), far.x()] - ground).sum() for shot in (plain, pointed))
    assert after < before / 2
    np.testing.assert_array_equal(pointed[near.y(), near.x()], plain[near.y(), near.x()])
    move(view, QPointF(5, 5))
    assert view.picture.spotlight() is None


# The keys ------------------------------------------------------------------------------------------------


def test_arrows_walk_along_the_ties(qtbot: QtBot, view: GraphView) -> None:
    told = []
    view.walked.connect(told.append)
    key = Qt.Key
    for press in (
        key.Key_Right,
        key.Key_Right,
        key.Key_Down,
        key.Key_Up,
        key.Key_Left,
        key.Key_Left,
        key.Key_Home,
    ):
        qtbot.keyClick(view, press)
    assert told == ["#0", "#1", "#2", "#1", "#0", "#3", "#0"]
    assert "black holes" in view.accessibleDescription()


def test_enter_opens_and_space_selects_the_current_node(qtbot: QtBot, view: GraphView) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Home)
    with qtbot.waitSignal(view.opened) as told:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told.args == ["#0"]
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.selected == ("#0",)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.selected == ()
    qtbot.keyClick(view, Qt.Key.Key_A, CONTROL)
    assert len(view.selected) == 5


def test_escape_takes_back_the_search_and_then_the_selection(qtbot: QtBot, view: GraphView) -> None:
    view.set_selected(["#1"])
    assert view.find("DISCS") == 1
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.picture.found == []
    assert view.selected == ("#1",)
    with qtbot.waitSignal(view.chosen) as told:
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert told.args == [()]


def test_plus_minus_and_f_zoom(qtbot: QtBot, view: GraphView) -> None:
    first = view.camera
    qtbot.keyClick(view, Qt.Key.Key_Plus, SHIFT)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.camera.zoom == pytest.approx(first.zoom * 1.25**2)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.camera.zoom == pytest.approx(first.zoom * 1.25)
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.camera == first


def test_found_nodes_are_visited_in_turn(view: GraphView) -> None:
    assert view.find("no such words") == 0
    assert view.find("#2") == 1
    assert view.find("s") == 5
    seen = []
    view.walked.connect(seen.append)
    for _ in range(6):
        view.find_next()
    assert set(seen[:5]) == set(view.graph.ids)
    assert seen[5] == seen[0]
    view.find_next(backwards=True)
    assert seen[6] == seen[4]


# What is drawn -------------------------------------------------------------------------------------------


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
    assert np.abs(picture(view) - light).mean() > 60
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
    from saerch_desktop.ui.graph_words import node_tip

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
