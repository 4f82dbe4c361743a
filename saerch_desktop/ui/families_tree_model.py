"""Families, their parts and their features as a tree that is made as far as it is unfolded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from saerch_desktop.features.label import Grade
from saerch_desktop.ui import wording
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_names import Names, size_words
from saerch_desktop.ui.grades import grade_of, grade_tip, grade_words

Index = QModelIndex | QPersistentModelIndex

HEADS: Final = (
    ("Family", "Families, beneath them their parts, and beneath those their features"),
    ("Features", "How many features belong to it, those of its parts included"),
    ("Density", "Share of documents where it is active"),
)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(slots=True, eq=False)
class Branch:
    """One line. children: None until somebody unfolds it."""

    what: Focus
    above: Branch | None
    row: int
    root: bool = False  # the most general feature of the family above it
    children: list[Branch] | None = field(default=None)


class FamilyTreeModel(QAbstractItemModel):
    """Read-only; replaced as a whole when there is another book."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.names: Names | None = None
        self._tops: list[Branch] = []

    def show_book(self, names: Names | None) -> None:
        """Show the families of another book, or none."""
        self.beginResetModel()
        self.names = names
        self._tops = []
        if names is not None:
            self._tops = [
                Branch(Focus(family.key), None, row) for row, family in enumerate(names.book.tops())
            ]
        self.endResetModel()

    def renamed(self) -> None:
        """Features have other names now."""
        if self._tops:
            self.layoutChanged.emit()

    # Where things are ------------------------------------------------------------------------------------

    def branch(self, index: Index) -> Branch | None:
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, Branch) else None

    def _index(self, branch: Branch) -> QModelIndex:
        return self.createIndex(branch.row, 0, branch)

    def path_to(self, what: Focus) -> QModelIndex:
        """The first place of a family or feature; an invalid index when it is nowhere."""
        names = self.names
        if names is None or what.overview:
            return QModelIndex()
        book = names.book
        keys: list[str] = []
        key = what.family
        if key is None and what.feature is not None:
            of = book.of_feature(what.feature)
            key = of[0].key if of else None
        while key is not None and key not in keys:
            keys.append(key)
            family = book.get(key)
            above = family.parents if family is not None else ()
            key = next((one for one in above if one in book.families and one not in book.hidden), None)
        place = QModelIndex()
        wanted = [Focus(key) for key in reversed(keys)]
        for step in [*wanted, *([what] if what.feature is not None else [])]:
            child = next((one for one in self._below(place) if one.what == step), None)
            if child is None:
                return QModelIndex()
            place = self._index(child)
        return place

    def _below(self, index: Index) -> list[Branch]:
        branch = self.branch(index)
        if branch is None:
            return self._tops
        if branch.children is None:
            branch.children = self._made(branch)
        return branch.children

    def _made(self, branch: Branch) -> list[Branch]:
        """Parts first; then the features that are in none of them."""
        family = self.names.book.get(branch.what.family) if self.names and branch.what.family else None
        if family is None or self.names is None:
            return []
        parts = self.names.book.parts(family.key)
        inside = {member for part in parts for member in part.members}
        own = [member for member in family.members if member not in inside or member == family.root]
        found = [Focus(part.key) for part in parts] + [Focus(feature=member) for member in own]
        return [
            Branch(what, branch, row, root=what.feature is not None and what.feature == family.root)
            for row, what in enumerate(found)
        ]

    # Qt's model ------------------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index | None = None) -> QModelIndex:
        below = self._below(parent if parent is not None else QModelIndex())
        if not (0 <= row < len(below) and 0 <= column < len(HEADS)):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index | None = None) -> Any:
        if index is None:
            return QObject.parent(self)
        branch = self.branch(index)
        above = branch.above if branch is not None else None
        return QModelIndex() if above is None else self._index(above)

    def rowCount(self, parent: Index | None = None) -> int:
        if parent is None or not parent.isValid():
            return len(self._tops)
        if parent.column() > 0:
            return 0
        return len(self._below(parent))

    def columnCount(self, parent: Index | None = None) -> int:
        return len(HEADS)

    def hasChildren(self, parent: Index | None = None) -> bool:
        if parent is None or not parent.isValid():
            return bool(self._tops)
        branch = self.branch(parent)
        return branch is not None and parent.column() == 0 and branch.what.family is not None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(HEADS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section][0]
        if role == Qt.ItemDataRole.ToolTipRole:
            return HEADS[section][1]
        if role == Qt.ItemDataRole.TextAlignmentRole and section:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        branch, names = self.branch(index), self.names
        if branch is None or names is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(branch, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            kind = "Family" if branch.what.family is not None else f"Feature #{branch.what.feature}"
            claim = names.claim(branch.what)
            grounds = grade_tip(claim) if claim is not None else "It has no name yet."
            return wording.tip(f"{names.text(branch.what)}\n{kind}\n{grounds}")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if index.column():
                return f"{HEADS[index.column()][0]} {self.text(branch, index.column())}"
            kind = "family" if branch.what.family is not None else "feature"
            place = ", the most general of its family" if branch.root else ""
            return f"{names.text(branch.what)}, {kind}, {grade_words(names.claim(branch.what))}{place}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return _RIGHT
        return None

    def text(self, branch: Branch, column: int) -> str:
        names = self.names
        assert names is not None
        if column == 0:
            return names.text(branch.what)
        if column == 1:
            family = names.book.get(branch.what.family) if branch.what.family is not None else None
            return wording.count(len(family.members)) if family is not None else ""
        density = names.density(branch.what)
        return "" if density is None else wording.share(density)

    def grade(self, branch: Branch) -> Grade:
        return grade_of(self.names.claim(branch.what)) if self.names is not None else "?"

    def spoken_size(self, branch: Branch) -> str:
        """How many features, in words; "" for a feature."""
        family = self.names.book.get(branch.what.family or "") if self.names is not None else None
        return size_words(family) if family is not None else ""
