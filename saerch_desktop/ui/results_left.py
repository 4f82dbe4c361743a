"""A window of the documents that left the first places, and where they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.search.unsteered import Departed
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT

_HEADS = (
    ("Was", "Place without your changes"),
    ("Is now", "Place with them"),
    ("Title", "Title of the document"),
)


class LeftDialog(QDialog):
    """Not modal: the list stays beside the results. `document_chosen`: one was double-clicked, or Enter."""

    document_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("moved-out")
        self.setWindowTitle("Moved out of the first places")
        self.setModal(False)
        self._rows: list[int] = []
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.table = QTableWidget(0, len(_HEADS))
        describe(self.table, "Documents that moved out", "Enter reads the document")
        as_rows(self.table, "Columns of what moved out")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for column, (head, tip) in enumerate(_HEADS):
            item = QTableWidgetItem(head)
            item.setToolTip(tip)
            if column == 2:
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            self.table.setHorizontalHeaderItem(column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.activated.connect(lambda index: self.document_chosen.emit(self._rows[index.row()]))
        box = QDialogButtonBox()
        close = box.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        describe(close, "Close", "Close this window")
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(self.words)
        layout.addWidget(self.table, 1)
        layout.addWidget(box)
        self.resize(theme.units(150), theme.units(100))

    def set_departed(self, departed: Sequence[Departed], titles: Mapping[int, str], top: int) -> None:
        """Show documents in the order they had."""
        self._rows = [one.row for one in departed]
        count = len(departed)
        self.words.setText(
            f"{count:,} of the first {top:,} documents moved out of them by your changes."
            if count
            else f"No document moved out of the first {top:,}."
        )
        figures = theme.figures(self.font())
        self.table.setRowCount(count)
        for line, one in enumerate(departed):
            cells = (f"{one.before:,}", f"{one.now:,}" if one.now else "not listed", titles.get(one.row, ""))
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if column < 2:
                    item.setFont(figures)
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                else:
                    item.setToolTip(text)
                self.table.setItem(line, column, item)
        if count:
            self.table.setCurrentCell(0, 0)
