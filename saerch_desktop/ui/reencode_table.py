"""The features that the sliders ask for beside those that the SAE reads in the steered query, as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from saerch_desktop.search.reencode import Spoken
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT, color

Index = QModelIndex | QPersistentModelIndex
Label = Callable[[int], str]
_SAME = 5e-4


class Column(IntEnum):
    FEATURE = 0
    NATURAL = 1
    WANTED = 2
    GOT = 3
    DIFFERENCE = 4


_HEADS = (
    ("Feature", "Enter to open it"),
    ("Query", "Activation in the query as you asked it"),
    ("Asked for", "Activation that the sliders ask for"),
    ("Read back", "Activation that the SAE reads in the steered query"),
    (
        "Off by",
        "Read back less asked for; ▲ came up without being asked for, ▼ was asked for and is not there",
    ),
)


class SpokenModel(QAbstractTableModel):
    """One row for each feature asked for or read back, the most different first."""

    def __init__(self, label: Label, parent: QWidget) -> None:
        super().__init__(parent)
        self._label = label
        self.rows: tuple[Spoken, ...] = ()

    def replace(self, rows: Sequence[Spoken]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def relabelled(self) -> None:
        if self.rows:
            last = self.index(len(self.rows) - 1, Column.FEATURE)
            self.dataChanged.emit(self.index(0, Column.FEATURE), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADS[section][0]
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(_HEADS[section][1])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == Column.FEATURE else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        one, column = self.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if column == Column.FEATURE:
                return self._label(one.feature)
            if column == Column.DIFFERENCE:
                return difference(one, spoken=role == Qt.ItemDataRole.AccessibleTextRole)
            value = (one.natural, one.wanted, one.got)[column - 1]
            return wording.activation(value) if value else "–"
        if role == Qt.ItemDataRole.ToolTipRole and column == Column.FEATURE:
            return wording.tip(f"{self._label(one.feature)} (#{one.feature})")
        if role == Qt.ItemDataRole.TextAlignmentRole and column != Column.FEATURE:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and column == Column.DIFFERENCE:
            off = one.got - one.wanted
            t = theme.tokens()
            return color(t.text_muted if abs(off) < _SAME else t.up if off > 0 else t.down)
        return None


def difference(one: Spoken, *, spoken: bool = False) -> str:
    """How far a feature is off, with a sign; the arrow, or words, where it came up or is gone."""
    off = one.got - one.wanted
    if abs(off) < _SAME:
        return "as asked for" if spoken else "="
    figure = wording.signed(off, 3)
    if one.wanted == 0:
        return f"{figure}, came up without being asked for" if spoken else f"▲ {figure}"
    if one.got == 0:
        return f"{figure}, is not there" if spoken else f"▼ {figure}"
    return figure


class SpokenTable(QTableView):
    """`walked`, `opened`: a feature."""

    walked = Signal(int)
    opened = Signal(int)

    def __init__(self, label: Label, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spoken = SpokenModel(label, self)
        self.setModel(self.spoken)
        self.setAccessibleName("Features asked for and read back")
        as_rows(self, "Columns of the features read back")
        theme.set_rows(self)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(Column.FEATURE, QHeaderView.ResizeMode.Stretch)
        for column in (Column.NATURAL, Column.WANTED, Column.GOT, Column.DIFFERENCE):
            self.setColumnWidth(column, 20 * UNIT)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.spoken.rows[index.row()].feature))

    def show_rows(self, rows: Sequence[Spoken]) -> None:
        """Other rows; the feature that was current stays so where it is still there."""
        at = self.currentIndex().row()
        current = self.spoken.rows[at].feature if 0 <= at < len(self.spoken.rows) else None
        self.selectionModel().blockSignals(True)
        self.spoken.replace(rows)
        for row, one in enumerate(self.spoken.rows):
            if one.feature == current:
                self.setCurrentIndex(self.spoken.index(row, 0))
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().row()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= row < len(self.spoken.rows):
            self.opened.emit(self.spoken.rows[row].feature)
            return
        super().keyPressEvent(event)

    def _moved(self, current: QModelIndex) -> None:
        if current.isValid() and current.row() < len(self.spoken.rows):
            self.walked.emit(self.spoken.rows[current.row()].feature)
