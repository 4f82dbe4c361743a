"""The table of two SAEs' pairs: sorted by its heads, walked by keys, opened by click or Enter."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from saerch_desktop.features.label import GRADES as ALL_GRADES
from saerch_desktop.ui import theme
from saerch_desktop.ui.compare_model import GRADES, NUMBERS, Column, Index, PairsModel
from saerch_desktop.ui.grades import chip_size, paint_grade
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT


class _GradeDelegate(QStyledItemDelegate):
    """Paints the grade as the chip that it is everywhere."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.text = ""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        letter = index.data(Qt.ItemDataRole.DisplayRole)
        if letter in ALL_GRADES:
            paint_grade(painter, option.rect, letter, option.font)


class PairsTable(QTableView):
    """`looked_at(row)`: the current row moved. `opened(row, left)`: a feature was clicked or entered."""

    looked_at = Signal(int)
    opened = Signal(int, bool)

    def __init__(self, model: PairsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pairs = model
        self.setModel(model)
        self.setAccessibleName("Pairs of features")
        self.setAccessibleDescription("Each feature of the two SAEs with its nearest in the other")
        self.setToolTip(
            "↑ ↓ to follow a feature through all sizes; click or Enter shows it in the main window"
        )
        as_rows(self, "Columns of the pairs")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSortingEnabled(True)
        self._chips = _GradeDelegate(self)
        for column in GRADES:
            self.setItemDelegateForColumn(column, self._chips)
        theme.set_rows(self)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for column in (Column.LEFT, Column.RIGHT):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        head.setSortIndicator(Column.COSINE, Qt.SortOrder.DescendingOrder)
        self.clicked.connect(self._clicked)
        self.activated.connect(self._clicked)
        model.modelReset.connect(self._choose_first)
        self._fit()

    def _clicked(self, index: QModelIndex) -> None:
        """The right half of a row stands for the right feature."""
        self.opened.emit(index.row(), index.column() < Column.RIGHT_GRADE)

    def _choose_first(self) -> None:
        self._fit()
        if self.pairs.rowCount():
            self.setCurrentIndex(self.pairs.index(0, Column.LEFT))
            self.scrollToTop()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() != previous.row():
            self.looked_at.emit(current.row())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the columns their widths; a narrow table does without the kind."""
        wide, measure = self.viewport().width(), self.fontMetrics().horizontalAdvance
        for column in NUMBERS:
            self.setColumnWidth(column, measure("Cosine ▾") + 6 * UNIT)
        for column in GRADES:
            self.setColumnWidth(column, max(chip_size(self.font()).width(), measure("Grade")) + 5 * UNIT)
        self.setColumnHidden(Column.KIND, wide < 170 * UNIT)
        self.setColumnWidth(Column.KIND, min(40 * UNIT, wide // 5))
