"""A family in the mixer: several features under one slider, in multiples of a document full of it."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.grades import chip_size
from saerch_desktop.ui.mixer_entries import BlendEntry
from saerch_desktop.ui.slider_row import ONE_LINE, SliderRow
from saerch_desktop.ui.theme import UNIT, color

_ICON = 4 * UNIT
_WHAT = "Amount"


class FamilyRow(SliderRow):
    """`chosen` asks to look at the family, `removed` to take it out of the mixer; both carry its key."""

    chosen = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget, entry: BlendEntry) -> None:
        super().__init__(parent, "Press to look at this family (Enter)", "×")
        self._caption = QRect()
        self._icon = QRect()
        self.entry = entry
        self.remove = self.make_tool("close")
        self.remove.clicked.connect(self._remove)
        self._show(entry)

    def set_entry(self, entry: BlendEntry) -> None:
        """Show the same family or another; a hand on the slider is not disturbed."""
        if entry == self.entry:
            return
        former, self.entry = self.entry, entry
        if (entry.key, entry.label, entry.natural) != (former.key, former.label, former.natural):
            self._show(entry)
        self._describe(entry)
        self.set_delta(entry.amount)

    def _show(self, entry: BlendEntry) -> None:
        self.label.set_text(entry.label)
        self.show_natural(entry.label, _WHAT, entry.natural, 1.0)
        self.set_delta(entry.amount)
        self._describe(entry)
        self.place()

    def _describe(self, entry: BlendEntry) -> None:
        self.grade.set_label(entry.claim)
        self.grade.setVisible(entry.claim is not None)
        self.remove.setAccessibleName(f"Remove {entry.label} from the mixer")
        self.remove.setToolTip("Take this family out of the mixer (Delete)")
        self.setAccessibleName(f"{entry.label}, {self.caption()}")
        told = "1× is the family as in a document full of it; all its features move together."
        self.setToolTip(wording.tip(f"{entry.note}\n{told}" if entry.note else told))
        self.setAccessibleDescription(entry.note or told)
        self.update()

    def caption(self) -> str:
        """What it is, in a few words."""
        many = "1 feature" if self.entry.size == 1 else f"{self.entry.size:,} features"
        return f"family · {many}"

    def choose(self) -> None:
        self.chosen.emit(self.entry.key)

    def _remove(self) -> None:
        self.removed.emit(self.entry.key)

    # Geometry: the name over what it is, the slider beside both or beneath --------------------------------

    def height_for(self, width: int) -> int:
        line, first, second = self._lines()
        return first + second + UNIT if width >= ONE_LINE else first + second + line + UNIT

    def _lines(self) -> tuple[int, int, int]:
        """Heights of the slider's line, the name's and the caption's."""
        small = QFontMetrics(theme.scaled(self.font(), 0.9))
        return theme.row_height(self.font()), self.fontMetrics().height() + 2 * UNIT, small.height()

    def place(self) -> None:
        wide = self.width() >= ONE_LINE
        left, right = 3 * UNIT, self.width() - 2 * UNIT
        line, first, second = self._lines()
        figure, change, tool = self.figure_width(), self.change_width(), 6 * UNIT
        top = (self.height() - line) // 2 if wide else first + second
        self.remove.setGeometry(right - tool, top + (line - tool) // 2, tool, tool)
        if self.back is not None:
            self.back.setGeometry(right - 2 * tool, top + (line - tool) // 2, tool, tool)
        self.value.setGeometry(right - 2 * tool - UNIT - figure, top + 2, figure, line - 4)
        chip = chip_size(self.font())
        name = left + _ICON + UNIT
        if wide:
            end = left + (self.value.x() - change - left) * 45 // 100
            start = end + 2 * UNIT
            self._change = QRect(self.value.x() - change - UNIT, top, change, line)
            self.slider.setGeometry(start, top, self._change.left() - UNIT - start, line)
        else:
            end = right - change - UNIT
            self._change = QRect(right - change, UNIT, change, first - UNIT)
            self.slider.setGeometry(left - UNIT, top, self.value.x() - left, line)
        self._icon = QRect(left, (first + UNIT - _ICON) // 2, _ICON, _ICON)
        after = name
        if not self.grade.isHidden():
            self.grade.setGeometry(name, (first + UNIT - chip.height()) // 2, chip.width(), chip.height())
            after = name + chip.width() + UNIT
        self.label.setGeometry(after, UNIT, end - after, first - UNIT)
        self._caption = QRect(name + 2, first, (end if wide else right) - name - 2, second)

    def paint_more(self, painter: QPainter) -> None:
        t = theme.tokens()
        theme.icon("families").paint(painter, self._icon)
        font = theme.scaled(self.font(), 0.9)
        painter.setFont(font)
        painter.setPen(color(t.text_muted))
        text, room = self.caption(), QRect(self._caption)
        if self.entry.note:
            side = min(room.height(), _ICON)
            theme.icon("warning").paint(
                painter, QRect(room.left(), room.center().y() - side // 2, side, side)
            )
            room.setLeft(room.left() + side + UNIT)
            text = f"{text} · {self.entry.note}"
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.slider.hasFocus():
            self._remove()
        else:
            super().keyPressEvent(event)
