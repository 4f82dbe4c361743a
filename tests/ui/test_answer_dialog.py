"""Questions with one field: what they look like, and that keys and buttons answer them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from saerch_desktop.ui import answer_dialog, dialogs
from saerch_desktop.ui.answer_dialog import AnswerDialog
from saerch_desktop.ui.dialogs import QtDialogs

Act = Callable[[AnswerDialog], object]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Callable[[Act], list[AnswerDialog]]:
    """Dialogs are shown and acted on, without an event loop of their own."""

    def answer(act: Act) -> list[AnswerDialog]:
        seen: list[AnswerDialog] = []

        def run(dialog: AnswerDialog) -> int:
            seen.append(dialog)
            dialog.show()
            act(dialog)
            assert not dialog.isVisible(), "it was answered"
            return dialog.result()

        monkeypatch.setattr(dialogs.AnswerDialog, "exec", run)
        return seen

    return answer


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_a_text_is_typed_over_the_one_suggested(parent: QWidget, asked: Callable[[Act], object]) -> None:
    def act(dialog: AnswerDialog) -> None:
        assert dialog.windowTitle() == "Tag"
        assert isinstance(dialog.field, QLineEdit)
        assert dialog.field.selectedText() == "former"
        assert dialog.field.accessibleName() == "A tag for 2 features"
        QTest.keyClicks(dialog.field, "  odd ")
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)

    asked(act)
    assert QtDialogs().text(parent, "Tag", "A tag for 2 features:", "former", "Tag") == "odd"


def test_nothing_typed_and_escape_are_no_answer(parent: QWidget, asked: Callable[[Act], object]) -> None:
    asked(lambda dialog: QTest.keyClick(dialog.field, Qt.Key.Key_Return))
    assert QtDialogs().text(parent, "Tag", "A tag:", " ") is None
    asked(lambda dialog: QTest.keyClick(dialog.field, Qt.Key.Key_Escape))
    assert QtDialogs().text(parent, "Tag", "A tag:", "odd") is None
    assert QtDialogs().choose(parent, "Remove a tag", "The tag:", ["a", "b"]) is None
    assert QtDialogs().number(parent, "Import", "k:", 32) is None


def test_one_of_several_and_a_number(parent: QWidget, asked: Callable[[Act], object]) -> None:
    def second(dialog: AnswerDialog) -> None:
        QTest.keyClick(dialog.field, Qt.Key.Key_Down)
        dialog.yes.click()

    asked(second)
    assert QtDialogs().choose(parent, "Remove a tag", "The tag:", ["a", "b"]) == "b"

    def typed(dialog: AnswerDialog) -> None:
        QTest.keyClicks(dialog.field, "48")
        dialog.yes.click()

    asked(typed)
    assert QtDialogs().number(parent, "Import", "k:", 32) == 48


def test_its_buttons_are_ours_and_the_title_fits(parent: QWidget, qtbot: QtBot) -> None:
    dialog = AnswerDialog("Tag", "A tag for 2 features:", answer_dialog.line(""), "Tag", parent)
    dialog.show()
    (box,) = dialog.findChildren(QDialogButtonBox)
    assert box.standardButtons() == QDialogButtonBox.StandardButton.NoButton
    assert {button.text() for button in box.buttons()} == {"Tag", "Cancel"}
    assert all(button.icon().isNull() for button in box.buttons())
    title = f"{dialog.windowTitle()} – SAErch Desktop"
    assert dialog.fontMetrics().horizontalAdvance(title) < dialog.width() - 120, "beside the frame's buttons"
