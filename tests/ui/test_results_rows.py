"""What is done to rows of the list: wishes by keys, buttons and menu, the selection, copies and files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from ui.fakes import FakeDialogs
from ui.results_support import listed, part, steer

from saerch_desktop.ui.results_model import Column
from saerch_desktop.ui.results_part import ResultsPart

__all__ = ["part"]


def test_keys_and_buttons_tell_what_is_wanted(part: ResultsPart, qtbot) -> None:
    table, panel = part.table, part.panel
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_J)
    first = table.current_document()
    assert first == table.results.documents[1]
    for key, signal in ((Qt.Key.Key_Plus, panel.like_more), (Qt.Key.Key_Minus, panel.like_less)):
        with qtbot.waitSignal(signal) as caught:
            QTest.keyClick(table, key)
        assert caught.args == [first]
    with qtbot.waitSignal(panel.why_asked) as caught:
        QTest.keyClick(table, Qt.Key.Key_W)
    assert caught.args == [(table.current_document(),)]


def test_plus_minus_and_a_selection_steer_and_search(part: ResultsPart) -> None:
    table, search = part.table, part.controller.search
    table.setFocus()
    for _ in range(40):
        QTest.keyClick(table, Qt.Key.Key_Down)
    document = table.current_document()
    assert document is not None
    before = part.store.ranking.ranking
    place = before.rows.tolist().index(document)
    QTest.keyClick(table, Qt.Key.Key_Plus)
    assert search.mix.edits
    raised = part.store.ranking.ranking
    assert raised.rows.tolist().index(document) < place
    assert table.current_document() == document
    QTest.keyClick(part.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(part.store.ranking.ranking.rows, before.rows)
    QTest.keyClick(table, Qt.Key.Key_Minus)
    lowered = part.store.ranking.ranking.rows.tolist()
    assert document not in lowered or lowered.index(document) > place
    search.reset()
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Home)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    rows = np.sort(part.store.selected.rows)
    table.wishes.actions["query"].trigger()
    assert part.store.query.text == "2 documents"
    vectors = part.controller.library.session.library.vectors
    mean = vectors.gather(rows).astype(np.float64).mean(axis=0)
    found = part.store.query.vector.astype(np.float64)
    assert found @ mean / np.linalg.norm(mean) == pytest.approx(1.0, abs=1e-5)


def test_escape_takes_the_whole_selection_back(part: ResultsPart, qtbot) -> None:
    table = part.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Home)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    steer(part, -6.0)
    assert len(part.store.selected) == 2
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert not part.store.selected
    qtbot.waitUntil(table.results.listing.is_complete)
    steer(part, -5.0)
    assert not part.store.selected


def test_buttons_lie_on_the_row_under_the_pointer(part: ResultsPart, qtbot) -> None:
    table, panel = part.table, part.panel
    cell = table.visualRect(table.results.index(4, Column.TITLE))
    assert not table.tools.isVisible()
    QTest.mouseMove(table.viewport(), cell.center() - QPoint(3, 0))
    QTest.mouseMove(table.viewport(), cell.center())
    qtbot.waitUntil(table.tools.isVisible)
    assert cell.contains(table.tools.geometry().center())
    document = table.results.documents[4]
    with qtbot.waitSignal(panel.like_less) as caught:
        QTest.mouseClick(table.tools.buttons["less"], Qt.MouseButton.LeftButton)
    assert caught.args == [document]
    for button in table.tools.buttons.values():
        assert button.accessibleName()
        assert button.toolTip()


def test_two_selected_are_compared_and_several_are_a_query(part: ResultsPart, qtbot) -> None:
    table, panel = part.table, part.panel
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_J)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    rows = tuple(part.store.selected)
    assert len(rows) == 2
    with qtbot.waitSignal(panel.why_asked) as caught:
        QTest.keyClick(table, Qt.Key.Key_W)
    assert caught.args == [rows]
    with qtbot.waitSignal(panel.selection_as_query) as caught:
        table.wishes.actions["query"].trigger()
    assert caught.args == [rows]


def test_titles_are_copied(part: ResultsPart) -> None:
    table = part.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_J)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    documents = part.controller.library.session.library.documents
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "\n".join(documents.titles(tuple(part.store.selected)))
    table.wishes.actions["ids"].trigger()
    assert QApplication.clipboard().text() == "\n".join(documents.ids(tuple(part.store.selected)))


def test_everything_is_selected_at_once(part: ResultsPart, qtbot) -> None:
    table = part.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(part.store.selected) == 240)
    steer(part)
    assert len(part.store.selected) == 240, "a ranking that moves takes nothing out of the selection"
    qtbot.waitUntil(table.results.listing.is_complete)
    assert part.store.selected == tuple(listed(table))


def test_results_are_written_to_files(part: ResultsPart, fake_dialogs: FakeDialogs, tmp_path: Path) -> None:
    steer(part)
    ranking = part.store.ranking.ranking
    fake_dialogs.answers = [150, tmp_path / "out.csv"]
    part.window.actions_table["export-results"].trigger()
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    order = part.controller.library.session.engine.order(ranking)
    documents = part.controller.library.session.library.documents
    assert [line["id"] for line in lines] == documents.ids(order[:150].tolist())
    assert float(lines[0]["score"]) == pytest.approx(float(ranking.scores[0]), abs=1e-6)
    assert int(lines[0]["unsteered_place"]) == int(ranking.rank_before[0])
    fake_dialogs.answers = [3, tmp_path / "out.jsonl"]
    part.window.actions_table["export-results"].trigger()
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert len(records) == 3
    change = sum(value for _, value in records[0]["contributions"])
    assert records[0]["score"] - records[0]["unsteered_score"] == pytest.approx(change, abs=1e-5)


def test_rows_that_are_selected_elsewhere_are_marked(part: ResultsPart) -> None:
    document = part.table.results.documents[2]
    plain = part.table.viewport().grab().toImage()
    part.store.selected = (document, 239)
    assert part.table.results.is_marked(2)
    assert not part.table.results.is_marked(3)
    assert part.table.viewport().grab().toImage() != plain
    spoken = part.table.results.index(2, Column.TITLE).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.endswith(", selected")


def test_the_menu_of_a_row(part: ResultsPart, qtbot) -> None:
    table = part.table
    at = table.visualRect(table.results.index(3, Column.TITLE)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, table.viewport().mapToGlobal(at))
    QApplication.sendEvent(table.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    acts = {action.text().partition("\t")[0]: action for action in menu.actions() if action.text()}
    assert list(acts)[:5] == ["Read", "Use as query", "More like this", "Less like this", "Why is it here?"]
    assert acts["More like this"].isEnabled()
    with qtbot.waitSignal(part.panel.why_asked) as caught:
        acts["Why is it here?"].trigger()
    assert caught.args == [(table.results.documents[3],)]
    menu.close()


def test_a_selection_outlives_the_first_page(part: ResultsPart, qtbot) -> None:
    table = part.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Home)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    rows = set(part.store.selected)
    assert len(rows) == 2
    steer(part, -6.0)
    assert set(part.store.selected) == rows
    qtbot.waitUntil(lambda: set(table.selected_documents()) == rows)
    at = table.visualRect(table.indexAt(QPoint(200, 10))).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert len(part.store.selected) == 1, "a click without a key begins anew"
