"""A line of text that shortens to its width, shows itself whole on hover, and can be pressed."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QTextLayout
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.theme import UNIT, color

_LONGEST_LINE = 1000  # characters; more than any screen shows of one line


class ElidedButton(QAbstractButton):
    """A link that looks like a label: underlined under the pointer, ringed with focus, elided right."""

    def __init__(self, text: str = "", hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = hint
        self._muted = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str, hint: str | None = None) -> None:
        """Show another text; `hint` says what pressing does."""
        if hint is not None:
            self._hint = hint
        self.setText(text)
        self.setToolTip(wording.tip(f"{text}\n{self._hint}" if self._hint else text))
        self.setAccessibleName(text)
        self.setAccessibleDescription(self._hint)
        self.updateGeometry()

    def set_muted(self, muted: bool) -> None:
        self._muted = muted
        self.update()

    def shown_text(self) -> str:
        """What fits."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self._inside().width())

    def _inside(self) -> QRect:
        return self.rect().adjusted(2, 0, -2, 0)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        # With air: widths are broken figures, and a text is cut short that lacks a part of a pixel.
        return QSize(metrics.horizontalAdvance(self.text()) + 2 * UNIT, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * UNIT, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        font = self.font()
        font.setUnderline(self.underMouse() and self.isEnabled())
        painter.setFont(font)
        ink = t.text_muted if self._muted else t.text
        painter.setPen(color(ink if self.isEnabled() else t.text_disabled))
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self._inside(), place, self.shown_text())
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(color(t.focus), 1.5))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 3, 3)
        painter.end()


def wrapped(text: str, font: QFont, width: int, lines: int) -> list[str]:
    """The text broken at words into at most so many lines of a width in pixels, the last one elided."""
    found: list[str] = []
    if not text:
        return found
    text = text[: lines * _LONGEST_LINE]  # laying out what is not shown would hold the window up
    layout = QTextLayout(text, font)
    layout.beginLayout()
    while len(found) < lines:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        found.append(text[line.textStart() : line.textStart() + line.textLength()].strip())
        if len(found) == lines and line.textStart() + line.textLength() < len(text):
            rest = text[line.textStart() :]
            found[-1] = QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)
    layout.endLayout()
    return found
