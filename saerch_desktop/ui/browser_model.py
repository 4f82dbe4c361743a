"""The virtual table behind the feature browser: an array of features, and columns to look them up in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from saerch_desktop.features.browse import FamilyEntry, FeatureTable, SortKey
from saerch_desktop.features.label import GRADES
from saerch_desktop.ui import wording
from saerch_desktop.ui.grades import grade_tip, grade_words, source_words

Index = QModelIndex | QPersistentModelIndex

FEATURE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1


class Column(IntEnum):
    """The table's columns, left to right."""

    NUMBER = 0
    LABEL = 1
    GRADE = 2
    DENSITY = 3
    NOW = 4
    RELEVANCE = 5
    FAMILY = 6
    SOURCE = 7
    TAGS = 8


SORTS: Final[dict[Column, SortKey]] = {
    Column.NUMBER: "number",
    Column.LABEL: "label",
    Column.GRADE: "grade",
    Column.DENSITY: "density",
    Column.NOW: "now",
    Column.RELEVANCE: "relevance",
    Column.FAMILY: "family",
    Column.SOURCE: "source",
    Column.TAGS: "tags",
}
FALLING: Final = (Column.DENSITY, Column.NOW, Column.RELEVANCE)  # the most first when first asked for
_HEADS: Final = {
    Column.NUMBER: ("#", "Number", "The feature’s number"),
    Column.LABEL: (
        "Name",
        "Name",
        "What the feature is called; F2 gives a name of your own",
    ),
    Column.GRADE: (
        "Grade",
        "Grade",
        "How well the name finds the documents: A is best, ? not tested",
    ),
    Column.DENSITY: (
        "Density",
        "Density",
        "Share of documents where the feature is active; the bar’s scale is logarithmic",
    ),
    Column.NOW: ("Now", "Activation now", "Activation in what is looked at"),
    Column.RELEVANCE: (
        "Relevance",
        "Relevance to the selected documents",
        "How much the feature sets the selected documents apart: its share in them times how often that is\n"
        "the double of its share elsewhere, as far as this is sure; below zero: rarer than elsewhere",
    ),
    Column.FAMILY: (
        "Family",
        "Family",
        "The narrowest family that the feature belongs to; hover a cell to see all of them",
    ),
    Column.SOURCE: ("Source", "Source", "Who gave the name"),
    Column.TAGS: ("Tags", "Tags", "Your tags"),
}
_RIGHT: Final = (Column.NUMBER, Column.DENSITY, Column.NOW, Column.RELEVANCE)
# Asked for at every cell: made once.
_READABLE: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_WRITABLE: Final = _READABLE | Qt.ItemFlag.ItemIsEditable
_FAMILIES_TOLD: Final = 8
_LEAST_DENSITY: Final = 1e-5  # where the bars begin


