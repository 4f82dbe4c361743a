"""The manual in a window of its own: pages at the left, found by their words, and the page at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop import paths
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.manual_view import ManualView
from saerch_desktop.workflow.manual import Page, found_in

_SIZE = QSize(1040, 720)
_LIST = 30  # characters


class ManualWindow(QDialog):
    """Not modal: it stays open beside the work."""

    def __init__(self, every: tuple[Page, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("manual")
        self.setWindowTitle("Manual")
        self.setAccessibleName("Manual")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._every = every
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find words in the manual")
        describe(self.search, "Find words in the manual", "Shows the pages that hold all of these words")
        theme.make_clearable(self.search)
        theme.lead_with(self.search, "search", "Find")
        self.list = QListWidget()
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        describe(self.list, "Pages", "↑ ↓ to move; the page is shown beside it")
        self.view = ManualView(paths.manual())
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * theme.UNIT)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        split = QSplitter()
        split.setObjectName("manual-split")
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.view)
        split.setStretchFactor(1, 1)
        width = self.fontMetrics().averageCharWidth() * _LIST
        split.setSizes([width, max(width, _SIZE.width() - width)])
        layout = QVBoxLayout(self)
        layout.addWidget(split)
        self.search.textChanged.connect(self._narrow)
        self.list.currentItemChanged.connect(self._chosen)
        self.view.wanted.connect(self.turn_to)
        self._narrow("")
        self.resize(_SIZE)
        self.list.setFocus()

    def turn_to(self, file: str) -> None:
        """Show the page of this file; nothing when there is no such page."""
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == file:
                self.list.setCurrentRow(row)
                return
        if any(page.file == file for page in self._every):
            self.search.clear()  # it was narrowed away
            self.turn_to(file)

    def _narrow(self, words: str) -> None:
        kept = self.list.currentItem()
        former = kept.data(Qt.ItemDataRole.UserRole) if kept is not None else None
        self.list.clear()
        for page in found_in(self._every, words):
            item = QListWidgetItem(page.title)
            item.setData(Qt.ItemDataRole.UserRole, page.file)
            self.list.addItem(item)
            if page.file == former:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0 and self.list.count():
            self.list.setCurrentRow(0)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        file = item.data(Qt.ItemDataRole.UserRole)
        self.view.show_page(next(page.text for page in self._every if page.file == file))
