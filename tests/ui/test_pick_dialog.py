"""One of many, found by typing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from saerch_desktop.ui.pick_dialog import PickDialog


def test_typing_narrows_and_enter_takes(qtbot: QtBot) -> None:
    dialog = PickDialog("Move", "Where it should go:", [*(f"Family {n}" for n in range(540)), "None"], None)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.answer() is None
    assert not dialog.yes.isEnabled()
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClicks(dialog.line, "family 53")
    assert dialog.answer() == "Family 53"
    QTest.keyClick(dialog.line, Qt.Key.Key_Down)
    assert dialog.answer() == "Family 153"
    QTest.keyClicks(dialog.line, "9")
    assert dialog.answer() == "Family 539"
    dialog.line.clear()
    assert dialog.answer() is None
    QTest.keyClicks(dialog.line, "539")
    QTest.keyClick(dialog.line, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert dialog.result() == PickDialog.DialogCode.Accepted
    assert dialog.answer() == "Family 539"
