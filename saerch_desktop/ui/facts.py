"""A few facts in two columns, and remarks with a sign in front: what small dialogs are made of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.theme import UNIT


class Facts(QWidget):
    """Rows of name, value and tooltip, a line each. Names are muted, values selectable."""

    def __init__(self, rows: Sequence[tuple[str, str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4 * UNIT)
        grid.setVerticalSpacing(UNIT)
        grid.setColumnStretch(1, 1)
        for number, (name, text, tip) in enumerate(rows):
            label, value = QLabel(name), QLabel(text)
            theme.set_role(label, "muted")
            theme.set_role(value, "figure")
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{name}: {text}")
            for one in (label, value):
                one.setToolTip(wording.tip(tip))
            grid.addWidget(label, number, 0)
            grid.addWidget(value, number, 1)
            self.values[name] = value


class Remarks(QWidget):
    """Sentences that deserve attention, each behind a warning sign; hidden while there is none."""

    def __init__(self, sentences: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        for sentence in sentences:
            sign, text = QLabel(), QLabel(sentence)
            theme.set_icon(sign, "warning")
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(True)
            row = QHBoxLayout()
            row.setSpacing(2 * UNIT)
            row.addWidget(sign, alignment=Qt.AlignmentFlag.AlignTop)
            row.addWidget(text, 1)
            layout.addLayout(row)
        self.setVisible(bool(sentences))
