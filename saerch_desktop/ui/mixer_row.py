"""One feature in the mixer: its label, its slider, its value as a number, and the way back to natural."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from saerch_desktop.features.label import Label
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.elided import ElidedButton
from saerch_desktop.ui.grades import GradeChip, chip_size
from saerch_desktop.ui.slider import BipolarSlider
from saerch_desktop.ui.theme import UNIT, color

_ONE_LINE = 130 * UNIT  # from this width on, label and slider stand side by side


@dataclass(frozen=True, slots=True)
class MixerFeature:
    """A feature as the mixer shows it.

    natural: its value in the query. scale > 0: its usual strength. claim: who gave its label, and how it was
    tested. verified: the analyst accepted the label.
    """

    feature: int
    label: str
    natural: float
    scale: float
    claim: Label | None = None
    verified: bool = False


class ValueEdit(QLineEdit):
    """A typed activation; what cannot be read as a number goes back to what it was."""

    value_typed = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setProperty("role", "value")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(theme.figures(self.font()))
        self.editingFinished.connect(self._read)

    def show_value(self, value: float) -> None:
        self._shown = wording.activation(value)
        self.setText(self._shown)

    def _read(self) -> None:
        text = self.text()
        if text == self._shown:
            return
        try:
            value = float(text.strip().replace("−", "-").replace(",", "."))
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


class MixerRow(QWidget):
    """`changed` follows every change by the user, live; `settled` the end of a gesture.

    `chosen` asks to inspect the feature; `moved_on` for the row above (−1) or below (+1).
    """

    changed = Signal()
    settled = Signal()
    chosen = Signal(int)
    moved_on = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pending = False
        self.label = ElidedButton("", "Press to inspect this feature (Enter)", self)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.grade = GradeChip(self)
        self.slider = BipolarSlider(self)
        self.value = ValueEdit(self)
        self.back: QToolButton | None = None  # made when first needed: most rows never are steered
        self.label.clicked.connect(self._choose)
        self.slider.activation_changed.connect(self._moved)
        self.slider.edit_finished.connect(self.settled)
        self.value.value_typed.connect(self._typed)
        self.setFocusProxy(self.slider)
        self.set_feature(MixerFeature(0, "Feature", 0.0, 1.0))

    def set_feature(self, feature: MixerFeature) -> None:
        """Show a feature at its natural value."""
        self.feature = feature
        self._delta = 0.0
        self._pending = False
        self.label.set_text(feature.label)
        self.grade.set_label(feature.claim, feature.verified)
        self.slider.set_feature(feature.label, feature.natural, feature.scale)
        self.value.setAccessibleName(f"Typed activation of {feature.label}")
        self.value.setToolTip(wording.tip(f"Activation of {feature.label}: type a number, then Enter"))
        self._show()

    def _make_back(self) -> QToolButton:
        back = QToolButton(self)
        back.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme.set_icon(back, "reset")
        back.setIconSize(QSize(14, 14))
        back.clicked.connect(self.slider.reset)
        return back

    def delta(self) -> float:
        """Change of activation against natural; 0 where nothing was steered."""
        return self._delta

    def set_delta(self, delta: float) -> None:
        """Steer from outside, without a signal."""
        if not self.slider.is_dragging() and delta != self.delta():
            self._delta = delta  # kept as given: natural + delta − natural is not always delta
            self.slider.set_activation(self.feature.natural + delta if delta else self.feature.natural)
            self._show()

    def set_pending(self, pending: bool) -> None:
        """Say that this feature's effect is still being worked out."""
        if pending != self._pending:
            self._pending = pending
            self.update()

    def _choose(self) -> None:
        self.chosen.emit(self.feature.feature)

    def _moved(self, _value: float) -> None:
        self._delta = self.slider.change()
        self._show()
        self.changed.emit()

    def _typed(self, value: float) -> None:
        if abs(value - self.feature.natural) < 5e-4:  # the number as shown stands for natural itself
            value = self.feature.natural
        self.slider.set_activation(value)
        self._moved(value)
        self.settled.emit()

    def _show(self) -> None:
        self.value.show_value(self.slider.activation())
        steered = self.delta() != 0
        if steered:
            if self.back is None:
                self.back = self._make_back()
                self._place()
            self.back.setAccessibleName(f"Reset {self.feature.label}")
            self.back.setToolTip(f"Back to natural, {wording.activation(self.feature.natural)} (0)")
        if self.back is not None and steered == self.back.isHidden():
            self.back.setVisible(steered)
        self.update()

    # Geometry: by hand, since a hundred rows of nested layouts take longer than a frame ---------------------

    def height_for(self, width: int) -> int:
        line = theme.row_height(self.font())
        return line + 2 * UNIT if width >= _ONE_LINE else self._first_line() + line + UNIT

    def _first_line(self) -> int:
        return self.fontMetrics().height() + UNIT

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        wide = self.width() >= _ONE_LINE
        left, right = 3 * UNIT, self.width() - 2 * UNIT
        figure = self.fontMetrics().horizontalAdvance("−00.00") + 3 * UNIT
        change = self.fontMetrics().horizontalAdvance("▲ +00.00") + UNIT
        line = theme.row_height(self.font())
        top = UNIT if wide else self._first_line()
        chip = chip_size(self.font()).width()
        if self.back is not None:
            self.back.setGeometry(right - 6 * UNIT, top + (line - 6 * UNIT) // 2, 6 * UNIT, 6 * UNIT)
        self.value.setGeometry(right - 7 * UNIT - figure, top + 2, figure, line - 4)
        if wide:
            label = (self.value.x() - change - left) * 45 // 100
            self.grade.setGeometry(left, top, chip, line)
            self.label.setGeometry(left + chip + UNIT, top, label - chip - UNIT, line)
            slider = left + label + 2 * UNIT
            self._change = QRect(self.value.x() - change - UNIT, top, change, line)
            self.slider.setGeometry(slider, top, self._change.left() - UNIT - slider, line)
        else:
            self._change = QRect(right - change, UNIT, change, self._first_line() - UNIT)
            name = left + chip + UNIT
            high = chip_size(self.font()).height()
            self.grade.setGeometry(left, (self._first_line() + UNIT - high) // 2, chip, high)
            self.label.setGeometry(name, UNIT, self._change.left() - UNIT - name, self._first_line() - UNIT)
            self.slider.setGeometry(left - UNIT, top, self.value.x() - left, line)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(2 * UNIT, self.height() - 1, self.width() - 4 * UNIT, 1, color(t.border))
        delta = self.delta()
        if delta:
            painter.fillRect(0, 0, 3, self.height() - 1, color(t.up_bar if delta > 0 else t.down_bar))
        text = f"{wording.arrow(delta)} {wording.signed(delta)}" if delta else ""
        if self._pending:
            text = "…"
        painter.setFont(theme.figures(self.font()))
        painter.setPen(color(t.text_muted if self._pending else t.up if delta > 0 else t.down))
        painter.drawText(self._change, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved_on.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.slider.hasFocus():
            self._choose()
        else:
            super().keyPressEvent(event)
