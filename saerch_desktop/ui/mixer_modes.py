"""The switch between steering the query itself and rebuilding it from its features."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QLabel, QPushButton, QSizePolicy, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

_MODES = (
    (
        "residual",
        "Keep residual",
        "The query keeps all of its meaning; only the features you move change it.",
    ),
    (
        "paper",
        "Paper mode",
        "For comparison: the query is rebuilt from its features alone, as in the paper; what no feature "
        "explains is lost, so results change even with nothing moved.",
    ),
)


class ModeSwitch(QWidget):
    """`mode_changed` by the user alone."""

    mode_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        row = self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for (mode, text, tip), segment in zip(_MODES, ("left", "right"), strict=True):
            button = QPushButton(text)
            button.setCheckable(True)
            describe(button, text, tip)
            button.setAccessibleDescription(tip)
            button.setProperty("segment", segment)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            button.setProperty("mode", mode)
            self._group.addButton(button)
            self.buttons[mode] = button
            row.addWidget(button)
        self.buttons["residual"].setChecked(True)
        self._group.buttonClicked.connect(lambda button: self.mode_changed.emit(button.property("mode")))
        self._note = QLabel("for comparison")
        theme.set_role(self._note, "muted")
        row.addSpacing(2 * UNIT)
        row.addWidget(self._note)
        row.addStretch(1)

    def set_mode(self, mode: str) -> None:
        """Show which mode is in force; no signal."""
        self.buttons[mode].setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        buttons = sum(button.sizeHint().width() for button in self.buttons.values())
        down, beside = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._row.setDirection(down if self.width() < buttons else beside)
        self._note.setVisible(self.width() >= buttons + self._note.sizeHint().width() + 2 * UNIT)
