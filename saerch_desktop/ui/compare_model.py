"""The virtual table behind two SAEs' pairs: which are shown and in what order is decided with arrays."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from saerch_desktop.features.label import GRADES as ALL_GRADES
from saerch_desktop.ui import wording
from saerch_desktop.ui.grades import grade_of, grade_tip, grade_words

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label
    from saerch_desktop.workflow.comparing import Comparison

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class Column(IntEnum):
    """The table's columns, left to right."""

    LEFT = 0
    LEFT_GRADE = 1
    COSINE = 2
    OVERLAP = 3
    RIGHT_GRADE = 4
    RIGHT = 5
    KIND = 6


class Kind(StrEnum):
    """What pairs are shown."""

    ALL = "all"
    RECURRING = "recurring"
    SPLIT = "split"
    MERGED = "merged"
    ONLY_LEFT = "only left"
    ONLY_RIGHT = "only right"


_TIPS = {
    Column.LEFT_GRADE: "How well the name found the feature’s documents in its test",
    Column.COSINE: "Cosine of the two directions: 1 points the same way, 0 has nothing in common",
    Column.OVERLAP: "Documents where both are active, as a share of those where either is",
    Column.RIGHT_GRADE: "How well the name found the feature’s documents in its test",
    Column.KIND: "What became of the feature in the other SAE",
}
NUMBERS = (Column.COSINE, Column.OVERLAP)
GRADES = (Column.LEFT_GRADE, Column.RIGHT_GRADE)


class Names:
    """One SAE's names as the table sorts and searches them: made once, some 10 ms for 10,000 features."""

    def __init__(self, features: FeatureSet) -> None:
        count = features.sae.config.features
        self._labels = features.labels
        self._texts = [""] * count
        self._folded = [""] * count
        self.ranks = np.empty(count, np.int64)
        self.grades = np.empty(count, np.int64)
        self.renew(range(count))

    def renew(self, features: Iterable[int]) -> None:
        """Read the names of these features anew."""
        for feature in features:
            text = self._labels.text(feature).casefold()
            self._texts[feature] = text
            self._folded[feature] = f"#{feature} {text}"
            self.grades[feature] = ALL_GRADES.index(grade_of(self._labels.get(feature)))
        count = len(self._texts)
        self.ranks[sorted(range(count), key=self._texts.__getitem__)] = np.arange(count)

    def holding(self, word: str) -> NDArray[np.bool_]:
        """Which features' name or number holds a word, (n,)."""
        return np.fromiter((word in text for text in self._folded), np.bool_, len(self._folded))


def names_of(comparison: Comparison | None) -> tuple[Names, ...]:
    """Of the left and the right SAE."""
    return () if comparison is None else (Names(comparison.left), Names(comparison.right))


