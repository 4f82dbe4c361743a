"""How wide the columns of the results are: the narrower the table, the fewer beside the title."""

from __future__ import annotations

from PySide6.QtWidgets import QTableView

from saerch_desktop.ui import theme
from saerch_desktop.ui.results_model import Column, ResultsModel
from saerch_desktop.ui.results_painter import BARS_WIDTH
from saerch_desktop.ui.theme import UNIT

_FIRST_PLACES = 9_999
_TITLE = 36 * UNIT  # what a title needs to be told from others
_GIVES_WAY = (Column.SCORE, Column.WHY, Column.DATE, Column.FACETS)


def _highest(table: QTableView, results: ResultsModel) -> int:
    """The place that the first column has room for: titles give up the room of a million only where it is
    looked at.
    """
    last = table.rowAt(table.viewport().height() - 1)
    few = last < _FIRST_PLACES
    return max(100, min(results.rowCount(), _FIRST_PLACES) if few else results.rowCount())


def fit(table: QTableView, results: ResultsModel) -> None:
    """Give the columns their widths, the rows their height."""
    width, figures = table.viewport().width(), table.fontMetrics().horizontalAdvance
    side = 4 * UNIT
    ranked = not results.keyword
    facets = results.has_facets() and width >= 128 * UNIT
    words = ranked and width >= 200 * UNIT
    most = figures(f"{_highest(table, results):,}")
    shown = {
        Column.RANK: (True, most + side),
        # Kept beside the unsteered list, so that no title jumps while one looks from list to list.
        Column.CHANGE: (results.steered or results.baseline, figures("▲ 9,999") + side),
        Column.FACETS: (facets, min(results.facets_width(figures) + side + UNIT, width // 5)),
        Column.DATE: (results.has_dates() and width >= 180 * UNIT, figures("2024-12-31") + side),
        Column.SCORE: (ranked, max(figures("Score"), figures("0.0000")) + side + UNIT),
        Column.WHY: (ranked, min(80 * UNIT, width // 4) if words else BARS_WIDTH + UNIT),
    }
    for column, (visible, wide) in _with_room(shown, width).items():
        if table.isColumnHidden(column) == visible:
            table.setColumnHidden(column, not visible)
        if visible and table.columnWidth(column) != wide:
            table.setColumnWidth(column, wide)
    rows = table.verticalHeader()
    height = theme.row_height(table.font(), 2 if results.worded else 1)
    if rows.defaultSectionSize() != height:
        rows.setDefaultSectionSize(height)


def _with_room(shown: dict[Column, tuple[bool, int]], width: int) -> dict[Column, tuple[bool, int]]:
    """Without the columns that leave no room for titles; what they say is in the tooltips and in Why."""
    kept = dict(shown)
    for column in _GIVES_WAY:
        taken = sum(wide for visible, wide in kept.values() if visible)
        if width - taken < _TITLE:
            kept[column] = (False, kept[column][1])
    return kept