class BrowserModel(QAbstractTableModel):
    """Shows the features `ids` of a table. `renamed` carries a feature and the name that was written."""

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table: FeatureTable | None = None
        self.ids: NDArray[np.int64] = np.empty(0, np.int64)
        self.now_head = ""
        self._most_now = 0.0
        self._most_relevance = 0.0

    # Content ---------------------------------------------------------------------------------------------

    def show_features(self, table: FeatureTable | None, ids: NDArray[np.int64]) -> None:
        """Show other features, or others of another table."""
        self.beginResetModel()
        self.table, self.ids = table, ids
        self._measure()
        self.endResetModel()

    def touch(self) -> None:
        """The same features in the same order say something else now."""
        self._measure()
        if self.ids.size:
            last = self.index(self.ids.size - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def set_now_head(self, head: str) -> None:
        """What the column of activations is about, in a word or two."""
        if head != self.now_head:
            self.now_head = head
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, int(Column.NOW), int(Column.NOW))

    def _measure(self) -> None:
        table = self.table
        self._most_now = float(table.now.max(initial=0.0)) if table is not None else 0.0
        self._most_relevance = float(np.abs(table.relevance).max(initial=0.0)) if table is not None else 0.0

    def feature(self, place: int) -> int:
        return int(self.ids[place])

    def places_of(self, features: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where these features stand now, in rising order; those that are not shown left out."""
        if self.table is None or not self.ids.size:
            return np.empty(0, np.int64)
        place = np.full(self.table.features, -1, np.int64)
        place[self.ids] = np.arange(self.ids.size)
        found = place[features[features < self.table.features]]
        return np.sort(found[found >= 0])

    # Qt's model ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else int(self.ids.size)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return _WRITABLE if index.column() == Column.LABEL else _READABLE

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(Column):
            return None
        column = Column(section)
        head, spoken, tip = _HEADS[column]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.now_head or head if column == Column.NOW else head
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{tip}\nPress to sort, once more to turn the order around"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in _RIGHT else Qt.AlignmentFlag.AlignLeft
            return Qt.AlignmentFlag.AlignVCenter | side
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if self.table is None or not index.isValid() or index.row() >= self.ids.size:
            return None
        feature, column = int(self.ids[index.row()]), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(feature, column)
        if role == Qt.ItemDataRole.EditRole:
            label = self.table.labels.get(feature) if column == Column.LABEL else None
            return "" if label is None else label.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(self._tip(feature, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(feature, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _RIGHT:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return feature if role == FEATURE_ROLE else None

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        if index.column() != Column.LABEL or role != Qt.ItemDataRole.EditRole:
            return False
        text = " ".join(str(value).split())
        if text == self.data(index, role):
            return False
        self.renamed.emit(int(self.ids[index.row()]), text)
        return True

    # One cell --------------------------------------------------------------------------------------------

    def text(self, feature: int, column: Column) -> str:
        """What a cell says."""
        table = self.table
        if table is None:
            return ""
        if column == Column.LABEL:
            return table.labels.text(feature)
        if column == Column.NUMBER:
            return str(feature)
        if column == Column.DENSITY:
            return wording.share(float(table.density[feature]))
        if column == Column.NOW:
            value = float(table.now[feature])
            return wording.activation(value) if value > 0 else ""
        if column == Column.RELEVANCE:
            return wording.signed(float(table.relevance[feature]), 3) if table.relevance[feature] else ""
        if column == Column.GRADE:
            grade = int(table.grade[feature])
            return GRADES[grade] if grade < len(GRADES) else ""
        if column == Column.FAMILY:
            return table.families[int(table.family[feature])].name
        if column == Column.SOURCE:
            return _short(table.sources[int(table.source[feature])])
        return ", ".join(table.tag_sets[int(table.tags[feature])])

    def share(self, feature: int, column: Column) -> float:
        """Length of a cell's bar, 0 to 1."""
        table = self.table
        if table is None:
            return 0.0
        if column == Column.DENSITY:
            density = float(table.density[feature])
            return max(0.0, 1 - math.log10(density) / math.log10(_LEAST_DENSITY)) if density > 0 else 0.0
        if column == Column.NOW:
            return float(table.now[feature]) / self._most_now if self._most_now > 0 else 0.0
        if column == Column.RELEVANCE and self._most_relevance > 0:
            return float(table.relevance[feature]) / self._most_relevance
        return 0.0

    def marks(self, feature: int) -> str:
        """The analyst's marks in words."""
        table = self.table
        assert table is not None
        told = (("pinned", table.pinned), ("flagged", table.flagged), ("note", table.noted))
        return ", ".join(word for word, there in told if there[feature])

    def _tip(self, feature: int, column: Column) -> str:
        table = self.table
        assert table is not None
        if column in (Column.GRADE, Column.SOURCE):
            accepted = "\nYou verified this name." if table.verified[feature] else ""
            return grade_tip(table.labels.get(feature)) + accepted
        if column == Column.DENSITY:
            documents = wording.documents(int(table.count[feature]))
            return f"Active in {documents}, {wording.share(float(table.density[feature]))} of all"
        if column == Column.NOW:
            return f"{self.now_head or 'Now'}: activation {float(table.now[feature]):.4f}"
        if column == Column.RELEVANCE:
            return (
                f"Relevance to the selected documents: {wording.signed(float(table.relevance[feature]), 4)}"
            )
        if column == Column.TAGS:
            return self.text(feature, column)
        if column == Column.FAMILY:
            return _families_words(table.families_of(feature))
        note = table.labels.mark(feature).note
        parts = (self.text(feature, Column.LABEL), f"#{feature}", self.marks(feature).capitalize(), note)
        return "\n".join(part for part in parts if part)

    def _spoken(self, feature: int, column: Column) -> str:
        table = self.table
        assert table is not None
        if column == Column.GRADE:
            accepted = ", verified" if table.verified[feature] else ""
            return f"grade {grade_words(table.labels.get(feature))}{accepted}"
        if column == Column.FAMILY and not table.family[feature]:
            return "in no family"
        if column == Column.NOW and not table.now[feature]:
            return "not active"
        if column == Column.LABEL and (marks := self.marks(feature)):
            return f"{self.text(feature, column)}, {marks}"
        return self.text(feature, column)

    # Taking it elsewhere ---------------------------------------------------------------------------------

    def lines(self, features: Sequence[int]) -> list[list[str]]:
        """Number, name, grade, density, source, tags and marks as text, after a line that names them."""
        columns = (Column.NUMBER, Column.LABEL, Column.GRADE, Column.DENSITY, Column.SOURCE, Column.TAGS)
        heads = [*(_HEADS[column][1] for column in columns), "Verified", "Marks"]
        table = self.table
        if table is None:
            return [heads]
        return [
            heads,
            *(
                [
                    *(self.text(feature, column) for column in columns),
                    "verified" if table.verified[feature] else "",
                    self.marks(feature),
                ]
                for feature in features
            ),
        ]


def _families_words(families: Sequence[FamilyEntry]) -> str:
    """All families of a feature, the narrowest first, a line each."""
    if not families:
        return "This feature is in no family"
    lines = [f"{family.name} · {len(family.members):,} features" for family in families[:_FAMILIES_TOLD]]
    more = len(families) - len(lines)
    return "\n".join([*lines, f"and {more:,} more"] if more else lines)


def _short(source: str) -> str:
    """Who gave a name, in a word where one will do; the tooltip says the rest."""
    kind = source.partition(":")[0]
    return {"phrases": "phrases", "imported": "import"}.get(kind) or (source_words(source) if source else "")
