"""A question with the facts it depends on: what would be done, what it costs, go on or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from saerch_desktop.ui.facts import Facts, Remarks
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT


@dataclass(frozen=True, slots=True)
class Question:
    """facts: (name, value, tooltip). remarks: sentences behind a warning sign. yes, no: the buttons."""

    title: str
    text: str
    facts: tuple[tuple[str, str, str], ...]
    remarks: Sequence[str]
    yes: str
    yes_tip: str
    no: str = "Cancel"


class ConfirmDialog(QDialog):
    """Accepted when the user said yes."""

    def __init__(self, question: Question, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confirm")
        self.setWindowTitle(question.title)
        text = QLabel(question.text)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        self.facts = Facts(question.facts)
        self.remarks = Remarks(question.remarks)
        box = QDialogButtonBox()
        self.yes = box.addButton(question.yes, QDialogButtonBox.ButtonRole.AcceptRole)
        self.yes.setProperty("primary", "true")
        self.yes.setDefault(True)
        describe(self.yes, question.yes, question.yes_tip)
        self.no = box.addButton(question.no, QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, question.no, "Change nothing")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(4 * UNIT)
        layout.addWidget(text)
        layout.addWidget(self.facts)
        layout.addWidget(self.remarks)
        layout.addStretch(1)
        layout.addWidget(box)
        wide = max(110 * UNIT, self.sizeHint().width())
        self.resize(wide, layout.totalHeightForWidth(wide))  # a size hint knows nothing of wrapped lines
