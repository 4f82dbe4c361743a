"""One feature in the mixer."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from saerch_desktop.features.label import Label
from saerch_desktop.ui import theme
from saerch_desktop.ui.grades import chip_size
from saerch_desktop.ui.slider_row import ONE_LINE, SliderRow
from saerch_desktop.ui.theme import UNIT


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


class MixerRow(SliderRow):
    """`chosen` asks to inspect the feature."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Press to inspect this feature (Enter)")
        self.set_feature(MixerFeature(0, "Feature", 0.0, 1.0))

    def set_feature(self, feature: MixerFeature) -> None:
        """Show a feature at its natural value."""
        self.feature = feature
        self.label.set_text(feature.label)
        self.grade.set_label(feature.claim, feature.verified)
        self.show_natural(feature.label, "Activation", feature.natural, feature.scale)

    def choose(self) -> None:
        self.chosen.emit(self.feature.feature)

    # Geometry --------------------------------------------------------------------------------------------

    def height_for(self, width: int) -> int:
        line = theme.row_height(self.font())
        return line + 2 * UNIT if width >= ONE_LINE else self._first_line() + line + UNIT

    def _first_line(self) -> int:
        return self.fontMetrics().height() + UNIT

    def place(self) -> None:
        wide = self.width() >= ONE_LINE
        left, right = 3 * UNIT, self.width() - 2 * UNIT
        figure, change = self.figure_width(), self.change_width()
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
