"""The filters above the results, by mouse and keys, against plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from ui.fakes import FakeDialogs
from ui.search_support import (
    COUNT,
    codes,
    embedder,
    searching,
    semantic,
    semantic_original,
    shown_rows,
    topic_of,
    year_of,
)

from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.ui.filter_bar import FilterBar
from saerch_desktop.ui.filter_chip import FilterChip
from saerch_desktop.ui.filter_desk import Vocabulary, completions
from saerch_desktop.ui.window import MainWindow

__all__ = ["embedder", "searching", "semantic", "semantic_original"]

LEFT = Qt.MouseButton.LeftButton
ROWS = np.arange(COUNT)
STARS = np.array([topic_of(row) == "stars" for row in ROWS])
DUST = np.array([topic_of(row) == "dust" for row in ROWS])
YEARS = np.array([year_of(row) for row in ROWS])
NORTH = ROWS % 2 == 1


@pytest.fixture
def bar(searching: MainWindow) -> FilterBar:
    searching.controller.search.submit("planets")
    return searching.search_pane.filters


def type_filter(bar: FilterBar, text: str) -> None:
    bar.line.setFocus()
    QTest.keyClicks(bar.line, text)
    if bar.line.completer_.popup().isVisible():
        QTest.keyClick(bar.line, Qt.Key.Key_Escape)  # what is offered goes, what was typed stays
    QTest.keyClick(bar.line, Qt.Key.Key_Return)


def chips(bar: FilterBar) -> list[FilterChip]:
    return [chip for chip in bar.chips if chip.isVisible()]


def kept(window: MainWindow) -> set[int]:
    query = window.store.query
    return set(np.flatnonzero(np.isfinite(query.base)).tolist())


def rows_of(mask: np.ndarray) -> set[int]:
    return set(np.flatnonzero(mask).tolist())


def test_a_typed_condition_becomes_a_chip_with_its_count(searching: MainWindow, bar: FilterBar) -> None:
    type_filter(bar, "topic:stars")
    assert bar.line.text() == ""
    assert kept(searching) == rows_of(STARS)
    (chip,) = chips(bar)
    assert chip.button.text() == f"topic is stars  {STARS.sum()}"
    assert chip.button.isChecked()
    assert bar.total.text() == f"{STARS.sum()} of {COUNT} documents"
    type_filter(bar, "year:2005..2009")
    late = STARS & (YEARS >= 2005) & (YEARS <= 2009)
    assert kept(searching) == rows_of(late)
    assert bar.total.text() == f"{late.sum()} of {COUNT} documents"


def test_what_cannot_be_read_stays_in_the_line_with_the_reason(searching: MainWindow, bar: FilterBar) -> None:
    before = shown_rows(searching)
    type_filter(bar, "topic:stors")
    assert bar.line.text() == "topic:stors"
    assert "stars" in bar.trouble.text(), "the nearest value is offered"
    assert searching.store.filters == Filters()
    assert shown_rows(searching) == before
    bar.line.clear()
    type_filter(bar, "(topic:stars")
    assert "parenthesis" in bar.trouble.text()
    bar.line.clear()
    type_filter(bar, "topic:stars")
    assert not bar.trouble.isVisible()


def test_a_chip_is_pressed_turned_round_changed_and_taken_away(searching: MainWindow, bar: FilterBar) -> None:
    type_filter(bar, "topic:stars")
    type_filter(bar, "year>=2010")
    first = chips(bar)[0]
    QTest.mouseClick(first.button, LEFT, pos=first.button.rect().center())
    assert not searching.store.filters.chips[0].on
    assert first.button.text().startswith("off: "), "not by colour alone"
    assert "switched off" in first.button.accessibleName()
    assert kept(searching) == rows_of(YEARS >= 2010)
    QTest.keyClick(first.button, Qt.Key.Key_Space)
    assert kept(searching) == rows_of(STARS & (YEARS >= 2010))
    QTest.keyClick(first.button, Qt.Key.Key_N)
    assert kept(searching) == rows_of(~STARS & (YEARS >= 2010))
    assert first.button.text() == f"hide topic is stars  {(~STARS).sum()}"
    QTest.keyClick(first.button, Qt.Key.Key_F2)
    assert bar.line.text() == "topic:stars"
    assert bar.line.hasFocus()
    bar.line.selectAll()
    type_filter(bar, "topic:dust")
    assert searching.store.filters.chips[0] == Chip("topic:dust", out=True), "changed where it stood"
    assert kept(searching) == rows_of(~DUST & (YEARS >= 2010))
    QTest.keyClick(chips(bar)[0].button, Qt.Key.Key_Delete)
    assert [chip.text for chip in searching.store.filters.chips] == ["year>=2010"]
    QTest.mouseClick(chips(bar)[0].close_button, LEFT)
    assert kept(searching) == set(range(COUNT))
    assert not chips(bar)
    assert bar.line.hasFocus(), "the focus is never lost"


def test_any_of_them_and_clear(searching: MainWindow, bar: FilterBar) -> None:
    assert not bar.either.isVisible()
    type_filter(bar, "topic:stars")
    type_filter(bar, "topic:dust")
    assert kept(searching) == set()
    assert bar.total.text() == f"0 of {COUNT} documents"
    assert "Switch some off" in searching.search_pane.empty.accessibleDescription()
    QTest.mouseClick(bar.either, LEFT)
    assert kept(searching) == rows_of(STARS | DUST)
    QTest.mouseClick(bar.clear, LEFT)
    assert searching.store.filters == Filters()
    assert kept(searching) == set(range(COUNT))


def test_names_and_values_are_offered_as_one_types(searching: MainWindow, bar: FilterBar) -> None:
    bar.line.setFocus()
    QTest.keyClicks(bar.line, "pl")
    popup = bar.line.completer_.popup()
    assert popup.isVisible()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert bar.line.text() == "place:"
    QTest.keyClicks(bar.line, "nor")
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert bar.line.text() == 'place:"north pole"'
    assert searching.store.filters == Filters(), "taking an offer adds nothing yet"
    QTest.keyClick(bar.line, Qt.Key.Key_Return)
    assert kept(searching) == rows_of(NORTH)


def test_escape_goes_one_level_at_a_time(searching: MainWindow, bar: FilterBar) -> None:
    type_filter(bar, "topic:stars")
    QTest.keyClicks(bar.line, "du")
    QTest.keyClick(bar.line, Qt.Key.Key_Escape)
    if bar.line.text():
        QTest.keyClick(bar.line, Qt.Key.Key_Escape)
    assert bar.line.text() == ""
    assert searching.store.filters.active
    QTest.keyClick(bar.line, Qt.Key.Key_Escape)
    assert searching.search_pane.query.hasFocus()
    assert searching.store.filters.active, "the line only lets go of the focus"
    QTest.keyClick(searching.search_pane.query, Qt.Key.Key_Escape)
    assert not searching.store.filters.active
    assert len(searching.store.filters.chips) == 1
    assert kept(searching) == set(range(COUNT))
    searching.actions_table["switch-filters"].trigger()
    assert kept(searching) == rows_of(STARS)


def test_the_panel_counts_values_among_what_is_kept(searching: MainWindow, bar: FilterBar) -> None:
    type_filter(bar, "topic:stars")
    QTest.mouseClick(bar.panel_button, LEFT)
    panel = bar.panel
    assert panel is not None
    assert panel.isVisible()
    panel.facet.setCurrentText("place")
    shown = [panel.values.item(n).text() for n in range(panel.values.count())]
    assert f"south  ({(STARS & ~NORTH).sum()})" in shown
    assert f"north pole  ({(STARS & NORTH).sum()})" in shown
    panel.finder.setFocus()
    QTest.keyClicks(panel.finder, "nor")
    assert panel.values.count() == 1
    panel.values.setFocus()
    QTest.keyClick(panel.values, Qt.Key.Key_Down)
    QTest.keyClick(panel.values, Qt.Key.Key_Return)
    assert kept(searching) == rows_of(STARS & NORTH)
    assert panel.isVisible(), "several values can be taken in a row"
    searching.controller.search.set_filters(Filters())
    QTest.keyClicks(panel.since, "2005")
    QTest.keyClicks(panel.until, "2009")
    QTest.keyClick(panel.until, Qt.Key.Key_Return)
    assert kept(searching) == rows_of((YEARS >= 2005) & (YEARS <= 2009))
    assert not panel.isVisible()


def test_documents_with_a_feature_are_kept_or_hidden(
    searching: MainWindow, bar: FilterBar, fake_dialogs: FakeDialogs
) -> None:
    feature = searching.controller.search.entries()[0].feature
    searching.controller.inspect.feature(feature)
    active = codes(searching)[:, feature]
    bound = round(float(np.median(active[active > 0])), 2)
    fake_dialogs.answers = [str(bound).replace(".", ",")]
    searching.actions_table["hide-by-feature"].trigger()
    assert kept(searching) == rows_of(~(active.astype(np.float32) > bound))
    label = searching.controller.search.label(feature)
    assert label in chips(bar)[0].button.text()
    assert chips(bar)[0].button.text().startswith("hide")
    fake_dialogs.answers = ["much"]
    searching.actions_table["filter-by-feature"].trigger()
    assert len(searching.store.filters.chips) == 1
    assert "much" in searching.store.notices[-1].happened


def test_everything_in_the_bar_has_a_name_and_a_tooltip(searching: MainWindow, bar: FilterBar) -> None:
    type_filter(bar, "topic:stars")
    type_filter(bar, "<b>bold</b>")
    type_filter(bar, "faint")
    for button in bar.findChildren(QPushButton):
        assert button.accessibleName()
        assert button.toolTip()
    for chip in chips(bar):
        assert chip.button.accessibleName().startswith("Filter: ")
        assert chip.close_button.accessibleName()
    QApplication.processEvents()
    for width in (900, 1280):
        searching.resize(width, 560)
        QApplication.processEvents()
        for chip in chips(bar):
            assert chip.geometry().right() <= bar.width()


def test_what_is_offered() -> None:
    values = (("stars", 60), ("dust and stars", 5), ("dust", 2))
    words = Vocabulary(
        ("year", "date", "topic", "my facet"), ("topic", "my facet"), {"topic": values}, 2000, 2019
    )
    assert completions("to", words) == [("topic:", "topic")]
    assert completions("-to", words) == [("-topic:", "topic")]
    assert completions("ye", words) == [("year>=", "year")]
    assert completions("facet", words) == [('"my facet":', "my facet")]
    assert completions("topic:", words)[0] == ("topic:stars", "stars")
    assert [said for _, said in completions("TOPIC:sta", words)] == ["stars", "dust and stars"]
    assert completions("topic:dust a", words) == [('topic:"dust and stars"', "dust and stars")]
    assert completions("nothing:", words) == []
    assert completions("", words) == []
    assert completions("#sta", words, lambda typed: [(3, f"label {typed}")]) == [("#3", "#3  label sta")]
