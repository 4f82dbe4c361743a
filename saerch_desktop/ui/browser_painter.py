"""Paints the cells of the feature browser: names, grade chips, bars with their figures, marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from saerch_desktop.features.label import GRADES
from saerch_desktop.ui import theme
from saerch_desktop.ui.browser_model import BrowserModel, Column, Index
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.grades import paint_grade
from saerch_desktop.ui.theme import UNIT, color
from saerch_desktop.ui.tokens import Tokens

SIDE: Final = 2 * UNIT
BAR: Final = 6 * UNIT
ICON: Final = 14
BARS: Final = (Column.DENSITY, Column.NOW, Column.RELEVANCE)
_LONGEST_NAME: Final = 500
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class _Look:
    """What the cells are painted with, of one font and one set of colours."""

    tokens: Tokens
    figures: QFont
    ink: dict[str, QColor]


def elided(option: QStyleOptionViewItem, text: str, room: QRect) -> str:
    """As much of a text as fits."""
    return option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())


class BrowserPainter(QStyledItemDelegate):
    """`looked_at` is the feature that the inspector shows: its row has a bar at the left."""

    def __init__(self, model: BrowserModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.looked_at: int | None = None
        self.hovered = -1
        self._look: _Look | None = None

    def _prepare(self, font: QFont) -> _Look:
        """Fonts and colours, made once for each look: a screen has some hundred cells."""
        t = theme.tokens()
        if self._look is None or self._look.tokens is not t:
            names = ("text", "text_muted", "selection", "hover", "accent", "border", "neutral", "focus")
            ink = {name: color(getattr(t, name)) for name in names}
            ink["relevant"] = color(t.activation[3])
            self._look = _Look(t, theme.figures(font), ink)
        return self._look

    def forget_look(self) -> None:
        """The font is another one now."""
        self._look = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, table, row, column = self._model, self._model.table, index.row(), index.column()
        if table is None or row >= model.ids.size:
            return
        rect, state, font = option.rect, option.state, option.font
        look = self._prepare(font)
        ink = look.ink
        feature = int(model.ids[row])
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, ink["selection"])
        elif row == self.hovered:
            painter.fillRect(rect, ink["hover"])
        if feature == self.looked_at and rect.left() <= 0:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), ink["accent"])
        inside = rect.adjusted(SIDE, 0, -SIDE, 0)
        if column == Column.LABEL:
            inside = self._paint_marks(painter, inside, feature)
            painter.setFont(font)
            painter.setPen(ink["text" if table.labelled[feature] else "text_muted"])
            painter.drawText(inside, _LEFT, elided(option, table.labels.text(feature), inside))
        elif column == Column.GRADE:
            grade = int(table.grade[feature])
            if grade < len(GRADES):
                paint_grade(painter, inside, GRADES[grade], font, bool(table.verified[feature]))
        elif column in BARS:
            self._paint_bar(painter, inside, look, feature, Column(column))
        else:
            painter.setPen(ink["text_muted"])
            text = model.text(feature, Column(column))
            if column == Column.NUMBER:
                painter.setFont(look.figures)
                painter.drawText(inside, _RIGHT, text)
            else:
                painter.setFont(font)
                painter.drawText(inside, _LEFT, elided(option, text, inside))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(ink["focus"])
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _paint_bar(self, painter: QPainter, rect: QRect, look: _Look, feature: int, column: Column) -> None:
        text = self._model.text(feature, column)
        if not text:
            return
        share, ink = self._model.share(feature, column), look.ink
        painter.setFont(look.figures)
        painter.setPen(ink["text"])
        painter.drawText(rect, _RIGHT, text)
        left, top = rect.left(), rect.center().y() - 1
        length = max(2.0, abs(share) * BAR)
        if column == Column.NOW:
            filled = theme.ramp(0.25 + 0.75 * share)
        else:
            filled = ink["relevant" if column == Column.RELEVANCE and share > 0 else "neutral"]
        painter.fillRect(QRect(left, top, BAR, 4), ink["border"])
        painter.fillRect(QRectF(left, top, length, 4), filled)

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
