"""The settings window: pages at the left, the one chosen at the right, and a field that finds a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
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
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.settings_finding import Place, found
from saerch_desktop.ui.settings_page import SettingsPage
from saerch_desktop.ui.settings_pages import pages

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow

_SIZE = (240, 165)  # units of text
_SIDE = 52


class SettingsWindow(QDialog):
    """Not modal: what is changed is seen at work behind it. Esc closes it; there is nothing to confirm."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.main_window = window
        self.setObjectName("settings-window")
        self.setWindowTitle("Settings")
        self.setAccessibleName("Settings")
        self.setSizeGripEnabled(True)
        self._kinds = pages()
        self._made: dict[int, SettingsPage] = {}
        self._places: list[Place] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a setting")
        self.search.setAccessibleName("Find a setting")
        self.search.setToolTip("A word of a setting's name or explanation; Enter goes to the first one found")
        theme.make_clearable(self.search)
        theme.lead_with(self.search, "search", "Find a setting")
        self.search.textChanged.connect(self._seek)
        self.search.returnPressed.connect(self._open_first)
        self.list = QListWidget()
        self.list.setAccessibleName("Pages of settings")
        self.list.setToolTip("Choose a page")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        theme.sized(self.list, lambda it: it.setIconSize(QSize(theme.units(4), theme.units(4))))
        self.stack = QStackedWidget()
        self.areas = [self._area(kind.title) for kind in self._kinds]
        self.side = side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * theme.UNIT)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * theme.UNIT, 3 * theme.UNIT, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(side)
        layout.addWidget(self.stack, 1)
        self.list.currentRowChanged.connect(self._choose)
        theme.notifier.changed.connect(self._draw_icons)
        self._seek("")
        self.list.setFocus()

    def page(self, at: int) -> SettingsPage:
        """The page at this place of the list, made when it is first wanted."""
        if at not in self._made:
            made = self._kinds[at](self.main_window)
            self._made[at] = made
            self.areas[at].setWidget(made)
        return self._made[at]

    def go_to(self, title: str, setting: str = "") -> None:
        """Show the page of this title, on it the row called `setting`; nothing without such a page."""
        self.search.clear()
        for at, kind in enumerate(self._kinds):
            if kind.title == title:
                self.list.setCurrentRow(at)
                self._show_row(at, setting)

    def sizeHint(self) -> QSize:
        wide, high = _SIZE
        return QSize(theme.units(wide), theme.units(high))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.side.setFixedWidth(min(theme.units(_SIDE), self.width() * 13 // 50))

    def showEvent(self, event: QShowEvent) -> None:
        room = self.screen().availableSize()
        self.resize(self.sizeHint().boundedTo(QSize(room.width() - 40, room.height() - 60)))
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # no button is the default one
            super().keyPressEvent(event)

    def _area(self, title: str) -> QScrollArea:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName(title)
        self.stack.addWidget(area)
        return area

    def _seek(self, typed: str) -> None:
        """List the pages, or the settings that the words find; the list says of which page they are."""
        if typed.strip():
            self._places = found(typed, [self.page(at) for at in range(len(self._kinds))])
        else:
            self._places = [Place(at, kind.title, kind.tip) for at, kind in enumerate(self._kinds)]
        kept = self.stack.currentIndex()
        self.list.blockSignals(True)
        self.list.clear()
        for place in self._places:
            item = QListWidgetItem(place.text)
            item.setToolTip(place.tip)
            self.list.addItem(item)
        if not self._places:
            none = QListWidgetItem("Nothing is found")
            none.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(none)
        self._draw_icons()
        if not typed.strip():
            self.list.setCurrentRow(max(0, kept))
        self.list.blockSignals(False)
        if typed.strip() and self._places:
            self.list.setCurrentRow(0)
        elif not typed.strip():
            self._choose(max(0, kept))

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._places):
            place = self._places[row]
            self.page(place.page).shown()
            self.stack.setCurrentIndex(place.page)
            if place.row:
                self._show_row(place.page, place.row, focus=False)

    def _open_first(self) -> None:
        """Enter in the field: into the first setting that was found."""
        if self._places and self._places[0].row:
            self._show_row(self._places[0].page, self._places[0].row)

    def _show_row(self, at: int, title: str, *, focus: bool = True) -> None:
        for row in self.page(at).rows:
            if row.title == title:
                self.areas[at].ensureWidgetVisible(row.control)
                if focus:
                    row.control.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _draw_icons(self) -> None:
        """In the colour of the text, chosen or not: the ground of a chosen line is a quiet one."""
        ink = theme.tokens().text
        for row, place in enumerate(self._places):
            self.list.item(row).setIcon(theme.tinted(self._kinds[place.page].icon, ink))