class PairsModel(QAbstractTableModel):
    """Every live feature of two SAEs with its nearest in the other."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.comparison: Comparison | None = None
        self.kind = Kind.ALL
        self.words = ""
        self._names: tuple[Names, ...] = ()
        self._masks: dict[Kind, NDArray[np.bool_]] = {}
        self._shown: NDArray[np.int64] = np.empty(0, np.int64)
        self._sort = (Column.COSINE, Qt.SortOrder.DescendingOrder)

    # Content ---------------------------------------------------------------------------------------------

    def set_comparison(self, comparison: Comparison | None, names: tuple[Names, ...] = ()) -> None:
        """names: of the left and the right SAE, where they are made already."""
        self.comparison = comparison
        self._names = names or names_of(comparison)
        self._masks = {} if comparison is None else masks(comparison)
        self._arrange()

    def count(self, kind: Kind) -> int:
        """How many pairs are of a kind."""
        mask = self._masks.get(kind)
        return 0 if mask is None else int(mask.sum())

    def show_only(self, kind: Kind, words: str) -> None:
        """Show the pairs of a kind whose names, of either side, hold all the words."""
        self.kind, self.words = kind, words
        self._arrange()

    def renamed(self, left: bool, features: Iterable[int]) -> None:
        """These features of one side have other names now."""
        if self._names:
            self._names[0 if left else 1].renew(features)
            self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (Column(column), order)
        self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        self._shown = self._ordered() if self.comparison is not None else np.empty(0, np.int64)
        self.endResetModel()

    def _ordered(self) -> NDArray[np.int64]:
        assert self.comparison is not None
        places = np.flatnonzero(self._masks[self.kind])
        pairs = self.comparison.pairs
        for word in self.words.casefold().split():
            held = [names.holding(word) for names in self._names]
            places = places[held[0][pairs.left[places]] | held[1][pairs.right[places]]]
        column, order = self._sort
        down = order == Qt.SortOrder.DescendingOrder
        if column == Column.KIND:
            return places[self._by_kind(places, down)]
        values = self._values(column)[places]
        return places[np.argsort(-values if down else values, kind="stable")]

    def _values(self, column: Column) -> NDArray[Any]:
        """What a column is sorted by, for every pair (p,)."""
        assert self.comparison is not None
        if column in NUMBERS:
            return self._numbers(column)
        left = column in (Column.LEFT, Column.LEFT_GRADE)
        names = self._names[0 if left else 1]
        features = self.comparison.pairs.left if left else self.comparison.pairs.right
        return (names.grades if column in GRADES else names.ranks)[features]

    def _numbers(self, column: Column) -> NDArray[np.float32]:
        assert self.comparison is not None
        return self.comparison.pairs.cosines if column == Column.COSINE else self.comparison.overlap.jaccard

    def _by_kind(self, places: NDArray[np.int64], down: bool) -> NDArray[np.int64]:
        """By the number of parts, the parts of one feature together, the closest first; then what recurs."""
        assert self.comparison is not None
        matching, pairs = self.comparison.matching, self.comparison.pairs
        a, b = pairs.left[places], pairs.right[places]
        split, merged = self._masks[Kind.SPLIT][places], self._masks[Kind.MERGED][places]
        parts = np.where(split, matching.left.parts[a], np.where(merged, matching.right.parts[b], 0))
        whole = np.where(split, a, np.where(merged, b + matching.left.live.size, -1))
        recurring = self._masks[Kind.RECURRING][places]
        sign = -1 if down else 1
        return np.lexsort((-pairs.cosines[places], sign * recurring.astype(int), whole, sign * parts))

    # One pair, by its place in the comparison -----------------------------------------------------------

    def _side(self, left: bool) -> FeatureSet:
        assert self.comparison is not None
        return self.comparison.left if left else self.comparison.right

    def _feature(self, place: int, left: bool) -> int:
        assert self.comparison is not None
        pairs = self.comparison.pairs
        return int((pairs.left if left else pairs.right)[place])

    def _name(self, place: int, left: bool) -> str:
        return self._side(left).labels.text(self._feature(place, left))

    def _label(self, place: int, left: bool) -> Label | None:
        return self._side(left).labels.get(self._feature(place, left))

    def _kinds(self, place: int) -> str:
        """What the pair is, in a few words."""
        assert self.comparison is not None
        names = self._side(True).sae.name, self._side(False).sae.name
        words = {
            Kind.RECURRING: "recurring",
            Kind.SPLIT: f"split in {self._parts(place)}",
            Kind.MERGED: f"merged from {self._parts(place, False)}",
            Kind.ONLY_LEFT: f"only in {names[0]}",
            Kind.ONLY_RIGHT: f"only in {names[1]}",
        }
        found = [text for kind, text in words.items() if self._masks[kind][place]]
        return ", ".join(found) or "related"

    def _parts(self, place: int, left: bool = True) -> int:
        """How many features of the other SAE have the left (or right) one as their nearest."""
        assert self.comparison is not None
        matching = self.comparison.matching
        side = matching.left if left else matching.right
        return int(side.parts[self._feature(place, left)])

    # The model -------------------------------------------------------------------------------------------

    def pair(self, row: int) -> tuple[int, int]:
        """The left and the right feature of a row."""
        place = int(self._shown[row])
        return self._feature(place, True), self._feature(place, False)

    def row_of(self, left: int, right: int) -> int | None:
        """Where a pair is shown, if it is."""
        if self.comparison is None:
            return None
        pairs = self.comparison.pairs
        found = np.flatnonzero((pairs.left[self._shown] == left) & (pairs.right[self._shown] == right))
        return int(found[0]) if found.size else None

    def only(self, row: int) -> Kind | None:
        """ONLY_LEFT or ONLY_RIGHT where the pair stands for one feature alone."""
        place = int(self._shown[row])
        return next((k for k in (Kind.ONLY_LEFT, Kind.ONLY_RIGHT) if self._masks[k][place]), None)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else int(self._shown.size)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.AccessibleTextRole:
            if column in (Column.LEFT, Column.RIGHT):
                if self.comparison is None:
                    return "Left" if column == Column.LEFT else "Right"
                return f"“{self._side(column == Column.LEFT).sae.name}”"
            return {Column.COSINE: "Cosine", Column.OVERLAP: "Shared", Column.KIND: "Kind"}.get(
                column, "Grade"
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS.get(column, "Name of the feature; click to sort")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            # At the right the arrow of the order would cover the word.
            return Qt.AlignmentFlag.AlignCenter if column in NUMBERS else _alignment(column)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= self._shown.size:
            return None
        place, column = int(self._shown[index.row()]), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(place, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if column in GRADES:
                return grade_words(self._label(place, column == Column.LEFT_GRADE))
            return self._text(place, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return wording.tip(self._tip(place, column))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def _text(self, place: int, column: Column) -> str:
        if column in NUMBERS:
            value = float(self._numbers(column)[place])
            return f"{value:.2f}".replace("-", "−") if column == Column.COSINE else wording.share(value)
        if column in GRADES:
            return str(grade_of(self._label(place, column == Column.LEFT_GRADE)))
        if column == Column.KIND:
            return self._kinds(place)
        return self._name(place, column == Column.LEFT)

    def _tip(self, place: int, column: Column) -> str:
        assert self.comparison is not None
        if column in GRADES:
            return grade_tip(self._label(place, column == Column.LEFT_GRADE))
        if column in NUMBERS:
            return (
                f"Cosine of directions {self.comparison.pairs.cosines[place]:.4f}\n"
                f"{wording.documents(int(self.comparison.overlap.shared[place]))} shared, correlation of "
                f"activations {self.comparison.overlap.correlation[place]:.2f}"
            ).replace("-", "−")
        if column == Column.KIND:
            return self._story(place)
        left = column == Column.LEFT
        side, feature = self._side(left), self._feature(place, left)
        return (
            f"{side.labels.text(feature)}\n#{feature} of “{side.sae.name}” · "
            f"{wording.documents(int(side.statistics.count[feature]))}"
        )

    def _story(self, place: int) -> str:
        """The kinds of a pair in sentences."""
        assert self.comparison is not None
        told = []
        ours, theirs = f"“{self._side(True).sae.name}”", f"“{self._side(False).sae.name}”"
        if self._masks[Kind.RECURRING][place]:
            told.append("Each is the other’s nearest, at a cosine of .7 or more: the same feature again.")
        if self._masks[Kind.SPLIT][place]:
            told.append(f"The left feature is the nearest of {self._parts(place)} features of {theirs}.")
        if self._masks[Kind.MERGED][place]:
            told.append(f"The right feature is the nearest of {self._parts(place, False)} of {ours}.")
        if self._masks[Kind.ONLY_LEFT][place]:
            told.append(f"{theirs} has nothing like the left feature: its nearest is below a cosine of .5.")
        if self._masks[Kind.ONLY_RIGHT][place]:
            told.append(f"{ours} has nothing like the right feature: its nearest is below a cosine of .5.")
        return "\n".join(told) or "Alike, but one of them is nearer to another feature."


def masks(comparison: Comparison) -> dict[Kind, NDArray[np.bool_]]:
    """Which pairs are of which kind, each (p,)."""
    left, right = comparison.matching.left, comparison.matching.right
    a, b, cosines = comparison.pairs
    forward, backward = left.nearest[a] == b, right.nearest[b] == a
    related = cosines >= 0.5
    return {
        Kind.ALL: np.ones(a.size, np.bool_),
        Kind.RECURRING: left.recurring[a] & forward,
        Kind.SPLIT: left.split[a] & backward & related,
        Kind.MERGED: right.split[b] & forward & related,
        Kind.ONLY_LEFT: left.only[a] & forward,
        Kind.ONLY_RIGHT: right.only[b] & backward,
    }


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft
    if column in NUMBERS:
        side = Qt.AlignmentFlag.AlignRight
    elif column in GRADES:
        side = Qt.AlignmentFlag.AlignHCenter
    return side | Qt.AlignmentFlag.AlignVCenter
