"""Choosing filters: the values of a facet with how many documents have them, and a span of time."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.search.where_syntax import facet_term
from saerch_desktop.ui import theme
from saerch_desktop.ui.filter_desk import FacetCounts, Vocabulary
from saerch_desktop.ui.form_parts import describe, heading
from saerch_desktop.ui.theme import UNIT

_TERM = Qt.ItemDataRole.UserRole


class FilterPanel(QFrame):
    """`chosen` carries a condition and whether it shall be there; `typed` one that has to be read first."""

    chosen = Signal(str, bool)
    typed = Signal(str)
    values_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName("Choose filters")
        self._vocabulary = Vocabulary()
        self._counts: FacetCounts | None = None
        self._filling = False
        self.facet = QComboBox()
        describe(self.facet, "Facet", "What to choose values of")
        self.facet.currentTextChanged.connect(self._ask)
        self.finder = QLineEdit()
        self.finder.setPlaceholderText("Find a value…")
        describe(self.finder, "Find a value", "A part of the value")
        theme.make_clearable(self.finder)
        self.finder.textChanged.connect(lambda _: self._fill())
        self.values = QListWidget()
        self.values.setUniformItemSizes(True)
        self.values.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        describe(self.values, "Values", "Enter or a double click keeps the documents that have the value")
        self.values.itemActivated.connect(self._choose)
        self.more = QLabel()
        theme.set_role(self.more, "muted")
        self.since, self.until = QLineEdit(), QLineEdit()
        for line, name in ((self.since, "From"), (self.until, "To")):
            describe(line, f"{name}, a year or a day", f"{name}: 2019, 2019-05 or 2019-05-07; empty is open")
            line.setMaxLength(10)
            line.returnPressed.connect(self._add_span)
        self.add_span = QPushButton("Add")
        describe(self.add_span, "Add the span of time", "Keep documents of this time")
        self.add_span.clicked.connect(self._add_span)
        self._times = QWidget()
        times = QHBoxLayout(self._times)
        times.setContentsMargins(0, 0, 0, 0)
        times.setSpacing(2 * UNIT)
        times.addWidget(self.since, 1)
        times.addWidget(QLabel("to"))
        times.addWidget(self.until, 1)
        times.addWidget(self.add_span)
        self._times_title = heading("Time")
        self._facets_title = heading("Values, and documents kept")
        self._facets_title.setWordWrap(True)
        self.nothing = QLabel("The documents of this library have neither facets nor dates.")
        self.nothing.setWordWrap(True)
        theme.set_role(self.nothing, "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * UNIT, 3 * UNIT, 3 * UNIT, 3 * UNIT)
        layout.setSpacing(2 * UNIT)
        for widget in (
            self.nothing,
            self._times_title,
            self._times,
            self._facets_title,
            self.facet,
            self.finder,
        ):
            layout.addWidget(widget)
        layout.addWidget(self.values, 1)
        layout.addWidget(self.more)
        self.setMinimumWidth(80 * UNIT)

    def sizeHint(self) -> QSize:
        return QSize(88 * UNIT, 110 * UNIT if self._vocabulary.facets else 40 * UNIT)

    def set_vocabulary(self, vocabulary: Vocabulary) -> None:
        """What there is to choose from."""
        self._vocabulary = vocabulary
        former = self.facet.currentText()
        self._filling = True
        self.facet.clear()
        self.facet.addItems(list(vocabulary.facets))
        self.facet.setCurrentIndex(max(0, self.facet.findText(former)) if vocabulary.facets else -1)
        self._filling = False
        times, facets = bool(vocabulary.first), bool(vocabulary.facets)
        for widget in (self._times_title, self._times):
            widget.setVisible(times)
        for widget in (self._facets_title, self.facet, self.finder, self.values, self.more):
            widget.setVisible(facets)
        self.nothing.setVisible(not times and not facets)
        if times:
            self.since.setPlaceholderText(str(vocabulary.first))
            self.until.setPlaceholderText(str(vocabulary.last))
        self._ask()

    def set_values(self, counts: FacetCounts) -> None:
        """The answer to `values_wanted`."""
        if counts.name == self.facet.currentText():
            self._counts = counts
            self._fill()

    def ask_again(self) -> None:
        """Other filters are in force: other counts."""
        self._ask()

    def open_at(self, where: QPoint) -> None:
        """Show beneath a point, moved onto the screen."""
        self.resize(self.sizeHint())
        screen = self.screen().availableGeometry()
        left = max(screen.left(), min(where.x(), screen.right() - self.width()))
        top = max(screen.top(), min(where.y(), screen.bottom() - self.height()))
        self.move(left, top)
        self.show()
        first = self.finder if self._vocabulary.facets else self.since
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    def _ask(self) -> None:
        if self._filling:
            return
        if self._counts is not None and self._counts.name != self.facet.currentText():
            self._counts = None
            self._fill()
        if self.facet.currentText():
            self.values_wanted.emit(self.facet.currentText())

    def _fill(self) -> None:
        row = self.values.currentRow()
        self.values.clear()
        counts = self._counts
        if counts is None:
            self.more.setText("Counting …" if self._vocabulary.facets else "")
            return
        words = self.finder.text().casefold().split()
        for value, now, _ in counts.values:
            if all(word in value.casefold() for word in words):
                item = QListWidgetItem(f"{value}  ({now:,})")
                item.setData(_TERM, facet_term(counts.name, value))
                item.setToolTip(value)
                self.values.addItem(item)
        self.values.setCurrentRow(min(row, self.values.count() - 1))
        more = f"{counts.more:,} more values; type a filter to reach them" if counts.more else ""
        self.more.setText(more)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(_TERM), True)

    def _add_span(self) -> None:
        since, until = self.since.text().strip(), self.until.text().strip()
        if since or until:
            whole = all(len(text) in (0, 4) for text in (since, until))
            name = "year" if whole or not self._vocabulary.days else "date"
            self.hide()
            self.typed.emit(f"{name}:{since}..{until}")
