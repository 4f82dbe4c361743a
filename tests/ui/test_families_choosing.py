"""What is told about, what is chosen and what an act is about are one and the same family."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.fakes import FakeDialogs
from ui.families_support import features_there, opened, put_families

from saerch_desktop.features.families.family import Figures
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_part import FamiliesPart
from saerch_desktop.ui.window import MainWindow


@pytest.fixture
def keys(steerable: Path) -> dict[str, str]:
    return put_families(steerable)


@pytest.fixture
def part(window: MainWindow, steerable: Path, keys: dict[str, str]) -> FamiliesPart:
    part = opened(window, steerable)
    window.activateWindow()
    return part


def press(part: FamiliesPart, key: str) -> None:
    """Click the row of a family in the table."""
    table = part.families.table
    row = table.table.features.row_of(table._listed.index(Focus(key)))
    assert row is not None
    at = table.table.visualRect(table.table.features.index(row, 0)).center()
    QTest.mouseClick(table.table.viewport(), Qt.MouseButton.LeftButton, pos=at)


def table_of(window: MainWindow, part: FamiliesPart) -> None:
    window.actions_table["families-table"].trigger()
    QApplication.processEvents()


def seek(part: FamiliesPart, words: str) -> None:
    line = part.families.header.line
    part.window.actions_table["find-families"].trigger()
    line.clear()
    QTest.keyClicks(line, words)


def told(part: FamiliesPart) -> str:
    return part.families.detail.title.whole


def assert_about(part: FamiliesPart, key: str | None, named: str = "") -> None:
    """The row, the details and the acts are about this family, or about none."""
    assert part.store.family == key
    assert part.families.table.selected() == ((Focus(key),) if key is not None else ())
    assert part.window.actions_table["rename-family"].isEnabled() == (key is not None)
    assert told(part) == (named if key is not None else "Nothing chosen")


def test_a_family_renamed_out_of_the_filter_stays_the_one_shown(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    table_of(window, part)
    seek(part, "oth")
    press(part, keys["Other"])
    assert_about(part, keys["Other"], "Other")
    fake_dialogs.answers = ["Mine", None]
    window.actions_table["rename-family"].trigger()
    QApplication.processEvents()
    assert_about(part, keys["Other"], "Mine")
    window.actions_table["undo"].trigger()
    QApplication.processEvents()
    assert_about(part, keys["Other"], "Other")
    window.actions_table["rename-family"].trigger()
    assert fake_dialogs.suggested[-1] == "Other"
    window.actions_table["redo"].trigger()
    seek(part, "brd")  # only now is it asked for anything else
    assert_about(part, None)


def test_undo_keeps_a_family_that_is_not_in_the_middle(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    part.families.go(Focus(keys["Broad"]))
    table_of(window, part)
    press(part, keys["Other"])
    fake_dialogs.answers = ["Mine"]
    window.actions_table["rename-family"].trigger()
    assert_about(part, keys["Other"], "Mine")
    window.actions_table["undo"].trigger()
    assert_about(part, keys["Other"], "Other")
    assert part.families.focus == Focus(keys["Broad"])


def test_a_filter_that_hides_the_family_chooses_no_other(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str]
) -> None:
    part.families.go(Focus(keys["Broad"]))
    table_of(window, part)
    assert_about(part, keys["Broad"], "Broad")
    seek(part, "oth")
    assert_about(part, None)
    QTest.keyClick(part.families.header.line, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert window.focusWidget() is part.families.table.table
    assert_about(part, None)


def test_a_fresh_table_chooses_nothing(window: MainWindow, part: FamiliesPart, keys: dict[str, str]) -> None:
    table_of(window, part)
    assert window.focusWidget() is part.families.table.table
    assert_about(part, None)
    window.actions_table["families-tree"].trigger()
    assert part.store.family is None
    assert part.families.tree.current() is None
    QTest.keyClick(part.families.tree, Qt.Key.Key_Down)
    assert part.store.family == keys["Broad"]


def test_the_overview_is_about_no_family(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str]
) -> None:
    part.families.go(Focus(keys["Broad"]))
    table_of(window, part)
    window.actions_table["graph-overview"].trigger()
    assert_about(part, None)


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_Return])
def test_from_the_words_to_the_first_row(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str], key: Qt.Key
) -> None:
    table_of(window, part)
    seek(part, "oth")
    QTest.keyClick(part.families.header.line, key)
    assert window.focusWidget() is part.families.table.table
    assert_about(part, keys["Other"], "Other")


def test_words_that_the_graph_lacks_lead_elsewhere(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str]
) -> None:
    window.actions_table["families-graph"].trigger()
    header = part.families.header
    seek(part, "par")  # the overview draws no parts
    assert header.found.isVisible()
    assert header.found.text() == "0 here"
    QTest.keyClick(header.line, Qt.Key.Key_Return)
    assert part.families.focus == Focus(keys["Part"])
    assert told(part) == "Part"
    assert not header.found.isVisible()
    header.line.clear()
    assert not header.found.isVisible()


def test_moving_asks_where_among_all_by_typing(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    live = features_there(steerable)
    part.families.go(Focus(keys["Other"]))
    move = window.actions_table["move-to-family"]
    assert not move.isEnabled()  # a family is shown, and no feature chosen
    window.actions_table["families-tree"].trigger()
    names = part.names
    assert names is not None
    seek(part, names.text(Focus(feature=live[6])))
    for _ in range(20):
        QTest.keyClick(part.families.header.line, Qt.Key.Key_Return)
        if part.families.tree.current() == Focus(feature=live[6]):
            break
    assert part.families.tree.current() == Focus(feature=live[6])
    assert move.isEnabled()
    fake_dialogs.answers = ["Broad (6 features)"]
    move.trigger()
    assert fake_dialogs.offered[:2] == ["Broad (6 features)", "Part (3 features)"]
    assert fake_dialogs.offered[-1].startswith("No family")
    assert live[6] in part.store.book.families[keys["Broad"]].members
    assert live[6] not in part.store.book.families[keys["Other"]].members


def test_the_menu_by_keys_is_about_the_current_line(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str]
) -> None:
    asked: list[Focus] = []
    part.families.asked.disconnect(part._menu)
    part.families.asked.connect(lambda what, at: asked.append(what))
    for view in ("tree", "table"):
        window.actions_table[f"families-{view}"].trigger()
        shown = part.families.tree if view == "tree" else part.families.table.table
        part.families.go(Focus(keys["Other"]))
        other = part.families.tree.visualRect(part.families.tree.families.index(0, 0)).center()
        QApplication.sendEvent(
            shown, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, other, shown.mapToGlobal(other))
        )
        assert asked.pop() == Focus(keys["Other"])
        assert not asked
    tree = part.families.tree
    window.actions_table["families-tree"].trigger()
    top = QPoint(other)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, top, tree.viewport().mapToGlobal(top))
    QApplication.sendEvent(tree.viewport(), event)
    assert asked == [Focus(keys["Broad"])]


def test_nothing_to_act_on_nothing_offered(
    window: MainWindow, part: FamiliesPart, steerable: Path, keys: dict[str, str]
) -> None:
    live = features_there(steerable)
    actions = window.actions_table
    part.families.go(Focus(keys["Other"]))
    for name in ("split-family", "show-hidden-families", "family-conflicts", "move-to-family"):
        assert not actions[name].isEnabled(), name
    split = part.families.detail.buttons["split-family"]
    assert split.isVisible()
    assert not split.isEnabled()
    part.families.chosen.emit((Focus(feature=live[7]),))
    assert actions["split-family"].isEnabled()
    assert split.isEnabled()
    part.families.chosen.emit(tuple(Focus(feature=one) for one in live[6:9]))
    assert not actions["split-family"].isEnabled()  # nothing would be left
    part.families.go(Focus(keys["Other"]))
    actions["hide-family"].trigger()
    assert actions["show-hidden-families"].isEnabled()
    assert part.store.family != keys["Other"]


def test_merged_families_are_named_before_and_measured_after(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str], fake_dialogs: FakeDialogs
) -> None:
    table_of(window, part)
    press(part, keys["Part"])
    table = part.families.table
    row = table.table.features.row_of(table._listed.index(Focus(keys["Other"])))
    at = table.table.visualRect(table.table.features.index(row, 0)).center()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(table.table.viewport(), Qt.MouseButton.LeftButton, control, at)
    assert told(part) == "2 chosen"
    assert not window.actions_table["rename-family"].isEnabled()
    fake_dialogs.answers = ["Both"]
    window.actions_table["merge-families"].trigger()
    assert "“Part” (3 features)" in fake_dialogs.texts[-1]
    assert "“Other” (3 features)" in fake_dialogs.texts[-1]
    both = part.store.book.families[part.store.family]
    assert both.figures != Figures()
    assert both.figures.density is not None
    assert "R" in part.families.detail._facts.values
    window.actions_table["rename-family"].trigger()
    fake_dialogs.answers = ["Both of them"]
    window.actions_table["rename-family"].trigger()
    assert part.store.book.families[both.key].figures == both.figures
    assert_about(part, both.key, "Both of them")


def test_documents_of_a_family_are_selected_listed_and_counted(
    window: MainWindow, part: FamiliesPart, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from saerch_desktop.ui import families_profile

    monkeypatch.setattr(families_profile, "MOST_SELECTED", 30)
    monkeypatch.setattr(families_profile, "_MOST_LISTED", 25)
    part.families.go(Focus(keys["Broad"]))
    QTest.mouseClick(part.families.header.details, Qt.MouseButton.LeftButton)
    assert not part.families.detail.isVisible()
    window.actions_table["families-graph"].trigger()
    QTest.keyClick(part.families.graph.view, Qt.Key.Key_G)
    QTest.keyClick(part.families.graph.view, Qt.Key.Key_W)
    assert len(part.store.selected) == 30
    detail = part.families.detail
    assert detail.isVisible()
    assert len(detail.documents.entries.entries) == 25
    said = window.statusBar().currentMessage()
    assert said.startswith("The 30 strongest of ")
    assert said.endswith(" documents selected")
    assert detail.documents_part.heading.text().startswith("The 25 strongest of ")
    assert window.focusWidget() is detail.documents
    QApplication.processEvents()
    QApplication.processEvents()
    assert not detail.documents_part.heading.visibleRegion().isEmpty()
