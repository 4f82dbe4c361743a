"""Trouble is shown in place and logged, and the window lives on."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from saerch_desktop.errors import UserError
from saerch_desktop.ui.notices import Hooks, from_error
from saerch_desktop.ui.window import MainWindow

FULL = UserError("The disk is full.", "Nothing is lost.", "Free some space.")


def a_bug() -> Exception:
    try:
        raise RuntimeError("CUDA out of memory")
    except RuntimeError as error:
        return error


def test_a_user_error_speaks_its_own_words() -> None:
    notice = from_error(1, FULL)
    assert (notice.happened, notice.meaning, notice.remedy) == (
        "The disk is full.",
        "Nothing is lost.",
        "Free some space.",
    )
    assert notice.report == ""


def test_a_bug_has_a_report_with_the_place_of_the_fault() -> None:
    notice = from_error(1, a_bug(), "Training")
    assert notice.happened.startswith("Training failed")
    assert "a_bug" in notice.report
    assert "CUDA out of memory" in notice.report
    assert "Qt" in notice.report


def test_cards_are_shown_newest_first_and_closed(window: MainWindow, qtbot: QtBot) -> None:
    window.controller.fail(FULL)
    window.controller.fail(UserError("The file is empty.", "", "Choose another."))
    cards = window.notices.cards
    assert [card.notice.happened for card in cards] == ["The file is empty.", "The disk is full."]
    assert window.notices.isVisible()
    assert cards[0].copy_button is None
    qtbot.mouseClick(cards[0].close_button, Qt.MouseButton.LeftButton)
    assert [notice.happened for notice in window.store.notices] == ["The disk is full."]
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.store.notices == ()
    assert not window.notices.isVisible()


def test_the_same_trouble_is_said_once(window: MainWindow) -> None:
    for _ in range(5):
        window.controller.fail(FULL)
    assert len(window.store.notices) == 1


def test_a_bug_can_be_copied(window: MainWindow, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    window.controller.fail(a_bug(), "Training")
    card = window.notices.cards[0]
    assert card.copy_button is not None
    qtbot.mouseClick(card.copy_button, Qt.MouseButton.LeftButton)
    assert "CUDA out of memory" in QGuiApplication.clipboard().text()
    assert "Training failed" in caplog.text


@pytest.fixture
def hooks(qapp: object) -> Iterator[Hooks]:
    made = Hooks()
    made.install()
    yield made
    made.remove()


def test_what_nobody_caught_reaches_the_log_and_the_window(
    hooks: Hooks, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    caught: list[object] = []
    hooks.caught.connect(caught.append)
    error = a_bug()
    sys.excepthook(type(error), error, error.__traceback__)
    assert caught == [error]

    def fail() -> None:
        raise ValueError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(caught) == 2)
    assert "in a thread" in caplog.text


def test_qt_messages_reach_the_log(hooks: Hooks, caplog: pytest.LogCaptureFixture) -> None:
    qWarning("a strange signal")
    record = next(r for r in caplog.records if r.name == "qt")
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "a strange signal"


def test_hooks_leave_everything_as_it_was(qapp: object) -> None:
    before = (sys.excepthook, threading.excepthook)
    made = Hooks()
    made.install()
    made.install()
    assert sys.excepthook != before[0]
    made.remove()
    made.remove()
    assert (sys.excepthook, threading.excepthook) == before


def test_tags_in_a_message_are_shown_as_they_are(window: MainWindow) -> None:
    window.controller.fail(UserError("<b>a.csv</b> is empty.", "", "Choose another."))
    (card,) = window.notices.cards
    formats = {label.textFormat() for label in card.findChildren(QLabel) if label.text()}
    assert formats == {Qt.TextFormat.PlainText}
