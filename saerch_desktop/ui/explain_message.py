"""The line in which an answer is summed up, or a question's trouble is told."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.ui import theme

_LONGEST: Final = 160


class Message(QLabel):
    """Hidden while it has nothing to say."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.say("")

    def say(self, text: str, tip: str = "") -> None:
        """An answer in a sentence."""
        self._show(text, "muted", tip)

    def trouble(self, error: UserError) -> None:
        """What happened and what to do now; a long list of what is possible only on hover."""
        brief = len(error.remedy) <= _LONGEST
        text = f"{error.happened} {error.remedy}" if brief else error.happened
        self._show(text, "error", error.meaning if brief else f"{error.meaning} {error.remedy}")

    def _show(self, text: str, role: str, tip: str) -> None:
        self.setText(text)
        self.setToolTip(tip or text)
        self.setAccessibleName(f"{self._name}: {text}" if text else self._name)
        theme.set_role(self, "error" if role == "error" else "muted")
        self.style().unpolish(self)
        self.style().polish(self)
        self.setVisible(bool(text))
