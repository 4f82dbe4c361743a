"""Tab goes round everything one sees, and through nothing that lies behind another tab."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from saerch_desktop.ui.tab_order import next_stop


class _Window(QMainWindow):
    def focusNextPrevChild(self, forward: bool) -> bool:
        stop = next_stop(self, forward)
        if stop is not None:
            stop.setFocus()
        return stop is not None


def _field(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setObjectName(name)
    return field


def _dock(window: QMainWindow, name: str) -> QDockWidget:
    dock = QDockWidget(name, window)
    dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    dock.setWidget(_field(name))
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    return dock


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    made = _Window()
    centre = QWidget()
    column = QVBoxLayout(centre)
    choices = QButtonGroup(centre)
    column.addWidget(_field("first"))
    for name in ("left", "right"):
        choice = QRadioButton(name)
        choice.setObjectName(name)
        choices.addButton(choice)
        column.addWidget(choice)
    choices.buttons()[1].setChecked(True)
    off = _field("off")
    off.setEnabled(False)
    column.addWidget(off)
    made.setCentralWidget(centre)
    one, two = _dock(made, "front"), _dock(made, "behind")
    made.tabifyDockWidget(one, two)
    one.raise_()
    made.resize(600, 400)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    centre.findChild(QLineEdit, "first").setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    return made


def _walk(window: QMainWindow, qtbot: QtBot, key: Qt.Key, steps: int) -> list[str]:
    seen = []
    for _ in range(steps):
        qtbot.keyClick(QApplication.focusWidget(), key)
        seen.append(QApplication.focusWidget().objectName())
    return seen


def test_tab_goes_round_what_is_seen(window: QMainWindow, qtbot: QtBot) -> None:
    assert _walk(window, qtbot, Qt.Key.Key_Tab, 6) == ["right", "front", "first"] * 2
    assert _walk(window, qtbot, Qt.Key.Key_Backtab, 3) == ["front", "right", "first"]


def test_what_comes_to_the_front_is_walked_through(window: QMainWindow, qtbot: QtBot) -> None:
    behind = next(dock for dock in window.findChildren(QDockWidget) if dock.windowTitle() == "behind")
    behind.raise_()
    qtbot.waitUntil(lambda: not behind.visibleRegion().isEmpty())
    assert _walk(window, qtbot, Qt.Key.Key_Tab, 3) == ["right", "behind", "first"]
