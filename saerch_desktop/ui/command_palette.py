"""A line to type in and a list that narrows: any action, or any feature, in a few keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.ui import theme

_WIDTH = 140  # units of text
_ROWS = 12
_HINT = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the palette. `hint` stands at the right: a shortcut, a density."""

    text: str
    hint: str
    run: Callable[[], object]
    enabled: bool = True
    reason: str = ""


Provider = Callable[[str], Sequence[Entry]]


def match(typed: str, text: str) -> int | None:
    """How well the typed letters fit, smaller is better; None when they do not occur in this order.

    Each word typed must begin a word of the text, or its letters occur there one after the other.
    """
    wanted, where = typed.casefold().split(), text.casefold()
    if not wanted:
        return 0
    score = 0
    for word in wanted:
        begins = f" {where}".find(f" {word}")
        inside = where.find(word)
        if begins >= 0:
            score += begins
        elif inside >= 0:
            score += 100 + inside
        else:
            place = -1
            for letter in word:
                place = where.find(letter, place + 1)
                if place < 0:
                    return None
            score += 1000 + place
    return score


def narrowed(entries: Sequence[Entry], typed: str) -> list[Entry]:
    """The entries that match, best first; what cannot be done now comes last."""
    scored = [(match(typed, entry.text), number, entry) for number, entry in enumerate(entries)]
    fitting = [(not e.enabled, score, number, e) for score, number, e in scored if score is not None]
    return [entry for *_, entry in sorted(fitting, key=lambda item: item[:3])]


class _Delegate(QStyledItemDelegate):
    """Text at the left, hint at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        self.initStyleOption(option, index)
        hint = index.data(_HINT) or ""
        style = option.widget.style() if option.widget else None
        text, option.text = option.text, ""
        if style is not None:
            style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        group = QPalette.ColorGroup.Active if enabled else QPalette.ColorGroup.Disabled
        area = option.rect.adjusted(3 * theme.UNIT, 0, -3 * theme.UNIT, 0)
        metrics = option.fontMetrics
        room = metrics.horizontalAdvance(hint) + 4 * theme.UNIT if hint else 0
        painter.save()
        painter.setFont(option.font)
        painter.setPen(option.palette.color(group, QPalette.ColorRole.Text))
        left = QRect(area.left(), area.top(), area.width() - room, area.height())
        fitted = metrics.elidedText(text, Qt.TextElideMode.ElideRight, left.width())
        painter.drawText(left, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, fitted)
        painter.setPen(theme.color(theme.tokens().text_muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, hint)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(theme.units(_WIDTH), theme.row_height(option.font) + theme.UNIT)


class CommandPalette(QFrame):
    """A popup over the top of the window. Enter runs the chosen line, Esc or a click elsewhere closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._host = parent
        self.setObjectName("command-palette")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.line = QLineEdit()
        self.line.setClearButtonEnabled(True)
        self.line.setAccessibleName("What to do")
        self.list = QListWidget()
        self.list.setAccessibleName("Matches")
        self.list.setToolTip("Enter runs the chosen line")
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = QLabel("Nothing matches.")
        theme.set_role(self.empty, "muted")
        self.empty.setMargin(2 * theme.UNIT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.UNIT, 2 * theme.UNIT, 2 * theme.UNIT, 2 * theme.UNIT)
        layout.setSpacing(theme.UNIT)
        for widget in (self.line, self.list, self.empty):
            layout.addWidget(widget)
        self._provider: Provider = lambda typed: ()
        self._entries: list[Entry] = []
        self.line.textChanged.connect(self._narrow)
        self.line.returnPressed.connect(self._run_current)
        self.list.itemClicked.connect(lambda item: self._run_current())
        self.line.installEventFilter(self)

    def ask(self, placeholder: str, provider: Provider) -> None:
        """Open with nothing typed; `provider(typed)` gives the lines to show."""
        self._provider = provider
        self.line.setPlaceholderText(placeholder)
        self.line.setAccessibleName(placeholder)
        self.line.setToolTip(placeholder)
        self.line.clear()
        self._narrow()
        host = self._host
        width = min(theme.units(_WIDTH), host.width() - 8 * theme.UNIT)
        self.setFixedWidth(width)
        self.adjustSize()
        top = host.mapToGlobal(QPoint((host.width() - width) // 2, 14 * theme.UNIT))
        self.move(top)
        self.show()
        self.line.setFocus()

    def _narrow(self) -> None:
        self._entries = list(self._provider(self.line.text()))
        self.list.clear()
        for entry in self._entries:
            item = QListWidgetItem(entry.text)
            item.setData(_HINT, entry.hint)
            if not entry.enabled:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
                item.setToolTip(entry.reason)
            self.list.addItem(item)
        self.list.setCurrentRow(0 if self._entries else -1)
        self.list.setVisible(bool(self._entries))
        self.empty.setVisible(not self._entries)
        row = theme.row_height(self.list.font()) + theme.UNIT
        self.list.setFixedHeight(row * min(_ROWS, max(1, len(self._entries))) + theme.UNIT)
        if self.isVisible():
            self.adjustSize()

    def _run_current(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._entries) and self._entries[row].enabled:
            entry = self._entries[row]
            self.close()
            entry.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: _ROWS,
                Qt.Key.Key_PageUp: -_ROWS,
            }.get(Qt.Key(event.key()))
            if step is not None and self._entries:
                row = min(max(self.list.currentRow() + step, 0), len(self._entries) - 1)
                self.list.setCurrentRow(row)
                return True
        return super().eventFilter(watched, event)
