"""The tree of families: one walks it by keys, and it shows where one is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_names import Names, next_called
from saerch_desktop.ui.families_tree_model import HEADS, FamilyTreeModel, Index
from saerch_desktop.ui.grades import chip_size, paint_grade
from saerch_desktop.ui.theme import UNIT, color

_SAMPLES: Final = ("", "99,999", "99.99 %")
_MOST_KEPT: Final = 200  # chosen lines that stay so in another book


class _Delegate(QStyledItemDelegate):
    """Grade and name in the first column; families in bold, so that colour is not needed to tell them."""

    def __init__(self, view: FamilyTree) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * UNIT, theme.row_height(option.font))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        model = self._view.families
        branch, rect = model.branch(index), option.rect
        if branch is None:
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, color(t.hover))
        middle = Qt.AlignmentFlag.AlignVCenter
        if index.column():
            painter.setPen(color(t.text))
            painter.setFont(theme.figures(option.font))
            box = rect.adjusted(0, 0, -2 * UNIT, 0)
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, model.text(branch, index.column()))
            return
        chip = chip_size(option.font)
        place = QRect(rect.left() + UNIT, rect.top(), chip.width(), rect.height())
        verified = model.names.verified(branch.what) if model.names is not None else False
        paint_grade(painter, place, model.grade(branch), option.font, verified)
        font = option.font
        font.setBold(branch.what.family is not None)
        painter.setFont(font)
        painter.setPen(color(t.text))
        words = rect.adjusted(place.right() + 2 * UNIT - rect.left(), 0, -UNIT, 0)
        text = model.text(branch, 0)
        if branch.root:
            text = f"{text}  (most general)"
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignLeft, shown)


class FamilyTree(QTreeView):
    """`walked` follows the current line, `opened` is Enter or a double click, `chosen` all that are marked;
    `asked(what, point)` wants the menu. All carry `Focus`.
    """

    walked = Signal(object)
    opened = Signal(object)
    chosen = Signal(object)
    asked = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.families = FamilyTreeModel(self)
        self._quiet = False
        self.setModel(self.families)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName("Tree of families")
        self.setAccessibleDescription("Families, their parts and their features")
        self.setToolTip("↑ ↓ to move, ← → to fold; Enter steers by a family and shows a feature")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = self.header()
        head.setStretchLastSection(False)
        head.setSectionsMovable(False)
        head.setMinimumSectionSize(5 * UNIT)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setAccessibleName("Columns of the tree")
        theme.notifier.changed.connect(self.viewport().update)

    def show_book(self, names: Names | None) -> None:
        """Show another book; what was unfolded stays so where it is still there."""
        open_ones = self._unfolded()
        current, chosen = self.current(), self.selected()[:_MOST_KEPT]
        self._quiet = True
        self.families.show_book(names)
        for what in open_ones:
            place = self.families.path_to(what)
            if place.isValid():
                self.setExpanded(place, True)
        if current is not None:
            self.look_at(current)
        self._quiet = True
        again = QItemSelection()
        for place in map(self.families.path_to, chosen):
            if place.isValid():
                again.select(place, place)
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(again, flag.ClearAndSelect | flag.Rows)
        self._quiet = False
        self._fit()

    def look_at(self, what: Focus) -> bool:
        """Go to a family or feature without a signal, unfolding what is above it; no line is chosen where it
        is not there. Among several that are chosen it becomes the current one.
        """
        here = self.currentIndex()
        place = here if self.current() == what else self.families.path_to(what)
        model, flag = self.selectionModel(), QItemSelectionModel.SelectionFlag
        self._quiet = True
        if not place.isValid():
            model.clear()
        else:
            chosen = model.isRowSelected(place.row(), place.parent())
            model.setCurrentIndex(place, flag.NoUpdate if chosen else flag.ClearAndSelect | flag.Rows)
            self.scrollTo(place)
        self._quiet = False
        return place.isValid()

    def current(self) -> Focus | None:
        branch = self.families.branch(self.currentIndex())
        return branch.what if branch is not None else None

    def selected(self) -> tuple[Focus, ...]:
        branches = (self.families.branch(index) for index in self.selectionModel().selectedRows())
        return tuple(dict.fromkeys(branch.what for branch in branches if branch is not None))

    def seek(self, words: str) -> bool:
        """Go to the next family or feature whose name has these words; False when there is none."""
        names = self.families.names
        what = next_called(names, words, self.current()) if names is not None else None
        if what is None or not self.look_at(what):
            return False
        self.chosen.emit((what,))
        self.walked.emit(what)
        return True

    def _unfolded(self) -> list[Focus]:
        found: list[Focus] = []
        waiting = [self.families.index(row, 0) for row in range(self.families.rowCount())]
        while waiting:
            index = waiting.pop()
            branch = self.families.branch(index)
            if branch is not None and self.isExpanded(index):
                found.append(branch.what)
                waiting += [
                    self.families.index(row, 0, index) for row in range(self.families.rowCount(index))
                ]
        return found

    # Events ----------------------------------------------------------------------------------------------

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        branch = self.families.branch(current)
        if branch is not None and not self._quiet:
            self.walked.emit(branch.what)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            chosen = self.selected()
            self.chosen.emit(chosen)
            if not chosen:
                self.walked.emit(Focus())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        branch = self.families.branch(self.indexAt(event.position().toPoint()))
        if branch is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(branch.what)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.current()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current is not None:
            self.opened.emit(current)
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming here chooses nothing: Qt would make the first line the current one."""
        nowhere, former = not self.currentIndex().isValid(), self._quiet
        self._quiet = True
        super().focusInEvent(event)
        if nowhere:
            self.selectionModel().clearCurrentIndex()
        self._quiet = former

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asked for by keys it is about the current line, wherever the pointer is."""
        point = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.scrollTo(self.currentIndex())
            point = self.visualRect(self.currentIndex()).center()
        branch = self.families.branch(self.indexAt(point))
        if branch is not None:
            self.asked.emit(branch.what, self.viewport().mapToGlobal(point))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        measure = self.fontMetrics().horizontalAdvance
        for column in range(1, len(HEADS)):
            wide = max(measure(HEADS[column][0]), measure(_SAMPLES[column])) + 5 * UNIT
            self.header().resizeSection(column, wide)
