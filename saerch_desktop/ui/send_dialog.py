"""Asks before texts leave this computer: to whom, what for, what it costs, and the very texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from saerch_desktop.ui.facts import Facts
from saerch_desktop.ui.form_parts import describe, heading
from saerch_desktop.ui.theme import UNIT

_LINES = 12


@dataclass(frozen=True, slots=True)
class Sending:
    """host: where to; what: the job ("Making the vectors of papers.csv"); texts: the first ones, exactly as
    they would be sent; cost: in words, "" where it costs nothing.
    """

    host: str
    what: str
    texts: Sequence[str]
    cost: str


class SendDialog(QDialog):
    """Accepted when the user allowed it; Enter alone does not."""

    def __init__(self, sending: Sending, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("send")
        self.setWindowTitle("Send texts?")
        text = QLabel(
            f"{sending.what} would send texts to {sending.host}. They leave this computer. "
            "What you allow here holds for this one job."
        )
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        rows = [("Sent to", sending.host, "The computer that would receive the texts")]
        if sending.cost:
            rows.append(("Cost", sending.cost, "An estimate; the job stops before it passes a limit you set"))
        self.facts = Facts(rows)
        many = len(sending.texts)
        title = heading(
            "The first text, exactly as it would be sent" if many == 1 else "The first texts, exactly"
        )
        self.texts = QPlainTextEdit("\n\n".join(f"{at}.  {one}" for at, one in enumerate(sending.texts, 1)))
        self.texts.setReadOnly(True)
        self.texts.setTabChangesFocus(True)
        describe(self.texts, "The first texts that would be sent", "Exactly what the service would read")
        self.texts.setMinimumHeight(self.fontMetrics().lineSpacing() * _LINES)
        title.setVisible(bool(many))
        self.texts.setVisible(bool(many))
        box = QDialogButtonBox()
        self.yes = box.addButton("Allow for this job", QDialogButtonBox.ButtonRole.AcceptRole)
        describe(self.yes, "Allow for this job", f"Send the texts to {sending.host}, this time")
        self.no = box.addButton("Send nothing", QDialogButtonBox.ButtonRole.RejectRole)
        describe(self.no, "Send nothing", "No text leaves this computer, and the job does not begin")
        self.yes.setAutoDefault(False)
        self.no.setDefault(True)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(3 * UNIT)
        layout.addWidget(text)
        layout.addWidget(self.facts)
        layout.addWidget(title)
        layout.addWidget(self.texts, 1)
        layout.addWidget(box)
        wide = max(140 * UNIT, self.sizeHint().width())
        self.resize(wide, max(layout.totalHeightForWidth(wide), self.sizeHint().height()))
        self.no.setFocus(Qt.FocusReason.OtherFocusReason)
