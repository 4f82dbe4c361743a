"""The families of features in the browser: their column, its order, and the condition family:."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from saerch_desktop.features.browse import Sort
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family, FamilyName
from saerch_desktop.ui.browser_model import Column
from saerch_desktop.ui.browser_pane import BrowserPane
from saerch_desktop.ui.browser_part import BrowserPart
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def browser(window: MainWindow, steerable: Path) -> BrowserPane:
    window.resize(1600, 900)
    window.controller.library.open(steerable)
    part = next(part for part in window.parts if isinstance(part, BrowserPart))
    assert part.dock is not None
    part.dock.show()
    return part.browser


def shown(browser: BrowserPane) -> list[int]:
    return browser.table.features.ids.tolist()


def test_the_families_of_features(window: MainWindow, browser: BrowserPane, qtbot: QtBot) -> None:
    table = browser.table
    assert table.isColumnHidden(Column.FAMILY)
    at = browser.order.findData("family")
    assert not browser.order.model().item(at).isEnabled()
    families = (
        Family(key="aa11", members=(1, 2, 3), name=FamilyName(text="Dark halos", source="human")),
        Family(key="bb22", members=(2, 7), name=FamilyName(text="Dust lanes", source="human")),
    )
    window.store.book = FamilyBook.of(Families(method="own", families=families))
    assert browser.order.model().item(at).isEnabled()
    browser.set_sort(Sort("family"))
    table.resize(900, 400)
    assert not table.isColumnHidden(Column.FAMILY)
    assert shown(browser)[:4] == [1, 3, 2, 7]
    model = table.features

    def cell_of(row: int, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> str:
        return model.index(row, Column.FAMILY).data(role)

    assert [cell_of(row) for row in range(5)] == ["Dark halos", "Dark halos", "Dust lanes", "Dust lanes", ""]
    assert cell_of(2, Qt.ItemDataRole.ToolTipRole) == "Dust lanes · 2 features\nDark halos · 3 features"
    assert cell_of(4, Qt.ItemDataRole.AccessibleTextRole) == "in no family"
    qtbot.keyClicks(browser.filter.line, 'family:"dark ha" ')
    assert sorted(shown(browser)) == [1, 2, 3]
    window.store.book = None
    assert table.isColumnHidden(Column.FAMILY)
    assert "no families yet" in browser.filter.trouble.text()
