"""A feature's relatives: by direction, by shared documents, and the like of it in other SAEs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from saerch_desktop.features.card import FeatureCard
from saerch_desktop.ui import wording
from saerch_desktop.ui.feature_entries import Entry, Named, direction_entries, shared_entries
from saerch_desktop.ui.feature_lists import EntryList
from saerch_desktop.ui.feature_sections import Section, Segments, muted
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.features.stability import Stability

_CHOICES = (
    ("nearest", "Nearest", "Features whose direction is most like this one’s"),
    ("opposite", "Opposite", "Features whose direction is most against this one’s"),
    ("together", "Found together", "Features active in the same documents more often than by chance"),
    ("rarely", "Rarely together", "Features that share fewer documents with this one than chance would give"),
    ("others", "In other SAEs", "The nearest feature of each other SAE of this library"),
)
_CAPTIONS = {
    "nearest": "Cosine of directions: 1 is the same",
    "opposite": "Cosine of directions: −1 is the very opposite",
    "together": "NPMI: 1 is always together, 0 as chance has it",
    "rarely": "NPMI: −1 is never together, 0 as chance has it",
    "others": "Cosine of directions: 1 is the same",
}
_NONE = {
    "nearest": "No other feature is active",
    "opposite": "No other feature is active",
    "together": "None more often than by chance",
    "rarely": "None less often than by chance",
    "others": "No other SAE can be compared",
}


class KinView(QWidget):
    """`feature_chosen` and `feature_added` carry features of this SAE; those of others cannot be opened."""

    feature_chosen = Signal(int)
    feature_added = Signal(int)
    walked = Signal(QRect)

    def __init__(self) -> None:
        super().__init__()
        self._card: FeatureCard | None = None
        self._named: Named | None = None
        self._stability: Stability | None = None
        self.choice = Segments("Which relatives", _CHOICES)
        self.choice.buttons["others"].hide()
        self.choice.chosen.connect(lambda _: self._show())
        self.caption = muted()
        self.features = EntryList(
            "Related features", "Press to inspect; + adds to the mixer", quiet=True, addable=True
        )
        self.features.chosen.connect(self._choose)
        self.features.added.connect(self.feature_added)
        self.features.walked.connect(self.walked)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(UNIT)
        inside.addWidget(self.choice)
        inside.addWidget(self.caption)
        inside.addWidget(self.features)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(
            Section("Related features", content, "By direction, and by the documents they share")
        )

    def show_card(self, card: FeatureCard, named: Named | None = None) -> None:
        """named: label and decisions of a feature, for the grade of its name."""
        if self._card is None or card.feature != self._card.feature:
            self._stability = None
        self._card, self._named = card, named
        self._show()

    def set_siblings(self, there: bool) -> None:
        """Whether the library has other SAEs to look into."""
        self.choice.buttons["others"].setVisible(there)
        if not there and self.choice.current() == "others":
            self.choice.choose("nearest")

    def set_stability(self, stability: Stability) -> None:
        self._stability = stability
        self._show()

    def _show(self) -> None:
        card, key = self._card, self.choice.current()
        if card is None:
            return
        makers: dict[str, Callable[[], list[Entry]]] = {
            "nearest": lambda: direction_entries(card.nearest, self._named),
            "opposite": lambda: direction_entries(card.opposite, self._named),
            "together": lambda: shared_entries(card.cooccurring, self._named, card.estimated),
            "rarely": lambda: shared_entries(card.rarely, self._named, card.estimated),
            "others": self._others,
        }
        caption = _CAPTIONS[key]
        if card.estimated and key in ("together", "rarely"):
            caption += f"; counted in a sample of {wording.documents(card.counted)}"
        self.caption.setText(caption)
        waiting = key == "others" and self._stability is None
        self.features.set_empty("Looking into the other SAEs…" if waiting else _NONE[key])
        self.features.addable = key != "others"
        self.features.show_entries(makers[key]())

    def _others(self) -> list[Entry]:
        if self._stability is None:
            return []
        made = []
        for found in (*self._stability.seeds, *self._stability.others):
            how = "trained alike from another seed" if found.same_configuration else "of another shape"
            made.append(
                Entry(
                    found.feature,
                    f"{found.sae}: {found.text}",
                    wording.signed(found.cosine),
                    min(abs(found.cosine), 1.0),
                    f"{found.text}\n#{found.feature} of “{found.sae}” ({found.features:,} features, "
                    f"{found.k} active; {how})\nTo open it, choose that SAE under Features, Features in use",
                )
            )
        return made

    def _choose(self, feature: int) -> None:
        if self.choice.current() != "others":
            self.feature_chosen.emit(feature)
