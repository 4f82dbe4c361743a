"""A question that is answered in one field: a line of text, one of several, or a number."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT


class AnswerDialog(QDialog):
    """Accepted when the user answered; the answer is in the field that was given."""

    def __init__(
        self, title: str, text: str, field: QWidget, yes: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("answer")
        self.setWindowTitle(title)
        words = QLabel(text)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setBuddy(field)
        describe(field, text.rstrip(":"), text.rstrip(":"))
        self.field = field
        box = QDialogButtonBox()
        self.yes = box.addButton(yes, QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, yes, title)
        self.no = box.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, "Cancel", "Change nothing")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(2 * UNIT)
        layout.addWidget(words)
        layout.addWidget(field)
        layout.addSpacing(2 * UNIT)
        layout.addStretch(1)
        layout.addWidget(box)
        wide = max(110 * UNIT, self.sizeHint().width())
        self.resize(wide, layout.totalHeightForWidth(wide))  # a size hint knows nothing of wrapped lines
        field.setFocus(Qt.FocusReason.OtherFocusReason)


def line(suggested: str) -> QLineEdit:
    """A line of text, chosen as a whole so that typing replaces it."""
    field = QLineEdit(suggested)
    field.selectAll()
    return field


def choice(options: list[str]) -> QComboBox:
    field = QComboBox()
    field.addItems(options)
    return field


def number(suggested: int, most: int) -> QSpinBox:
    """A whole number from 1 to `most`."""
    field = QSpinBox()
    field.setRange(1, most)
    field.setValue(suggested)
    field.selectAll()
    return field
