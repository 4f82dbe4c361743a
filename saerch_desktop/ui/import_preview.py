"""The first rows of a source as a table, each column with the part that it plays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QTableView, QWidget

from saerch_desktop.library.composition import as_text
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT, color

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_CELL, _TIP = 120, 1200
_WIDEST = 70 * UNIT


class PreviewModel(QAbstractTableModel):
    """Records as rows; makes the text of a cell only when it is seen."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[str, ...] = ()
        self._rows: Sequence[Mapping[str, Any]] = ()
        self._parts: Mapping[str, str] = {}

    def show(self, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
        self.beginResetModel()
        self._columns, self._rows = columns, rows
        self.endResetModel()

    def set_parts(self, parts: Mapping[str, str]) -> None:
        """What each column is, in a word; columns without one play no part."""
        if parts != self._parts:
            self._parts = parts
            last = len(self._columns) - 1
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, last))
            if self._rows and last >= 0:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, last))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            tokens = theme.tokens()
            return QBrush(color(tokens.text if column in self._parts else tokens.text_muted))
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        text = " ".join(as_text(self._rows[index.row()].get(column))[: 2 * _TIP].split())
        if role == Qt.ItemDataRole.DisplayRole:
            return text[:_CELL] + ("…" if len(text) > _CELL else "")
        return wording.tip(text[:_TIP] + ("…" if len(text) > _TIP else ""))

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        name = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{name}\n{self._parts.get(name, 'not used')}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


class PreviewTable(QTableView):
    """The rows as they are read; nothing is edited here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = PreviewModel()
        self.setModel(self.rows)
        describe(self, "First rows of the file", "The first rows, as they are read")
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        theme.set_rows(self)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setAccessibleName("Columns")

    def show_rows(self, columns: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows.show(columns, rows)
        self.resizeColumnsToContents()
        for column in range(len(columns)):
            self.setColumnWidth(column, min(self.columnWidth(column), _WIDEST))
