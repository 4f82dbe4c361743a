"""What the mixer says of the whole query, and the switch of its units."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.slider_units import Units
from saerch_desktop.ui.theme import UNIT, color

_TEXTS: Final = {"times": ("× natural", "×1.0"), "activation": ("Activation", "0.50")}
_NARROW: Final = 72 * UNIT


class _Explained(QWidget):
    """One muted line, elided."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.notifier.changed.connect(self.update)

    def say(self, text: str, tip: str) -> None:
        self.text = text
        describe(self, text, tip)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(color(theme.tokens().text_muted))
        shown = self.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class MixerHead(QWidget):
    """`units_changed` by the user alone."""

    units_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._units: Units = "times"
        self.explained = _Explained()
        self.units = QPushButton()
        self.units.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.units.clicked.connect(self.turn_units)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * UNIT)
        row.addWidget(self.explained, 1)
        row.addWidget(self.units)
        self.show_units("times")
        self.show_explained(None, 0)

    def show_explained(self, share: float | None, features: int) -> None:
        """share: of what sets the query apart, 0 to 1; None where nothing is known."""
        if share is None or not features:
            self.explained.say("", "")
            return
        many = "1 feature" if features == 1 else f"{features:,} features"
        self.explained.say(
            f"{share:.0%} explained by {many}".replace("%", " %"),
            f"{many} account for {share:.1%} of what sets this query apart from the average text "
            "(share of its squared distance from the average). The rest stays in the query as it is; in "
            "paper mode it is dropped.".replace("%", " %"),
        )

    def show_units(self, units: Units) -> None:
        """Which units are shown; no signal."""
        self._units = units
        times = units == "times"
        self.units.setText(_TEXTS[units][self.width() < _NARROW])
        now = "multiples of the natural value" if times else "activations"
        other = "activations" if times else "multiples of the natural value"
        describe(
            self.units,
            f"Sliders read in {now}",
            f"Sliders read in {now} (of the usual strength, the 95th percentile, where the query has none "
            f"of a feature). Press for {other}.",
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.units.setText(_TEXTS[self._units][self.width() < _NARROW])

    def turn_units(self) -> None:
        """The other units, as an act of the user."""
        self.show_units("activation" if self._units == "times" else "times")
        self.units_changed.emit(self._units)
