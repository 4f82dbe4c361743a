"""The examples that a name is judged by: the strongest documents, middling ones, and near misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from saerch_desktop.features.card import BandName
from saerch_desktop.ui import theme
from saerch_desktop.ui.feature_entries import document_entries
from saerch_desktop.ui.feature_lists import EntryList
from saerch_desktop.ui.form_parts import heading
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.ui.review_desk import Evidence

BANDS: tuple[tuple[BandName, str, str], ...] = (
    ("top", "Strongest", "The name should fit all of these"),
    ("middle", "Middle", "The name should fit most of these"),
    ("near", "Near misses", "The feature is just not active here, so the name should not fit"),
)


class EvidenceView(QScrollArea):
    """Three lists, one below the other. `document_chosen` carries a row."""

    document_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Examples")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(2 * UNIT, 0, 2 * UNIT, 0)
        layout.setSpacing(UNIT)
        self._waiting = QLabel("Reading the examples…")
        theme.set_role(self._waiting, "muted")
        layout.addWidget(self._waiting)
        self.lists: dict[str, EntryList] = {}
        self._headings: dict[str, QLabel] = {}
        for name, title, tip in BANDS:
            title_label = heading(f"{title}: {tip[0].lower()}{tip[1:]}")
            title_label.setWordWrap(True)
            listed = EntryList(f"{title} examples", f"{tip}. Press to read the document")
            listed.chosen.connect(self.document_chosen)
            layout.addWidget(title_label)
            layout.addWidget(listed)
            layout.addSpacing(UNIT)
            self.lists[name] = listed
            self._headings[name] = title_label
        layout.addStretch(1)
        self.setWidget(page)
        self._shown: Evidence | None = None
        self.show_evidence(None)

    def show_evidence(self, evidence: Evidence | None) -> None:
        """Show the examples of a feature; None while they are read."""
        self._waiting.setVisible(evidence is None)
        if evidence is not None and evidence is self._shown:
            return
        self._shown = evidence
        bands = {band.name: band for band in evidence.bands} if evidence is not None else {}
        for name, _, _ in BANDS:
            band = bands.get(name)
            there = evidence is not None and band is not None
            self._headings[name].setVisible(there)
            self.lists[name].setVisible(there)
            if evidence is None or band is None:
                continue
            self.lists[name].show_entries(
                document_entries(
                    band.documents,
                    evidence.card.maximum,
                    evidence.texts_of,
                    near=name == "near",
                )
            )
        self.verticalScrollBar().setValue(0)
