"""The bipolar slider of steering: zero line, natural value, and the push up or down from it.

It builds on `QAbstractSlider` for one reason: assistive technology then finds a real value interface (percent
of the feature's own strength), while painting, mouse and keys are ours and work in activation units.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from saerch_desktop.ui import wording
from saerch_desktop.ui.slider_hover import Dwell
from saerch_desktop.ui.slider_painter import SliderLook, knob_radius, paint_slider
from saerch_desktop.ui.slider_units import Measure
from saerch_desktop.ui.theme import UNIT

_BELOW, _ABOVE = 2.0, 3.0  # reach on either side of zero, in units of the feature's own strength
_SNAP = UNIT  # pixels within which a drag holds on to the natural value or to zero
_FINE = 0.2  # a drag with Shift moves this much as far


def _margin() -> float:
    """Left and right of the groove, in pixels: the knob and its ring at an end."""
    return knob_radius() + UNIT


class BipolarSlider(QAbstractSlider):
    """One feature's value. `activation_changed` is emitted live, only for what the user does.

    Range: −2 to +3 times the feature's unit (its scale, or its natural value when that is larger); a value
    set beyond it stretches the range. `edit_finished` follows every gesture: release, key, wheel.
    `looked_at(value)` when the pointer rests where a press would bring the value, and again as it moves on;
    `looked_away` after that.
    """

    activation_changed = Signal(float)
    edit_finished = Signal()
    looked_at = Signal(float)
    looked_away = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = 1.0
        self._natural = 0.0
        self._value = 0.0
        self._low, self._high = -_BELOW, _ABOVE
        self._name, self._what = "Feature", "Activation"
        self._before_drag: float | None = None
        self._grip = 0.0  # where inside the handle it was taken, in pixels
        self._fine_from: tuple[float, float] | None = None
        self._mirroring = False
        self._locked = self._quiet = False
        self._held: float | None = None
        self._ghost: float | None = None
        self._dwell: Dwell | None = None  # made when first needed: most sliders are never looked at
        self._measure = Measure(0.0, 1.0)
        self.setMouseTracking(True)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSingleStep(5)
        self.setPageStep(50)
        self.valueChanged.connect(self._from_assistance)
        self.set_feature("Feature", 0.0, 1.0)

    # Values ----------------------------------------------------------------------------------------------

    def set_feature(
        self,
        name: str,
        natural: float,
        scale: float,
        what: str = "Activation",
        measure: Measure | None = None,
    ) -> None:
        """Show another feature at its natural value. scale > 0: how strong it gets where it is active.

        what: the quantity that is moved, for assistive technology; measure: how its values read.
        """
        self._name, self._what = name, what
        self._natural = natural
        self._measure = measure or Measure(natural, scale)
        self._unit = max(abs(natural), scale, 1e-6)
        self._low, self._high = -_BELOW * self._unit, _ABOVE * self._unit
        self._before_drag = self._held = None
        self._look_away()
        self._store(natural)

    def set_measure(self, measure: Measure) -> None:
        """Let its values read otherwise."""
        self._measure = measure
        self._describe()

    def set_locked(self, locked: bool) -> None:
        """Hold it where it is: neither mouse nor keys move it."""
        if locked != self._locked:
            self._locked = locked
            self._look_away()
            self.setCursor(Qt.CursorShape.ForbiddenCursor if locked else Qt.CursorShape.ArrowCursor)
            self._describe()
            self.update()

    def set_quiet(self, quiet: bool) -> None:
        """Show that it counts for nothing, wherever it stands."""
        if quiet != self._quiet:
            self._quiet = quiet
            self.update()

    def set_held(self, value: float | None) -> None:
        """Mark how far a limit lets it come; None where it is let through."""
        if value != self._held:
            self._held = value
            self._describe()
            self.update()

    def activation(self) -> float:
        return self._value

    def natural(self) -> float:
        return self._natural

    def reach(self) -> tuple[float, float]:
        """Lowest and highest value that the drawn range holds, in activation units."""
        return self._low, self._high

    def change(self) -> float:
        """How far the value stands from natural."""
        return self._value - self._natural

    def set_activation(self, value: float) -> None:
        """Set the value from outside, without a signal."""
        if value != self._value:
            self._store(value)

    def reset(self) -> None:
        """Back to natural, as an act of the user."""
        if self._locked:
            return
        self._user_set(self._natural)
        self.edit_finished.emit()

    def is_dragging(self) -> bool:
        return self._before_drag is not None

    def _store(self, value: float) -> None:
        self._value = value
        self._low, self._high = min(self._low, value), max(self._high, value)
        self._mirroring = True
        self.setRange(round(100 * self._low / self._unit), round(100 * self._high / self._unit))
        self.setValue(round(100 * value / self._unit))
        self._mirroring = False
        self._describe()
        self.update()

    def _user_set(self, value: float) -> None:
        if self._locked:
            return
        value = min(max(value, self._low), self._high)
        if value != self._value:
            self._store(value)
            self.activation_changed.emit(value)

    def _from_assistance(self, percent: int) -> None:
        if self._locked and not self._mirroring:
            self._store(self._value)
        elif not self._mirroring:
            self._user_set(percent / 100 * self._unit)
            self.edit_finished.emit()

    def _describe(self) -> None:
        read = self._measure.text
        text = f"{read(self._value)}, natural {read(self._natural)}"
        if self.change():
            text = f"{text}, changed by {self._measure.change(self.change())}"
        if self._held is not None:
            text = f"{text}, held at {read(self._held)} by the limit"
        keys = "Drag, or ← → (Shift: ten times as far); 0 or double-click: natural\nM: mute, S: solo, L: lock"
        if self._locked:
            text, keys = f"{text}, locked", "L: unlock"
        self.setAccessibleName(f"{self._what} of {self._name}")
        self.setAccessibleDescription(text)
        self.setToolTip(wording.tip(f"{self._name}\n{text}\n{keys}"))

    # Geometry --------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(40 * UNIT, 6 * UNIT)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * UNIT, 5 * UNIT)

    def x_of(self, value: float) -> float:
        """Where a value lies, in widget pixels."""
        share = (value - self._low) / (self._high - self._low)
        return _margin() + share * (self.width() - 2 * _margin())

    def _value_at(self, x: float) -> float:
        for held in (self._natural, 0.0):
            if abs(x - self.x_of(held)) <= _SNAP:
                return held
        return self._free_value_at(x)

    def _free_value_at(self, x: float) -> float:
        share = (x - _margin()) / max(1.0, self.width() - 2 * _margin())
        return self._low + share * (self._high - self._low)

    # Mouse and keys --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._look_away()
        if self._locked:
            return
        self._before_drag = self._value
        x, handle = event.position().x(), self.x_of(self._value)
        self._grip = x - handle if abs(x - handle) <= knob_radius() + 2 else 0.0
        self._fine_from = None
        if self._grip == 0.0 and x != handle:
            self._user_set(self._value_at(x))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._before_drag is None:
            self._passed(event)
            return
        x = event.position().x() - self._grip
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            if self._fine_from is None:
                self._fine_from = (x, self._value)
            start, value = self._fine_from
            self._user_set(value + (self._free_value_at(x) - self._free_value_at(start)) * _FINE)
        else:
            self._fine_from = None
            self._user_set(self._value_at(x))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._before_drag is not None and event.button() == Qt.MouseButton.LeftButton:
            self._before_drag = None
            self.update()
            self.edit_finished.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._before_drag = None
            self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Without focus the wheel belongs to the list around: scrolling past must never steer.
        notches = event.angleDelta().y() / 120
        if not self.hasFocus() or not notches:
            event.ignore()
            return
        self._look_away()
        self._step(notches * 0.01)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._look_away()

    def _passed(self, event: QMouseEvent) -> None:
        """The pointer is over it, with no button down."""
        if self._locked or self._quiet or event.buttons() != Qt.MouseButton.NoButton:
            self._look_away()
            return
        if self._dwell is None:
            self._dwell = Dwell(self, self._look, self._looked_away)
        self._dwell.moved(event.position().x())

    def _look(self, x: float) -> None:
        value = self._value_at(x)
        near = abs(x - self.x_of(self._value)) <= knob_radius()  # over the handle nothing would change
        self._ghost = None if near else value
        self.update()
        if near:
            self.looked_away.emit()
        else:
            self.looked_at.emit(value)

    def _look_away(self) -> None:
        if self._dwell is not None:
            self._dwell.stop()

    def _looked_away(self) -> None:
        self._ghost = None
        self.update()
        self.looked_away.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = event.key(), Qt.Key
        self._look_away()
        steps = {keys.Key_Left: -1, keys.Key_Right: 1, keys.Key_PageDown: -10, keys.Key_PageUp: 10}
        direction = steps.get(keys(key))
        held = event.modifiers()
        if key == keys.Key_Escape and self._before_drag is not None:
            self._user_set(self._before_drag)
            self._before_drag = None
            self.edit_finished.emit()
        elif direction is not None and held & Qt.KeyboardModifier.ControlModifier and abs(direction) == 1:
            self.reset()
        elif direction is not None:
            tenfold = held & Qt.KeyboardModifier.ShiftModifier and abs(direction) == 1
            self._step(direction * (0.1 if tenfold else 0.01))
        elif key == keys.Key_0 and not held & ~Qt.KeyboardModifier.KeypadModifier:
            self.reset()
        elif key in (keys.Key_Home, keys.Key_End):
            self._user_set(self._low if key == keys.Key_Home else self._high)
            self.edit_finished.emit()
        else:
            event.ignore()

    def _step(self, share: float) -> None:
        self._user_set(self._value + share * (self._high - self._low))
        self.edit_finished.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # Painting --------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        look = SliderLook(
            natural=self.x_of(self._natural),
            zero=self.x_of(0.0),
            value=self.x_of(self._value),
            push=self.change() if self.isEnabled() else 0.0,
            held=None if self._held is None else self.x_of(self._held),
            ghost=None if self._ghost is None else self.x_of(self._ghost),
            start=_margin(),
            end=self.width() - _margin(),
            enabled=self.isEnabled(),
            quiet=self._quiet,
            locked=self._locked,
            focused=self.hasFocus(),
            near=self.underMouse(),
            taken=self.is_dragging(),
        )
        painter = QPainter(self)
        paint_slider(painter, self.height(), look, self.devicePixelRatioF())
        painter.end()
