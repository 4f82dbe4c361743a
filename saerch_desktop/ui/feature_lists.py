"""The lists of a feature: documents with the sentences that drive it, and the features related to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from saerch_desktop.ui import theme
from saerch_desktop.ui.elided import wrapped
from saerch_desktop.ui.feature_entries import ENTRY_ROLE, Entry, EntryModel
from saerch_desktop.ui.feature_sections import grown
from saerch_desktop.ui.grades import chip_size, paint_grade
from saerch_desktop.ui.marked_text import paint_marked
from saerch_desktop.ui.results_model import Index
from saerch_desktop.ui.theme import UNIT, color

_SIDE = 2 * UNIT
_BAR = 8 * UNIT
_NARROW = 100 * UNIT  # below this width bars make room for words, and titles take two lines
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
_TEXT_LINES = 3


class _EntryDelegate(QStyledItemDelegate):
    """A figure with its bar on the left; then grade and title, and beneath them some lines of text."""

    def __init__(self, view: EntryList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * UNIT, self._view.entry_height(index.data(ENTRY_ROLE)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        entry: Entry = index.data(ENTRY_ROLE)
        rect, state, font = option.rect, option.state, option.font
        metrics = option.fontMetrics
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color(t.accent))
        elif hovered:
            painter.fillRect(rect, color(t.hover))
        view, line = self._view, theme.row_height(font)
        gutter = view.gutter()
        figure = QRect(rect.left() + _SIDE, rect.top(), gutter, line)
        painter.setPen(color(t.text))
        painter.setFont(theme.figures(font))
        painter.drawText(figure, _RIGHT, entry.value)
        words = rect.left() + view.title_left(False)
        if not view.narrow:
            middle = rect.top() + line / 2 - 2
            painter.fillRect(QRectF(words, middle, _BAR, 4), color(t.border))
            bar = max(2.0, entry.share * _BAR)
            painter.fillRect(QRectF(words, middle, bar, 4), view.bar_colour(entry.share))
            words = rect.left() + view.title_left(True)
        if entry.grade is not None:
            chip = chip_size(font)
            paint_grade(
                painter, QRect(words, rect.top(), chip.width(), line), entry.grade, font, entry.verified
            )
            words += chip.width() + 2 * UNIT
        room = view.title_room(entry)
        painter.setFont(font)
        painter.setPen(color(t.text))
        lines = wrapped(entry.title, font, room, 1 + view.narrow)
        for place, text in enumerate(lines):
            top = rect.top() + (line - metrics.height()) // 2 + place * metrics.height()
            painter.drawText(QRect(words, top, room, metrics.height()), _LEFT, text)
        if entry.text:
            left = rect.left() + _SIDE if view.narrow else words
            top = rect.top() + line - UNIT + (max(1, len(lines)) - 1) * metrics.height()
            box = QRect(left, top, rect.right() - _SIDE - left, _TEXT_LINES * metrics.height())
            paint_marked(painter, box, entry.text, entry.marks, font, _TEXT_LINES)
        if view.addable:
            self._paint_plus(painter, view.plus_rect(rect), hovered)

    def _paint_plus(self, painter: QPainter, box: QRect, hovered: bool) -> None:
        t = theme.tokens()
        side = min(box.width(), box.height()) - 2 * UNIT
        place = QRectF(0, 0, side, side)
        place.moveCenter(QRectF(box).center())
        if hovered:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(color(t.outline))
            painter.setBrush(color(t.raised))
            painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), UNIT, UNIT)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        theme.quiet_icon("add").paint(painter, place.toRect())


class EntryList(QListView):
    """As high as its entries: the page around it scrolls. `chosen` carries the key of the entry that was
    clicked, or taken with Enter; `added` of one whose + was pressed; `walked` where the keyboard went.
    """

    chosen = Signal(int)
    added = Signal(int)
    walked = Signal(QRect)

    def __init__(
        self,
        name: str,
        tip: str,
        quiet: bool = False,
        addable: bool = False,
        empty: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """quiet: bars without the colours of activation; addable: rows have a +; empty: what is said then."""
        super().__init__(parent)
        self.entries = EntryModel(self)
        self.addable = addable
        self._quiet = quiet
        self._empty = empty
        self._known: dict[int, int] = {}  # heights by width
        self._gutter = 0  # 0: to be measured
        self.setAccessibleName(name)
        self.setAccessibleDescription(tip)
        self.setToolTip(tip)
        self.setModel(self.entries)
        self.setItemDelegate(_EntryDelegate(self))
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        theme.notifier.changed.connect(self.viewport().update)
        self._fit()

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Replace the list."""
        self._gutter = 0
        self.entries.replace(entries)
        self._fit()

    def set_empty(self, text: str) -> None:
        self._empty = text
        self.viewport().update()

    # Measures --------------------------------------------------------------------------------------------

    @property
    def narrow(self) -> bool:
        return self.width() < _NARROW

    def gutter(self) -> int:
        """Room for the figures, the same in all rows."""
        if not self._gutter:
            # Once: every row asks for it several times.
            metrics = self.fontMetrics()
            values = {entry.value for entry in self.entries.entries}
            self._gutter = max(map(metrics.horizontalAdvance, {"0.00", *values})) + UNIT
        return self._gutter

    def plus_width(self) -> int:
        return theme.row_height(self.font())

    def plus_rect(self, row: QRect) -> QRect:
        side = self.plus_width()
        return QRect(row.right() - side, row.top(), side, side)

    def title_left(self, bar: bool) -> int:
        """Where words begin, after the figure and perhaps its bar."""
        return _SIDE + self.gutter() + 2 * UNIT + (_BAR + 2 * UNIT if bar else 0)

    def title_room(self, entry: Entry, width: int | None = None) -> int:
        """The width of a title in a list of this width (its own)."""
        width = self.width() if width is None else width
        left = self.title_left(width >= _NARROW)
        if entry.grade is not None:
            left += chip_size(self.font()).width() + 2 * UNIT
        right = width - 2 * self.frameWidth() - _SIDE - (self.plus_width() if self.addable else 0)
        return max(1, right - left)

    def entry_height(self, entry: Entry, width: int | None = None) -> int:
        """Height of one entry: its title, and some lines more where there is a text."""
        width = self.width() if width is None else width
        line, most = self.fontMetrics().height(), 2 if width < _NARROW else 1
        titles = len(wrapped(entry.title, self.font(), self.title_room(entry, width), most))
        height = theme.row_height(self.font()) + (max(1, titles) - 1) * line
        return height + (_TEXT_LINES * line + UNIT if entry.text else 0)

    def bar_colour(self, share: float) -> QColor:
        """Activation ramp for documents, the quiet neutral for features."""
        return color(theme.tokens().neutral) if self._quiet else theme.ramp(0.25 + 0.75 * share)

    def _fit(self) -> None:
        self._known, self._gutter = {}, 0
        grown(self)
        self.scheduleDelayedItemsLayout()

    def heightForWidth(self, width: int) -> int:
        known = self._known.get(width)
        if known is None:
            entries = self.entries.entries
            known = sum(self.entry_height(entry, width) for entry in entries)
            known = max(known, theme.row_height(self.font())) + 2 * self.frameWidth() + 2
            self._known[width] = known
        return known

    def sizeHint(self) -> QSize:
        return QSize(60 * UNIT, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * UNIT, theme.row_height(self.font()))

    # Events ----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()
            grown(self)  # titles take more or fewer lines now
        self.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.entries.entries or not self._empty:
            return
        painter = QPainter(self.viewport())
        painter.setPen(color(theme.tokens().text_muted))
        room = self.viewport().rect().adjusted(_SIDE, 0, -_SIDE, 0)
        shown = self.fontMetrics().elidedText(self._empty, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _LEFT, shown)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._on_plus(index, event.position().toPoint()):
            self.setState(QAbstractItemView.State.NoState)
            self.added.emit(self.entries.entries[index.row()].key)
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if self.addable and event.text() == "+" and index.isValid():
            self.added.emit(self.entries.entries[index.row()].key)
            return
        super().keyPressEvent(event)
        if self.currentIndex().isValid():
            self.walked.emit(self.visualRect(self.currentIndex()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls

    def viewportEvent(self, event: QEvent) -> bool:
        if (
            isinstance(event, QHelpEvent)
            and event.type() == QEvent.Type.ToolTip
            and self._on_plus(self.indexAt(event.pos()), event.pos())
        ):
            QToolTip.showText(event.globalPos(), "Add to the mixer (+)", self)
            return True
        return super().viewportEvent(event)

    def _on_plus(self, index: QModelIndex, where: QPoint) -> bool:
        return self.addable and index.isValid() and self.plus_rect(self.visualRect(index)).contains(where)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.entries.entries[index.row()].key)
