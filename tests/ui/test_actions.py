"""The action table: complete, without two uses of one key, and alive in the window."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QDialog, QMainWindow, QMenu, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from saerch_desktop import paths
from saerch_desktop.ui.action_spec import MENUS, REASONS
from saerch_desktop.ui.actions import TABLE, Actions
from saerch_desktop.ui.command_palette import Entry, match, narrowed
from saerch_desktop.ui.shortcuts_page import ShortcutsPage, sections
from saerch_desktop.ui.window import MainWindow


def test_no_id_and_no_shortcut_is_used_twice() -> None:
    assert [i for i, n in Counter(spec.id for spec in TABLE).items() if n > 1] == []
    keys = Counter(QKeySequence(key).toString() for spec in TABLE for key in spec.keys)
    assert [key for key, n in keys.items() if n > 1] == []
    assert all(QKeySequence(key).toString() for spec in TABLE for key in spec.keys)


@pytest.mark.parametrize("spec", TABLE, ids=lambda spec: spec.id)
def test_every_action_is_complete(spec: object) -> None:
    assert spec.text
    assert spec.tip
    assert spec.name
    assert spec.menu in MENUS
    assert set(spec.needs) <= set(REASONS)
    assert not spec.text.endswith("...")
    assert not spec.tip.endswith(".")
    if spec.icon:
        assert (paths.resources() / "icons" / f"{spec.icon}.svg").is_file()


def test_an_action_without_handler_cannot_be(qtbot: QtBot) -> None:
    host = QMainWindow()
    qtbot.addWidget(host)
    with pytest.raises(KeyError):
        Actions(host, {})


def test_disabled_actions_say_why(window: MainWindow) -> None:
    table = window.actions_table
    assert not table["reset"].isEnabled()
    assert REASONS["edits"] in table["reset"].toolTip()
    assert table["open"].isEnabled()
    assert "Ctrl+O" in table["open"].toolTip()


def test_every_action_is_in_the_menus_and_on_the_keyboard_map(window: MainWindow, qtbot: QtBot) -> None:
    menus = window.menuBar().findChildren(QMenu)
    in_menus = {action.objectName() for menu in menus for action in menu.actions()}
    assert {f"action-{spec.id}" for spec in TABLE} <= in_menus
    told = {text for _, rows in sections() for _, text in rows}
    assert {spec.name for spec in TABLE if spec.keys} <= told
    page = ShortcutsPage()
    page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(page)
    assert page.sizeHint().width() > 0


def test_every_control_of_the_window_has_a_name_and_a_tip(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    window.actions_table["new"].trigger()
    window.controller.inspect.feature(0)
    window.controller.inspect.document(0)
    nameless, tipless = [], []
    for widget in window.findChildren(QWidget):
        part_of_qt = type(widget).__name__ in ("QTabBar", "QToolBarExtension") or any(
            isinstance(parent, QComboBox | QTabBar) for parent in parents(widget)
        )
        if part_of_qt or not widget.isVisible() or not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            continue
        name = " in ".join(type(one).__name__ for one in (widget, *parents(widget))[:4])
        if not (widget.accessibleName() or (hasattr(widget, "text") and widget.text())):
            nameless.append(name)
        if not widget.toolTip() and not hasattr(widget, "viewport"):
            tipless.append(name)
    assert nameless == []
    assert tipless == []


def parents(widget: QWidget) -> list[QWidget]:
    above = []
    while (widget := widget.parentWidget()) is not None:
        above.append(widget)
    return above


# The palette ---------------------------------------------------------------------------------------------


def test_matching_prefers_beginnings_of_words() -> None:
    texts = ["View: Forward", "Train: Train features", "File: Open library", "Help: Keyboard map"]
    entries = [Entry(text, "", lambda: None) for text in texts]
    assert narrowed(entries, "fo")[0].text == "View: Forward"
    assert narrowed(entries, "train")[0].text == "Train: Train features"
    assert narrowed(entries, "map key")[0].text == "Help: Keyboard map"
    assert narrowed(entries, "xyz") == []
    assert len(narrowed(entries, "")) == len(entries)
    assert match("kbm", "Keyboard map") is not None


def test_what_cannot_be_done_comes_last() -> None:
    entries = [Entry("Reset all", "", lambda: None, enabled=False), Entry("Reset layout", "", lambda: None)]
    assert [entry.text for entry in narrowed(entries, "reset")] == ["Reset layout", "Reset all"]


def test_palette_runs_the_chosen_line_by_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    ran: list[str] = []
    entries = [Entry(name, "", lambda n=name: ran.append(n)) for name in ("alpha", "beta", "gamma")]
    palette = window.palette_popup
    palette.ask("Type", lambda typed: narrowed(entries, typed))
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert ran == ["beta"]
    assert not palette.isVisible()
    palette.ask("Type", lambda typed: narrowed(entries, typed))
    qtbot.keyClicks(palette.line, "nothing such")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert ran == ["beta"]
    assert palette.empty.isVisible()
    palette.close()


def test_palette_reaches_an_action(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_table["palette"].trigger()
    qtbot.keyClicks(window.palette_popup.line, "about")
    qtbot.keyClick(window.palette_popup.line, Qt.Key.Key_Return)
    assert window.findChild(QDialog, "about").isVisible()
