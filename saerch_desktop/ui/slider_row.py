"""What every row of the mixer has: a name, a slider, its value as a number, and the way back to natural."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.grades import GradeChip
from saerch_desktop.ui.slider import BipolarSlider
from saerch_desktop.ui.theme import UNIT, color

ONE_LINE = 130 * UNIT  # from this width on, label and slider stand side by side


class ValueEdit(QLineEdit):
    """A typed value; what cannot be read as a number goes back to what it was. suffix: follows the number."""

    value_typed = Signal(float)

    def __init__(self, parent: QWidget, suffix: str = "") -> None:
        super().__init__(parent)
        self._shown = ""
        self._suffix = suffix
        self.setProperty("role", "value")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(theme.figures(self.font()))
        self.editingFinished.connect(self._read)

    def show_value(self, value: float) -> None:
        self._shown = wording.activation(value) + self._suffix
        self.setText(self._shown)

    def _read(self) -> None:
        text = self.text()
        if text == self._shown:
            return
        try:
            value = float(text.removesuffix(self._suffix).strip().replace("−", "-").replace(",", "."))
        except ValueError:
            self.setText(self._shown)
            return
        if abs(value) < 1e6:  # also turns nan and inf away
            self.value_typed.emit(value)
        else:
            self.setText(self._shown)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
        else:
            super().keyPressEvent(event)


class SliderRow(QWidget):
    """`changed` follows every change by the user, live; `settled` the end of a gesture.

    `moved_on` asks for the row above (−1) or below (+1). The rows place their parts by hand, since a hundred
    rows of nested layouts take longer than a frame.
    """

    changed = Signal()
    settled = Signal()
    moved_on = Signal(int)

    def __init__(self, parent: QWidget, hint: str, suffix: str = "") -> None:
        """hint: what pressing the name does; suffix: what follows numbers."""
        super().__init__(parent)
        self._pending = False
        self._delta = 0.0
        self._natural = 0.0
        self._suffix = suffix
        self._change = QRect()
        self.label = ElidedButton("", hint, self)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.grade = GradeChip(self)
        self.slider = BipolarSlider(self)
        self.value = ValueEdit(self, suffix)
        self.back: QToolButton | None = None  # made when first needed: most rows never are steered
        self.label.clicked.connect(self.choose)
        self.slider.activation_changed.connect(self._moved)
        self.slider.edit_finished.connect(self.settled)
        self.value.value_typed.connect(self._typed)
        self.setFocusProxy(self.slider)

    def choose(self) -> None:
        """The user wants to look at what the row is about."""

    def place(self) -> None:
        """Put the parts where they belong."""

    def show_natural(self, name: str, what: str, natural: float, scale: float) -> None:
        """Another slider, at its natural value; what: the quantity it moves, as in "Activation"."""
        self._natural = natural
        self._delta = 0.0
        self._pending = False
        self.slider.set_feature(name, natural, scale, what)
        self.value.setAccessibleName(f"Typed {what[0].lower()}{what[1:]} of {name}")
        self.value.setToolTip(wording.tip(f"{what} of {name}: type a number, then Enter"))
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

    def set_pending(self, pending: bool) -> None:
        """Say that this slider's effect is still being worked out."""
        if pending != self._pending:
            self._pending = pending
            self.update()

    def _moved(self, _value: float) -> None:
        self._delta = self.slider.change()
        self.show_value()
        self.changed.emit()

    def _typed(self, value: float) -> None:
        if abs(value - self._natural) < 5e-4:  # the number as shown stands for natural itself
            value = self._natural
        self.slider.set_activation(value)
        self._moved(value)
        self.settled.emit()

    def show_value(self) -> None:
        """The number, and the way back where something was steered."""
        self.value.show_value(self.slider.activation())
        steered = self._delta != 0
        if steered:
            if self.back is None:
                self.back = self._make_back()
                self.place()
            self.back.setAccessibleName(f"Reset {self.label.text()}")
            self.back.setToolTip(f"Back to natural, {wording.activation(self._natural)}{self._suffix} (0)")
        if self.back is not None and steered == self.back.isHidden():
            self.back.setVisible(steered)
        self.update()

    def _make_back(self) -> QToolButton:
        back = self.make_tool("reset")
        back.clicked.connect(self.slider.reset)
        return back

    def make_tool(self, icon: str) -> QToolButton:
        """A small button for the mouse; the same is done by a key on the slider."""
        button = QToolButton(self)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.set_icon(button, icon)
        button.setIconSize(QSize(14, 14))
        return button

    def figure_width(self) -> int:
        """The room of the typed value."""
        return self.fontMetrics().horizontalAdvance(f"−00.00{self._suffix}") + 3 * UNIT

    def change_width(self) -> int:
        """The room that says by how much it was steered."""
        return self.fontMetrics().horizontalAdvance("▲ +00.00") + UNIT

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(2 * UNIT, self.height() - 1, self.width() - 4 * UNIT, 1, color(t.border))
        delta = self._delta
        if delta:
            painter.fillRect(0, 0, 3, self.height() - 1, color(t.up_bar if delta > 0 else t.down_bar))
        text = f"{wording.arrow(delta)} {wording.signed(delta)}" if delta else ""
        if self._pending:
            text = "…"
        painter.setFont(theme.figures(self.font()))
        painter.setPen(color(t.text_muted if self._pending else t.up if delta > 0 else t.down))
        painter.drawText(self._change, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        self.paint_more(painter)
        painter.end()

    def paint_more(self, painter: QPainter) -> None:
        """What else a kind of row draws."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved_on.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.slider.hasFocus():
            self.choose()
        else:
            super().keyPressEvent(event)
