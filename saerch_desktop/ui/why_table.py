"""The table of an explanation: sections, figures and signed bars, to be read, walked through and copied."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.grades import chip_size, grade_of, grade_tip, grade_words, paint_grade
from saerch_desktop.ui.results_model import Index
from saerch_desktop.ui.row_table import as_rows
from saerch_desktop.ui.theme import UNIT, color
from saerch_desktop.ui.why_lines import Key, Line, Role, Sheet, folded

_SIDE: Final = 2 * UNIT
_NARROW: Final = 120 * UNIT  # below this width only what counts stands beside the names
_NAME_LEAST: Final = 44 * UNIT
_BAR_LEAST, _BAR_MOST = 24 * UNIT, 90 * UNIT
_BREAK: Final = 2 * UNIT  # the gap that says: longer than drawn


class Column(IntEnum):
    NAME = 0
    FIRST = 1
    SECOND = 2
    VALUE = 3
    BAR = 4


class WhyModel(QAbstractTableModel):
    """Lines of a sheet; sections are folded but for their largest, until they are opened."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet: Sheet | None = None
        self.lines: list[Line] = []
        self.opened: frozenset[str] = frozenset()

    def replace(self, sheet: Sheet | None) -> None:
        """Show another sheet. Where it is about the same things in the same order nothing is reset."""
        lines = [] if sheet is None else folded(sheet.lines, self.opened)
        same = bool(lines) and [_same(line) for line in lines] == [_same(line) for line in self.lines]
        if same and sheet is not None and self.sheet is not None and sheet.heads == self.sheet.heads:
            self.sheet, self.lines = sheet, lines
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(Column) - 1))
            return
        self.beginResetModel()
        self.sheet, self.lines = sheet, lines
        self.endResetModel()

    def open(self, section: str) -> None:
        """List all of a section from now on."""
        self.opened |= {section}
        self.beginResetModel()
        self.lines = [] if self.sheet is None else folded(self.sheet.lines, self.opened)
        self.endResetModel()

    @property
    def reach(self) -> tuple[float, float]:
        """How far bars go to the left and to the right, 0 to 1 each, 1 being the longest that is drawn."""
        shares = [max(-1.0, min(1.0, line.share)) for line in self.lines if line.share is not None]
        return -min(0.0, *shares, 0.0), max(0.0, *shares, 0.0)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self.lines[index.row()].role == Role.HEAD:
            return Qt.ItemFlag.ItemIsEnabled
        return super().flags(index)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or self.sheet is None:
            return None
        heads = (("Why", ""), *self.sheet.heads, ("", ""))
        name, tip = heads[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "Bar" if section == Column.BAR else name
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == Column.NAME else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (line.text, line.first, line.second, line.figure, "")[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(_tip(line))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(line, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column != Column.NAME:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _spoken(self, line: Line, column: int) -> str:
        if column == Column.NAME:
            graded = f", grade {grade_words(line.label)}" if isinstance(line.key, int) else ""
            return f"{line.text}{graded}"
        if column == Column.BAR:
            return line.spoken
        assert self.sheet is not None
        text = (line.first, line.second, line.figure)[column - 1]
        return f"{self.sheet.heads[column - 1][0]} {text}" if text else ""


def _same(line: Line) -> tuple[Role, str, Key, str]:
    return line.role, line.section, line.key, line.text


def _tip(line: Line) -> str:
    if line.role == Role.PART and isinstance(line.key, int):
        return f"{line.tip}\n{grade_tip(line.label)}\nA click shows the feature"
    if line.share is not None and abs(line.share) > 1:
        return f"{line.tip}\nIts bar is longer than drawn"
    return line.tip


class _Delegate(QStyledItemDelegate):
    """Paints names with their grade, heads across, and bars to both sides of nothing."""

    def __init__(self, table: WhyTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t, rect = theme.tokens(), option.rect
        line = self._table.lines.lines[index.row()]
        column = index.column()
        if line.role == Role.HEAD:
            painter.fillRect(rect, color(t.raised))
        elif option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, color(t.selection))
            if column == Column.NAME:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color(t.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, color(t.hover))
        if column == Column.NAME:
            self._paint_name(painter, option.font, rect, line)
        elif column == Column.BAR:
            if line.share is not None:
                self._paint_bar(painter, QRectF(rect), line.share, self._inks(line))
        else:
            strong = line.role == Role.HEAD
            weight = QFont.Weight.DemiBold if strong else None
            painter.setFont(theme.figures(theme.scaled(option.font, 1.0, weight)))
            painter.setPen(color(t.text if column == Column.VALUE else t.text_muted))
            place = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            text = (line.first, line.second, line.figure)[column - 1]
            painter.drawText(rect.adjusted(0, 0, -_SIDE, 0), place, text)

    def _paint_name(self, painter: QPainter, font: QFont, rect: QRect, line: Line) -> None:
        t = theme.tokens()
        left = rect.left() + _SIDE
        painter.setFont(font)
        painter.setPen(color(t.text))
        if line.role == Role.HEAD:
            painter.setFont(theme.scaled(font, 1.0, QFont.Weight.DemiBold))
            painter.setPen(color(t.text_muted))
        else:
            chip = chip_size(font)
            if isinstance(line.key, int):
                box = QRect(left, rect.top(), chip.width(), rect.height())
                paint_grade(painter, box, grade_of(line.label), font, line.verified)
                painter.setPen(color(t.text))
                painter.setFont(font)
            left += chip.width() + _SIDE
        if line.role == Role.MORE or (line.role == Role.PART and line.key is None):
            painter.setPen(color(t.text_muted))
        room = QRect(left, rect.top(), max(1, rect.right() - left - UNIT), rect.height())
        shown = painter.fontMetrics().elidedText(line.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _inks(self, line: Line) -> tuple[str, str]:
        """More and less: the colours of steering for changes and leads, those of activation for the rest."""
        t, sheet = theme.tokens(), self._table.lines.sheet
        if line.section == "changes" or (sheet is not None and sheet.leads):
            return t.up_bar, t.down_bar
        return t.activation[3], t.neutral

    def _paint_bar(self, painter: QPainter, rect: QRectF, share: float, inks: tuple[str, str]) -> None:
        t = theme.tokens()
        inner = rect.adjusted(_SIDE, 0, -_SIDE, 0)
        left, right = self._table.lines.reach
        room = inner.width() / max(left + right, 1e-9)
        zero = round(inner.left() + left * room)
        length = max(1.0, min(1.0, abs(share)) * room)
        top, high = inner.center().y() - UNIT, 2 * UNIT
        start = zero if share > 0 else zero - length
        painter.fillRect(QRectF(zero, rect.top() + 2, 1, rect.height() - 4), color(t.border))
        if share == 0:
            return
        painter.fillRect(QRectF(start, top, length, high), color(inks[0] if share > 0 else inks[1]))
        if abs(share) > 1 + 1e-9:
            self._paint_break(painter, start + length * (0.7 if share > 0 else 0.3), top, high)

    def _paint_break(self, painter: QPainter, x: float, top: float, high: float) -> None:
        """Two slanted cuts, as charts show a bar that goes on."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color(theme.tokens().base), 3))
        for left in (x, x + _BREAK):
            painter.drawLine(QPointF(left, top + high + 1), QPointF(left + UNIT, top - 1))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10 * UNIT, theme.row_height(option.font))


class WhyTable(QTableView):
    """`walked`: the feature or family of the row that was clicked or gone to; `opened` by Enter."""

    walked = Signal(object)
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = WhyModel(self)
        self._quiet = False
        self.setModel(self.lines)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName("Why the result is there")
        self.setAccessibleDescription("What adds how much to the score, in sections, the largest first")
        self.setToolTip("↑ ↓ shows a feature in the feature pane, Enter goes there; Ctrl+C copies all")
        as_rows(self, "Columns of the explanation")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMouseTracking(True)
        theme.set_rows(self)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        theme.notifier.changed.connect(self.viewport().update)

    def show_sheet(self, sheet: Sheet | None) -> None:
        """Replace the lines; the chosen one stays chosen where it is still listed."""
        current = self.currentIndex().row()
        chosen = _same(self.lines.lines[current]) if 0 <= current < len(self.lines.lines) else None
        self._quiet = True
        self.lines.replace(sheet)
        self._fit()
        if chosen is not None:
            place = next((at for at, one in enumerate(self.lines.lines) if _same(one) == chosen), None)
            if place is not None and place != self.currentIndex().row():
                self.setCurrentIndex(self.lines.index(place, 0))
        self._quiet = False

    def current_line(self) -> Line | None:
        index = self.currentIndex()
        return self.lines.lines[index.row()] if index.isValid() else None

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._quiet and current.row() != previous.row():
            self._walk()

    def _walk(self) -> None:
        line = self.current_line()
        if line is not None and line.role == Role.PART and line.key is not None:
            self.walked.emit(line.key)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        line = self._line_at(event)
        if line is not None and line.role == Role.MORE and event.button() == Qt.MouseButton.LeftButton:
            self._enter()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        line = self._line_at(event)
        if line is not None and line.role == Role.PART:
            self._enter()

    def _line_at(self, event: QMouseEvent) -> Line | None:
        index = self.indexAt(event.position().toPoint())
        return self.lines.lines[index.row()] if index.isValid() else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        step = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}.get(Qt.Key(event.key())) if plain else None
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif step is not None:
            self._step(step)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        """To the next line that is no head."""
        place = self.currentIndex().row() + by
        while 0 <= place < len(self.lines.lines) and self.lines.lines[place].role == Role.HEAD:
            place += by
        if 0 <= place < len(self.lines.lines):
            self.setCurrentIndex(self.lines.index(place, 0))

    def _enter(self) -> None:
        line = self.current_line()
        if line is None:
            return
        if line.role == Role.MORE:
            place = self.currentIndex().row()
            self._quiet = True
            self.lines.open(line.section)
            self.setCurrentIndex(self.lines.index(place, 0))
            self._quiet = False
            self._walk()
        elif line.opens:
            self.opened.emit(line.key)

    def copy(self) -> None:
        """Put all lines on the clipboard, also those that are folded away."""
        if self.lines.sheet is not None:
            QGuiApplication.clipboard().setText(self.lines.sheet.plain())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming here chooses nothing: Qt would make the first row the current one."""
        nowhere, former = not self.currentIndex().isValid(), self._quiet
        self._quiet = True
        super().focusInEvent(event)
        if nowhere:
            self.selectionModel().clearCurrentIndex()
        self._quiet = former

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Figures take what they need, the bar a share; the name has the rest."""
        wide, sheet = self.viewport().width(), self.lines.sheet
        if sheet is None:
            return
        needs = [self._needs(column, sheet) for column in (Column.FIRST, Column.SECOND, Column.VALUE)]
        spared = wide < _NARROW
        bar = min(_BAR_MOST, max(_BAR_LEAST, wide // 3))
        shown = {
            Column.FIRST: 0 if spared else needs[0],
            Column.SECOND: 0 if spared else needs[1],
            Column.VALUE: needs[2],
        }
        room = wide - sum(shown.values())
        if room - bar < _NAME_LEAST:
            bar = max(0, room - _NAME_LEAST) if room - _NAME_LEAST >= _BAR_LEAST // 2 else 0
        for column, width in (*shown.items(), (Column.BAR, bar), (Column.NAME, max(UNIT, room - bar))):
            self.setColumnHidden(column, width == 0)
            if width:
                self.setColumnWidth(column, width)

    def _needs(self, column: Column, sheet: Sheet) -> int:
        measure = self.fontMetrics().horizontalAdvance
        texts = [(line.first, line.second, line.figure)[column - 1] for line in sheet.lines]
        widest = max((measure(text) for text in texts), default=0)
        if not widest:
            return 0
        return max(widest + 2 * UNIT, measure(sheet.heads[column - 1][0])) + 4 * UNIT
