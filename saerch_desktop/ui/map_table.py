"""The map as a table: the points in view, or the selected ones, as rows to be read and opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from saerch_desktop.features.maps.colouring import Colouring
from saerch_desktop.features.maps.points import Of
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT

Index = QModelIndex | QPersistentModelIndex
Names = Callable[[Sequence[int]], list[str]]
_PAGE: Final = 64
_KEPT: Final = 64  # pages


class PointModel(QAbstractTableModel):
    """Rows of points; names are read a page at a time, when they come into view."""

    def __init__(self, names: Names, parent: QWidget) -> None:
        super().__init__(parent)
        self._names = names
        self._pages: dict[int, list[str]] = {}
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self._xy: NDArray[np.float32] = np.empty((0, 2), np.float32)
        self._colouring: Colouring | None = None
        self._of: Of = "documents"

    def set_points(
        self, rows: NDArray[np.int64], xy: NDArray[np.float32], colouring: Colouring | None, of: Of
    ) -> None:
        self.beginResetModel()
        self.rows, self._xy, self._colouring, self._of = rows, xy, colouring, of
        self._pages.clear()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else int(self.rows.size)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        colour = "Colour" if self._colouring is None else self._colouring.what
        heads = ("Title" if self._of == "documents" else "Feature", colour, "→", "↑")
        tips = (
            "Enter to open",
            "What the point's colour says",
            "Place on the map, rightwards",
            "Place on the map, upwards",
        )
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return heads[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(f"{colour}\n{tips[1]}") if section == 1 else tips[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = int(self.rows[index.row()]), index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(index.row(), row, column)
        if role == Qt.ItemDataRole.ToolTipRole and column < 2:
            return wording.tip(self._text(index.row(), row, column))
        if role == Qt.ItemDataRole.TextAlignmentRole and column >= 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, place: int, row: int, column: int) -> str:
        if column == 0:
            return self._name(place)
        if column == 1:
            return "" if self._colouring is None else self._colouring.text(row)
        return wording.activation(float(self._xy[row, column - 2]))

    def _name(self, place: int) -> str:
        page = place // _PAGE
        if page not in self._pages:
            while len(self._pages) >= _KEPT:
                self._pages.pop(next(iter(self._pages)))
            wanted = self.rows[page * _PAGE : (page + 1) * _PAGE].tolist()
            self._pages[page] = self._names(wanted)
        return self._pages[page][place % _PAGE]


class PointTable(QTableView):
    """`opened(row)`: Enter or a double click."""

    opened = Signal(int)

    def __init__(self, names: Names, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.points = PointModel(names, self)
        self.setModel(self.points)
        as_rows(self, "Columns of the points")
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setAccessibleName("Points of the map")
        self.setToolTip("Points in view, or the selected ones; Enter to open")
        theme.set_rows(self)
        head = self.horizontalHeader()
        head.setTextElideMode(Qt.TextElideMode.ElideRight)  # names of families are long
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.resizeSection(1, 44 * UNIT)
        head.resizeSection(2, 16 * UNIT)
        head.resizeSection(3, 16 * UNIT)
        self.activated.connect(lambda index: self.opened.emit(int(self.points.rows[index.row()])))
