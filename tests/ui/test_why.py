"""The Why dock in the real window: what is explained, followed, compared, opened and copied."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.search_support import (
    TopicEmbedder,
    dense,
    embedder,
    open_and_wait,
    searching,
    semantic,
    semantic_original,
)
from window_support import OpenWindow, drag_to, press, release, slider_of

from saerch_desktop.ui.results_model import Column as ResultsColumn
from saerch_desktop.ui.results_view import ResultsTable
from saerch_desktop.ui.why_lines import Line, Role
from saerch_desktop.ui.why_part import WhyPart
from saerch_desktop.ui.why_table import Column
from saerch_desktop.ui.window import MainWindow

__all__ = ["TopicEmbedder", "embedder", "searching", "semantic", "semantic_original"]

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def part_of(window: MainWindow) -> WhyPart:
    return next(part for part in window.parts if isinstance(part, WhyPart))


def ask(window: MainWindow, text: str = "light of stars") -> None:
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    query = window.search_pane.query
    QTest.mouseClick(query, LEFT)
    QTest.keyClick(query, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(query, text)
    QTest.keyClick(query, Qt.Key.Key_Return)


def results(window: MainWindow) -> ResultsTable:
    return window.search_pane.results.table


def click_result(window: MainWindow, place: int, keys: Qt.KeyboardModifier = NONE) -> int:
    """Click on the result at a place; its document."""
    table = results(window)
    at = table.visualRect(table.model().index(place, ResultsColumn.TITLE)).center()
    QTest.mouseClick(table.viewport(), LEFT, keys, at)
    return int(window.store.ranking.ranking.rows[place])


def open_dock(window: MainWindow) -> WhyPart:
    """Ctrl+9 brings the dock."""
    part = part_of(window)
    QTest.keyClick(window, Qt.Key.Key_9, CTRL)
    assert part.dock is not None
    assert part.dock.isVisible()
    return part


def lines(part: WhyPart, section: str = "") -> list[Line]:
    found = [] if part.why.table.lines.sheet is None else part.why.table.lines.sheet.lines
    return [line for line in found if line.role == Role.PART and section in ("", line.section)]


def click_line(part: WhyPart, line: Line, double: bool = False) -> None:
    table = part.why.table
    index = table.lines.index(table.lines.lines.index(line), Column.NAME)
    table.scrollTo(index)
    click = QTest.mouseDClick if double else QTest.mouseClick
    click(table.viewport(), LEFT, NONE, table.visualRect(index).center())


@pytest.fixture
def shown(searching: MainWindow) -> WhyPart:
    """The dock beside an unsteered search, its second result chosen."""
    ask(searching)
    part = open_dock(searching)
    click_result(searching, 1)
    return part


def test_the_chosen_result_is_explained_by_the_features_of_the_query(
    searching: MainWindow, shown: WhyPart
) -> None:
    ranking = searching.store.ranking.ranking
    row = int(ranking.rows[1])
    x, query = dense(searching)[row], searching.store.query
    features = searching.controller.library.session.features
    told = {line.key: line.value for line in lines(shown, "features")}
    assert told.keys() == set(query.indices.tolist())
    for feature, value in zip(query.indices.tolist(), query.values.tolist(), strict=True):
        assert told[feature] == pytest.approx(value * (features.sae.decoder[feature] @ x), abs=1e-5)
    centre, apart = lines(shown, "rest")
    if centre.text != "What all texts share":
        centre, apart = apart, centre
    assert centre.value == pytest.approx(features.sae.pre_bias.astype(np.float64) @ x, abs=1e-5)
    total = math.fsum(line.value for line in lines(shown))
    assert total == pytest.approx(float(ranking.scores[1]), abs=1e-5)
    assert lines(shown, "changes") == []
    assert f"Place 2 · score {ranking.scores[1]:.4f}" in shown.why.about.text()
    title = searching.controller.library.session.library.documents.get(row).title
    assert shown.why._titles[0].text() == title
    # Each figure reads as it is drawn.
    for line in lines(shown, "features"):
        assert line.text == features.labels.text(line.key)
        assert float(line.figure.replace("−", "-").replace("±", "")) == pytest.approx(line.value, abs=1e-4)


def test_keys_walk_on_to_the_next_result(searching: MainWindow, shown: WhyPart) -> None:
    first = shown.why._rows
    QTest.keyClick(results(searching), Qt.Key.Key_J)
    row = int(searching.store.ranking.ranking.rows[2])
    assert shown.why._rows == (row,) != first
    assert "Place 3" in shown.why.about.text()


def test_the_explanation_follows_a_slider_in_motion(
    searching: MainWindow, shown: WhyPart, qtbot: QtBot
) -> None:
    row = shown.why._rows[0]
    entry = searching.controller.search.entries()[0]
    slider = slider_of(searching, entry.feature)
    start = press(slider)
    target = round(slider.x_of(-1.5 * entry.scale))
    for share in (0.4, 1.0):
        drag_to(slider, round(start.x() + (target - start.x()) * share))
        qtbot.waitUntil(lambda: bool(lines(shown, "changes")))
        (edit,) = searching.store.edits
        expected = edit.delta * float(
            searching.controller.library.session.features.sae.decoder[entry.feature] @ dense(searching)[row]
        )
        qtbot.waitUntil(lambda e=expected: abs(lines(shown, "changes")[0].value - e) < 1e-5)
    release(slider, target)
    assert [line.key for line in lines(shown, "changes")] == [entry.feature]
    assert "unsteered" in shown.why.about.text()
    moved = math.fsum(line.value for line in lines(shown, "changes"))
    brought = math.fsum(line.value for line in lines(shown) if line.section != "changes")
    session = searching.controller.library.session
    ranking = session.engine.rank(searching.store.query, searching.store.edits, top=240)
    place = ranking.rows.tolist().index(row)
    assert moved == pytest.approx(float(ranking.scores[place] - ranking.scores_before[place]), abs=1e-5)
    assert moved + brought == pytest.approx(float(ranking.scores[place]), abs=1e-5)
    # Undo takes the change, and its line, back.
    QTest.keyClick(searching, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: not lines(shown, "changes"))


def test_two_selected_results_are_compared(searching: MainWindow, shown: WhyPart) -> None:
    lower = click_result(searching, 6)
    upper = click_result(searching, 1, CTRL)
    assert shown.why._rows == (upper, lower)
    ranking = searching.store.ranking.ranking
    lead = float(ranking.scores[1]) - float(ranking.scores[6])
    assert math.fsum(line.value for line in lines(shown)) == pytest.approx(lead, abs=1e-5)
    assert "Place 2 above place 7" in shown.why.about.text()
    above, below = dense(searching)[upper], dense(searching)[lower]
    features, query = searching.controller.library.session.features, searching.store.query
    for line in lines(shown, "features"):
        along = query.natural(line.key) * (
            features.sae.decoder[line.key].astype(np.float64) @ (above - below)
        )
        assert line.value == pytest.approx(along, abs=1e-5)
    # The cross leaves the comparison for the one that was chosen last.
    QTest.mouseClick(shown.why.alone_button, LEFT)
    assert shown.why._rows == (searching.store.row,)
    assert shown.why.alone_button.isHidden()


def test_a_title_leads_to_its_document(searching: MainWindow, shown: WhyPart) -> None:
    lower = click_result(searching, 6)
    click_result(searching, 1, CTRL)
    QTest.mouseClick(shown.why._titles[1], LEFT)
    assert searching.store.row == lower
    assert searching.store.document.document.row == lower


def test_actions_explain_one_result_and_two(searching: MainWindow) -> None:
    part = part_of(searching)
    one, two = (searching.actions_table[name] for name in ("why-result", "why-above"))
    assert not one.isEnabled()
    assert not two.isEnabled()
    ask(searching)
    row = click_result(searching, 2)
    assert one.isEnabled()
    assert not two.isEnabled()
    assert "Select two results" in two.toolTip()
    QTest.keyClick(searching, Qt.Key.Key_W, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert part.dock.isVisible()
    assert part.why._rows == (row,)
    searching.toggle_dock(part.dock)
    other = click_result(searching, 4, CTRL)
    assert two.isEnabled()
    QTest.keyClick(searching, Qt.Key.Key_W, CTRL | Qt.KeyboardModifier.AltModifier)
    assert part.dock.isVisible()
    assert part.why._rows == (row, other)


def test_w_in_the_list_asks_why(searching: MainWindow) -> None:
    ask(searching)
    row = click_result(searching, 3)
    QTest.keyClick(results(searching), Qt.Key.Key_W)
    assert part_of(searching).dock.isVisible()
    assert part_of(searching).why._rows == (row,)


def test_a_line_shows_its_feature_and_enter_goes_there(searching: MainWindow, shown: WhyPart) -> None:
    first, second = lines(shown, "features")[:2]
    click_line(shown, first)
    assert searching.store.feature == first.key
    QTest.keyClick(shown.why.table, Qt.Key.Key_J)
    assert searching.store.feature == second.key
    searching.document_dock.raise_()
    QTest.keyClick(shown.why.table, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert not searching.feature_dock.visibleRegion().isEmpty()
    click_line(shown, first)
    searching.document_dock.raise_()
    click_line(shown, first, double=True)
    QApplication.processEvents()
    assert not searching.feature_dock.visibleRegion().isEmpty()
    assert searching.store.feature == first.key


def test_copied_text_holds_every_line(searching: MainWindow, shown: WhyPart) -> None:
    QTest.mouseClick(shown.why.copy_button, LEFT)
    text = QApplication.clipboard().text()
    assert text.splitlines()[0] == shown.why._titles[0].text()
    for line in lines(shown):
        assert "\t".join([line.text, line.first, line.second, line.figure]).rstrip() in text
    shown.why.table.setFocus()
    QTest.keyClick(shown.why.table, Qt.Key.Key_C, CTRL)
    table = QApplication.clipboard().text()
    assert table in text
    assert table.splitlines()[0] == "\tIn the query\tIn the document\tAdds"


def test_nothing_is_worked_out_while_the_dock_is_hidden(searching: MainWindow) -> None:
    ask(searching)
    click_result(searching, 1)
    part = part_of(searching)
    assert part.why.table.lines.sheet is None
    open_dock(searching)
    assert lines(part)
    QTest.keyClick(part.why.table, Qt.Key.Key_9, CTRL)
    assert part.dock.isHidden()
    before = part.why.table.lines.sheet
    click_result(searching, 4)
    assert part.why.table.lines.sheet is before


def test_a_name_that_changes_changes_here(searching: MainWindow, shown: WhyPart) -> None:
    feature = lines(shown, "features")[0].key
    searching.controller.marks.rename(feature, "a name of my own")
    assert lines(shown, "features")[0].text == "a name of my own"


def test_a_search_by_words_says_which_words_are_there(searching: MainWindow) -> None:
    searching.controller.search.set_kind("words")
    ask(searching, "bright stars")
    part = open_dock(searching)
    table = results(searching)
    at = table.visualRect(table.model().index(0, ResultsColumn.TITLE)).center()
    QTest.mouseClick(table.viewport(), LEFT, NONE, at)
    row = searching.store.keyword_hits[0].row
    document = searching.controller.library.session.library.documents.get(row)
    told = {line.text: line.figure for line in lines(part)}
    whole = f"{document.title} {document.text}"
    assert told == {word: f"{whole.count(word)} ×" for word in ("stars", "bright")}
    assert "Place 1 in a search by words" in part.why.about.text()


def test_lists_by_meaning_and_words_say_what_orders_them(searching: MainWindow) -> None:
    searching.controller.search.set_kind("both")
    ask(searching, "bright stars")
    part = open_dock(searching)
    click_result(searching, 0)
    meaning, words = lines(part, "order")
    fused = searching.store.ranking.ranking.fused
    assert meaning.value + words.value == pytest.approx(float(fused.score[0]), abs=1e-7)
    assert words.second == f"place {fused.words[0]}"
    assert "stars" in words.text
    total = math.fsum(line.value for line in lines(part) if line.section != "order")
    assert total == pytest.approx(float(searching.store.ranking.ranking.scores[0]), abs=1e-5)


def test_another_library_empties_the_dock(searching: MainWindow, shown: WhyPart) -> None:
    assert lines(shown)
    searching.controller.library.close()
    assert shown.why.table.lines.sheet is None


def test_trouble_is_told_in_place(searching: MainWindow, shown: WhyPart) -> None:
    shown.explain(10_000)
    assert shown.why._empty.isVisible()
    assert shown.why._empty.accessibleName() == "There is no document 10000."
    assert searching.store.notices == ()
    click_result(searching, 0)
    assert not shown.why._empty.isVisible()


def test_everything_has_a_name_and_reads_without_its_bars(shown: WhyPart) -> None:
    table = shown.why.table
    assert table.accessibleName()
    role = Qt.ItemDataRole.AccessibleTextRole
    for place, line in enumerate(table.lines.lines):
        spoken = table.lines.index(place, Column.BAR).data(role)
        assert line.text in spoken
        assert line.figure in spoken
    for button in (shown.why.copy_button, shown.why.alone_button, *shown.why._titles[:1]):
        assert button.accessibleName()
        assert button.toolTip()


@pytest.mark.threaded
def test_on_worker_threads_the_newest_choice_wins(
    open_window: OpenWindow,
    semantic_original: object,
    semantic: object,
    embedder: TopicEmbedder,
    qtbot: QtBot,
) -> None:
    window = open_window()
    open_and_wait(window, semantic, qtbot)
    ask(window)
    qtbot.waitUntil(lambda: window.store.ranking is not None, timeout=10_000)
    part = open_dock(window)
    rows = [click_result(window, place) for place in range(6)]
    qtbot.waitUntil(lambda: part.why._rows == (rows[-1],), timeout=10_000)
    qtbot.waitUntil(lambda: not window.controller.runner.jobs(quiet=True), timeout=10_000)
    assert part.why._rows == (rows[-1],)
