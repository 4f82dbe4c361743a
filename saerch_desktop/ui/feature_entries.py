"""What the lists of a feature hold: documents and related features, each with a figure and a bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QObject, Qt

from saerch_desktop.features.card import RelatedByUse, RelatedFeature, TopDocument
from saerch_desktop.features.label import Grade, Label
from saerch_desktop.features.marks import Mark
from saerch_desktop.ui import wording
from saerch_desktop.ui.grades import grade_of, grade_words
from saerch_desktop.ui.marked_text import Marks, excerpt
from saerch_desktop.ui.results_model import Index

ENTRY_ROLE = int(Qt.ItemDataRole.UserRole) + 1

Texts = Callable[[Sequence[int]], Sequence[str]]
Spans = Mapping[int, Sequence[tuple[int, int]]]
Named = Callable[[int], tuple[Label | None, Mark]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. key: document row or feature. share: length of its bar, 0 to 1. text: an excerpt, or "".

    marks: (start, end) of the parts of `text` that are marked. grade: of a feature's name, None for none.
    """

    key: int
    title: str
    value: str
    share: float
    tip: str
    text: str = ""
    marks: Marks = ()
    grade: Grade | None = None
    verified: bool = False


class EntryModel(QAbstractListModel):
    """A short list of entries, replaced as a whole."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def replace(self, entries: Sequence[Entry]) -> None:
        """Show others. Where they stand for the same things, the selection stays."""
        same = [entry.key for entry in entries] == [entry.key for entry in self.entries]
        if same and entries:
            self.entries = list(entries)
            self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))
            return
        self.beginResetModel()
        self.entries = list(entries)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(entry.tip)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.title}, {entry.value}"
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return entry.text
        return entry if role == ENTRY_ROLE else None


def document_entries(
    documents: Sequence[TopDocument],
    maximum: float,
    texts: Texts | None,
    spans: Spans | None = None,
    near: bool = False,
) -> list[Entry]:
    """Entries for examples. spans: by row, the sentences that drive the feature, the most telling first.

    near: the figures are of documents where the feature just stays silent.
    """
    found = texts([document.row for document in documents]) if texts is not None and documents else None
    made = []
    for place, document in enumerate(documents):
        title = document.title or f"Document {document.row}"
        text, marks = "", tuple[tuple[int, int], ...]()
        if found is not None:
            text, marks = excerpt(found[place], document.title, (spans or {}).get(document.row, ()))
        what = "Just not active; activation before the choice of the strongest" if near else "Activation"
        made.append(
            Entry(
                document.row,
                title,
                wording.activation(document.activation),
                min(max(document.activation / maximum, 0.0), 1.0) if maximum > 0 else 0.0,
                f"{title}\n{what} {document.activation:.4f}",
                text,
                marks,
            )
        )
    return made


def direction_entries(related: Sequence[RelatedFeature], named: Named | None = None) -> list[Entry]:
    """Entries for features by decoder cosine."""
    return [
        _feature_entry(
            other.feature,
            other.text,
            wording.signed(other.cosine),
            abs(other.cosine),
            f"cosine of directions {wording.signed(other.cosine, 4)}",
            named,
        )
        for other in related
    ]


def shared_entries(
    related: Sequence[RelatedByUse], named: Named | None = None, estimated: bool = False
) -> list[Entry]:
    """Entries for features that share more, or fewer, documents than chance would give; by NPMI."""
    made = []
    for other in related:
        shared = other.cooccurrence
        about = "about " if estimated else ""
        expected = f", {shared.expected:,.0f} by chance" if shared.expected else ""
        made.append(
            _feature_entry(
                shared.feature,
                other.text,
                wording.signed(shared.npmi),
                abs(shared.npmi),
                f"both active in {about}{wording.documents(shared.count)}{expected} "
                f"({shared.lift:.1f} × chance)",
                named,
            )
        )
    return made


def _feature_entry(
    feature: int, text: str, value: str, share: float, about: str, named: Named | None
) -> Entry:
    label, mark = named(feature) if named is not None else (None, Mark(feature=feature))
    grade = grade_of(label) if named is not None else None
    trust = f"\nIts name: {grade_words(label)}" if named is not None else ""
    tip = f"{text}\n#{feature} · {about}{trust}"
    return Entry(feature, text, value, min(share, 1.0), tip, grade=grade, verified=mark.verified)
