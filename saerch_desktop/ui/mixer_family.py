"""Several features, or a plain direction, under one slider of the mixer."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.mixer_entries import BlendEntry
from saerch_desktop.ui.slider_row import SliderRow
from saerch_desktop.ui.slider_units import Measure
from saerch_desktop.ui.theme import UNIT, color

_ICON: Final = 4 * UNIT
_WHAT: Final = "Amount"
_ICONS: Final = {"family": "families", "together": "merge", "direction": "direction"}
_TOLD: Final = {
    "family": "1× is the family as in a document full of it; all its features move together.",
    "together": "1× is as in your query, 0× is none of them left; all these features move together.",
    "direction": "A direction of its own among the vectors: no feature moves. 1 is as long as the query.",
}


class FamilyRow(SliderRow):
    """`chosen` asks to look at the family, `removed` to take it out of the mixer; both carry its key."""

    chosen = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget, entry: BlendEntry) -> None:
        super().__init__(parent, "Press to look at this family (Enter)")
        self._caption = QRect()
        self._icon = QRect()
        self.entry = entry
        self.more = self.make_tool("close")  # what else can be done is in the menu, and most of all this
        self.more.clicked.connect(self._remove)
        self._show(entry)

    @property
    def remove(self) -> QWidget | None:
        """The button that takes it out of the mixer."""
        return self.more

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
        self.key = entry.key
        hint = {"family": "Press to look at this family (Enter)"}.get(entry.kind, "")
        self.label.set_text(entry.label, hint)
        suffix = "" if entry.kind == "direction" else "×"
        self.show_natural(entry.label, _WHAT, Measure(entry.natural, 1.0, "times", True, suffix))
        self.set_delta(entry.amount)
        self._describe(entry)
        self.place()

    def _describe(self, entry: BlendEntry) -> None:
        self.grade.set_label(entry.claim)
        self.grade.setVisible(entry.claim is not None)
        self._offer_more(True)
        self.setAccessibleName(f"{entry.label}, {self.caption()}")
        told = _TOLD[entry.kind]
        self.setToolTip(wording.tip(f"{entry.note}\n{told}" if entry.note else told))
        self.setAccessibleDescription(entry.note or told)
        self.update()

    def _offer_more(self, near: bool) -> None:
        if self.more is not None:
            self.more.setAccessibleName(f"Remove {self.entry.label} from the mixer")
            what = "family" if self.entry.kind == "family" else "slider"
            self.more.setToolTip(f"Take this {what} out of the mixer (Delete)")

    def caption(self) -> str:
        """What it is, in a few words."""
        if self.entry.kind == "direction":
            return "plain direction"
        many = "1 feature" if self.entry.size == 1 else f"{self.entry.size:,} features"
        return f"family · {many}" if self.entry.kind == "family" else f"moved together · {many}"

    def choose(self) -> None:
        if self.entry.kind == "family":
            self.chosen.emit(self.entry.key)

    def _remove(self) -> None:
        self.removed.emit(self.entry.key)

    # Geometry --------------------------------------------------------------------------------------------

    def lines(self) -> tuple[int, int, int]:
        small = QFontMetrics(theme.scaled(self.font(), 0.9))
        line, first, _ = super().lines()
        return line, first, small.height()

    def place_names(self, room: QRect, second: int) -> None:
        self._icon = QRect(room.left(), room.top() + (room.height() - _ICON) // 2, _ICON, _ICON)
        inner = room.adjusted(_ICON + UNIT, 0, 0, 0)
        super().place_names(inner, second)
        self._caption = QRect(inner.left() + 2, room.bottom() + 1, inner.width() - 2, second)

    def paint_more(self, painter: QPainter) -> None:
        t = theme.tokens()
        theme.icon(_ICONS[self.entry.kind]).paint(painter, self._icon)
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
