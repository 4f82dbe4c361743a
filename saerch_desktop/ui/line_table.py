"""A short table of lines of text: chosen whole, opened by Enter or a double click."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT

_NARROW = 57  # letters of the table's font
_FIRST = 16  # letters that the first column has at least, as long as others can be left out
_SHARE = 0.34  # of the width that a column may take which is not the first


class LineTable(QTableWidget):
    """`opened(row)`, `removed(row)` by the Delete key, `renamed(row)` by F2."""

    opened = Signal(int)
    removed = Signal(int)
    renamed = Signal(int)

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        name: str,
        tip: str,
        spared: Sequence[int] = (),
        parent: QWidget | None = None,
    ) -> None:
        """columns: titles and what they mean; the first one takes the room. spared: left out where it is
        narrow.
        """
        super().__init__(0, len(columns), parent)
        self._spared = frozenset(spared)
        as_rows(self, "Columns")
        describe(self, name, tip)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalHeaderLabels([title for title, _ in columns])
        head = self.horizontalHeader()
        for column, (_, about) in enumerate(columns):
            item = self.horizontalHeaderItem(column)
            assert item is not None
            item.setToolTip(about)
            item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            mode = QHeaderView.ResizeMode.Fixed if column else QHeaderView.ResizeMode.Stretch
            head.setSectionResizeMode(column, mode)
        theme.set_rows(self)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    def fill(self, rows: Sequence[tuple[Sequence[str], str]]) -> None:
        """Show other lines: texts of the columns, and a tooltip. The row that was chosen stays chosen."""
        at = self.current()
        self.setRowCount(len(rows))
        for row, (texts, tip) in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(" ".join(text.split()))
                item.setToolTip(wording.tip(tip or text))
                self.setItem(row, column, item)
        if rows:
            self.setCurrentCell(min(max(at, 0), len(rows) - 1), 0)
        self._spare()

    def current(self) -> int:
        """The row that is chosen, -1 for none."""
        return self.currentRow() if self.rowCount() else -1

    def keyPressEvent(self, event: QKeyEvent) -> None:
        signal = {
            Qt.Key.Key_Return: self.opened,
            Qt.Key.Key_Enter: self.opened,
            Qt.Key.Key_Delete: self.removed,
            Qt.Key.Key_F2: self.renamed,
        }.get(Qt.Key(event.key()))
        if signal is None or self.current() < 0:
            super().keyPressEvent(event)
        else:
            signal.emit(self.current())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spare()

    def _spare(self) -> None:
        """Leave columns out where it is narrow, and from the last one on where the first lacks room."""
        width, letter = self.viewport().width(), self.fontMetrics().averageCharWidth()
        head = self.horizontalHeader()
        taken: dict[int, int] = {}
        for column in range(1, self.columnCount()):
            wanted = max(self.sizeHintForColumn(column), head.sectionSizeHint(column)) + UNIT
            taken[column] = min(wanted, round(width * _SHARE))
        left_out = set(self._spared) if width < _NARROW * letter else set[int]()
        for column in sorted(self._spared, reverse=True):
            if width - sum(taken[other] for other in taken.keys() - left_out) < _FIRST * letter:
                left_out.add(column)
        for column, wide in taken.items():
            self.setColumnHidden(column, column in left_out)
            self.setColumnWidth(column, wide)
