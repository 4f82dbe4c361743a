"""All features of an SAE as columns, filtered and sorted without an object for each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.browse_filter import Filter
from saerch_desktop.features.families.lookup import fits
from saerch_desktop.features.label import GRADES
from saerch_desktop.features.label_search import NOWHERE, fold

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label

SortKey = Literal[
    "match", "number", "label", "grade", "source", "density", "now", "relevance", "family", "tags", "marks"
]
UNNAMED: Final = len(GRADES)
"""In the column of grades: the feature has no name that could be graded."""

_DECIDED: Final = ("label", "grade", "source", "tags", "marks")  # orders that a decision may change
_NO_FAMILIES: Final = "There are no families yet. Families ▸ Build families finds some."
_NO_JUNK: Final = (
    "Which features are junk is not known for this SAE yet. Features ▸ Name features finds it out."
)


@dataclass(frozen=True, slots=True)
class Sort:
    """Which column the features are ordered by; pinned ones come first in any order.

    "match" is the order of the search: names that begin with the words first, then those where each word
    begins a word, then the rest; by number among equals.
    """

    key: SortKey = "match"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class FamilyEntry:
    """A family as the browser shows it: its key, what it is called, and its features."""

    key: str
    name: str
    members: tuple[int, ...]


class FeatureTable:
    """The columns, each an array of one entry per feature. For one thread (the window's) once it is made.

    number int64; count int64, density, maximum, mean float32: as in `FeatureStatistics`. grade int8: place in
    GRADES, or UNNAMED. auroc, pearson, f1 float32: of the shown name, NaN where not tested. source int32:
    place in `sources`. labelled, tested, verified, flagged, pinned, noted, tagged, live bool; junk bool, all
    False where it is not known. tags int32: place in `tag_sets`. family int32: place in `families` of the
    narrowest one shown. now, relevance float32: activation in what is looked at, and relevance to the
    selected documents; 0 while nothing is.
    """

    def __init__(self, features: FeatureSet) -> None:
        """Read everything once: about a second for 100,000 features, so beside the window."""
        self.labels = features.labels
        self.features = n = features.labels.features
        self.number = np.arange(n)
        statistics = features.statistics
        self.count, self.density = statistics.count, statistics.density
        self.maximum, self.mean, self.live = statistics.maximum, statistics.mean, statistics.live
        self.junk = features.junk
        self._junk_known = features.cohesion is not None
        self.grade = np.full(n, UNNAMED, np.int8)
        self.auroc, self.pearson, self.f1 = (np.full(n, np.nan, np.float32) for _ in range(3))
        self.labelled = np.zeros(n, np.bool_)
        self.sources = [""]
        self.source = np.zeros(n, np.int32)
        self._source_codes = {"": 0}
        self.tag_sets: list[tuple[str, ...]] = [()]
        self.tags = np.zeros(n, np.int32)
        self._tag_codes: dict[tuple[str, ...], int] = {(): 0}
        self.verified, self.flagged, self.pinned, self.noted = (np.zeros(n, np.bool_) for _ in range(4))
        self.now = np.zeros(n, np.float32)
        self.relevance = np.zeros(n, np.float32)
        self.now_known = self.relevance_known = False
        self.book: FamilyBook | None = None
        self.families: list[FamilyEntry] = [FamilyEntry("", "", ())]
        self.family = np.zeros(n, np.int32)
        self._orders: dict[Sort, NDArray[np.int64]] = {}
        for feature in range(n):  # not the labels themselves: names may be given meanwhile
            if (label := self.labels.get(feature)) is not None:
                self._put_label(feature, label)
        for feature in list(self.labels.marks()):
            self._put_mark(feature)
        self.order(Sort("label"))

    @property
    def tagged(self) -> NDArray[np.bool_]:
        return self.tags > 0

    @property
    def tested(self) -> NDArray[np.bool_]:
        return self.grade < GRADES.index("?")

    @property
    def families_known(self) -> bool:
        return self.book is not None

    @property
    def absent(self) -> dict[str, str]:
        """Columns that nothing is known for now, and why; what `parse` needs."""
        reasons = {}
        if not self._junk_known:
            reasons["junk"] = _NO_JUNK
        if not self.now_known:
            reasons["now"] = "Search for something, read a document or select results; then there is a now."
        if not self.relevance_known:
            reasons["relevance"] = "Select documents in the results first."
        if not self.families_known:
            reasons["family"] = _NO_FAMILIES
        return reasons

    # Changes ---------------------------------------------------------------------------------------------

    def refresh(self, features: Iterable[int]) -> None:
        """The analyst decided something about these features: read their names and marks again."""
        for feature in features:
            self._put_label(feature, self.labels.get(feature))
            self._put_mark(feature)
        self._forget(*_DECIDED)
        if self.book is not None and any(family.name is None for family in self.book):
            self.set_book(self.book)  # families without a name are called after their features

    def set_now(self, activity: NDArray[np.float32] | None) -> None:
        """(features,) activations in what is looked at; None for nothing."""
        self.now_known = activity is not None
        self.now = np.zeros(self.features, np.float32) if activity is None else activity
        self._forget("now")

    def set_relevance(self, score: NDArray[Any] | None) -> None:
        """(features,) how much each feature sets the selected documents apart; None without a selection."""
        self.relevance_known = score is not None
        empty = np.zeros(self.features, np.float32)
        self.relevance = empty if score is None else np.asarray(score, np.float32)
        self._forget("relevance")

    def set_book(self, book: FamilyBook | None) -> None:
        """The families shown, None for none; of those of another SAE only features that are here count."""
        self.book = book
        self.families = [FamilyEntry("", "", ())]
        self.family = np.zeros(self.features, np.int32)
        self._forget("family")
        if book is None:
            return
        # The narrowest is written last and stays; by key among equals, as in the book.
        for shown in sorted(book, key=lambda family: (len(family.members), family.key), reverse=True):
            members = tuple(member for member in shown.members if member < self.features)
            self.family[list(members)] = len(self.families)
            self.families.append(FamilyEntry(shown.key, book.text(shown.key, self.labels.text), members))

    def families_of(self, feature: int) -> list[FamilyEntry]:
        """All families shown that it belongs to, the narrowest first."""
        if self.book is None:
            return []
        text = self.labels.text
        return [
            FamilyEntry(family.key, self.book.text(family.key, text), family.members)
            for family in self.book.of_feature(feature)
        ]

    def _put_label(self, feature: int, label: Label | None) -> None:
        self.labelled[feature] = label is not None
        self.grade[feature] = UNNAMED if label is None else GRADES.index(label.grade)
        tested = None if label is None else label.detection
        self.auroc[feature] = np.nan if tested is None else tested.auroc
        self.pearson[feature] = np.nan if label is None or label.pearson is None else label.pearson
        self.f1[feature] = np.nan if label is None or label.f1 is None else label.f1
        source = "" if label is None else label.source
        if source not in self._source_codes:
            self._source_codes[source] = len(self.sources)
            self.sources.append(source)
        self.source[feature] = self._source_codes[source]

    def _put_mark(self, feature: int) -> None:
        mark = self.labels.mark(feature)
        self.verified[feature], self.flagged[feature] = mark.verified, mark.flagged
        self.pinned[feature], self.noted[feature] = mark.pinned, bool(mark.note)
        if mark.tags not in self._tag_codes:
            self._tag_codes[mark.tags] = len(self.tag_sets)
            self.tag_sets.append(mark.tags)
        self.tags[feature] = self._tag_codes[mark.tags]

    def _forget(self, *keys: str) -> None:
        self._orders = {sort: order for sort, order in self._orders.items() if sort.key not in keys}

    # Conditions ------------------------------------------------------------------------------------------

    def with_tag(self, beginning: str) -> NDArray[np.bool_]:
        """(features,) which have a tag whose folded text begins so."""
        fitting = [any(fold(tag).startswith(beginning) for tag in tags) for tags in self.tag_sets]
        return np.asarray(fitting, np.bool_)[self.tags]

    def with_source(self, part: str) -> NDArray[np.bool_]:
        """(features,) whose name's source holds this."""
        return np.asarray([part in fold(source) for source in self.sources], np.bool_)[self.source]

    def with_note(self, part: str) -> NDArray[np.bool_]:
        """(features,) with this in the note."""
        fitting = np.zeros(self.features, np.bool_)
        for feature in np.flatnonzero(self.noted).tolist():
            fitting[feature] = part in fold(self.labels.mark(feature).note)
        return fitting

    def in_family(self, wanted: str) -> NDArray[np.bool_]:
        """(features,) which belong to a family whose name has these words, or whose key begins so.

        wanted: folded; "" means any family.
        """
        inside = np.zeros(self.features, np.bool_)
        for family in self.families[1:]:
            if fits(family.key, fold(family.name), wanted):
                inside[list(family.members)] = True
        return inside

    def known_tags(self) -> list[str]:
        """All tags in use, in the order of the alphabet."""
        used = np.unique(self.tags)
        return sorted({tag for code in used.tolist() for tag in self.tag_sets[code]}, key=fold)

    # Order -----------------------------------------------------------------------------------------------

    def order(self, sort: Sort) -> NDArray[np.int64]:
        """All features in this order, by number among equals; what is not known comes last either way."""
        if sort.key in ("match", "number"):
            return self.number[::-1] if sort.descending else self.number
        if sort not in self._orders:
            keys = self._keys(sort.key)
            self._orders[sort] = np.argsort(-keys if sort.descending else keys, kind="stable")
        return self._orders[sort]

    def _keys(self, key: SortKey) -> NDArray[Any]:
        """Numbers to sort by, NaN where nothing is known."""
        if key == "label":
            ranks = self.labels.index.alphabetical()
            return np.where(np.isinf(ranks), np.nan, ranks)
        if key == "grade":
            # By the test's own figure within a grade.
            unknown = self.grade >= GRADES.index("?")
            return np.where(unknown, np.nan, self.grade - np.nan_to_num(self.auroc) / 2)
        if key == "source":
            return _alphabetical(self.sources)[self.source]
        if key == "family":
            return _alphabetical([family.name for family in self.families])[self.family]
        if key == "tags":
            return _alphabetical([", ".join(tags) for tags in self.tag_sets])[self.tags]
        if key == "marks":
            return -(4.0 * self.flagged + 2.0 * self.verified + self.noted)
        columns: dict[str, NDArray[Any]] = {
            "density": self.density,
            "now": self.now,
            "relevance": self.relevance,
        }
        return columns[key]

    def select(self, wanted: Filter, sort: Sort) -> NDArray[np.int64]:
        """The features that meet everything, pinned ones first, then in this order."""
        close = self._closeness(wanted)
        fits = close < NOWHERE
        for test in wanted.tests:
            fits &= test(self)
        ordered = self.order(sort)
        found = ordered[fits[ordered]]
        if sort.key == "match" and (wanted.words or wanted.numbers):
            how = close[found]
            found = np.concatenate([found[how == value] for value in range(NOWHERE)])
        pinned = self.pinned[found]
        return np.concatenate((found[pinned], found[~pinned])) if pinned.any() else found

    def _closeness(self, wanted: Filter) -> NDArray[np.int8]:
        if wanted.words or wanted.without:
            close = self.labels.index.closeness(wanted.words, wanted.without)
            if not wanted.words:  # a feature without a name has none of the unwanted words
                close[~self.labelled] = 0
        else:
            close = np.zeros(self.features, np.int8)
        if wanted.numbers:
            asked = np.full(self.features, NOWHERE, np.int8)
            if len(wanted.numbers) == 1:
                low, high = wanted.numbers[0], wanted.numbers[0] + 1
                while low and low < self.features:
                    low, high = low * 10, high * 10
                    asked[low:high] = 1
            for number in wanted.numbers:
                asked[number : number + 1] = 0
            close = np.where(asked < NOWHERE, np.where(close < NOWHERE, asked, NOWHERE), NOWHERE)
        return close


def _alphabetical(texts: list[str]) -> NDArray[np.float64]:
    """Each text's place in the alphabet, NaN for the empty one."""
    ranked = {text: place for place, text in enumerate(sorted(set(texts), key=fold))}
    return np.asarray([ranked[text] if text else np.nan for text in texts], np.float64)
