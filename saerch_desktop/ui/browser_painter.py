"""Paints the cells of the feature browser: names, grade chips, bars with their figures, marks."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from saerch_desktop.features.label import GRADES
from saerch_desktop.ui import theme
from saerch_desktop.ui.browser_model import BrowserModel, Column, Index
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.grades import paint_grade
from saerch_desktop.ui.theme import UNIT, color

SIDE: Final = 2 * UNIT
BAR: Final = 6 * UNIT
ICON: Final = 14
_LONGEST_NAME: Final = 500
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class BrowserPainter(QStyledItemDelegate):
    """`looked_at` is the feature that the inspector shows: its row has a bar at the left."""

    def __init__(self, model: BrowserModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.looked_at: int | None = None
        self.hovered = -1
        self._fonts: tuple[str, QFont, QFontMetrics] | None = None

    def _figures(self, font: QFont) -> tuple[QFont, QFontMetrics]:
        if self._fonts is None or self._fonts[0] != font.key():
            made = theme.figures(font)
            self._fonts = (font.key(), made, QFontMetrics(made))
        return self._fonts[1], self._fonts[2]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, table = self._model, self._model.table
        if table is None or index.row() >= model.ids.size:
            return
        t = theme.tokens()
        rect, column = option.rect, Column(index.column())
        feature = model.feature(index.row())
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
        elif index.row() == self.hovered:
            painter.fillRect(rect, color(t.hover))
        if feature == self.looked_at and rect.left() <= 0:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color(t.accent))
        inside = rect.adjusted(SIDE, 0, -SIDE, 0)
        if column == Column.LABEL:
            inside = self._paint_marks(painter, inside, feature)
            painter.setFont(option.font)
            painter.setPen(color(t.text if table.labelled[feature] else t.text_muted))
            text = option.fontMetrics.elidedText(
                table.labels.text(feature), Qt.TextElideMode.ElideRight, inside.width()
            )
            painter.drawText(inside, _LEFT, text)
        elif column == Column.GRADE:
            grade = int(table.grade[feature])
            if grade < len(GRADES):
                paint_grade(painter, inside, GRADES[grade], option.font, bool(table.verified[feature]))
        elif column in (Column.DENSITY, Column.NOW, Column.RELEVANCE):
            self._paint_bar(painter, inside, option.font, feature, column)
        else:
            figures = column == Column.NUMBER
            painter.setFont(self._figures(option.font)[0] if figures else option.font)
            painter.setPen(color(t.text_muted))
            text = model.text(feature, column)
            text = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
            painter.drawText(inside, _RIGHT if figures else _LEFT, text)
        if index.row() == self._current_row() and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(color(t.focus))
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _current_row(self) -> int:
        view = self.parent()
        return view.currentIndex().row() if hasattr(view, "currentIndex") else -1

    def _paint_bar(self, painter: QPainter, rect: QRect, font: QFont, feature: int, column: Column) -> None:
        t, model = theme.tokens(), self._model
        share = model.share(feature, column)
        text = model.text(feature, column)
        if not text:
            return
        figures, _ = self._figures(font)
        painter.setFont(figures)
        painter.setPen(color(t.text))
        painter.drawText(rect, _RIGHT, text)
        top = rect.center().y() - 1
        ground, length = QRectF(rect.left(), top, BAR, 4), max(2.0, abs(share) * BAR)
        ink: QColor
        if column == Column.DENSITY:
            ink = color(t.neutral)
        elif column == Column.NOW:
            ink = theme.ramp(0.25 + 0.75 * share)
        else:
            ink = color(t.activation[3] if share > 0 else t.neutral)
        painter.fillRect(ground, color(t.border))
        painter.fillRect(QRectF(rect.left(), top, length, 4), ink)

    def _paint_marks(self, painter: QPainter, rect: QRect, feature: int) -> QRect:
        """Pin, flag and note at the right; what is left of the room."""
        table = self._model.table
        assert table is not None
        right = rect.right() + 1
        for name, there in (("note", table.noted), ("flag", table.flagged), ("pin", table.pinned)):
            if there[feature]:
                right -= ICON
                place = QRect(right, rect.center().y() - ICON // 2 + 1, ICON, ICON)
                theme.icon(name).paint(painter, place)
                right -= 2
        return QRect(rect.left(), rect.top(), right - rect.left(), rect.height())

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * UNIT, theme.row_height(option.font))

    # Writing a name --------------------------------------------------------------------------------------

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setProperty("role", "value")
        editor.setMaxLength(_LONGEST_NAME)
        editor.setAutoFillBackground(True)
        editor.setPlaceholderText("Empty: back to the found name")
        describe(
            editor,
            "Your name for this feature",
            "Enter keeps the name, Esc changes nothing; an empty name goes back to what the sources say",
        )
        return editor
