"""Where the panes stand, and how the focus goes from one to the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from saerch_desktop.ui.window import MainWindow


def test_f6_goes_round_the_panes(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    window.controller.inspect.feature(window.controller.search.entries()[0].feature)
    window.controller.inspect.document(0)
    window.activateWindow()
    window.search_pane.focus_query()
    seen = []
    for _ in range(3):
        window.actions_table["next-pane"].trigger()
        focus = window.focusWidget()
        panes = {
            "search": window.search_pane,
            "feature": window.feature_pane,
            "document": window.document_pane,
        }
        seen.append(next(name for name, pane in panes.items() if pane.isAncestorOf(focus) or pane is focus))
    assert seen == ["feature", "document", "search"]


@pytest.mark.parametrize("width", [1600, 1000])
def test_a_dock_shown_by_its_action_has_the_focus(window: MainWindow, steerable: Path, width: int) -> None:
    window.resize(width, 800)
    window.controller.library.open(steerable)
    window.controller.search.like_document(0)
    window.controller.inspect.document(0)
    window.activateWindow()
    toggles = {part.dock_action: part.dock for part in window.parts if part.dock is not None}
    toggles |= {"show-feature": window.feature_dock, "show-document": window.document_dock}
    for name, dock in toggles.items():
        for other in window.docks:
            other.hide()
        window.search_pane.focus_query()
        window.actions_table[name].trigger()
        QApplication.processEvents()
        focus = window.focusWidget()
        empty = name == "show-feature"  # none is chosen: there is no control in it
        assert focus is dock.widget() or dock.widget().isAncestorOf(focus) or empty, name
        if name == "show-features":
            assert focus.accessibleName() == "Filter the features"
        if name == "show-document":
            assert focus is window.document_pane.text
        window.actions_table[name].trigger()
        assert dock.isHidden()


def test_the_key_of_a_dock_goes_to_it_before_it_hides_it(window: MainWindow, steerable: Path) -> None:
    window.resize(1600, 1200)
    window.controller.library.open(steerable)
    window.activateWindow()
    dock = next(part.dock for part in window.parts if part.dock_action == "show-families")
    assert dock is not None
    action = window.actions_table["show-families"]
    key = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_7, key)
    window.search_pane.focus_query()
    QTest.keyClick(window.search_pane.query, Qt.Key.Key_7, key)
    assert dock.isVisible()
    assert dock.isAncestorOf(window.focusWidget())
    assert action.isChecked()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_7, key)
    assert dock.isHidden()
    assert not action.isChecked()


def test_a_dock_behind_a_tab_comes_to_the_front_with_the_focus(window: MainWindow, steerable: Path) -> None:
    window.controller.library.open(steerable)
    window.controller.inspect.document(0)
    window.reveal("feature")
    QApplication.processEvents()
    assert window.document_dock in window.tabifiedDockWidgets(window.feature_dock)
    window.search_pane.focus_query()
    window.actions_table["show-document"].trigger()
    QApplication.processEvents()
    assert window.focusWidget() is window.document_pane.text
    assert window.document_pane.text.isVisible()
    assert not window.document_dock.visibleRegion().isEmpty()


def test_docks_are_tabs_in_a_low_window_and_stacked_in_a_tall_one(
    window: MainWindow, steerable: Path
) -> None:
    window.controller.library.open(steerable)
    window.resize(1024, 640)
    window.actions_table["reset-layout"].trigger()
    assert window.tabifiedDockWidgets(window.feature_dock) == [window.document_dock]
    window.resize(1600, 1200)
    window.actions_table["reset-layout"].trigger()
    assert window.tabifiedDockWidgets(window.feature_dock) == []
