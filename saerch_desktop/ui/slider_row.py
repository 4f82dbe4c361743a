"""What every strip of the mixer has: name, slider, value as a number, mute, solo, lock, the way back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from saerch_desktop.search.mix import Slider, Switch
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.grades import GradeChip
from saerch_desktop.ui.slider import BipolarSlider
from saerch_desktop.ui.slider_switch import SwitchButton, side
from saerch_desktop.ui.slider_units import Measure, Units
from saerch_desktop.ui.slider_value import ValueEdit
from saerch_desktop.ui.theme import UNIT, color

ONE_LINE: Final = 160 * UNIT  # from this width on, label and slider stand side by side
_NARROW: Final = 75  # units; below this, the lock is there only where it is on: a key and the menu set it
_KEYS: Final[dict[int, Switch]] = {
    Qt.Key.Key_M: "muted",
    Qt.Key.Key_S: "soloed",
    Qt.Key.Key_L: "locked",
}


class SliderRow(QWidget):
    """`changed` follows every change by the user, live; `settled` the end of a gesture.

    `moved_on` asks for the row above (−1) or below (+1); `switched(switch, on)` to mute, solo or lock;
    `menu_wanted(place on the screen)` for what else can be done. `looked_at(change)` when the pointer rests
    where the slider could go, `looked_away` after that; `touched` when a hand comes near. The rows place
    their parts by hand, since a hundred rows of nested layouts take longer than a frame.
    """

    changed = Signal()
    settled = Signal()
    moved_on = Signal(int)
    switched = Signal(str, bool)
    menu_wanted = Signal(QPoint)
    looked_at = Signal(float)
    looked_away = Signal()
    touched = Signal()

    def __init__(self, parent: QWidget, hint: str) -> None:
        """hint: what pressing the name does."""
        super().__init__(parent)
        self.key: Slider = ""  # names the slider: a feature, or the key of a family
        self._pending = False
        self._turn = 0  # of the sign that something is awaited
        self._delta = 0.0
        self._natural = 0.0
        self._quiet = False
        self.measure = Measure(0.0, 1.0)
        self._change = QRect()
        self.label = ElidedButton("", hint, self)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.grade = GradeChip(self)
        self.slider = BipolarSlider(self)
        self.value = ValueEdit(self)
        self.switches = {name: SwitchButton(self, name) for name in _KEYS.values()}
        self.back: QToolButton | None = None  # made when first needed: most rows never are steered
        self.more: QToolButton | None = None  # the same: there while a hand is near
        self.label.clicked.connect(self.choose)
        self.slider.activation_changed.connect(self._moved)
        self.slider.edit_finished.connect(self.settled)
        self.slider.looked_at.connect(lambda value: self.looked_at.emit(value - self._natural))
        self.slider.looked_away.connect(self.looked_away)
        self.value.value_typed.connect(self._typed)
        for name, button in self.switches.items():
            button.clicked.connect(lambda on, n=name: self.switched.emit(n, on))
        self.setFocusProxy(self.slider)

    def choose(self) -> None:
        """The user wants to look at what the row is about."""

    # Values ----------------------------------------------------------------------------------------------

    def show_natural(self, name: str, what: str, measure: Measure) -> None:
        """Another slider, at its natural value; what: the quantity it moves, as in "Activation"."""
        self._natural, self.measure = measure.natural, measure
        self._delta = 0.0
        self._pending = False
        self.slider.set_feature(name, measure.natural, measure.usual, what, measure)
        self.value.setAccessibleName(f"Typed {what[0].lower()}{what[1:]} of {name}")
        self._tell_value(name, what)
        for button in self.switches.values():
            button.describe(name)
        self.show_value()

    def _tell_value(self, name: str, what: str) -> None:
        units = "" if self.measure.absolute else "x1.5 for one and a half times, "
        self.value.setToolTip(
            wording.tip(f"{what} of {name}: type a number, {units}+0.3 for so much more; then Enter")
        )

    def set_units(self, units: Units) -> None:
        """Read in multiples of natural, or as activations."""
        if self.measure.units != units:
            old = self.measure
            self.measure = Measure(old.natural, old.usual, units, old.absolute, old.suffix)
            self.slider.set_measure(self.measure)
            self.show_value()

    def delta(self) -> float:
        """Change against natural; 0 where nothing was steered."""
        return self._delta

    def set_delta(self, delta: float) -> None:
        """Steer from outside, without a signal."""
        if not self.slider.is_dragging() and delta != self._delta:
            self._delta = delta  # kept as given: natural + delta − natural is not always delta
            self.slider.set_activation(self._natural + delta if delta else self._natural)
            self.show_value()

    def set_switches(self, muted: bool, soloed: bool, locked: bool, quiet: bool) -> None:
        """Show what is switched on; quiet: it counts as absent, by its own switch or another's solo."""
        former = self.switches["locked"].isChecked()
        self.switches["muted"].setChecked(muted)
        self.switches["soloed"].setChecked(soloed)
        self.switches["locked"].setChecked(locked)
        self.slider.set_locked(locked)
        self.value.setReadOnly(locked)
        changed = quiet != self._quiet
        if changed:
            self._quiet = quiet
            self.slider.set_quiet(quiet)
            self.label.set_muted(quiet)
            self.update()
        if changed or locked != former:
            self.show_value()
            self.place()

    def set_held(self, change: float | None) -> None:
        """How far from natural the limit lets it come; None where it is let through."""
        self.slider.set_held(None if change is None else self._natural + change)

    def set_pending(self, pending: bool) -> None:
        """Say that this slider's effect is still being worked out."""
        if pending != self._pending:
            self._pending = pending
            self.update(self._change)

    def turn(self) -> None:
        """One step of the sign that something is awaited."""
        if self._pending:
            self._turn += 1
            self.update(self._change)

    def put(self, value: float) -> None:
        """Move it there, as an act of the user."""
        if not self.switches["locked"].isChecked():
            self._typed(value)

    def _moved(self, _value: float) -> None:
        self._delta = self.slider.change()
        self.show_value()
        self.changed.emit()

    def _typed(self, value: float) -> None:
        self.slider.set_activation(value)
        self._moved(value)
        self.settled.emit()

    def show_value(self) -> None:
        """The number, and the way back where something was steered."""
        self.value.show_value(self.slider.activation(), self.measure)
        steered = self._delta != 0
        if steered:
            if self.back is None:
                self.back = self.make_tool("reset")
                self.back.clicked.connect(self.slider.reset)
                self.place()
            self.back.setAccessibleName(f"Reset {self.label.text()}")
            self.back.setToolTip(f"Back to natural, {self.measure.text(self._natural)} (0)")
        shown = steered and not self.switches["locked"].isChecked()
        if self.back is not None and shown == self.back.isHidden():
            self.back.setVisible(shown)
            self.place()
        self.update()

    # Parts -----------------------------------------------------------------------------------------------

    def make_tool(self, icon: str) -> QToolButton:
        """A small button for the mouse; the same is done by a key on the slider."""
        button = QToolButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.set_icon(button, icon)
        button.setIconSize(QSize(14, 14))
        return button

    def _offer_more(self, near: bool) -> None:
        if near and self.more is None:
            self.more = self.make_tool("more")
            self.more.clicked.connect(lambda: self._ask_menu(self.more))
            self.place()
        if self.more is not None:
            self.more.setAccessibleName(f"More about {self.label.text()}")
            self.more.setToolTip("What else can be done (Menu key, or the right mouse button)")
            self.more.setVisible(near)

    def _ask_menu(self, at: QWidget | None) -> None:
        if at is not None:
            self.menu_wanted.emit(at.mapToGlobal(QPoint(0, at.height())))

    def figure_width(self) -> int:
        """The room of the typed value."""
        return self.fontMetrics().horizontalAdvance("×−0.00") + 3 * UNIT

    def change_width(self) -> int:
        """The room that says by how much it was steered."""
        return self.fontMetrics().horizontalAdvance("▲ +00.00×") + UNIT

    # Geometry: name over slider, or beside it ------------------------------------------------------------

    def height_for(self, width: int) -> int:
        line, first, second = self.lines()
        if width < ONE_LINE:
            return first + second + line + UNIT
        return max(first + second, line) + 2 * UNIT

    def lines(self) -> tuple[int, int, int]:
        """Heights of the slider's line, the name's, and of what stands beneath the name."""
        return theme.row_height(self.font()), self.fontMetrics().height() + UNIT, 0

    def place(self) -> None:
        """Put the parts where they belong."""
        wide = self.width() >= ONE_LINE
        left, right = 3 * UNIT, self.width() - 2 * UNIT
        line, first, second = self.lines()
        change = self.change_width()
        top = (self.height() - line) // 2 if wide else self.height() - line
        head = (self.height() - first - second) // 2 if wide else UNIT
        tools = top + (line - side()) // 2
        edge = right
        if wide:
            edge = self._place_tools(edge, tools, side())
        lock = self.switches["locked"]
        lock.setVisible(lock.isChecked() or self.width() >= theme.units(_NARROW))
        for button in reversed(self.switches.values()):
            if button.isHidden():
                continue
            edge -= side()
            button.setGeometry(edge, top + (line - side()) // 2, side(), side())
        figure = self.figure_width()
        edge -= UNIT + figure
        self.value.setGeometry(edge, top + 2, figure, line - 4)
        if wide:
            names = left + (edge - change - left) // 2
            start = names + 2 * UNIT
            self._change = QRect(edge - change - UNIT, top, change, line)
            self.slider.setGeometry(start, top, self._change.left() - UNIT - start, line)
        else:
            self.slider.setGeometry(left - UNIT, top, edge - left, line)
            names = self._place_tools(right, head, min(side(), first)) - UNIT
            self._change = QRect(names - change, head, change, first)
            if self._delta or self._quiet or self._pending:
                names = self._change.left() - UNIT
        self.place_names(QRect(left, head, names - left, first), second)

    def _place_tools(self, edge: int, top: int, tall: int) -> int:
        """The buttons that come and go, at the right; where they begin."""
        wide = self.width() >= ONE_LINE  # there the columns line up, whatever is shown
        for tool, keep in ((self.more, True), (self.back, wide)):
            if keep or (tool is not None and not tool.isHidden()):
                edge -= side()
            if tool is not None:
                tool.setGeometry(edge, top, side(), tall)
        return edge

    def place_names(self, room: QRect, second: int) -> None:
        """Grade and name, and beneath them a line of the height `second`."""
        chip = self.grade.sizeHint()
        at = room.left()
        if not self.grade.isHidden():
            middle = room.top() + (room.height() - chip.height()) // 2
            self.grade.setGeometry(at, middle, chip.width(), chip.height())
            at += chip.width() + UNIT
        self.label.setGeometry(at, room.top(), max(0, room.right() + 1 - at), room.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()

    # Events ----------------------------------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._offer_more(True)
        self.touched.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        focus = QApplication.focusWidget()
        self._offer_more(focus is not None and self.isAncestorOf(focus))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._ask_menu(self.slider)
        else:
            self.menu_wanted.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, on_slider = event.key(), self.slider.hasFocus()
        switch = _KEYS.get(key)
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved_on.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and on_slider:
            self.choose()
        elif switch is not None and on_slider and not event.modifiers():
            self.switched.emit(switch, not self.switches[switch].isChecked())
        else:
            super().keyPressEvent(event)

    # Painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(2 * UNIT, self.height() - 1, self.width() - 4 * UNIT, 1, color(t.border))
        delta = self._delta
        if delta and not self._quiet:
            painter.fillRect(0, 0, 3, self.height() - 1, color(t.up_bar if delta > 0 else t.down_bar))
        if self._pending:
            self._paint_awaited(painter)
        elif self._quiet or delta:
            muted = self.switches["muted"].isChecked()
            text = f"{wording.arrow(delta)} {self.measure.change(delta)}"
            painter.setFont(theme.figures(self.font()))
            painter.setPen(color(t.text_muted if self._quiet else t.up if delta > 0 else t.down))
            text = ("muted" if muted else "not solo") if self._quiet else text
            painter.drawText(self._change, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        self.paint_more(painter)
        painter.end()

    def _paint_awaited(self, painter: QPainter) -> None:
        side = 3 * UNIT
        room = QRect(self._change.right() - side - 1, self._change.center().y() - side // 2, side, side)
        t = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = painter.pen()
        pen.setWidthF(1.75)
        pen.setColor(color(t.border))
        painter.setPen(pen)
        painter.drawEllipse(room)
        pen.setColor(color(t.accent))
        painter.setPen(pen)
        painter.drawArc(room, -self._turn * 30 * 16, 100 * 16)
        painter.restore()

    def paint_more(self, painter: QPainter) -> None:
        """What else a kind of row draws."""
