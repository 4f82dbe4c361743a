"""After a crash the window asks before it opens anything; a report can be read, changed, saved, copied."""

from __future__ import annotations

import argparse
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.ui import view_state
from saerch_desktop.ui.crash_part import CrashPart
from saerch_desktop.ui.starting import begin
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.workflow.sitting import Crash

LEFT = Qt.MouseButton.LeftButton
STACK = 'Fatal Python error: Aborted\n  File "/a/b.py", line 1 in x\n'
CRASH = Crash("2026-11-23T10:00:00+00:00", "0.1.0", STACK)


def options(**given: object) -> argparse.Namespace:
    usual = {"library": None, "sample": False, "open": None, "safe_mode": False}
    return argparse.Namespace(**{**usual, **given})


def part_of(window: MainWindow) -> CrashPart:
    return next(part for part in window.parts if isinstance(part, CrashPart))


def left_open(open_window: OpenWindow, library: Path) -> None:
    window = open_window()
    window.controller.library.open(library)
    window.controller.search.like_document(9)
    window.close()


def test_after_a_crash_nothing_is_opened_until_it_is_wanted(open_window: OpenWindow, steerable: Path) -> None:
    left_open(open_window, steerable)
    window = open_window()
    begin(window, options(), (CRASH,))
    dialog = part_of(window).dialog
    assert dialog is not None
    assert window.store.library is None
    assert "Aborted" in dialog.report.toPlainText()
    QTest.mouseClick(dialog.yes, LEFT)
    assert window.store.library is not None
    assert window.store.query is not None
    assert part_of(window).dialog is None


def test_beginning_afresh_opens_nothing(open_window: OpenWindow, steerable: Path) -> None:
    left_open(open_window, steerable)
    window = open_window()
    begin(window, options(), (CRASH,))
    dialog = part_of(window).dialog
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.store.library is None


def test_what_was_left_is_kept_while_nobody_has_decided(open_window: OpenWindow, steerable: Path) -> None:
    left_open(open_window, steerable)
    window = open_window()
    begin(window, options(), (CRASH,))
    window.close()
    assert view_state.load().library == str(steerable)


def test_without_a_crash_the_window_comes_back_and_is_kept_from_then_on(
    open_window: OpenWindow, steerable: Path
) -> None:
    left_open(open_window, steerable)
    window = open_window()
    begin(window, options(), ())
    assert part_of(window).dialog is None
    window.controller.inspect.document(7)
    window.view._save_beside()
    assert view_state.load().row == 7, "a crash from here on loses no more than this"


def test_safe_mode_neither_reads_nor_writes_what_was_kept(open_window: OpenWindow, steerable: Path) -> None:
    left_open(open_window, steerable)
    before = view_state.place().read_bytes()
    window = open_window()
    begin(window, options(safe_mode=True), (CRASH,))
    assert window.store.library is None
    window.controller.library.open(steerable)
    window.close()
    assert view_state.place().read_bytes() == before


def test_a_report_is_changed_copied_and_saved(
    window: MainWindow, fake_dialogs: FakeDialogs, tmp_path: Path
) -> None:
    window.actions_table["report"].trigger()
    dialog = part_of(window).dialog
    assert dialog is not None
    assert "SAErch Desktop" in dialog.report.toPlainText()
    dialog.report.setPlainText("only this")
    QTest.mouseClick(dialog.copy, LEFT)
    assert QApplication.clipboard().text() == "only this"
    fake_dialogs.answers = [tmp_path / "report.txt"]
    QTest.mouseClick(dialog.save, LEFT)
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == "only this"
    dialog.close()
