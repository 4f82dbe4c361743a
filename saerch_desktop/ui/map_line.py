"""A line of text that only says something, shortened to its width; whole on hover."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from saerch_desktop.ui import wording
from saerch_desktop.ui.theme import UNIT


class ShortLine(QLabel):
    """`set_text` says something else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        self._whole = text
        self.setToolTip(wording.tip(text))
        self.setAccessibleDescription(text)
        self._fit()

    def whole(self) -> str:
        """All of the text, whatever fits."""
        return self._whole

    def _fit(self) -> None:
        width = max(0, self.contentsRect().width())
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(40 * UNIT, self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * UNIT, self.fontMetrics().height() + 2)
