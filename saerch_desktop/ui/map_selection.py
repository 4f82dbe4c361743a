"""Selecting on the map: what is enclosed or picked becomes the selection that all panes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.ui.map_canvas import How, corners_box
from saerch_desktop.ui.row_set import RowSet

if TYPE_CHECKING:
    from saerch_desktop.ui.map_desk import MapDesk


class MapSelection:
    """Documents or features, as the map shows the one or the other."""

    def __init__(self, desk: MapDesk) -> None:
        self._desk = desk

    def rows(self) -> NDArray[np.int64]:
        """The selected documents or features that the map shows."""
        store = self._desk.store
        return store.selected.rows if self._desk.of == "documents" else np.asarray(store.chosen, np.int64)

    def enclose(self, corners: NDArray[np.float64], how: How) -> None:
        """Select what is inside a line, or a box."""
        chart, former = self._desk.chart, self.rows()
        if chart is None:
            return

        def find(progress: Progress) -> NDArray[np.int64]:
            box = corners_box(corners)
            inside = chart.index.in_polygon(corners) if box is None else chart.index.in_box(*box)
            if how is How.ADD:
                return np.union1d(former, inside)
            return np.setdiff1d(former, inside) if how is How.REMOVE else inside

        self._desk.submit("Selecting", find, "map enclosed", self.select)

    def toggle(self, row: int) -> None:
        """Put one into the selection, or take it out."""
        rows = self.rows()
        self.select(rows[rows != row] if (rows == row).any() else np.append(rows, row))

    def select(self, rows: NDArray[np.int64]) -> None:
        """Make these the selection."""
        if self._desk.of == "documents":
            self._desk.store.selected = RowSet(rows)
        else:
            self._desk.store.chosen = tuple(rows.tolist())

    def clear(self) -> None:
        """Select nothing."""
        self.select(np.empty(0, np.int64))
