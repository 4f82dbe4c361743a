"""The canvas: mouse and keys over points whose places are known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from saerch_desktop.features.maps.colouring import by_names, plain
from saerch_desktop.features.maps.points import MapPoints, MapRecord
from saerch_desktop.ui import theme
from saerch_desktop.ui.map_canvas import How, MapCanvas, Tool, corners_box
from saerch_desktop.ui.map_drawing import Chart, Scene, draw

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def chart_of(xy: list[tuple[float, float]]) -> Chart:
    placed = np.array(xy, np.float32)
    record = MapRecord(of="documents", method="pca", source="", rows=len(xy), points=len(xy))
    return Chart.of(MapPoints(placed, record))


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[MapCanvas]:
    """Five points: a cross with (0, 0) in the middle, and one without a place."""
    made = MapCanvas(lambda row: f"document {row}")
    made.resize(400, 400)
    made.show()
    qtbot.waitExposed(made)
    made.set_chart(chart_of([(0, 0), (10, 0), (-10, 0), (0, 10), (0, -10), (np.nan, np.nan)]))
    yield made
    made.close()
    made.deleteLater()


def at(canvas: MapCanvas, row: int) -> QPoint:
    x, y = canvas.chart.points.xy[row].tolist()
    return canvas.camera.place(x, y).toPoint()


def drag(canvas: MapCanvas, path: list[QPoint], held: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(canvas, LEFT, held, path[0])
    for place in path[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, held, path[-1])


def test_a_click_opens_what_is_under_it(canvas: MapCanvas, qtbot: QtBot) -> None:
    with qtbot.waitSignal(canvas.opened) as opened:
        QTest.mouseClick(canvas, LEFT, NONE, at(canvas, 1) + QPoint(5, -4))
    assert opened.args == [1]
    with qtbot.waitSignal(canvas.picked) as picked:
        QTest.mouseClick(canvas, LEFT, CONTROL, at(canvas, 3))
    assert picked.args == [3]
    with qtbot.assertNotEmitted(canvas.opened):
        QTest.mouseClick(canvas, LEFT, NONE, at(canvas, 1) + QPoint(0, 40))


def test_hovering_tells_what_it_is(canvas: MapCanvas, qtbot: QtBot) -> None:
    QTest.mouseMove(canvas, at(canvas, 3) + QPoint(2, 2))
    assert canvas.hovered == 3
    canvas._walking = True  # the offscreen platform has no pointer to be under
    canvas._telling.timeout.emit()
    assert QToolTip.text() == "document 3"
    QTest.mouseMove(canvas, QPoint(60, 60))
    assert canvas.hovered is None
    QToolTip.hideText()


def test_dragging_moves_and_asks_for_a_picture_when_it_rests(canvas: MapCanvas, qtbot: QtBot) -> None:
    before = canvas.camera
    with qtbot.waitSignal(canvas.settled, timeout=3000) as settled:
        drag(canvas, [QPoint(200, 200), QPoint(230, 210), QPoint(260, 190)])
    assert settled.args[0] == canvas.camera
    assert canvas.camera == before.moved(60, -10)


def test_a_box_and_a_line_enclose_what_is_in_them(canvas: MapCanvas, qtbot: QtBot) -> None:
    corner = QPoint(40, 40)
    for held, tool, how in (
        (SHIFT, Tool.MOVE, How.REPLACE),
        (NONE, Tool.BOX, How.REPLACE),
        (CONTROL, Tool.BOX, How.ADD),
        (ALT, Tool.BOX, How.REMOVE),
    ):
        canvas.set_tool(tool)
        with qtbot.waitSignal(canvas.enclosed) as enclosed:
            drag(canvas, [QPoint(380, 120), QPoint(200, 220), corner + QPoint(0, 200)], held)
        corners, said = enclosed.args
        assert said is how
        box = corners_box(corners)
        assert box is not None
        assert box == pytest.approx(
            (*canvas.camera.plane(QPointF(40, 240)), *canvas.camera.plane(QPointF(380, 120)))
        )
    canvas.set_tool(Tool.LASSO)
    with qtbot.waitSignal(canvas.enclosed) as enclosed:
        drag(canvas, [QPoint(100, 100), QPoint(300, 100), QPoint(300, 300), QPoint(100, 300)])
    corners, _ = enclosed.args
    assert corners_box(np.vstack([corners, corners[:1]])) is None
    assert canvas.chart.index.in_polygon(corners).tolist() == [0]


def test_escape_goes_back_one_step_at_a_time(canvas: MapCanvas, qtbot: QtBot) -> None:
    canvas.setFocus()
    canvas.set_tool(Tool.BOX)
    QTest.mousePress(canvas, LEFT, NONE, QPoint(50, 50))
    QTest.mouseMove(canvas, QPoint(150, 150))
    with qtbot.assertNotEmitted(canvas.enclosed):
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(150, 150))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.tool is Tool.MOVE
    with qtbot.waitSignal(canvas.cleared):
        QTest.keyClick(canvas, Qt.Key.Key_Escape)


def test_keys_move_zoom_and_choose_tools(canvas: MapCanvas) -> None:
    whole = canvas.camera
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.camera.x > whole.x
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    assert canvas.camera.y > whole.y
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.camera.scale > whole.scale
    QTest.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.camera.scale == pytest.approx(whole.scale)
    QTest.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.camera == whole
    for key, tool in ((Qt.Key.Key_B, Tool.BOX), (Qt.Key.Key_L, Tool.LASSO), (Qt.Key.Key_L, Tool.MOVE)):
        QTest.keyClick(canvas, key)
        assert canvas.tool is tool


def test_walking_from_point_to_point_without_a_mouse(canvas: MapCanvas, qtbot: QtBot) -> None:
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Right, CONTROL)
    first = canvas.hovered
    assert first in (0, 1)
    canvas.hovered = 0
    for key, row in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_Up, 3),
        (Qt.Key.Key_Down, 0),
        (Qt.Key.Key_Down, 4),
        (Qt.Key.Key_Down, 4),
    ):
        QTest.keyClick(canvas, key, CONTROL)
        assert canvas.hovered == row
    with qtbot.waitSignal(canvas.opened) as opened:
        QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert opened.args == [4]
    with qtbot.waitSignal(canvas.picked):
        QTest.keyClick(canvas, Qt.Key.Key_Space)
    canvas.zoom(20)
    QTest.keyClick(canvas, Qt.Key.Key_Up, CONTROL)
    assert canvas.rect().contains(at(canvas, canvas.hovered))
    QToolTip.hideText()


def test_the_wheel_zooms_where_the_mouse_is(canvas: MapCanvas) -> None:
    where = QPointF(300, 120)
    before = canvas.camera.plane(where)
    event = QWheelEvent(
        where,
        canvas.mapToGlobal(where),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)
    assert canvas.camera.plane(where) == pytest.approx(before)
    assert canvas.camera.scale > canvas.camera.fitted


def test_what_was_all_in_view_stays_so_in_another_size(canvas: MapCanvas) -> None:
    canvas.resize(200, 300)
    assert canvas.camera.box[0] < -10
    assert canvas.camera.box[2] > 10
    canvas.zoom(4)
    scale = canvas.camera.scale
    canvas.resize(260, 300)
    assert canvas.camera.scale == scale


def test_the_old_picture_is_stretched_until_the_new_one_is_there(canvas: MapCanvas) -> None:
    chart = canvas.chart
    scene = Scene.of(chart, plain(6, ""), np.empty(0, np.int64))
    canvas.set_drawn(draw(scene, canvas.camera.view(1.0), 1.0, canvas.camera.box))
    canvas.camera = canvas.camera.zoomed(3, QPointF(at(canvas, 1)))
    ground = theme.color(theme.tokens().base).rgb()
    picture = canvas.grab().toImage()
    place = at(canvas, 1)
    assert picture.pixelColor(place).rgb() != ground
    assert picture.pixelColor(place + QPoint(0, 60)).rgb() == ground


def test_selected_points_stand_out_from_the_others() -> None:
    chart = chart_of([(0, 0), (10, 0), (-10, 0), (0, 10), (0, -10)])
    colouring = by_names("kind", np.array([0, 0, 1, 1, -1]), ("one", "other"))
    from saerch_desktop.ui.map_camera import Camera

    camera = Camera(width=200, height=200).fit(chart.index.low, chart.index.high)
    view = camera.view(1.0, 0.0)

    def pixel(scene: Scene, row: int):
        drawn = draw(scene, view, 1.0, camera.box)
        x, y = view.pixels(chart.points.xy[row : row + 1])[0]
        assert (drawn.inside, drawn.points) == (5, 5)
        return drawn.image.pixelColor(int(x), int(y))

    nothing = np.empty(0, np.int64)
    usual, chosen = Scene.of(chart, colouring, nothing), Scene.of(chart, colouring, np.array([1]))
    alone = Scene.of(chart, colouring, nothing, frozenset({2}))
    assert min(pixel(usual, 0).alpha(), pixel(usual, 2).alpha()) > 200
    assert pixel(usual, 4).alpha() < 150  # it has no value
    assert pixel(chosen, 1).alpha() > 200
    assert pixel(chosen, 0).alpha() < 150
    assert pixel(alone, 2).alpha() > 200
    assert pixel(alone, 0).alpha() < 150
