"""A pasted text as the query: an abstract, a letter, a page."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

_MOST = 200_000  # letters


class TextDialog(QDialog):
    """`wanted` carries the text when the user asks for the search."""

    wanted = Signal(str)

    def __init__(self, by_network: str, parent: QWidget | None = None) -> None:
        """by_network: the service that the text would be sent to, "" for none."""
        super().__init__(parent)
        self.setObjectName("text-query")
        self.setWindowTitle("Search by a text")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said = QLabel("Paste a text. Documents like the whole of it are searched for.")
        said.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText("Paste or type a text…")
        describe(self.text, "Text to search by", "Any length; it is read in parts. Ctrl+Enter searches")
        said.setBuddy(self.text)
        where = f"The text is sent to {by_network}." if by_network else "It is read on this computer."
        self.figure = QLabel()
        theme.set_role(self.figure, "muted")
        self._where = where
        box = QDialogButtonBox()
        self.yes = box.addButton("Search", QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, "Search", "Search for documents like this text (Ctrl+Enter)")
        self.no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, "Cancel", "Search for nothing")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        self.text.textChanged.connect(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(said)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.figure)
        layout.addWidget(box)
        self.resize(theme.units(150), theme.units(100))
        self._count()

    def accept(self) -> None:
        text = self.text.toPlainText()[:_MOST].strip()
        if text:
            super().accept()
            self.wanted.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.accept()
        else:
            super().keyPressEvent(event)

    def _count(self) -> None:
        words = len(self.text.toPlainText()[:_MOST].split())
        self.yes.setEnabled(words > 0)
        said = "1 word" if words == 1 else f"{words:,} words"
        self.figure.setText(f"{said}. {self._where}")
