"""The graph as one works in it: with the mouse and the keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.graph_support import ALT, CONTROL, LEFT, NONE, SHIFT, drag, move, opened, picture, spot, wheel

from saerch_desktop.ui.graph_view import GraphView


@pytest.fixture
def view(qtbot: QtBot) -> GraphView:
    return opened(qtbot)


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
