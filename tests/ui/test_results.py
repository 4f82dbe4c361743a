"""The results: a virtual model, bars that explain, a choice that lasts, found words marked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ui import made_up
from ui.made_up import label, ranking

from saerch_desktop.library.documents import KeywordHit
from saerch_desktop.search.preview import Mover, Preview
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.results_model import Column, ResultsModel
from saerch_desktop.ui.results_painter import snippet_parts
from saerch_desktop.ui.results_panel import ResultsPanel

EDITS = (Edit(1, 0.4), Edit(2, -0.2))


@pytest.fixture
def panel(qtbot) -> ResultsPanel:
    made = ResultsPanel()
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.show()
    return made


def cell(model: ResultsModel, place: int, column: Column, role: int = Qt.ItemDataRole.DisplayRole):
    return model.index(place, column).data(role)


def test_the_model_keeps_qts_rules(qtmodeltester) -> None:
    model = ResultsModel()
    model.set_ranking(ranking(range(40), EDITS), made_up.rows, label)
    qtmodeltester.check(model, force_py=True)
    # The tester goes on watching while the model changes.
    model.set_hits([KeywordHit(3, 2.0, "a \x02hit\x03")], made_up.rows)
    model.set_ranking(None, made_up.rows, label)
    assert model.rowCount(QModelIndex()) == 0


def test_cells_of_a_steered_ranking() -> None:
    model = ResultsModel()
    model.set_ranking(ranking([7, 1, 0], EDITS), made_up.rows, label)
    assert [cell(model, 0, column) for column in (Column.RANK, Column.CHANGE, Column.TITLE)] == [
        "1",
        "▲ 7",
        "Title 7",
    ]
    assert cell(model, 1, Column.CHANGE) == "="
    assert cell(model, 2, Column.CHANGE) == "▼ 2"
    assert cell(model, 2, Column.CHANGE, Qt.ItemDataRole.AccessibleTextRole) == "moved down 2"
    assert cell(model, 0, Column.SCORE) == "0.900"
    assert "unsteered" in cell(model, 0, Column.SCORE, Qt.ItemDataRole.ToolTipRole)
    assert cell(model, 0, Column.FACETS) == "class · numpy"


def test_bars_are_the_biggest_and_their_tooltip_is_exact() -> None:
    model = ResultsModel()
    found = ranking(range(5), [Edit(f, 0.1) for f in range(7)])
    model.set_ranking(found, made_up.rows, label)
    bars = model.bars(2)
    sizes = [abs(bar.value) for bar in bars]
    assert len(bars) == 4
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(float(np.abs(found.contributions[2]).max()))
    tip = cell(model, 2, Column.WHY, Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("Change of score by feature")
    assert f"{bars[0].value:+.3f}".replace("-", "−") in tip
    assert bars[0].label in tip


def test_plain_results_show_natural_contributions() -> None:
    model = ResultsModel()
    natural = np.array([[0.1, 0.3, 0, 0, 0, 0.2]] * 3, np.float32)
    model.set_ranking(ranking(range(3)), made_up.rows, label, natural)
    assert not model.steered
    assert [bar.feature for bar in model.bars(0)] == [1, 5, 0]
    assert cell(model, 0, Column.CHANGE) == ""
    model.set_ranking(ranking(range(3)), made_up.rows, label, None)
    assert model.bars(0) == ()


def test_paper_mode_names_what_was_dropped() -> None:
    model = ResultsModel()
    model.set_ranking(ranking(range(3), (), "paper"), made_up.rows, label)
    assert model.steered
    assert model.bars(0)[0].feature is None
    assert "dropped" in model.bars(0)[0].label


def test_documents_are_fetched_in_blocks_and_kept() -> None:
    asked: list[int] = []

    def rows(wanted):
        asked.extend(wanted)
        return made_up.rows(wanted)

    model, query = ResultsModel(), made_up.query()
    model.set_ranking(ranking(range(100), of=query), rows, label)
    assert asked == []
    model.result(0)
    assert 0 < len(asked) < 50
    model.result(60)
    before = len(asked)
    model.set_ranking(ranking(list(reversed(range(30))), EDITS, of=query), rows, label)
    model.result(0)
    assert len(asked) == before, "what is at hand is not fetched again while dragging"
    model.set_ranking(ranking(range(30)), rows, label)
    model.result(0)
    assert len(asked) > before, "another query may come from another library"


def test_the_chosen_document_stays_chosen_while_the_ranking_changes(panel: ResultsPanel, qtbot) -> None:
    table = panel.table
    table.set_ranking(ranking(range(50)), made_up.rows, label, None)
    with qtbot.waitSignal(table.document_chosen) as caught:
        where = table.visualRect(table.results.index(3, Column.TITLE)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert caught.args == [3]
    with qtbot.assertNotEmitted(table.document_chosen):
        table.set_ranking(ranking([9, 8, 3, 1], EDITS), made_up.rows, label, None)
        assert table.currentIndex().row() == 2
        assert table.current_document() == 3
        table.set_ranking(ranking([9, 8], EDITS), made_up.rows, label, None)
        assert table.current_document() is None
        table.set_ranking(ranking(range(50)), made_up.rows, label, None)
    assert table.current_document() == 3


def test_the_view_stays_where_it_was_while_dragging(panel: ResultsPanel) -> None:
    panel.table.set_ranking(ranking(range(100)), made_up.rows, label, None)
    QApplication.processEvents()
    panel.table.verticalScrollBar().setValue(400)
    panel.table.set_ranking(ranking(range(100), EDITS), made_up.rows, label, None)
    QApplication.processEvents()
    assert panel.table.verticalScrollBar().value() == 400


def test_keys_move_read_and_ask(panel: ResultsPanel, qtbot) -> None:
    table = panel.table
    table.set_ranking(ranking(range(10)), made_up.rows, label, None)
    seen: list[int] = []
    table.document_chosen.connect(seen.append)
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_Down, Qt.Key.Key_K, Qt.Key.Key_Space):
        QTest.keyClick(table, key)
    assert seen == [0, 1, 2, 1, 1]
    with qtbot.waitSignal(table.document_as_query) as caught:
        table.wishes.actions["query"].trigger()
    assert caught.args == [1]


def test_choosing_from_outside_is_silent(panel: ResultsPanel, qtbot) -> None:
    panel.table.set_ranking(ranking(range(10)), made_up.rows, label, None)
    with qtbot.assertNotEmitted(panel.table.document_chosen):
        panel.table.choose(4)
    assert panel.table.current_document() == 4


def test_footers(panel: ResultsPanel) -> None:
    panel.show_ranking(ranking(range(3)))
    assert panel.footer.text() == "Plain semantic search"
    panel.show_ranking(ranking(range(3), EDITS))
    assert panel.footer.text() == "moved in: 14 · moved out: 14 · cosine 0.93 to the unsteered query"
    panel.show_ranking(ranking(range(3), (), "paper"))
    assert panel.footer.text().startswith("Paper mode, for comparison")
    panel.show_hits(1)
    assert panel.footer.text() == "Keyword search · 1 document"


def test_a_footer_too_long_is_elided_and_whole_in_its_tooltip(panel: ResultsPanel) -> None:
    panel.resize(280, 300)
    panel.show_ranking(ranking(range(3), EDITS))
    QApplication.processEvents()
    footer, whole = panel.footer, "moved in: 14 · moved out: 14 · cosine 0.93 to the unsteered query"
    assert panel.width() == 280, "the line is no reason to be wider"
    assert footer.shown_text().endswith("…")
    assert whole in footer.toolTip()
    assert footer.accessibleName() == f"Summary of the results: {whole}"
    assert footer.accessibleDescription().startswith("Documents that entered")
    panel.resize(1200, 300)
    QApplication.processEvents()
    assert footer.shown_text() == footer.text() == whole


def test_only_the_strongest_ghosts_are_painted(panel: ResultsPanel) -> None:
    panel.table.set_ranking(ranking(range(40), EDITS), made_up.rows, label, None)
    model = panel.table.results
    entering = tuple(Mover(100 + n, 200 + n, 1 + n) for n in range(5))
    staying = [Mover(row, row + 1, row + 1 + 3 * (row % 7 + 1)) for row in range(40)]
    movers = tuple(sorted((*entering, *staying), key=lambda mover: -mover.strength))
    panel.show_preview(Preview(movers, 100), lambda row: f"Title {row}")
    assert all(model.ghost(place) for place in range(40)), "to be read out for every row"
    painted = {place for place in range(40) if model.painted_ghost(place)}
    assert painted == {mover.row for mover in sorted(staying, key=lambda mover: -mover.strength)[:10]}
    assert panel.footer.text().startswith("Would move 40: ")
    assert panel.footer.text().endswith("at 1 and 4 more")
    panel.clear_preview()
    assert not any(model.painted_ghost(place) for place in range(40))


@pytest.mark.parametrize(("width", "hidden"), [(420, {Column.FACETS, Column.DATE}), (1600, set())])
def test_narrow_tables_keep_the_title(panel: ResultsPanel, width: int, hidden: set[Column]) -> None:
    panel.table.set_ranking(ranking(range(10), EDITS), made_up.rows, label, None)
    panel.resize(width, 400)
    assert {column for column in Column if panel.table.isColumnHidden(column)} == hidden
    assert panel.table.columnWidth(Column.TITLE) >= 120


def test_keyword_rows_are_taller_and_have_no_reasons(panel: ResultsPanel) -> None:
    panel.table.set_ranking(ranking(range(3)), made_up.rows, label, None)
    low = panel.table.rowHeight(0)
    panel.table.set_hits([KeywordHit(1, 1.0, "a \x02hit\x03 here")], made_up.rows)
    assert panel.table.rowHeight(0) > low
    assert panel.table.isColumnHidden(Column.WHY)
    panel.grab()


@pytest.mark.parametrize(
    ("snippet", "parts"),
    [
        ("plain", [("plain", False)]),
        ("a \x02b\x03 c", [("a ", False), ("b", True), (" c", False)]),
        ("\x02b\x03", [("b", True)]),
        ("lost \x02end", [("lost ", False), ("end", False)]),
        ("two\n lines \x02x\x03\x02y\x03", [("two lines ", False), ("x", True), ("y", True)]),
        ("", []),
    ],
)
def test_snippets_are_taken_apart(snippet: str, parts: list[tuple[str, bool]]) -> None:
    assert list(snippet_parts(snippet)) == parts


def test_bars_are_painted_in_the_steering_colours(panel: ResultsPanel, qapp) -> None:
    from saerch_desktop.ui import theme

    theme.apply(qapp, "light")
    panel.table.set_ranking(ranking(range(20), EDITS), made_up.rows, label, None)
    image = panel.table.viewport().grab().toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 2)
    }
    assert {theme.LIGHT.up_bar, theme.LIGHT.down_bar, theme.LIGHT.base} <= colours
