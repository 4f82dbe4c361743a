"""Paints a job in the list: its name and state, where it is, how fast, and a bar."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from saerch_desktop.ui import theme
from saerch_desktop.ui.job import State
from saerch_desktop.ui.jobs_entries import JobEntry
from saerch_desktop.ui.jobs_model import Index, JobsModel
from saerch_desktop.ui.theme import UNIT, color

_ICONS: dict[State, str] = {
    State.WAITING: "more",
    State.RUNNING: "go-on",
    State.PAUSED: "pause",
    State.STOPPING: "stop",
    State.DONE: "check",
    State.FAILED: "error",
    State.CANCELLED: "stop",
}
_EDGE = 2 * UNIT


def icon_of(entry: JobEntry) -> str:
    return "warning" if entry.left is not None else _ICONS[entry.state]


class JobsPainter(QStyledItemDelegate):
    """Two or three lines and a bar of the grid's unit."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        entry = self._entry(index)
        line = QFontMetrics(option.font).lineSpacing()
        lines = 1 + bool(entry.first_line) + bool(entry.second_line) if entry is not None else 2
        bar = 2 * UNIT if entry is not None and entry.share is not None else 0
        return QSize(50 * UNIT, lines * line + bar + 4 * UNIT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = self._entry(index)
        if entry is None:
            return
        painter.save()
        t = theme.tokens()
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color(t.accent))
        bold = theme.scaled(option.font, 1.0, option.font.Weight.DemiBold)
        line = QFontMetrics(option.font).lineSpacing()
        side = QFontMetrics(option.font).ascent() + UNIT // 2
        inside = rect.adjusted(_EDGE + 1, 2 * UNIT, -_EDGE, -2 * UNIT)
        picture = QRect(inside.left(), inside.top() + (line - side) // 2, side, side)
        theme.icon(icon_of(entry)).paint(painter, picture)
        words = entry.state_words
        broad = QFontMetrics(option.font).horizontalAdvance(words)
        left = picture.right() + 2 * UNIT
        top = QRect(left, inside.top(), inside.right() - left + 1, line)
        painter.setFont(option.font)
        painter.setPen(color(t.error if entry.state is State.FAILED else t.text_muted))
        painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        title = top.adjusted(0, 0, -(broad + 2 * UNIT), 0)
        _text(painter, title, entry.title, bold, t.text)
        figures = theme.figures(option.font)
        below = top.translated(0, line)
        for text in (entry.first_line, entry.second_line):
            if text:
                _text(painter, below, text, figures, t.text_muted)
                below = below.translated(0, line)
        if entry.share is not None:
            _bar(painter, QRectF(left, below.top() + UNIT, top.width(), UNIT), entry)
        painter.setPen(color(t.border))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()

    @staticmethod
    def _entry(index: Index) -> JobEntry | None:
        model = index.model()
        if not isinstance(model, JobsModel) or index.row() >= len(model.entries):
            return None
        return model.entries[index.row()]


def _text(painter: QPainter, room: QRect, text: str, font: QFont, ink: str) -> None:
    painter.setFont(font)
    painter.setPen(color(ink))
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _bar(painter: QPainter, box: QRectF, entry: JobEntry) -> None:
    t = theme.tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(t.border))
    painter.drawRoundedRect(box, 2, 2)
    full = QRectF(box)
    full.setWidth(box.width() * min(1.0, max(0.0, entry.share or 0.0)))
    if full.width() > 1:
        painter.setBrush(color(t.accent if entry.state is State.RUNNING else t.neutral))
        painter.drawRoundedRect(full, 2, 2)
