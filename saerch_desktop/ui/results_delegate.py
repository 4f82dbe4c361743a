"""Paints the results' cells: rank arrows, contribution bars, keyword snippets with their hits marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from saerch_desktop.ui import theme
from saerch_desktop.ui.results_model import BARS_ROLE, MOVED_ROLE, SNIPPET_ROLE, Bar, Column, ResultsModel
from saerch_desktop.ui.theme import UNIT, color

BAR, GAP = 2 * UNIT, 2
BARS_WIDTH = 4 * (BAR + GAP) + 4 * UNIT
_SIDE = 2 * UNIT
_MIDDLE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_MIDDLE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_NUMBERS = (Column.RANK, Column.CHANGE, Column.SCORE)
_QUIET = (Column.RANK, Column.FACETS, Column.DATE)


def snippet_parts(snippet: str) -> Iterator[tuple[str, bool]]:
    """Pieces of a snippet, each with whether it is a hit."""
    for number, piece in enumerate(" ".join(snippet.split()).split("\x02")):
        hit, found, rest = piece.partition("\x03") if number else ("", "", piece)
        if found:
            yield hit, True
            piece = rest
        if piece:
            yield piece, False


class ResultsDelegate(QStyledItemDelegate):
    """Draws every cell itself, without the style sheet in between: a screen takes a few milliseconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fonts: dict[str, QFont] = {}  # making one costs more than drawing with it

    def _figures(self, font: QFont) -> QFont:
        key = font.key()
        if key not in self._fonts:
            self._fonts = {key: theme.figures(font)}
        return self._fonts[key]

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(10 * UNIT, theme.row_height(option.font))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        t = theme.tokens()
        rect, state, column = option.rect, option.state, index.column()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
            if column == Column.RANK:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color(t.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, color(t.hover))
        inside = rect.adjusted(_SIDE, 0, -_SIDE, 0)
        if column == Column.WHY:
            self._paint_bars(painter, option, inside, index)
            return
        if column == Column.TITLE and (snippet := index.data(SNIPPET_ROLE)):
            self._paint_hit(painter, option.font, inside, str(index.data()), snippet)
            return
        ink, text = t.text_muted if column in _QUIET else t.text, str(index.data() or "")
        if column == Column.CHANGE:
            moved = index.data(MOVED_ROLE)
            ink = t.up if moved > 0 else t.down if moved < 0 else t.text_muted
        painter.setPen(color(ink))
        painter.setFont(self._figures(option.font) if column in (*_NUMBERS, Column.DATE) else option.font)
        if column not in _NUMBERS:
            text = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, _MIDDLE_RIGHT if column in _NUMBERS else _MIDDLE_LEFT, text)

    def _paint_bars(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        inside: QRect,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        bars: Sequence[Bar] = index.data(BARS_ROLE)
        model = index.model()
        if not bars or not isinstance(model, ResultsModel) or not model.full_bar:
            return
        t = theme.tokens()
        room = inside.height() - 2 * UNIT
        if model.steered:
            base, reach = inside.top() + inside.height() / 2, room / 2
            painter.fillRect(QRectF(inside.left(), base - 0.5, 4 * (BAR + GAP) - GAP, 1), color(t.outline))
        else:
            base, reach = inside.bottom() - UNIT + 1, room
        for place, bar in enumerate(bars):
            share = max(-1.0, min(1.0, bar.value / model.full_bar))
            height = max(1.0, abs(share) * reach)
            name = (
                (t.up_bar if share > 0 else t.down_bar)
                if model.steered
                else t.activation[3]
                if share > 0
                else t.neutral
            )
            left = inside.left() + place * (BAR + GAP)
            painter.fillRect(
                QRectF(left, base - height if share > 0 or not model.steered else base, BAR, height),
                color(name),
            )
        left = BARS_WIDTH - _SIDE
        if inside.width() - left >= 20 * UNIT:
            words = inside.adjusted(left, 0, 0, 0)
            painter.setFont(option.font)
            painter.setPen(color(t.text_muted))
            label = option.fontMetrics.elidedText(bars[0].label, Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, _MIDDLE_LEFT, label)

    def _paint_hit(self, painter: QPainter, font: QFont, inside: QRect, title: str, snippet: str) -> None:
        t = theme.tokens()
        metrics = QFontMetrics(font)
        top = inside.top() + (inside.height() - 2 * metrics.height()) // 2
        painter.setFont(font)
        painter.setPen(color(t.text))
        first = QRect(inside.left(), top, inside.width(), metrics.height())
        painter.drawText(
            first, _MIDDLE_LEFT, metrics.elidedText(title, Qt.TextElideMode.ElideRight, inside.width())
        )
        strong = theme.scaled(font, 1.0, QFont.Weight.DemiBold)
        left, line = inside.left(), QRect(inside.left(), first.bottom() + 1, inside.width(), metrics.height())
        for piece, hit in snippet_parts(snippet):
            face = QFontMetrics(strong if hit else font)
            room = line.right() - left
            shown = face.elidedText(piece, Qt.TextElideMode.ElideRight, room)
            width = face.horizontalAdvance(shown)
            box = QRect(left, line.top(), width, line.height())
            if hit:
                painter.fillRect(box, color(t.activation[0]))
            painter.setFont(strong if hit else font)
            painter.setPen(color(t.text if hit else t.text_muted))
            painter.drawText(box, _MIDDLE_LEFT, shown)
            left += width
            if shown != piece or left >= line.right():
                break
