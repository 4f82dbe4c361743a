"""The results table; the chosen document stays chosen while the ranking moves beneath it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from saerch_desktop.library.documents import KeywordHit, Matches
from saerch_desktop.search.preview import Preview
from saerch_desktop.search.steering import Ranking
from saerch_desktop.ui import results_columns
from saerch_desktop.ui.results_model import Column, Index, ResultsModel, Rows
from saerch_desktop.ui.results_page import Page
from saerch_desktop.ui.results_painter import ResultsPainter
from saerch_desktop.ui.results_tools import RowTools
from saerch_desktop.ui.results_wishes import RowWishes
from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT

_ROOM_FOR_TOOLS = 44 * UNIT
_MOST_RUNS = 2000  # of selected places; more are kept in mind, but are not selected again one by one


class ResultsTable(QTableView):
    """`document_chosen` follows the current row as the user moves it; `documents_selected` carries all rows
    that are selected; `document_as_query` and `selection_as_query`: more like it or them.

    `seen` tells which places are in view, `order_wanted` that a document behind the first page is meant.
    """

    document_chosen = Signal(int)
    documents_selected = Signal(object)  # RowSet, in the order of the list
    document_as_query = Signal(int)
    selection_as_query = Signal(object)  # tuple[int, ...]: what several documents have in common
    like_more = Signal(int)
    like_less = Signal(int)
    why_asked = Signal(object)  # tuple[int, ...]: one document, or two to be compared
    copy_wanted = Signal(str, object)  # "titles" or "ids", tuple[int, ...]
    seen = Signal(int, int)  # first and last place in view
    order_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.results = ResultsModel(self)
        self._painter = ResultsPainter(self.results)
        self._restoring = False
        self._chosen: int | None = None
        self._selected = RowSet()
        self._unlisted = RowSet()  # selected, but their places are not known
        self._hovered = -1
        self.further_actions: list[QAction] = []  # at the end of the menu
        self.setAccessibleName("Search results")
        self.setAccessibleDescription("Documents in order of their score")
        self.setToolTip(
            "Results: ↑ ↓ to move, Enter to read; Shift and Ctrl select several; "
            "+ and − for more and less like it, W for why"
        )
        self.setModel(self.results)
        as_rows(self, "Columns of the results")
        for heads in (self.horizontalHeader(), self.verticalHeader()):
            # A head asks for every row whether its column is selected: seconds for a million.
            heads.setSelectionModel(QItemSelectionModel(self.results, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMouseTracking(True)
        self.wishes = RowWishes(self)
        self.tools = RowTools(self.viewport())
        self.tools.wanted.connect(self._use_tool)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self.wishes.menu_at)
        self.activated.connect(lambda _: self.wishes.read())
        self.verticalScrollBar().valueChanged.connect(lambda _: self._scrolled())
        self.verticalHeader().setMinimumSectionSize(5 * UNIT)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(Column.TITLE, QHeaderView.ResizeMode.Stretch)
        self._fit()

    # Content ---------------------------------------------------------------------------------------------

    def set_ranking(
        self,
        ranking: Ranking | None,
        rows: Rows,
        labels: Callable[[int], str],
        natural: NDArray[np.float32] | None,
        baseline: bool = False,
    ) -> None:
        """Show a ranking; baseline: the unsteered one in place of the steered."""
        former = self.results.ranking
        same = former is not None and ranking is not None and former.query is ranking.query
        self.results.baseline = baseline
        self._replace(
            lambda: self.results.set_ranking(ranking, rows, labels, natural), same, _alike(former, ranking)
        )

    def set_hits(self, hits: Sequence[KeywordHit], rows: Rows, matches: Matches | None = None) -> None:
        """Show documents found by words. matches: all of them, where `hits` are only the first."""
        self.results.baseline = False
        self._replace(lambda: self.results.set_hits(hits, rows, matches))

    def set_order(self, order: NDArray[np.integer]) -> None:
        """All documents of the ranking shown, in their order."""
        results, flag = self.results, QItemSelectionModel.SelectionFlag
        results.set_order(order)
        self._restoring = True
        if self._unlisted:
            self._select_again(results.listing.places_of(self._unlisted.rows))
            self._unlisted = RowSet()
        current, awaited = self.currentIndex(), None
        if self._chosen is None and current.isValid():
            awaited = self._chosen = results.listing.document(current.row())
        elif self._chosen is not None and not current.isValid():
            place = results.listing.place_of(self._chosen)
            if place is not None:
                how = flag.NoUpdate if self._selected else flag.ClearAndSelect | flag.Rows
                self.selectionModel().setCurrentIndex(results.index(place, Column.TITLE), how)
        self._restoring = False
        self._tell_selection()
        self.look()
        if awaited is not None:
            self.document_chosen.emit(awaited)

    def set_page(self, number: int, page: Page) -> None:
        """Figures and documents of a page behind the first."""
        self.results.set_page(number, page)

    def set_snippets(self, snippets: dict[int, str]) -> None:
        """The words around the hits, by row."""
        self.results.set_snippets(snippets)
        self.viewport().update()

    def set_preview(self, preview: Preview | None) -> None:
        """Show ghosts of what would move; None for none."""
        self.results.set_preview(preview)
        self.viewport().update()

    def set_marked(self, rows: RowSet) -> None:
        """Mark what is selected, here or elsewhere."""
        self.results.set_marked(rows)
        self.viewport().update()

    def _replace(self, change: Callable[[], None], same: bool = False, alike: bool = False) -> None:
        """Change the model; the chosen document stays chosen where it is listed.

        same: of the same search, so that what is selected stays so while its place is not known; alike:
        the view stays where it was, while another list is seen from its top.
        """
        offset = self.verticalScrollBar().value()
        self._restoring = True
        self.point_at(-1)
        change()
        self._fit()
        self._restore_selection(same)
        self.verticalScrollBar().setValue(offset if alike else 0)
        self._restoring = False
        self._tell_selection()
        self.look()

    def _restore_selection(self, same: bool) -> None:
        """Choose and select again what was, as far as it is listed."""
        chosen, model, listing = self._chosen, self.selectionModel(), self.results.listing
        flag = model.SelectionFlag
        place = listing.place_of(chosen) if chosen is not None else None
        model.clearSelection()
        if place is not None:
            how = flag.NoUpdate if len(self._selected) > 1 else flag.ClearAndSelect | flag.Rows
            model.setCurrentIndex(self.results.index(place, Column.TITLE), how)
        else:
            model.clearCurrentIndex()
        if len(self._selected) > 1:
            self._select_again(self.results.listing.places_of(self._selected.rows))
        self._unlisted = RowSet()
        if same and self._selected and not listing.is_complete():
            known = [listing.documents_in(*span) for span in self._spans()]
            listed = np.concatenate(known) if known else np.empty(0, np.int64)
            self._unlisted = RowSet(self._selected.rows[~np.isin(self._selected.rows, listed)])
            if self._unlisted or (chosen is not None and place is None):
                self.order_wanted.emit()

    def _select_again(self, places: NDArray[np.int64]) -> None:
        """Select these places, ascending, in as few runs as they make."""
        breaks = np.flatnonzero(np.diff(places) > 1) + 1
        if not places.size or breaks.size >= _MOST_RUNS:
            return
        again = QItemSelection()
        for run in np.split(places, breaks):
            first = self.results.index(int(run[0]), 0)
            again.select(first, self.results.index(int(run[-1]), len(Column) - 1))
        self.selectionModel().select(again, QItemSelectionModel.SelectionFlag.Select)

    # What is selected ------------------------------------------------------------------------------------

    def _spans(self) -> list[tuple[int, int]]:
        """First and last places of what is selected, ascending: a million rows are one of them."""
        return sorted({(part.top(), part.bottom()) for part in self.selectionModel().selection().toList()})

    def selected_documents(self) -> RowSet:
        """Rows of the selected documents whose places are known, in the order of the list."""
        parts = [self.results.listing.documents_in(*span) for span in self._spans()]
        return RowSet(np.concatenate(parts)) if parts else RowSet()

    def clearSelection(self) -> None:
        """Nothing is selected any longer, in view or not."""
        self._unlisted = RowSet()
        super().clearSelection()

    def selectionCommand(
        self, index: Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        command = super().selectionCommand(index, event)
        if command & QItemSelectionModel.SelectionFlag.Clear:
            self._unlisted = RowSet()
        return command

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.viewport().update()
        if not self._restoring:
            self._tell_selection()

    def _tell_selection(self) -> None:
        found = self.selected_documents()
        if self._unlisted:
            found = RowSet(np.concatenate((found.rows, self._unlisted.rows)))
        if not self.results.listing.is_complete() and any(
            last >= len(self.results.documents) for _, last in self._spans()
        ):
            self.order_wanted.emit()
        if found != self._selected:
            self._selected = found
            self.documents_selected.emit(found)

    def select_documents(self, rows: RowSet) -> None:
        """Select these where they are listed; where their places are not known yet, once they are."""
        self._selected = rows
        self._replace(lambda: None, same=True)

    def current_document(self) -> int | None:
        """The chosen document, if it is listed."""
        index = self.currentIndex()
        return self.results.listing.document(index.row()) if index.isValid() else None

    def choose(self, document: int | None) -> None:
        """Make a document the current one without saying that it was chosen."""
        if document is not None and document == self._chosen == self.current_document():
            return  # it is where the user just went, perhaps in the middle of selecting several
        self._chosen = document
        self._replace(lambda: None, same=True)

    # The user's acts -------------------------------------------------------------------------------------

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._restoring and current.row() != previous.row():
            self._chosen = self.results.listing.document(current.row())
            if self._chosen is None:
                self.order_wanted.emit()  # told once it is known which document stands there
            else:
                self.document_chosen.emit(self._chosen)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and the last result, not along a row."""
        last = self.results.rowCount() - 1
        if action == QAbstractItemView.CursorAction.MoveHome and last >= 0:
            return self.results.index(0, Column.TITLE)
        if action == QAbstractItemView.CursorAction.MoveEnd and last >= 0:
            return self.results.index(last, Column.TITLE)
        return super().moveCursor(action, modifiers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        step = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key()))
        if plain and step is not None:
            place = self.currentIndex().row() + step
            if 0 <= place < self.results.rowCount():
                self.setCurrentIndex(self.results.index(place, Column.TITLE))
        elif plain and event.key() == Qt.Key.Key_B:
            event.ignore()  # held for the unsteered list, by those around
        elif not self.wishes.takes(event):
            super().keyPressEvent(event)

    def _use_tool(self, what: str) -> None:
        document = self.results.listing.document(self._hovered)
        if document is None:
            return
        if what == "why":
            self.why_asked.emit((document,))
        else:
            (self.like_more if what == "more" else self.like_less).emit(document)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.point_at(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(-1)

    def point_at(self, place: int) -> None:
        """Light up a row with its buttons, as when the pointer is over it; −1 for none."""
        if place != self._hovered:
            self._hovered = place
            self.viewport().update()
        known = place >= 0 and self.results.listing.document(place) is not None
        # In a narrow list the title is worth more than the buttons; keys and menu do the same.
        if known and self.wishes.steering and self.columnWidth(Column.TITLE) >= _ROOM_FOR_TOOLS:
            self.tools.lie_over(self.visualRect(self.results.index(place, Column.TITLE)))
        else:
            self.tools.hide()

    # What is in view -------------------------------------------------------------------------------------

    def look(self) -> None:
        """Tell which places are in view."""
        places = self.places_in_view()
        if places is not None and self.isVisible():
            self.seen.emit(*places)

    def places_in_view(self) -> tuple[int, int] | None:
        """First and last; None when there is nothing to see."""
        count, height = self.results.rowCount(), self.viewport().height()
        first, last = self.rowAt(0), self.rowAt(height - 1)
        if first < 0 or not count:
            return None
        return first, last if last >= 0 else count - 1

    def _scrolled(self) -> None:
        self.point_at(-1)
        if not self._restoring:
            self._fit()
        self.look()

    # Painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._paint(painter, event.rect().top(), event.rect().bottom())
        finally:
            painter.end()  # one that outlives its widget takes the program with it

    def _paint(self, painter: QPainter, above: int, below: int) -> None:
        """Paint the rows between two heights of the viewport."""
        first, last = self.rowAt(above), self.rowAt(below)
        if first < 0:
            return
        count = (last if last >= 0 else self.results.rowCount() - 1) - first + 1
        height, top = self.rowHeight(first), self.rowViewportPosition(first)
        rows = [(first + step, top + step * height) for step in range(count)]
        columns = [
            (column, self.columnViewportPosition(column), self.columnWidth(column))
            for column in Column
            if not self.isColumnHidden(column)
        ]
        chosen, width = self.currentIndex().row(), self.viewport().width()
        selected = {
            place
            for begin, end in self._spans()
            for place in range(max(first, begin), min(first + count - 1, end) + 1)
        }
        self._painter.paint(
            painter, self.font(), columns, rows, height, width, chosen, self._hovered, selected
        )

    # Geometry --------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self.look()

    def _fit(self) -> None:
        results_columns.fit(self, self.results)

    def sizeHint(self) -> QSize:
        return QSize(150 * UNIT, 100 * UNIT)


def _alike(former: Ranking | None, now: Ranking | None) -> bool:
    """Whether two rankings answer the same question in the same way, so that one looks on where one was."""
    if former is None or now is None or (former.fused is None) != (now.fused is None):
        return False
    return former.query is now.query or former.query.text == now.query.text
