"""The lists of a feature: the documents where it is strongest, and the features that are related to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import wrapped
from saerch_desktop.ui.results_model import Index
from saerch_desktop.ui.theme import UNIT, color

ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
_SIDE = 2 * UNIT
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. key: document row or feature. share: length of its bar, 0 to 1. text: an excerpt, or ""."""

    key: int
    title: str
    value: str
    share: float
    tip: str
    text: str = ""


class EntryModel(QAbstractListModel):
    """A short list of entries, replaced as a whole."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def replace(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self.entries = list(entries)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(entry.tip)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.title}, {entry.value}"
        return entry if role == ENTRY_ROLE else None


class _EntryDelegate(QStyledItemDelegate):
    """A figure with its bar on the left; the title, and beneath it up to two lines of text."""

    def __init__(self, view: EntryList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * UNIT, self._view.entry_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        entry: Entry = index.data(ENTRY_ROLE)
        rect, state, metrics = option.rect, option.state, option.fontMetrics
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color(t.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, color(t.hover))
        line = theme.row_height(option.font)
        gutter = metrics.horizontalAdvance("0.000") + 2 * UNIT
        figure = QRect(rect.left() + _SIDE, rect.top(), gutter, line)
        painter.setPen(color(t.text))
        painter.setFont(theme.figures(option.font))
        painter.drawText(figure, _RIGHT, entry.value)
        bar = max(2.0, entry.share * 8 * UNIT)
        left = figure.right() + 2 * UNIT
        painter.fillRect(QRectF(left, rect.top() + line / 2 - 2, 8 * UNIT, 4), color(t.border))
        painter.fillRect(QRectF(left, rect.top() + line / 2 - 2, bar, 4), self._view.bar_colour(entry.share))
        words = left + 10 * UNIT
        room = rect.right() - _SIDE - words
        painter.setFont(option.font)
        title = metrics.elidedText(entry.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(words, rect.top(), room, line), _LEFT, title)
        painter.setPen(color(t.text_muted))
        for place, text in enumerate(wrapped(entry.text, option.font, room, 2) if entry.text else ()):
            top = rect.top() + line - UNIT + place * metrics.height()
            painter.drawText(QRect(words, top, room, metrics.height()), _LEFT, text)


class EntryList(QListView):
    """`chosen` carries the key of the entry that was clicked, or taken with Enter."""

    chosen = Signal(int)

    def __init__(self, name: str, tip: str, quiet: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries = EntryModel(self)
        self._texts = False
        self._quiet = quiet
        self.setAccessibleName(name)
        self.setAccessibleDescription(tip)
        self.setToolTip(tip)
        self.setModel(self.entries)
        self.setItemDelegate(_EntryDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(14 * UNIT)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Replace the list and go to its top."""
        self._texts = any(entry.text for entry in entries)
        self.entries.replace(entries)
        self.scrollToTop()

    def entry_height(self) -> int:
        """Height of one entry: a line, and two more where there are excerpts."""
        line = theme.row_height(self.font())
        return line + 2 * self.fontMetrics().height() + UNIT if self._texts else line

    def bar_colour(self, share: float) -> Any:
        """Activation ramp for documents, the quiet neutral for features."""
        return color(theme.tokens().neutral) if self._quiet else theme.ramp(0.25 + 0.75 * share)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.viewport().update()

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.entries.entries[index.row()].key)


def document_entries(
    top: Sequence[Any], maximum: float, texts: Callable[[Sequence[int]], Sequence[str]] | None
) -> list[Entry]:
    """Entries for a card's top documents (`row`, `activation`, `title`)."""
    found = texts([document.row for document in top]) if texts is not None and top else [""] * len(top)
    return [
        Entry(
            document.row,
            document.title or f"Document {document.row}",
            wording.activation(document.activation),
            document.activation / maximum if maximum > 0 else 0.0,
            f"{document.title}\nActivation {document.activation:.4f}",
            _excerpt(text, document.title),
        )
        for document, text in zip(top, found, strict=True)
    ]


def direction_entries(related: Sequence[Any]) -> list[Entry]:
    """Entries for features by decoder cosine (`feature`, `text`, `cosine`)."""
    return [
        Entry(
            other.feature,
            other.text,
            wording.signed(other.cosine),
            abs(other.cosine),
            f"{other.text}\n#{other.feature} · cosine of directions {wording.signed(other.cosine, 4)}",
        )
        for other in related
    ]


def shared_entries(related: Sequence[Any], count: int) -> list[Entry]:
    """Entries for features found in the same documents (`text`, `cooccurrence`) as one of `count`."""
    return [
        Entry(
            other.cooccurrence.feature,
            other.text,
            wording.count(other.cooccurrence.count),
            other.cooccurrence.count / count if count else 0.0,
            f"{other.text}\n#{other.cooccurrence.feature} · both active in "
            f"{wording.documents(other.cooccurrence.count)}, {other.cooccurrence.lift:.1f} × chance",
        )
        for other in related
    ]


def _excerpt(text: str, title: str) -> str:
    """The beginning of a text on one line, without a repeated title."""
    return " ".join(text.removeprefix(title)[:600].split())
