"""Chips that flow over as many lines as they need: features with their activation, or plain facets."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLayout, QLayoutItem, QWidget

from saerch_desktop.features.label import Label
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.grades import chip_size, grade_of, grade_tip, grade_words, paint_grade
from saerch_desktop.ui.theme import UNIT, color

_WIDEST = 64 * UNIT


class FlowLayout(QLayout):
    """Left to right, then down, as words flow in a paragraph."""

    def __init__(self, parent: QWidget | None = None, gap: int = UNIT) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        # Qt asks again and again while one pane is laid out; each answer asks every chip for its size.
        self._heights: dict[int, int] = {}
        self._least: QSize | None = None
        self.setContentsMargins(0, 0, 0, 0)

    def invalidate(self) -> None:
        self._heights.clear()
        self._least = None
        super().invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        if not 0 <= index < len(self._items):
            return None
        taken = self._items.pop(index)
        self.invalidate()
        return taken

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._flow(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._flow(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        if self._least is None:
            widest = max((item.minimumSize().width() for item in self._items), default=0)
            self._least = QSize(widest, max((item.sizeHint().height() for item in self._items), default=0))
        return self._least

    def _flow(self, rect: QRect, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            if (widget := item.widget()) is not None and widget.isHidden():
                continue
            size = item.sizeHint().boundedTo(QSize(max(1, rect.width()), 10_000))
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line - rect.y()


class FeatureChip(QAbstractButton):
    """A feature with its activation, as a figure and as the length of a line against the strongest one.

    claim: what its label rests on, drawn as its grade.
    """

    def __init__(
        self,
        feature: int,
        label: str,
        activation: float,
        share: float,
        parent: QWidget,
        claim: Label | None = None,
    ) -> None:
        super().__init__(parent)
        self.feature = feature
        self._figure = wording.activation(activation)
        self._share = min(max(share, 0.0), 1.0)
        self.setText(label)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._claim = claim
        self.setToolTip(
            wording.tip(
                f"{label}\n{grade_tip(claim)}\nActivation {self._figure}. Press to inspect this feature"
            )
        )
        self.setAccessibleName(f"{label}, {grade_words(claim)}, activation {self._figure}")
        self.setAccessibleDescription("Press to inspect this feature")

    def _figure_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._figure)

    def sizeHint(self) -> QSize:
        wide = self.fontMetrics().horizontalAdvance(self.text()) + self._figure_width() + 8 * UNIT
        wide += chip_size(self.font()).width()
        return QSize(min(wide, _WIDEST), theme.row_height(self.font()))

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * UNIT, theme.row_height(self.font()))

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = t.focus if self.hasFocus() else t.border
        painter.setPen(QPen(color(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(color(t.hover if self.underMouse() else t.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        inside = self.rect().adjusted(2 * UNIT, 0, -2 * UNIT, 0)
        painter.setPen(color(t.text_muted))
        painter.setFont(theme.figures(self.font()))
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._figure)
        grade = QRect(inside.topLeft(), QSize(chip_size(self.font()).width(), inside.height() - UNIT))
        paint_grade(painter, grade, grade_of(self._claim), self.font())
        words = inside.adjusted(grade.width() + UNIT, 0, -self._figure_width() - 2 * UNIT, 0)
        painter.setPen(color(t.text))
        painter.setFont(self.font())
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        length = max(2.0, self._share * inside.width())
        painter.fillRect(
            QRectF(inside.left(), self.height() - 4, length, 2), theme.ramp(0.25 + 0.75 * self._share)
        )
        painter.end()
