"""Workspaces are shown, saved under names, renamed, deleted and brought back; damaged ones never hurt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.errors import UserError
from saerch_desktop.ui import workspaces
from saerch_desktop.ui.window import MainWindow
from saerch_desktop.ui.workspaces import BUILT_IN, Workspace
from saerch_desktop.ui.workspaces_part import WorkspacesPart

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(window: MainWindow, steerable: Path) -> MainWindow:
    window.controller.library.open(steerable)
    return window


def part_of(window: MainWindow) -> WorkspacesPart:
    return next(part for part in window.parts if isinstance(part, WorkspacesPart))


def docks(window: MainWindow) -> set[str]:
    return {dock.objectName() for dock in window.docks if not dock.isHidden()}


@pytest.mark.parametrize("number", range(1, len(BUILT_IN) + 1))
def test_each_of_the_six_shows_its_panes_by_its_key(opened: MainWindow, number: int) -> None:
    QTest.keyClick(opened, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.AltModifier)
    assert docks(opened) == set(BUILT_IN[number - 1].docks)


def test_undo_brings_the_former_panes_back(opened: MainWindow) -> None:
    before = docks(opened)
    opened.actions_table["workspace-5"].trigger()
    assert docks(opened) == set(BUILT_IN[4].docks)
    assert opened.actions_table["undo"].text() == "Undo workspace “Map”"
    opened.actions_table["undo"].trigger()
    assert docks(opened) == before
    opened.actions_table["redo"].trigger()
    assert docks(opened) == set(BUILT_IN[4].docks)
    opened.actions_table["reset-layout"].trigger()
    opened.actions_table["undo"].trigger()
    assert docks(opened) == set(BUILT_IN[4].docks)


def test_one_of_ones_own_is_kept_for_the_next_start(
    opened: MainWindow, open_window: OpenWindow, steerable: Path, fake_dialogs: FakeDialogs
) -> None:
    opened.actions_table["workspace-4"].trigger()
    fake_dialogs.answers = ["  Evening   work "]
    opened.actions_table["workspace-save"].trigger()
    shown = docks(opened)
    opened.close()
    window = open_window()
    window.controller.library.open(steerable)
    window.actions_table["workspace-1"].trigger()
    assert docks(window) != shown
    menu = window.findChild(QMenu, "menu-Workspaces")
    assert menu is not None
    own = next(action for action in menu.actions() if action.text() == "Evening work")
    own.trigger()
    assert docks(window) == shown


def test_renaming_replacing_and_deleting_can_be_taken_back(
    opened: MainWindow, fake_dialogs: FakeDialogs
) -> None:
    part = part_of(opened)
    part.desk.keep("One")
    opened.actions_table["workspaces"].trigger()
    assert part.dialog is not None
    fake_dialogs.answers = ["Two"]
    QTest.mouseClick(part.dialog.buttons["rename"], LEFT)
    assert [one.name for one in workspaces.load()] == ["Two"]
    opened.actions_table["workspace-4"].trigger()
    former = part.desk.saved[0].layout
    QTest.mouseClick(part.dialog.buttons["replace"], LEFT)
    assert part.desk.saved[0].layout != former
    QTest.mouseClick(part.dialog.buttons["delete"], LEFT)
    assert workspaces.load() == ()
    assert not part.dialog.buttons["show"].isEnabled()
    opened.actions_table["undo"].trigger()
    assert [one.name for one in workspaces.load()] == ["Two"]
    assert part.desk.saved[0].layout != former
    opened.actions_table["undo"].trigger()
    assert part.desk.saved[0].layout == former
    part.dialog.close()


def test_names_that_are_taken_or_none_are_refused(opened: MainWindow, fake_dialogs: FakeDialogs) -> None:
    desk = part_of(opened).desk
    for name in (" \n ", "MAP"):
        with pytest.raises(UserError):
            desk.keep(name)
    desk.keep("One")
    desk.keep("Two")
    with pytest.raises(UserError, match="already"):
        desk.rename(desk.saved[0], "two")
    fake_dialogs.answers = ["ONE", False]
    opened.actions_table["workspace-save"].trigger()
    assert [one.name for one in desk.saved] == ["One", "Two"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"workspaces": 7}', b"\xff", b"[" * 100_000])
def test_a_damaged_file_is_set_aside(opened: MainWindow, content: bytes) -> None:
    workspaces.place().parent.mkdir(parents=True, exist_ok=True)
    workspaces.place().write_bytes(content)
    assert workspaces.load() == ()
    assert workspaces.place().with_name("workspaces.json.unreadable").read_bytes() == content


def test_a_damaged_layout_falls_back_to_the_first_one(opened: MainWindow) -> None:
    part_of(opened).desk.apply(Workspace(name="Broken", layout="AAAA", splitters={"families-splitter": "??"}))
    assert docks(opened) == {"feature-dock", "document-dock"}
    assert "cannot be shown" in opened.store.notices[-1].happened


def test_of_two_of_one_name_the_last_counts() -> None:
    workspaces.place().parent.mkdir(parents=True, exist_ok=True)
    rows = [{"name": "a", "layout": "1"}, {"name": "A", "layout": "2"}]
    workspaces.place().write_text(json.dumps({"workspaces": rows}), encoding="utf-8")
    assert [one.layout for one in workspaces.load()] == ["2"]
