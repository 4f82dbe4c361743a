"""The results table and its footer; the chosen document stays chosen while the ranking moves beneath it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QItemSelection, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTableView,
    QWidget,
)

from saerch_desktop.library.documents import KeywordHit
from saerch_desktop.search.steering import Ranking
from saerch_desktop.ui import theme
from saerch_desktop.ui.results_model import Column, Index, ResultsModel, Rows
from saerch_desktop.ui.results_painter import BARS_WIDTH, ResultsPainter
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT


class ResultsTable(QTableView):
    """`document_chosen` follows the current row as the user moves it; `documents_selected` carries all rows
    that are selected; `document_as_query`: more like it.
    """

    document_chosen = Signal(int)
    documents_selected = Signal(object)  # tuple[int, ...], in the order of the list
    document_as_query = Signal(int)
    selection_as_query = Signal(object)  # tuple[int, ...]: what several documents have in common
    like_more = Signal(int)
    like_less = Signal(int)
    why_asked = Signal(object)  # tuple[int, ...]: one document, or two to be compared

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.results = ResultsModel(self)
        self._painter = ResultsPainter(self.results)
        self._restoring = False
        self._chosen: int | None = None
        self._selected: tuple[int, ...] = ()
        self._hovered = -1
        self.setAccessibleName("Search results")
        self.setAccessibleDescription("Documents in order of their score")
        self.setToolTip("Results: ↑ ↓ to move, Enter to read; Shift and Ctrl select several")
        self.setModel(self.results)
        as_rows(self, "Columns of the results")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.activated.connect(self._activated)
        self.verticalHeader().setMinimumSectionSize(5 * UNIT)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(Column.TITLE, QHeaderView.ResizeMode.Stretch)
        self.read_action = self._make_action("Read", "document", self._read)
        self.query_action = self._make_action("Use as query", "query-by", self._as_query)
        self._fit()

    def _make_action(self, text: str, icon: str, act: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        theme.set_icon(action, icon)
        action.triggered.connect(act)
        self.addAction(action)
        return action

    # Content ---------------------------------------------------------------------------------------------

    def set_ranking(
        self,
        ranking: Ranking | None,
        rows: Rows,
        labels: Callable[[int], str],
        natural: NDArray[np.float32] | None,
    ) -> None:
        self._replace(lambda: self.results.set_ranking(ranking, rows, labels, natural))

    def set_hits(self, hits: Sequence[KeywordHit], rows: Rows) -> None:
        self._replace(lambda: self.results.set_hits(hits, rows))

    def _replace(self, change: Callable[[], None]) -> None:
        """Change the model; the chosen document stays chosen where it is listed, the view where it was."""
        keyword, offset = self.results.keyword, self.verticalScrollBar().value()
        self._restoring = True
        change()
        self._fit()
        self._restore_selection()
        self.verticalScrollBar().setValue(offset if keyword == self.results.keyword else 0)
        self._restoring = False
        self._tell_selection()

    def _restore_selection(self) -> None:
        """Choose and select again what was, as far as it is listed."""
        chosen, model = self._chosen, self.selectionModel()
        flag = model.SelectionFlag
        place = self.results.place_of(chosen) if chosen is not None else None
        model.clearSelection()
        if place is not None:
            how = flag.NoUpdate if len(self._selected) > 1 else flag.ClearAndSelect | flag.Rows
            model.setCurrentIndex(self.results.index(place, Column.TITLE), how)
        if len(self._selected) > 1:
            wanted = frozenset(self._selected)
            again = QItemSelection()
            for at, document in enumerate(self.results.documents):
                if document in wanted:
                    index = self.results.index(at, Column.RANK)
                    again.select(index, index)
            model.select(again, flag.Select | flag.Rows)

    def selected_documents(self) -> tuple[int, ...]:
        """Rows of the selected documents, in the order of the list."""
        places = sorted({part.row() for part in self.selectionModel().selectedRows(Column.RANK)})
        return tuple(self.results.documents[place] for place in places)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.viewport().update()
        if not self._restoring:
            self._tell_selection()

    def _tell_selection(self) -> None:
        found = self.selected_documents()
        if found != self._selected:
            self._selected = found
            self.documents_selected.emit(found)

    def current_document(self) -> int | None:
        """The chosen document, if it is listed."""
        index = self.currentIndex()
        return self.results.documents[index.row()] if index.isValid() else None

    def choose(self, document: int | None) -> None:
        """Make a document the current one without saying that it was chosen."""
        if document is not None and document == self._chosen == self.current_document():
            return  # it is where the user just went, perhaps in the middle of selecting several
        self._chosen = document
        self._replace(lambda: None)

    # The user's acts -------------------------------------------------------------------------------------

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._restoring and current.row() != previous.row():
            self._chosen = self.results.documents[current.row()]
            self.document_chosen.emit(self._chosen)

    def _activated(self, index: QModelIndex) -> None:
        self.document_chosen.emit(self.results.documents[index.row()])

    def _read(self) -> None:
        if (document := self.current_document()) is not None:
            self.document_chosen.emit(document)

    def _as_query(self) -> None:
        if (document := self.current_document()) is not None:
            self.document_as_query.emit(document)

    def _open_menu(self, where: QPoint) -> None:
        if self.indexAt(where).isValid() or self.currentIndex().isValid():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions([self.read_action, self.query_action])
            menu.popup(self.viewport().mapToGlobal(where))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        step = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key()))
        if plain and step is not None and self.results.documents:
            place = self.currentIndex().row() + step
            if 0 <= place < len(self.results.documents):
                self.setCurrentIndex(self.results.index(place, Column.TITLE))
        elif plain and event.key() == Qt.Key.Key_Space:
            self._read()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.viewport().update()

    # Painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        first, last = self.rowAt(event.rect().top()), self.rowAt(event.rect().bottom())
        if first >= 0:
            count = (last if last >= 0 else len(self.results.documents) - 1) - first + 1
            height, top = self.rowHeight(first), self.rowViewportPosition(first)
            rows = [(first + step, top + step * height) for step in range(count)]
            columns = [
                (column, self.columnViewportPosition(column), self.columnWidth(column))
                for column in Column
                if not self.isColumnHidden(column)
            ]
            chosen, width = self.currentIndex().row(), self.viewport().width()
            selected = {index.row() for index in self.selectionModel().selectedRows(Column.RANK)}
            self._painter.paint(
                painter, self.font(), columns, rows, height, width, chosen, self._hovered, selected
            )
        painter.end()

    # Geometry --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the columns their widths; the narrower the table, the fewer columns beside the title."""
        width, results = self.viewport().width(), self.results
        figures = self.fontMetrics().horizontalAdvance
        side = 4 * UNIT
        ranked = not results.keyword
        facets = results.has_facets() and width >= 128 * UNIT
        words = ranked and width >= 200 * UNIT
        shown = {
            Column.RANK: (True, figures(str(max(100, len(results.documents)))) + side),
            Column.CHANGE: (results.steered, figures("▲ 9,999") + side),
            Column.FACETS: (facets, min(results.facets_width(figures) + side + UNIT, width // 5)),
            Column.DATE: (results.has_dates() and width >= 180 * UNIT, figures("2024-12-31") + side),
            Column.SCORE: (ranked, figures("Score") + side + UNIT),
            Column.WHY: (ranked, min(80 * UNIT, width // 4) if words else BARS_WIDTH + UNIT),
        }
        for column, (visible, wide) in shown.items():
            if self.isColumnHidden(column) == visible:
                self.setColumnHidden(column, not visible)
            if visible and self.columnWidth(column) != wide:
                self.setColumnWidth(column, wide)
        rows = self.verticalHeader()
        height = theme.row_height(self.font(), 2 if results.keyword else 1)
        if rows.defaultSectionSize() != height:
            rows.setDefaultSectionSize(height)

    def sizeHint(self) -> QSize:
        return QSize(150 * UNIT, 100 * UNIT)
