"""One feature in the mixer."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from saerch_desktop.features.label import Label
from saerch_desktop.ui.slider_row import SliderRow
from saerch_desktop.ui.slider_units import Measure, Units


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

    def set_feature(self, feature: MixerFeature, units: Units = "times") -> None:
        """Show a feature at its natural value."""
        self.feature, self.key = feature, feature.feature
        self.label.set_text(feature.label)
        self.grade.set_label(feature.claim, feature.verified)
        self.show_natural(feature.label, "Activation", Measure(feature.natural, feature.scale, units))

    def choose(self) -> None:
        self.chosen.emit(self.feature.feature)
