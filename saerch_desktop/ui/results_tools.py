"""Buttons on the row under the pointer: more like it, less like it, and why it is there."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe

_TOOLS = (
    ("more", "+", "More like this", "Raise what this document has and the others lack (+)"),
    ("less", "−", "Less like this", "Lower what this document has and the others lack (−)"),
    ("why", "?", "Why is it here?", "What brought this document to its place (W)"),
)


class RowTools(QWidget):
    """Lies over a row of the table; `wanted` carries "more", "less" or "why". The keys of the table do the
    same, so that Tab does not stop here.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("For the document under the pointer")
        self.setAutoFillBackground(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.buttons: dict[str, QToolButton] = {}
        for key, sign, name, tip in _TOOLS:
            button = QToolButton()
            button.setText(sign)
            theme.sized(button, lambda it: it.setFixedSize(theme.units(6), theme.units(5)))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setCursor(Qt.CursorShape.ArrowCursor)
            describe(button, name, tip)
            button.clicked.connect(lambda _=False, what=key: self.wanted.emit(what))
            layout.addWidget(button)
            self.buttons[key] = button
        self.adjustSize()
        self.hide()

    def offer(self, steering: bool) -> None:
        """Only what this library can do."""
        for button in self.buttons.values():
            button.setVisible(steering)

    def lie_over(self, cell: QRect) -> None:
        """Show the buttons at the right end of a cell, in the middle of its height."""
        size = self.sizeHint()
        self.setGeometry(
            cell.right() - size.width() - theme.UNIT,
            cell.top() + (cell.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )
        self.show()
