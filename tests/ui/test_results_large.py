"""A list as long as a large library: nothing costs a step per row, and stale answers are dropped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui import made_up
from ui.made_up import label, ranking

from saerch_desktop.search.steering import Edit, Query
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.results_desk import ResultsDesk
from saerch_desktop.ui.results_listing import Listing
from saerch_desktop.ui.results_model import Column, ResultsModel
from saerch_desktop.ui.results_page import SIZE, Page
from saerch_desktop.ui.results_panel import ResultsPanel
from saerch_desktop.ui.results_part import ResultsPart
from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.window import MainWindow

ROWS = 100_000
EDITS = (Edit(1, 0.4), Edit(2, -0.2))


def page(rows: np.ndarray) -> Page:
    figures = np.full(rows.size, 0.25, np.float32)
    reasons = np.tile(np.float32([0.1, -0.3]), (rows.size, 1))
    places = rows.astype(np.int32) + 1
    return Page(rows, figures, figures, places, reasons, (1, 2), documents=made_up.rows(rows.tolist()))


@pytest.fixture
def query() -> Query:
    base = np.linspace(0.9, -0.9, ROWS, dtype=np.float32)
    places = np.arange(1, ROWS + 1, dtype=np.int32)
    vector, none = np.ones(4, np.float32) / 2, np.empty(0, np.int32)
    return Query("words", vector, base, places, none, none.astype(np.float32), found=ROWS)


@pytest.fixture
def panel(qtbot, query: Query) -> ResultsPanel:
    made = ResultsPanel()
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.show()
    made.set_ranking(ranking(range(100), EDITS, of=query), made_up.rows, label, None)
    return made


def test_a_tick_begins_no_view_anew(panel: ResultsPanel, query: Query, qtbot) -> None:
    model = panel.table.results
    assert model.rowCount() == ROWS
    panel.table.verticalScrollBar().setValue(50_000)
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        panel.set_ranking(ranking(range(100, 0, -1), EDITS, of=query), made_up.rows, label, None)
    assert panel.table.verticalScrollBar().value() == 50_000
    assert model.text(0, Column.TITLE) == "Title 100"


def test_choosing_all_asks_for_no_single_row(
    panel: ResultsPanel, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, asked = panel.table, [0]
    table.set_order(np.arange(ROWS, dtype=np.int32))
    counted = ResultsModel.columnCount

    def count(self: ResultsModel, *parent: object) -> int:
        asked[0] += 1
        return counted(self, *parent)

    monkeypatch.setattr(ResultsModel, "columnCount", count)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    table.repaint()
    QApplication.processEvents()
    assert len(table.selected_documents()) == ROWS
    panel.set_ranking(ranking(range(100), EDITS[:1], of=query), made_up.rows, label, None)
    table.repaint()
    assert asked[0] < 2_000


def test_a_selection_finds_its_places_again(panel: ResultsPanel, query: Query) -> None:
    table, told = panel.table, []
    order = np.arange(ROWS, dtype=np.int32)
    table.set_order(order)
    table.documents_selected.connect(told.append)
    table.setFocus()
    for place, held in ((3, Qt.KeyboardModifier.NoModifier), (5, Qt.KeyboardModifier.ControlModifier)):
        at = table.visualRect(table.results.index(place, Column.TITLE)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, held, at)
    assert told[-1] == (3, 5)
    wanted = []
    table.order_wanted.connect(lambda: wanted.append(True))
    moved = np.concatenate((order[5:], order[:5]))  # 3 goes behind the first page
    panel.set_ranking(ranking(moved[:100].tolist(), EDITS, of=query), made_up.rows, label, None)
    assert wanted
    assert set(told[-1]) == {3, 5}
    assert table.selected_documents() == (5,)
    table.set_order(moved)
    assert table.selected_documents() == (5, 3)
    assert set(told[-1]) == {3, 5}


def test_pages_are_kept_in_bounds() -> None:
    listing = Listing(page(np.arange(100)), ROWS)
    assert listing.missing(0, 99) == ()
    assert listing.missing(90, 100 + SIZE) == (1, 2)
    assert listing.places_on(1) == (100, 100 + SIZE)
    last = listing.missing(ROWS - 1, ROWS + 50)[0]
    assert listing.places_on(last)[1] == ROWS
    assert listing.document(100) is None
    listing.set_order(np.arange(ROWS, dtype=np.int32))
    for number in range(1, 200):
        start, stop = listing.places_on(number)
        assert listing.keep(number, page(listing.documents_in(start, stop - 1))) == (start, stop - 1)
    found = listing.find(100 + 150 * SIZE + 7)
    assert found is not None
    assert found[0].rows[found[1]] == 100 + 150 * SIZE + 7
    assert listing.find(100) is None, "what was looked at long ago is read again"
    assert listing.find(0) is not None
    assert listing.place_of(777) == 777
    assert listing.places_of(RowSet((9, 5, ROWS + 3)).rows).tolist() == [5, 9]


class _Source:
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.orders = 0
        self.read: list[int] = []

    def order(self, progress: object) -> np.ndarray:
        self.orders += 1
        return np.arange(ROWS, dtype=np.int32)

    def page(self, rows: np.ndarray, start: int) -> Page:
        self.read.append(start)
        return page(rows)


def test_an_order_waits_for_the_hand_to_rest(qtbot) -> None:
    parent, failed = QObject(), []
    desk = ResultsDesk(JobRunner(parent, inline=True), lambda error, _: failed.append(error), parent)
    source, found = _Source(), []
    desk.order_found.connect(lambda listing, order: found.append((listing, order)))
    listings = [Listing(page(np.arange(100)), ROWS) for _ in range(5)]
    for listing in listings:
        desk.want_pages(source, listing, (3,))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: bool(found))
    assert source.orders == 1
    assert [listing for listing, _ in found] == [listings[-1]]
    pages = []
    desk.page_found.connect(lambda *page: pages.append(page[:2]))
    listings[-1].set_order(found[0][1])
    desk.want_pages(source, listings[-1], (3, 4))  # type: ignore[arg-type]
    assert pages == [(listings[-1], 3), (listings[-1], 4)]
    assert source.read == [100 + 2 * SIZE, 100 + 3 * SIZE]
    assert failed == []
    desk.stop()


@pytest.mark.threaded
def test_workers_read_while_sliders_move(window: MainWindow, steerable: Path, qtbot) -> None:
    window.controller.library.open(steerable)
    qtbot.waitUntil(lambda: window.store.library is not None, timeout=20_000)
    search = window.controller.search
    search.like_document(0)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=20_000)
    part = next(part for part in window.parts if isinstance(part, ResultsPart))
    table, entry = part.table, search.entries()[0]
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_End)
    for share in (-0.5, -1.0, -1.5, -2.0):
        search.edit((Edit(entry.feature, share * entry.natural),))
        QApplication.processEvents()
    wanted = -2.0 * entry.natural

    def settled() -> bool:
        shown = window.store.ranking.ranking
        return bool(shown.edits) and shown.edits[0].delta == pytest.approx(wanted)

    qtbot.waitUntil(settled, timeout=20_000)
    qtbot.waitUntil(lambda: table.results.text(239, Column.TITLE) != "…", timeout=20_000)
    ranking_now = window.store.ranking.ranking
    engine = window.controller.library.session.engine
    order = engine.order(ranking_now)
    assert [table.results.listing.document(place) for place in range(240)] == order.tolist()
    scores, _ = engine.figures(ranking_now, order[-1:].astype(np.int64))
    assert table.results.text(239, Column.SCORE) == f"{float(scores[0]):.3f}".replace("-", "−")


def test_candidates_of_the_index_are_said_to_be_that(panel: ResultsPanel, query: Query) -> None:
    assert "nearest" not in panel.places.text()
    some = replace(query, found=4096, how="index", recall=0.98)
    panel.set_ranking(ranking(range(100), EDITS, of=some), made_up.rows, label, None)
    assert panel.places.text().endswith("of 4,096 nearest")
    assert "98% of the nearest ten" in panel.places.toolTip()
    panel.set_ranking(ranking(range(100), EDITS, of=query), made_up.rows, label, None)
    assert "nearest" not in panel.places.text()
    assert f"{ROWS:,}" in panel.places.toolTip()
