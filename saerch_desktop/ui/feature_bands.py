"""Examples of a feature, by strength: chosen band, its documents, the sentences that drive them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from saerch_desktop.features.card import Band, TopDocument
from saerch_desktop.ui import wording
from saerch_desktop.ui.feature_entries import Spans, Texts, document_entries
from saerch_desktop.ui.feature_lists import EntryList
from saerch_desktop.ui.feature_sections import Section, Segments, muted
from saerch_desktop.ui.form_parts import tool
from saerch_desktop.ui.theme import UNIT

_CHOICES = (
    ("top", "Top", "Documents where it is strongest"),
    ("upper", "Upper", "Some of the strong ones, below the very strongest"),
    ("middle", "Middle", "Some of the middle half"),
    ("low", "Low", "Some of the weakest quarter: does the name still fit?"),
    ("near", "Near miss", "Documents where it is just not active: where does its meaning end?"),
    ("zero", "Silent", "Documents drawn from all where it is not active"),
)
_TIP = "Press to read; the sentences that drive the feature are underlined"
_LEAST_TOP = 5
_SEARCHING = "Looking for documents where it is nearly active…"
_NONE = {
    "near": "None: they are found from the vectors, which are missing",
    "zero": "None: it is active everywhere",
}


class BandsView(QWidget):
    """Keeps the chosen band while one feature is shown; another one begins with its strongest documents."""

    document_chosen = Signal(int)
    others_wanted = Signal()
    export_wanted = Signal()
    walked = Signal(QRect)

    def __init__(self) -> None:
        super().__init__()
        self._feature: int | None = None
        self._maximum = 0.0
        self._bands: dict[str, Band] = {}
        self._texts: Texts | None = None
        self._spans: Spans = {}
        self._searching = False
        self.choice = Segments("Which examples", _CHOICES)
        self.choice.chosen.connect(lambda _: self._show())
        self.caption = muted()
        self.documents = EntryList("Examples of the feature", _TIP)
        self.documents.chosen.connect(self.document_chosen)
        self.documents.walked.connect(self.walked)
        self.others = tool("shuffle", "Show other examples", "Show other examples, drawn anew")
        self.others.clicked.connect(self.others_wanted)
        self.export = tool("export", "Export the examples", "Write the examples of all bands to a file")
        self.export.clicked.connect(self.export_wanted)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(UNIT)
        inside.addWidget(self.choice)
        inside.addWidget(self.caption)
        inside.addWidget(self.documents)
        tip = "Documents by how strongly the feature is active in them"
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Section("Examples", content, tip, (self.others, self.export)))

    def set_bands(
        self,
        feature: int,
        bands: Sequence[Band],
        maximum: float,
        texts: Texts | None,
        searching: bool = False,
    ) -> None:
        """Show examples. searching: the near misses are still to come."""
        if feature != self._feature:
            self.choice.choose("top")
            self._spans = {}
        self._feature, self._maximum, self._texts = feature, maximum, texts
        self._bands = {band.name: band for band in bands}
        self._searching = searching and "near" not in self._bands
        self._show()

    def set_spans(self, spans: Spans) -> None:
        """What drives the feature in its documents: by row, (start, end) in the text, most telling first."""
        self._spans = spans
        self.documents.setToolTip(_TIP)
        self._show()

    def say_why_unmarked(self, why: str) -> None:
        """Why no sentences are marked, for whoever wonders."""
        self.documents.setToolTip(f"Press to read. {why}")

    def _show(self) -> None:
        name = self.choice.current()
        band = self._bands.get(name)
        searching = name == "near" and self._searching
        self.documents.set_empty(_SEARCHING if searching else _NONE.get(name, "None"))
        documents = band.documents if band is not None else ()
        self.documents.show_entries(
            document_entries(documents, self._maximum, self._texts, self._spans, name == "near")
        )
        self.caption.setText(_caption(band))
        some = any(band.documents for band in self._bands.values())
        self.others.setEnabled(some)
        self.export.setEnabled(some)


def with_strongest(bands: Sequence[Band], strongest: Sequence[TopDocument]) -> tuple[Band, ...]:
    """The same bands, the first of them filled up with the feature's strongest documents.

    The strongest twentieth of a rare feature's documents is one or two, too few to see what it stands for.
    Those that come to the first band leave the others.
    """
    top = next((band for band in bands if band.name == "top"), None)
    if top is None or len(top.documents) >= _LEAST_TOP or not strongest:
        return tuple(bands)
    documents = tuple(strongest[:_LEAST_TOP])
    taken = {document.row for document in documents}
    made = []
    for band in bands:
        if band is top:
            low = min(band.low, documents[-1].activation)
            made.append(replace(band, low=low, count=None, documents=documents))
        else:
            kept = tuple(document for document in band.documents if document.row not in taken)
            made.append(replace(band, documents=kept))
    return tuple(made)


def _caption(band: Band | None) -> str:
    """What the band is, which activations it spans, and how many of its documents are shown."""
    if band is None or not band.documents:
        return " "
    parts = [band.title]
    if band.name == "near":
        parts.append("figures before the strongest were chosen")
    elif band.high > 0:
        parts.append(f"{wording.activation(band.low)} to {wording.activation(band.high)}")
    if band.count is not None and band.count > len(band.documents):
        parts.append(f"{len(band.documents)} of {wording.documents(band.count)}")
    return " · ".join(parts)
