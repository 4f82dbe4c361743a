"""The few numbers of a feature as small tiles: what each is called above, its value beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from saerch_desktop.features.card import FeatureCard
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.feature_sections import Flow
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.stability import Stability

_TILES = (
    ("density", "Density", "Share of documents where this feature is active"),
    ("count", "Documents", "Documents where this feature is active"),
    ("maximum", "Strongest", "Highest activation: how far a document’s vector points along the feature"),
    ("mean", "Mean", "Mean activation in the documents where it is active"),
    ("alike", "Alikeness", "How much more alike its documents are than any documents; 0 is not at all"),
    ("stable", "Seed stability", ""),
)
_STABLE = (
    "How alike the nearest feature is after the same training from another seed: mean cosine of directions, "
    "1 is the very same"
)


class _Tile(QWidget):
    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._name = name
        self.value = QLabel("–")
        caption = QLabel(name)
        theme.set_role(caption, "muted")
        theme.set_role(self.value, "figure")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 2 * UNIT, 0)
        layout.setSpacing(0)
        layout.addWidget(caption)
        layout.addWidget(self.value)
        self.setToolTip(tip)

    def show_value(self, text: str) -> None:
        self.value.setText(text)
        self.value.setAccessibleName(f"{self._name}: {text}")
        self.setAccessibleName(f"{self._name}: {text}")


class Figures(QWidget):
    """Tiles keep their places: a number that comes later fills a dash."""

    def __init__(self) -> None:
        super().__init__()
        self._feature: int | None = None
        self.tiles = {key: _Tile(name, tip) for key, name, tip in _TILES}
        self.tiles["stable"].hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Flow(list(self.tiles.values()), 2 * UNIT))

    def show_card(self, card: FeatureCard) -> None:
        shown = {
            "density": wording.share(card.density),
            "count": wording.count(card.count),
            "maximum": wording.activation(card.maximum) if card.count else "–",
            "mean": wording.activation(card.mean) if card.count else "–",
            "alike": "–" if card.cohesion is None else f"{card.cohesion:.2f}".replace("-", "−"),
        }
        for key, text in shown.items():
            self.tiles[key].show_value(text)
        self.tiles["alike"].setVisible(card.cohesion is not None)
        if card.feature != self._feature:
            self._feature = card.feature
            self.tiles["stable"].show_value("–")

    def set_siblings(self, there: bool) -> None:
        """Whether there is another SAE at all."""
        self.tiles["stable"].setVisible(there)

    def set_stability(self, stability: Stability) -> None:
        value = stability.seed_stability
        tile = self.tiles["stable"]
        tile.show_value("–" if value is None else f"{value:.2f}".replace("-", "−"))
        lines = [_STABLE]
        if value is None:
            lines = ["Train a second SAE with the same settings and another seed to know this"]
        lines += [f"{found.sae}: {found.cosine:.2f}, {found.text}" for found in stability.seeds]
        lines += [f"{name} could not be looked into" for name in stability.unusable]
        tile.setToolTip(wording.tip("\n".join(lines)))
