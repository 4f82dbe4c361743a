"""The feature browser in the real window: typing, moving, marking in bulk, and what “now” is about."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from ui.fakes import FakeDialogs
from window_support import OpenWindow

from saerch_desktop.features.browse import Sort
from saerch_desktop.features.marks import load_marks
from saerch_desktop.ui.browser_model import FEATURE_ROLE, Column
from saerch_desktop.ui.browser_pane import BrowserPane
from saerch_desktop.ui.browser_part import MOST_MARKED, MOST_MIXED, BrowserPart
from saerch_desktop.ui.window import MainWindow

LEFT, CTRL, SHIFT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def part_of(window: MainWindow) -> BrowserPart:
    return next(part for part in window.parts if isinstance(part, BrowserPart))


@pytest.fixture
def browser(window: MainWindow, steerable: Path) -> BrowserPane:
    window.resize(1600, 900)
    window.controller.library.open(steerable)
    part = part_of(window)
    assert part.dock is not None
    part.dock.show()
    return part.browser


def shown(browser: BrowserPane) -> list[int]:
    return browser.table.features.ids.tolist()


def cell(browser: BrowserPane, row: int, column: Column) -> QPoint:
    return browser.table.visualRect(browser.table.features.index(row, column)).center()


def press(browser: BrowserPane, row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(browser.table.viewport(), LEFT, keys, cell(browser, row, Column.LABEL))


def said(window: MainWindow) -> str:
    return window.statusBar().currentMessage()


def labels(window: MainWindow):
    return window.controller.library.session.features.labels


def test_typing_filters_at_every_key(window: MainWindow, browser: BrowserPane, qtbot: QtBot) -> None:
    assert shown(browser) == list(range(32))
    assert browser.count.text() == "32 of 32"
    window.controller.marks.rename(5, "purple haze")
    window.controller.marks.rename(9, "haze")
    window.actions_table["filter-features"].trigger()
    assert browser.filter.line.hasFocus() or QGuiApplication.focusWindow() is None
    qtbot.keyClicks(browser.filter.line, "haz")
    assert shown(browser) == [9, 5], "names that begin so come first"
    assert browser.count.text() == "2 of 32"
    qtbot.keyClicks(browser.filter.line, "e -purple")
    assert shown(browser) == [9]
    qtbot.keyClick(browser.filter.line, Qt.Key.Key_Escape)
    assert len(shown(browser)) == 32


def test_what_is_understood_stands_as_chips_and_the_rest_is_told(browser: BrowserPane, qtbot: QtBot) -> None:
    qtbot.keyClicks(browser.filter.line, "live size>3 density>0%")
    chips = [chip for chip in browser.filter._chips if not chip.isHidden()]
    assert [chip.text() for chip in chips] == ["active in some document", "density above 0 %"]
    assert "size" in browser.filter.trouble.text()
    assert shown(browser), "the rest still filters"
    qtbot.mouseClick(chips[1], LEFT)
    assert browser.filter.line.text() == "live size>3"


def test_the_help_puts_examples_into_the_line(browser: BrowserPane, qtbot: QtBot) -> None:
    browser.filter.show_help()
    assert browser.filter.help is not None
    assert browser.filter.help.isVisible()
    browser.filter.help.taken.emit("live")
    browser.filter.help.taken.emit("unverified")
    assert browser.filter.line.text() == "live unverified"
    browser.filter.help.hide()


def test_nothing_found_offers_to_clear(browser: BrowserPane, qtbot: QtBot) -> None:
    qtbot.keyClicks(browser.filter.line, "xyzzy")
    assert shown(browser) == []
    assert browser._nothing.isVisible()
    browser._nothing.acted.emit()
    assert len(shown(browser)) == 32


def test_a_press_and_enter_show_the_feature(window: MainWindow, browser: BrowserPane, qtbot: QtBot) -> None:
    press(browser, 3)
    assert window.store.feature == 3
    assert browser.table.painter.looked_at == 3
    qtbot.keyClick(browser.table, Qt.Key.Key_Down)
    assert window.store.feature == 3, "moving alone shows nothing"
    qtbot.keyClick(browser.table, Qt.Key.Key_Return)
    assert window.store.feature == 4
    qtbot.keyClick(browser.table, Qt.Key.Key_J)
    qtbot.keyClick(browser.table, Qt.Key.Key_Space)
    assert window.store.feature == 5
    press(browser, 8, CTRL)
    assert window.store.feature == 5, "choosing several shows none of them"
    assert browser.table.chosen().tolist() == [5, 8]


def test_down_goes_from_the_line_into_the_list(browser: BrowserPane, qtbot: QtBot) -> None:
    qtbot.keyClicks(browser.filter.line, "#1")
    qtbot.keyClick(browser.filter.line, Qt.Key.Key_Down)
    assert browser.table.current() == 1
    assert browser.table.chosen().tolist() == [1]


def test_marks_in_bulk_by_keys_with_one_undo(
    window: MainWindow, browser: BrowserPane, steerable: Path, qtbot: QtBot
) -> None:
    press(browser, 2)
    press(browser, 6, SHIFT)
    assert browser.chosen.text() == "5 chosen"
    qtbot.keyClick(browser.table, Qt.Key.Key_F)
    assert [f for f in range(32) if labels(window).mark(f).flagged] == [2, 3, 4, 5, 6]
    assert browser.table.chosen().tolist() == [2, 3, 4, 5, 6], "they stay chosen"
    qtbot.keyClick(browser.table, Qt.Key.Key_F)
    assert not any(labels(window).mark(f).flagged for f in range(32)), "once more takes it back"
    window.actions_table["undo"].trigger()
    assert sum(labels(window).mark(f).flagged for f in range(32)) == 5
    qtbot.keyClick(browser.table, Qt.Key.Key_V)
    named = [f for f in range(2, 7) if labels(window).get(f) is not None]
    assert [f for f in range(32) if labels(window).mark(f).verified] == named
    press(browser, 20)
    qtbot.keyClick(browser.table, Qt.Key.Key_P)
    assert shown(browser)[0] == 20, "pinned features stand on top"
    folder = window.controller.library.session.features.folder
    assert load_marks(folder, 32)[20].pinned
    qtbot.keyClicks(browser.filter.line, "flagged unverified")
    assert set(shown(browser)) == set(range(2, 7)) - set(named)


def test_tags_are_added_and_removed(
    window: MainWindow, browser: BrowserPane, fake_dialogs: FakeDialogs, qtbot: QtBot
) -> None:
    press(browser, 1)
    press(browser, 3, CTRL)
    fake_dialogs.answers = ["odd ones"]
    qtbot.keyClick(browser.table, Qt.Key.Key_T)
    assert fake_dialogs.asked == [("text", "Tag")]
    assert said(window) == "Tagged 2 features “odd ones”"
    assert window.actions_table["undo"].text() == "Undo tagging"
    fake_dialogs.answers = ["odd ones"]
    qtbot.keyClick(browser.table, Qt.Key.Key_T)
    assert said(window) == "The tag “odd ones” was there already: 2 features"
    qtbot.keyClicks(browser.filter.line, "tag:odd")
    assert shown(browser) == [1, 3]
    browser.table.selectAll()
    fake_dialogs.answers = [0]
    qtbot.keyClick(browser.table, Qt.Key.Key_T, SHIFT)
    assert fake_dialogs.asked[-1] == ("choose", "Remove a tag")
    assert said(window) == "Took the tag “odd ones” off 2 features"
    assert shown(browser) == []
    browser.filter.line.clear()
    press(browser, 1)
    browser.table.act("untag")
    assert fake_dialogs.asked[-1] == ("tell", "Remove a tag")


def test_what_was_marked_in_bulk_is_said(window: MainWindow, browser: BrowserPane, qtbot: QtBot) -> None:
    named = [f for f in shown(browser) if labels(window).get(f) is not None][:2]
    for feature in named:
        press(browser, feature, CTRL)
    browser.table.act("verify")
    assert said(window) == "Verified 2 features"
    assert window.actions_table["undo"].text() == "Undo verifying"
    browser.table.act("verify")
    assert said(window) == "No longer verified: 2 features"
    press(browser, named[0])
    browser.table.act("flag")
    assert said(window) == f"Flagged feature #{named[0]}"
    window.actions_table["undo"].trigger()
    assert window.actions_table["undo"].text() == "Undo verifying"
    assert window.actions_table["redo"].text() == "Redo flagging"


def test_f2_gives_a_name_and_an_empty_one_goes_back(
    window: MainWindow, browser: BrowserPane, qtbot: QtBot
) -> None:
    former = labels(window).text(3)
    for typed, expected in (("my own name", "my own name"), ("", former)):
        browser.table.setCurrentIndex(browser.table.features.index(shown(browser).index(3), Column.LABEL))
        qtbot.keyClick(browser.table, Qt.Key.Key_F2)
        editor = browser.table.findChild(QLineEdit)
        assert editor is not None
        assert editor.accessibleName()
        editor.setText(typed)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda text=expected: labels(window).text(3) == text)
        assert browser.table.features.text(3, Column.LABEL) == expected
        qtbot.waitUntil(lambda: browser.table.findChild(QLineEdit) is None)


def test_headings_and_the_box_give_the_order(window: MainWindow, browser: BrowserPane) -> None:
    density = window.controller.library.session.features.statistics.density
    head = browser.table.horizontalHeader()
    for expected in (np.argsort(-density, kind="stable"), np.argsort(density, kind="stable")):
        at = head.sectionViewportPosition(Column.DENSITY) + 10
        QTest.mouseClick(head.viewport(), LEFT, pos=QPoint(at, head.height() // 2))
        assert shown(browser) == expected.tolist()
    assert browser.order.currentData() == "density"
    browser.order.setCurrentIndex(browser.order.findData("label"))
    browser.order.activated.emit(browser.order.currentIndex())
    texts = [labels(window).text(f).casefold() for f in shown(browser) if labels(window).get(f) is not None]
    assert texts == sorted(texts)
    browser.turn.click()
    assert [labels(window).text(f).casefold() for f in shown(browser)][: len(texts)] == sorted(
        texts, reverse=True
    )


def test_now_follows_what_was_touched_last(window: MainWindow, browser: BrowserPane) -> None:
    controller, store = window.controller, window.store
    codes = controller.library.session.features.codes

    def dense(rows: list[int]) -> np.ndarray:
        out = np.zeros((len(rows), 32))
        for place, row in enumerate(rows):
            np.add.at(out[place], codes.indices[row], codes.values[row])
        return out.mean(0)

    def now() -> np.ndarray:
        assert browser.table.features.table is not None
        return browser.table.features.table.now

    assert browser.table.isColumnHidden(Column.NOW)
    controller.search.like_document(5)
    assert browser.table.features.headerData(Column.NOW, Qt.Orientation.Horizontal) == "In query"
    assert set(np.flatnonzero(now())) == set(store.query.indices.tolist())
    controller.inspect.document(7)
    assert browser.table.features.headerData(Column.NOW, Qt.Orientation.Horizontal) == "In document"
    np.testing.assert_allclose(now(), dense([7]), rtol=1e-5)
    store.selected = (1, 5, 9, 13)
    assert browser.table.features.headerData(Column.NOW, Qt.Orientation.Horizontal) == "In selection"
    np.testing.assert_allclose(now(), dense([1, 5, 9, 13]), rtol=1e-5)
    browser.source_chosen.emit("document")
    np.testing.assert_allclose(now(), dense([7]), rtol=1e-5)
    browser.source_chosen.emit("last")
    store.selected = ()
    np.testing.assert_allclose(now(), dense([7]), rtol=1e-5)


def test_relevance_puts_first_what_sets_the_selection_apart(window: MainWindow, browser: BrowserPane) -> None:
    from saerch_desktop.features.contrast import contrast

    features = window.controller.library.session.features
    rows = tuple(range(1, 240, 4))  # all about one topic
    window.store.selected = rows
    browser.set_sort(Sort("relevance", True))
    score = contrast(features, np.asarray(rows)).score
    assert shown(browser) == np.argsort(-score.astype(np.float32), kind="stable").tolist()
    assert score[shown(browser)[0]] > 0
    assert not browser.table.isColumnHidden(Column.RELEVANCE)
    window.store.selected = ()
    assert browser.table.features.table is not None
    assert not browser.table.features.table.relevance_known


def test_copy_and_export_take_the_list_as_shown(
    window: MainWindow, browser: BrowserPane, fake_dialogs: FakeDialogs, tmp_path: Path, qtbot: QtBot
) -> None:
    browser.set_sort(Sort("density", True))
    qtbot.keyClicks(browser.filter.line, "live")
    browser.table.selectAll()
    qtbot.keyClick(browser.table, Qt.Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert [int(line.split("\t")[0]) for line in copied] == shown(browser)
    assert copied[0].split("\t")[1] == labels(window).text(shown(browser)[0])
    path = tmp_path / "out.csv"
    fake_dialogs.answers = [path]
    window.actions_table["export-features"].trigger()
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert [int(row["feature"]) for row in csv.DictReader(stream)] == shown(browser)


def test_features_go_into_the_mixer_in_their_order(
    window: MainWindow, browser: BrowserPane, qtbot: QtBot
) -> None:
    assert not browser.table.acts["mix"].isEnabled(), "without a query there is no mixer"
    window.controller.search.like_document(5)
    active = set(window.store.query.indices.tolist())
    wanted = [f for f in shown(browser) if f not in active][:3]
    for feature in wanted:
        press(browser, shown(browser).index(feature), CTRL)
    qtbot.keyClick(browser.table, Qt.Key.Key_M)
    assert [entry.feature for entry in window.controller.search.entries()][:3] == wanted
    browser.table.selectAll()
    qtbot.keyClick(browser.table, Qt.Key.Key_M)
    assert "too many" in window.store.notices[-1].happened
    assert MOST_MIXED < 32 < MOST_MARKED


def test_naming_again_is_a_job_for_the_chosen(
    window: MainWindow, browser: BrowserPane, steerable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(
        "saerch_desktop.workflow.naming.name_offline",
        lambda path, sae, progress, features=None: asked.append((sae, features)),
    )
    assert not window.actions_table["relabel-features"].isEnabled()
    press(browser, 2)
    press(browser, 4, CTRL)
    assert window.actions_table["relabel-features"].isEnabled()
    window.actions_table["relabel-features"].trigger()
    assert asked == [("features", [2, 4])]


def test_the_choice_survives_a_change_of_order_and_filter(browser: BrowserPane) -> None:
    for row in (1, 5, 9):
        press(browser, row, CTRL if row > 1 else Qt.KeyboardModifier.NoModifier)
    browser.set_sort(Sort("number", True))
    assert browser.table.chosen().tolist() == [9, 5, 1]
    browser.filter.line.setText("#5 #9")
    assert browser.table.chosen().tolist() == [9, 5]


def test_closing_empties_it_and_opening_again_fills_it(
    window: MainWindow, browser: BrowserPane, steerable: Path
) -> None:
    window.controller.library.close()
    assert shown(browser) == []
    assert browser.table.features.table is None
    window.controller.library.open(steerable)
    assert len(shown(browser)) == 32


def test_it_stands_at_the_left_where_there_is_room(window: MainWindow, steerable: Path) -> None:
    dock = part_of(window).dock
    assert dock is not None
    window.controller.library.open(steerable)
    assert dock.isHidden(), "at first hidden on a narrow window"
    window.resize(1600, 900)
    window.actions_table["reset-layout"].trigger()
    assert dock.isVisible()
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.LeftDockWidgetArea
    window.resize(1000, 700)
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea
    window.resize(1600, 900)
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.LeftDockWidgetArea
    window.actions_table["show-features"].trigger()
    assert dock.isVisible(), "its key goes to it first"
    window.actions_table["show-features"].trigger()
    assert dock.isHidden()


def test_cells_speak(window: MainWindow, browser: BrowserPane) -> None:
    model = browser.table.features
    window.controller.marks.pin([0])
    spoken = model.index(0, Column.LABEL).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "pinned" in spoken
    for column in Column:
        index = model.index(3, column)
        assert index.data(FEATURE_ROLE) == shown(browser)[3]
        assert isinstance(index.data(Qt.ItemDataRole.AccessibleTextRole), str)
        assert isinstance(index.data(Qt.ItemDataRole.ToolTipRole), str)
        assert model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole)
        assert model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


@pytest.mark.threaded
def test_the_table_is_made_beside_the_window(open_window: OpenWindow, steerable: Path, qtbot: QtBot) -> None:
    window = open_window()
    window.controller.library.open(steerable)
    browser = part_of(window).browser
    qtbot.waitUntil(lambda: len(shown(browser)) == 32, timeout=20_000)
    window.store.selected = (1, 5)
    qtbot.waitUntil(lambda: browser.table.features.now_head == "In selection", timeout=20_000)
