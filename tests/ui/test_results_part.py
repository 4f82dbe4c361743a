"""The list in the window by real events: all of it, the unsteered list, previews, what moved out."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui.results_support import listed, part, steer

from saerch_desktop.search.steering import Edit, Ranking
from saerch_desktop.ui.controller_steering import Shown
from saerch_desktop.ui.results_model import Column
from saerch_desktop.ui.results_part import ResultsPart

__all__ = ["part"]


def test_all_documents_are_listed_and_come_as_they_are_seen(part: ResultsPart, qtbot) -> None:
    table, query = part.table, part.store.query
    assert table.results.rowCount() == 240
    assert len(table.results.documents) == 100
    assert table.results.text(239, Column.TITLE) == "…"
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: table.results.text(239, Column.TITLE) != "…")
    order = np.lexsort((np.arange(240), -query.base))
    assert listed(table) == order.tolist()
    title = part.controller.library.session.library.documents.get(int(order[239])).title
    assert table.results.text(239, Column.TITLE) == title
    assert float(table.results.text(239, Column.SCORE).replace("−", "-")) == pytest.approx(
        float(query.base[order[239]]), abs=5e-4
    )
    assert table.results.bars(239)
    assert part.store.row == int(order[239]), "the last document was chosen before it was known which it is"
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert part.store.row == int(order[0])
    assert part.panel.places.text().endswith("of 240")


def test_pages_follow_the_sliders(part: ResultsPart, qtbot) -> None:
    table = part.table
    steer(part)
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: table.results.text(239, Column.SCORE) != "…")
    ranking = part.store.ranking.ranking
    session = part.controller.library.session
    edit = ranking.edits[0]
    column = session.engine.columns.get(edit.feature)
    scores = part.store.query.base.astype(np.float64) + edit.delta * column.astype(np.float64)
    order = np.lexsort((np.arange(240), -scores.astype(np.float32)))
    assert listed(table) == order.tolist()
    before = int(part.store.query.rank_before[order[239]])
    assert table.results.moved(239) == before - 240
    steer(part, -1.0)
    assert table.results.text(239, Column.TITLE) == "…", "what is of the former ranking is not shown"
    qtbot.waitUntil(lambda: table.results.text(239, Column.TITLE) != "…")


def test_b_shows_the_unsteered_list_while_it_is_held(part: ResultsPart) -> None:
    table, panel = part.table, part.panel
    plain = listed(table)[:100]
    steer(part)
    steered = listed(table)[:100]
    assert steered != plain
    table.setFocus()
    left = table.columnViewportPosition(Column.TITLE)
    QTest.keyPress(table, Qt.Key.Key_B)
    assert listed(table)[:100] == plain
    assert "Unsteered" in panel.footer.text()
    assert panel.banner.isVisible()
    assert panel.unsteered.isChecked()
    assert part.window.actions_table["show-unsteered"].isChecked()
    assert table.columnViewportPosition(Column.TITLE) == left, "no title jumps"
    QTest.keyRelease(table, Qt.Key.Key_B)
    assert listed(table)[:100] == steered
    assert not panel.banner.isVisible()
    assert "moved in" in panel.footer.text()
    assert not part.window.actions_table["show-unsteered"].isChecked()


def test_b_is_typed_where_one_types(part: ResultsPart) -> None:
    steer(part)
    line = part.window.search_pane.query
    line.setFocus()
    line.clear()
    QTest.keyClicks(line, "bob")
    assert line.text() == "bob"
    assert not part.panel.shows_baseline


def test_b_in_the_mixer_and_focus_that_leaves(part: ResultsPart) -> None:
    steer(part)
    slider = part.window.search_pane.mixer
    row = slider.rows.row_of(part.controller.search.entries()[0].feature)
    row.slider.setFocus()
    QTest.keyPress(row.slider, Qt.Key.Key_B)
    assert part.panel.shows_baseline
    part.window.search_pane.query.setFocus()
    assert not part.panel.shows_baseline


def test_the_button_and_the_action_do_the_same(part: ResultsPart) -> None:
    panel = part.panel
    assert not panel.unsteered.isEnabled()
    assert not part.window.actions_table["show-unsteered"].isEnabled()
    steer(part)
    QTest.mouseClick(panel.unsteered, Qt.MouseButton.LeftButton)
    assert panel.shows_baseline
    steer(part, -1.5)
    assert panel.shows_baseline, "a slider that moves leaves what one looks at"
    QTest.keyClick(part.window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert not panel.shows_baseline
    assert part.table.results.ranking is part.store.ranking.ranking
    QTest.mouseClick(panel.unsteered, Qt.MouseButton.LeftButton)
    part.controller.search.like_document(3)
    assert not panel.shows_baseline, "another query has another list"


def test_a_preview_tells_what_would_move_and_moves_nothing(part: ResultsPart) -> None:
    table, panel, search = part.table, part.panel, part.controller.search
    before = listed(table)[:100]
    entry = search.entries()[0]
    change = -2.0 * entry.natural
    search.want_preview(entry.feature, change)
    assert listed(table)[:100] == before
    assert table.results.previewing
    assert panel.footer.text().startswith("Would ")
    search.edit((Edit(entry.feature, change),))
    after = part.store.ranking.ranking.rows.tolist()
    assert not table.results.previewing, "what was foretold has come"
    search.reset()
    search.want_preview(entry.feature, change)
    for place, document in enumerate(before):
        ghost = table.results.ghost(place)
        if document in after:
            assert (ghost.then if ghost else place + 1) == after.index(document) + 1
        else:
            assert ghost is not None
            assert ghost.then > 100
    search.end_preview()
    assert not table.results.previewing
    assert panel.footer.text() == "Plain semantic search"


def test_what_moved_out_is_listed_with_its_places(part: ResultsPart) -> None:
    before = listed(part.table)[:100]
    steer(part)
    ranking = part.store.ranking.ranking
    gone = [document for document in before if document not in ranking.rows.tolist()]
    assert len(gone) == ranking.moved_out > 0
    assert part.panel.left.isVisible()
    QTest.mouseClick(part.panel.left, Qt.MouseButton.LeftButton)
    assert part.left is not None
    assert part.left.isVisible()
    table = part.left.table
    titles = part.controller.library.session.library.documents.titles(gone)
    assert [table.item(line, 2).text() for line in range(table.rowCount())] == titles
    assert [int(table.item(line, 0).text()) for line in range(table.rowCount())] == [
        before.index(document) + 1 for document in gone
    ]
    order = part.controller.library.session.engine.order(ranking).tolist()
    assert [int(table.item(line, 1).text()) for line in range(table.rowCount())] == [
        order.index(document) + 1 for document in gone
    ]
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert part.store.row == gone[0]
    part.controller.library.close()
    assert not part.left.isVisible()


def test_words_are_listed_to_the_last_match(part: ResultsPart, qtbot) -> None:
    search, table = part.controller.search, part.table
    search.set_kind("words")
    search.submit("light")
    assert table.results.keyword
    engine = part.controller.library.session.engine
    matches = engine.matches("light")
    assert table.results.rowCount() == matches.rows.size == 240
    assert listed(table) == matches.rows.tolist()
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: table.results.text(239, Column.TITLE) != "…")
    assert "\x02light\x03" in table.results.snippet(239)
    assert float(table.results._figure(239, Column.SCORE)) == pytest.approx(
        float(matches.scores[239]), abs=5e-4
    )
    assert part.store.row == int(matches.rows[239])
    assert "240 documents" in part.panel.footer.text()
    assert not part.panel.unsteered.isEnabled()


def show_both(part: ResultsPart, edits: tuple[Edit, ...] = ()) -> Ranking:
    """What a search by meaning and words shows; no text can be embedded in this library."""
    engine = part.controller.library.session.engine
    part.store.matches = engine.matches("stars")
    ranking = engine.both(part.store.query, part.store.matches, 0.5, edits, top=100)
    part.store.ranking = Shown(ranking, None if edits else engine.explain(part.store.query, ranking.rows))
    QApplication.processEvents()
    return ranking


def test_words_are_marked_in_a_list_of_both(part: ResultsPart, qtbot) -> None:
    ranking, table = show_both(part), part.table
    assert ranking.fused is not None
    first, last = table.places_in_view()
    qtbot.waitUntil(lambda: not table.results.snippets_missing(first, last))
    for place in range(first, last + 1):
        snippet = table.results.snippet(place)
        assert ("\x02stars\x03" in snippet) == bool(ranking.fused.words[place])
        assert snippet == "by meaning alone" or ranking.fused.words[place]
    assert table.results.text(0, Column.SCORE) == f"{float(ranking.fused.score[0]):.4f}"
    tip = table.results.index(0, Column.SCORE).data(Qt.ItemDataRole.ToolTipRole)
    assert f"by meaning: place {ranking.fused.meaning[0]}" in tip
    assert part.panel.footer.text() == "Semantic and keyword search"


def test_the_unsteered_list_of_both(part: ResultsPart) -> None:
    plain = show_both(part).rows.tolist()
    entry = part.controller.search.entries()[0]
    steered = show_both(part, (Edit(entry.feature, -3 * entry.natural),)).rows.tolist()
    assert plain[:100] != steered[:100]
    part.table.setFocus()
    QTest.keyPress(part.table, Qt.Key.Key_B)
    assert part.table.results.documents == plain
    QTest.keyRelease(part.table, Qt.Key.Key_B)
    assert part.table.results.documents == steered
