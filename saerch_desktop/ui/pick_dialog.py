"""A question that is answered by one of many: one types a part of it, and chooses among what is left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

_PAGE = 8
_KEYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -_PAGE, Qt.Key.Key_PageDown: _PAGE}


class PickDialog(QDialog):
    """Accepted when the user chose one of the options; nothing is chosen before they type or move."""

    def __init__(self, title: str, text: str, options: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pick")
        self.setWindowTitle(title)
        words = QLabel(text)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        self.line = QLineEdit()
        theme.make_clearable(self.line)
        theme.lead_with(self.line, "search", "Find")
        self.line.setPlaceholderText("Type a part of its name…")
        describe(self.line, text.rstrip(":"), "A part of the name; ↑ ↓ move in the list, Enter takes one")
        self.line.installEventFilter(self)
        words.setBuddy(self.line)
        self.list = QListWidget()
        describe(self.list, "What there is to choose from", "↑ ↓ to move, Enter takes one")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTabKeyNavigation(False)
        self.list.addItems(list(options))
        self._folded = [option.casefold() for option in options]
        box = QDialogButtonBox()
        self.yes = box.addButton("OK", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, "OK", title)
        self.no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, "Cancel", "Change nothing")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        self.line.textChanged.connect(self._narrow)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.itemActivated.connect(lambda _: self.accept())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(2 * UNIT)
        for widget in (words, self.line):
            layout.addWidget(widget)
        layout.addWidget(self.list, 1)
        layout.addWidget(box)
        self.resize(theme.units(120), theme.units(100))
        self._enable()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def answer(self) -> str | None:
        """The option that is chosen."""
        chosen = self.list.selectedItems()
        return chosen[0].text() if chosen and not chosen[0].isHidden() else None

    def _narrow(self, typed: str) -> None:
        words = typed.casefold().split()
        first = None
        for row, folded in enumerate(self._folded):
            fits = all(word in folded for word in words)
            self.list.item(row).setHidden(not fits)
            first = row if fits and first is None else first
        self.list.setCurrentRow(first if first is not None and words else -1)
        self._enable()

    def _enable(self) -> None:
        self.yes.setEnabled(self.answer() is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            by = _KEYS.get(Qt.Key(event.key()))
            if by is not None:
                self._step(by)
                return True
        return super().eventFilter(watched, event)

    def _step(self, by: int) -> None:
        """To the next line that is left, with the typing going on."""
        left = [row for row in range(self.list.count()) if not self.list.item(row).isHidden()]
        now = self.list.currentRow()
        at = left.index(now) + by if now in left and self.answer() is not None else 0
        if left:
            self.list.setCurrentRow(left[min(max(at, 0), len(left) - 1)])
