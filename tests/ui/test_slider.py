"""The bipolar slider: live values from real events, natural and zero held, readable by assistance."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from saerch_desktop.ui.slider import BipolarSlider

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def slider(qtbot) -> BipolarSlider:
    made = BipolarSlider()
    qtbot.addWidget(made)
    made.set_feature("accretion disc", 0.3, 0.5)
    made.resize(320, 24)
    made.show()
    return made


def at(slider: BipolarSlider, value: float) -> QPoint:
    return QPoint(round(slider.x_of(value)), slider.height() // 2)


def move(slider: BipolarSlider, x: float, modifiers=NONE) -> None:
    where = QPointF(x, 12)
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, slider.mapToGlobal(where), Qt.MouseButton.NoButton, LEFT, modifiers
    )
    QApplication.sendEvent(slider, event)


def test_it_starts_at_natural_within_its_reach(slider: BipolarSlider) -> None:
    assert slider.activation() == slider.natural() == 0.3
    assert slider.reach() == (-1.0, 1.5)
    assert slider.change() == 0.0


def test_dragging_emits_live_values_and_one_finish(slider: BipolarSlider, qtbot) -> None:
    values: list[float] = []
    finished: list[bool] = []
    slider.activation_changed.connect(values.append)
    slider.edit_finished.connect(lambda: finished.append(True))
    QTest.mousePress(slider, LEFT, NONE, at(slider, 0.3))
    assert values == []
    for target in (0.6, 0.9, 1.2):
        move(slider, slider.x_of(target))
    assert slider.is_dragging()
    assert not finished
    QTest.mouseRelease(slider, LEFT, NONE, at(slider, 1.2))
    assert values == pytest.approx([0.6, 0.9, 1.2], abs=0.02)
    assert finished == [True]
    assert slider.activation() == values[-1]


def test_drag_stops_at_the_ends_and_holds_natural_and_zero_exactly(slider: BipolarSlider) -> None:
    QTest.mousePress(slider, LEFT, NONE, at(slider, 0.3))
    move(slider, 5000)
    assert slider.activation() == pytest.approx(1.5)
    move(slider, slider.x_of(0.3) + 2)
    assert slider.activation() == 0.3
    move(slider, slider.x_of(0.0) - 2)
    assert slider.activation() == 0.0
    QTest.mouseRelease(slider, LEFT, NONE, at(slider, 0.0))


def test_shift_drags_finely(slider: BipolarSlider) -> None:
    QTest.mousePress(slider, LEFT, NONE, at(slider, 0.3))
    move(slider, slider.x_of(0.3), SHIFT)
    move(slider, slider.x_of(1.3), SHIFT)
    assert slider.activation() == pytest.approx(0.5, abs=0.02)
    QTest.mouseRelease(slider, LEFT, NONE, at(slider, 1.3))


def test_escape_takes_the_drag_back(slider: BipolarSlider) -> None:
    slider.set_activation(0.7)
    QTest.mousePress(slider, LEFT, NONE, at(slider, 0.7))
    move(slider, slider.x_of(-0.5))
    QTest.keyClick(slider, Qt.Key.Key_Escape)
    assert slider.activation() == pytest.approx(0.7)
    assert not slider.is_dragging()
    QTest.mouseRelease(slider, LEFT, NONE, at(slider, -0.5))
    assert slider.activation() == pytest.approx(0.7)


def test_clicking_the_groove_jumps_there(slider: BipolarSlider) -> None:
    QTest.mouseClick(slider, LEFT, NONE, at(slider, 1.0))
    assert slider.activation() == pytest.approx(1.0, abs=0.01)


def test_double_click_resets(slider: BipolarSlider, qtbot) -> None:
    slider.set_activation(1.0)
    with qtbot.waitSignal(slider.activation_changed) as caught:
        QTest.mouseDClick(slider, LEFT, NONE, at(slider, 0.1))
    assert caught.args == [0.3]


@pytest.mark.parametrize(
    ("key", "modifiers", "expected"),
    [
        (Qt.Key.Key_Right, NONE, 0.3 + 0.025),
        (Qt.Key.Key_Left, NONE, 0.3 - 0.025),
        (Qt.Key.Key_Right, SHIFT, 0.3 + 0.25),
        (Qt.Key.Key_PageDown, NONE, 0.3 - 0.25),
        (Qt.Key.Key_Home, NONE, -1.0),
        (Qt.Key.Key_End, NONE, 1.5),
    ],
)
def test_keys_move(slider: BipolarSlider, qtbot, key, modifiers, expected: float) -> None:
    with qtbot.waitSignals([slider.activation_changed, slider.edit_finished]):
        QTest.keyClick(slider, key, modifiers)
    assert slider.activation() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("key", "modifiers"), [(Qt.Key.Key_0, NONE), (Qt.Key.Key_Left, CTRL), (Qt.Key.Key_Right, CTRL)]
)
def test_keys_return_to_natural(slider: BipolarSlider, key, modifiers) -> None:
    slider.set_activation(-0.4)
    QTest.keyClick(slider, key, modifiers)
    assert slider.activation() == 0.3


def turn(slider: BipolarSlider) -> QWheelEvent:
    where = QPointF(100, 12)
    event = QWheelEvent(
        where, slider.mapToGlobal(where), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(slider, event)
    return event


def test_the_wheel_steers_only_with_focus(slider: BipolarSlider, qtbot) -> None:
    slider.clearFocus()
    assert not turn(slider).isAccepted()
    assert slider.activation() == 0.3
    slider.activateWindow()
    slider.setFocus()
    qtbot.waitUntil(slider.hasFocus)
    assert turn(slider).isAccepted()
    assert slider.activation() == pytest.approx(0.325)


def test_setting_from_outside_is_silent_and_stretches_the_reach(slider: BipolarSlider, qtbot) -> None:
    with qtbot.assertNotEmitted(slider.activation_changed):
        slider.set_activation(4.0)
    assert slider.reach()[1] == 4.0
    assert slider.activation() == 4.0


def test_a_feature_without_natural_value_uses_its_scale(slider: BipolarSlider) -> None:
    slider.set_feature("absent", 0.0, 0.2)
    assert slider.reach() == pytest.approx((-0.4, 0.6))


def test_assistance_reads_and_sets_the_value(slider: BipolarSlider, qtbot) -> None:
    interface = QAccessible.queryAccessibleInterface(slider)
    assert interface.role() == QAccessible.Role.Slider
    assert interface.text(QAccessible.Text.Name) == "Activation of accretion disc"
    value = interface.valueInterface()
    assert (value.minimumValue(), value.currentValue(), value.maximumValue()) == (-200, 60, 300)
    with qtbot.waitSignal(slider.activation_changed):
        value.setCurrentValue(100)
    assert slider.activation() == pytest.approx(0.5)
    assert slider.accessibleDescription() == "×1.67, natural ×1.00, changed by +0.67×"


def test_it_paints_the_push_in_the_steering_colours(slider: BipolarSlider, qapp: QApplication) -> None:
    from saerch_desktop.ui import theme

    theme.apply(qapp, "light")
    for value, name in ((1.2, theme.LIGHT.up_bar), (-0.8, theme.LIGHT.down_bar)):
        slider.set_activation(value)
        image = slider.grab().toImage()
        scale = image.devicePixelRatio()
        middle = (slider.x_of(value) + slider.x_of(0.3)) / 2
        assert image.pixelColor(round(middle * scale), round(12 * scale)).name() == name
