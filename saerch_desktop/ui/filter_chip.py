"""One condition as a chip: pressed to switch it, with a menu to turn it round, change it, or take it away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from saerch_desktop.search.filters import Chip
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.theme import UNIT


def fit_height(button: QWidget) -> None:
    """As high as all parts of a chip, in any size of text."""
    theme.sized(button, lambda it: it.setFixedHeight(max(7 * UNIT, theme.row_height(it.font()))))


_WIDEST = 44  # letters


class FilterChip(QWidget):
    """Off is told by the word and the missing tick, hiding by the crossed eye."""

    switched = Signal(bool)
    turned = Signal(bool)  # whether documents that meet it are hidden
    edited = Signal()
    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chip = Chip("")
        self.setProperty("chip", True)
        self.button = QToolButton()
        self.button.setCheckable(True)
        self.button.setIconSize(QSize(14, 14))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.switched)
        self.button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.button.customContextMenuRequested.connect(lambda _: self.button.showMenu())
        self.menu = QMenu(self.button)
        self.switch_action = self.menu.addAction("Switch off")
        self.switch_action.triggered.connect(lambda: self.switched.emit(not self.chip.on))
        self.turn_action = self.menu.addAction("Hide these documents")
        self.turn_action.triggered.connect(lambda: self.turned.emit(not self.chip.out))
        self.edit_action = self.menu.addAction("Change…")
        theme.set_icon(self.edit_action, "edit")
        self.edit_action.triggered.connect(self.edited)
        self.remove_action = self.menu.addAction("Take away")
        theme.set_icon(self.remove_action, "close")
        self.remove_action.triggered.connect(self.removed)
        self.button.setMenu(self.menu)
        self.close_button = tool("close", "Take the filter away", "Take this filter away (Del)")
        self.close_button.clicked.connect(self.removed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.button)
        layout.addWidget(self.close_button)
        for one in (self.button, self.close_button):
            fit_height(one)
        self.setFocusProxy(self.button)

    def show_chip(self, chip: Chip, said: str, count: int | str | None) -> None:
        """count: documents that meet it, None where it cannot be applied, "…" while they are counted."""
        self.chip = chip
        brief = said if len(said) <= _WIDEST else f"{said[: _WIDEST - 1]}…"
        figure = "–" if count is None else count if isinstance(count, str) else f"{count:,}"
        if chip.on:
            theme.set_icon(self.button, "hide" if chip.out else "check")
        else:
            self.button.setProperty("icon_name", "")
            self.button.setIcon(QIcon())
        off = "" if chip.on else "off: "
        self.button.setText(f"{off}{brief}  {figure}".replace("&", "&&"))
        self.button.setChecked(chip.on)
        state = "on" if chip.on else "switched off"
        if count is None:
            met = "It cannot be applied to this library"
        elif isinstance(count, str):
            met = "Counting its documents …"
        elif chip.out:
            met = f"{wording.documents(count)} are left by it alone"
        else:
            met = f"{wording.documents(count)} meet it alone"
        tip = f"{said}\n{met}\nPress to switch it; F2 changes it, N turns it round, Del takes it away"
        describe(self.button, f"Filter: {said}, {state}, {figure}", wording.tip(tip))
        self.close_button.setAccessibleName(f"Take the filter away: {said}")
        self.switch_action.setText("Switch off" if chip.on else "Switch on")
        self.turn_action.setText("Keep only these documents" if chip.out else "Hide these documents")
        self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that the button did not take."""
        key = event.key()
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif plain and key == Qt.Key.Key_F2:
            self.edited.emit()
        elif plain and key == Qt.Key.Key_N:
            self.turned.emit(not self.chip.out)
        else:
            super().keyPressEvent(event)
