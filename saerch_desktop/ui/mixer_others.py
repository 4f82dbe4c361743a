"""The last line of the mixer: the query's weaker features in one sum, until one wants to see each of them."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.theme import UNIT, color


class OthersLine(QWidget):
    """`pressed`: show each of them, or sum them up again."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._share = 0.0
        self._text = ""
        self.button = QPushButton("Show", self)
        self.button.clicked.connect(self.pressed)
        self.hide()

    def show_sum(self, many: int, total: float, share: float, open_: bool) -> None:
        """many features whose activations come to `total`, a share of 0 to 1 of the whole query's."""
        self._share = 0.0 if open_ else share
        features = "1 other" if many == 1 else f"{many:,} others"
        self._text = f"{features} shown" if open_ else f"Σ {features}"
        self.button.setText("Sum up" if open_ else "Show")
        what = f"The {many:,} weakest features of the query, together {wording.activation(total)}"
        self.setToolTip(f"{what}: {wording.share(share)} of its summed activation")
        self.setAccessibleName(f"{features}, {wording.share(share)} of the query's activation")
        self.button.setAccessibleName("Sum up the weakest features" if open_ else f"Show the {features}")
        self.button.setToolTip(
            "One line for the weakest again; what you moved stays" if open_ else "A slider for each of them"
        )
        self.update()

    @property
    def text(self) -> str:
        """What it says, without its share."""
        return self._text

    def height_for(self) -> int:
        return theme.row_height(self.font()) + 2 * UNIT

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        hint = self.button.sizeHint()
        self.button.setGeometry(
            self.width() - 2 * UNIT - hint.width(),
            (self.height() - hint.height()) // 2,
            hint.width(),
            hint.height(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        room = QRect(3 * UNIT, 0, self.button.x() - 5 * UNIT, self.height())
        painter.setPen(color(t.text_muted))
        painter.setFont(theme.figures(self.font()))
        text = f"{self._text} · {wording.share(self._share)}" if self._share else self._text
        metrics = QFontMetrics(painter.font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        start = room.left() + metrics.horizontalAdvance(shown) + 3 * UNIT
        whole = room.right() - start
        if self._share and whole > 10 * UNIT:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            middle = self.height() / 2
            for width, ink in ((whole, t.border), (whole * self._share, t.activation[2])):
                painter.setBrush(color(ink))
                painter.drawRoundedRect(QRectF(start, middle - 2, width, 4), 2, 2)
        painter.end()
