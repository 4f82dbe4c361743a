"""The settings window: pages at the left, the one chosen at the right, and a field that finds a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.settings_page import SettingsPage
from saerch_desktop.ui.settings_pages import pages

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_SIZE = QSize(920, 640)


class SettingsWindow(QDialog):
    """Not modal: what is changed is seen at work behind it. Esc closes it; there is nothing to confirm."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window_ = window
        self.setObjectName("settings-window")
        self.setWindowTitle("Settings")
        self.setAccessibleName("Settings")
        self.resize(_SIZE)
        self._kinds = pages()
        self._made: dict[int, SettingsPage] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a setting")
        self.search.setAccessibleName("Find a setting")
        self.search.setToolTip("A word of a setting's name or explanation")
        theme.lead_with(self.search, "search", "Find a setting")
        theme.make_clearable(self.search)
        self.list = QListWidget()
        self.list.setAccessibleName("Pages of settings")
        self.list.setToolTip("Choose a page")
        for kind in self._kinds:
            item = QListWidgetItem(kind.title)
            item.setIcon(theme.icon(kind.icon))
            self.list.addItem(item)
        self.stack = QStackedWidget()
        self.areas: list[QScrollArea] = []
        for kind in self._kinds:
            area = QScrollArea()
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setAccessibleName(kind.title)
            self.stack.addWidget(area)
            self.areas.append(area)
        side = QVBoxLayout()
        side.setSpacing(2 * theme.UNIT)
        side.addWidget(self.search)
        side.addWidget(self.list, 1)
        layout = QHBoxLayout(self)
        layout.addLayout(side, 1)
        layout.addWidget(self.stack, 3)
        self.list.currentRowChanged.connect(self._choose)
        self.list.setCurrentRow(0)

    def page(self, at: int) -> SettingsPage:
        """The page at this place of the list, made when it is first wanted."""
        if at not in self._made:
            made = self._kinds[at](self.window_)
            self._made[at] = made
            self.areas[at].setWidget(made)
        return self._made[at]

    def go_to(self, title: str, words: str = "") -> None:
        """Show the page of this title; nothing when there is none."""
        for at, kind in enumerate(self._kinds):
            if kind.title == title:
                self.list.setCurrentRow(at)

    def _choose(self, at: int) -> None:
        if at >= 0:
            self.page(at).shown()
            self.stack.setCurrentIndex(at)
