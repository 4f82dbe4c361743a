"""A slider's value as a number that one can type over."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.slider_units import Measure


class ValueEdit(QLineEdit):
    """A typed value; what cannot be read goes back to what it was."""

    value_typed = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = ""
        self._measure = Measure(0.0, 1.0)
        self.setProperty("role", "value")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(theme.figures(self.font()))
        self.editingFinished.connect(self._read)

    def show_value(self, value: float, measure: Measure) -> None:
        self._measure = measure
        self._shown = measure.text(value)
        self.setText(self._shown)

    def _read(self) -> None:
        text = self.text()
        if text == self._shown:
            return
        value = self._measure.read(text)
        if value is None:
            self.setText(self._shown)
        else:
            self.value_typed.emit(value)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
        else:
            super().keyPressEvent(event)
