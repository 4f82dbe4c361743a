"""A plot with its heading and a button that shows the same numbers as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.theme import UNIT


class PlotWithTable(QWidget):
    """`plot` and `table` in one place, for those who would rather read numbers.

    kind: what the plot is called ("curve"), numbers: what both show ("the same numbers"), title: the table's
    name, columns: name and explanation of each ("" for none).
    """

    def __init__(
        self,
        plot: QWidget,
        heading: str,
        *,
        kind: str,
        numbers: str,
        title: str,
        columns: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind, self._numbers = kind, numbers
        self.heading = QLabel(heading)
        self.heading.setTextFormat(Qt.TextFormat.PlainText)  # it may name a facet
        theme.set_role(self.heading, "heading")
        self.heading.setMinimumHeight(7 * UNIT)
        self.toggle = QToolButton()
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._switch)
        self._plot = plot
        self.table = QTableWidget(0, len(columns))
        self.table.setAccessibleName(title)
        self.table.setToolTip(wording.tip(title))
        for column, (name, tip) in enumerate(columns):
            head = QTableWidgetItem(name)
            head.setToolTip(tip)
            self.table.setHorizontalHeaderItem(column, head)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        theme.set_rows(self.table)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setAccessibleName("Columns")
        self._stack = QStackedWidget()
        self._stack.addWidget(plot)
        self._stack.addWidget(self.table)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.toggle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        layout.addWidget(self._stack, 1)
        self._switch(False)

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """The table's content, numbers as they are to be read."""
        self.table.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setFont(theme.figures(self.font()))
                self.table.setItem(row, column, item)

    def _switch(self, table: bool) -> None:
        self._stack.setCurrentWidget(self.table if table else self._plot)
        what = self._kind if table else "table"
        self.toggle.setAccessibleName(f"Show as a {what}")
        self.toggle.setToolTip(f"Show {self._numbers} as a {what}")
        theme.set_icon(self.toggle, "chart" if table else "table")


def nice_step(rough: float) -> float:
    """The next of 1, 2, 5 times a power of ten, for the marks of an axis."""
    power: float = 10.0 ** math.floor(math.log10(max(rough, 1e-9)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
