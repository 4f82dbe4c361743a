"""All families with their figures, or what the graph shows, as a table to sort and filter."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from saerch_desktop.features.families.family import Family
from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.explain_table import FeatureTable, Figures, Named
from saerch_desktop.ui.families_focus import Focus
from saerch_desktop.ui.families_names import Names, meets
from saerch_desktop.ui.feature_sections import Segments
from saerch_desktop.ui.grades import Claim
from saerch_desktop.ui.theme import UNIT

_SCOPES: Final = (
    ("families", "Families", "Every family of the library that is not hidden"),
    ("nodes", "In the graph", "The features and families that the graph shows now"),
    ("links", "Links", "The links that the graph shows now, the strongest first"),
)
_NAME_LEAST: Final = 45 * UNIT
_SIGNS: Final = {"above": " › ", "together": " – "}
_OTHER: Final[dict[str, tuple[str, str]]] = {
    "density": ("Density", "Share of documents where any of its features is active"),
    "r": (
        "R",
        "How much the most general feature overlaps with the others,\n"
        "over how much the others overlap among themselves; above 1: it stands over them",
    ),
    "inside": ("Inside", "Mean overlap of two of its features: shared documents over those of the rarer one"),
    "block_ratio": (
        "Block ratio",
        "Overlap inside over that with features outside; above 1: it holds together",
    ),
    "stability": (
        "Stability",
        "Share of its features that it keeps when families are built anew from other draws of the documents",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A line of the graph. kind: "together" or "above": the first is the more general one."""

    one: Focus
    other: Focus
    weight: float
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the graph shows now. lit: how active each node is, 0 to 1, empty when nothing is lit."""

    nodes: Sequence[Focus] = ()
    links: Sequence[Link] = ()
    measure: str = "Weight"
    lit: dict[Focus, float] = field(default_factory=dict)


class _Table(FeatureTable):
    """Rows are numbers of what is listed; several can be chosen."""

    marked = Signal()
    asked_at = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__("Table of families", kind="Name")
        self.setToolTip("↑ ↓ to move, Enter steers by a family and shows a feature")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def _fit(self) -> None:
        """Columns at the end give way to the names."""
        super()._fit()
        room = self.viewport().width() - _NAME_LEAST
        for column in range(1, self.features.columnCount()):
            room -= self.columnWidth(column) if room >= 0 else 0
            self.setColumnHidden(column, room < 0)

    def refill(self, rows: int, columns: Sequence[Figures], named: Named) -> None:
        """Other rows, sorted as the former ones were; none is chosen."""
        sorted_by = self._sorted
        self.show_features(range(rows), columns, named)
        if sorted_by is not None and sorted_by[0] <= len(columns):
            column, falling = sorted_by
            self._sorted = (column, not falling)
            self._sort(column)

    def go_to(self, rows: Sequence[int], current: int | None) -> None:
        """Choose these rows and no other. current: the one that the keys go on from."""
        model, flag = self.selectionModel(), QItemSelectionModel.SelectionFlag
        stands = {self.features.features[place]: at for at, place in enumerate(self.features.order)}
        wanted = QItemSelection()
        for row in rows:
            wanted.select(self.features.index(stands[row], 0), self.features.index(stands[row], 0))
        at = stands.get(current) if current is not None else None
        if at is None:
            model.clearCurrentIndex()
        else:
            model.setCurrentIndex(self.features.index(at, 0), flag.NoUpdate)
            self.scrollTo(self.currentIndex())
        model.select(wanted, flag.ClearAndSelect | flag.Rows)

    def chosen_rows(self) -> list[int]:
        return [self.features.feature_at(index.row()) for index in self.selectionModel().selectedRows()]

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.marked.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming here chooses nothing: Qt would make the first row the current one."""
        nowhere, former = not self.currentIndex().isValid(), self._quiet
        self._quiet = True
        super().focusInEvent(event)
        if nowhere:
            self.selectionModel().clearCurrentIndex()
        self._quiet = former

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asked for by keys it is about the current row, wherever the pointer is."""
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        if self.currentIndex().isValid() and (by_keys or self.indexAt(event.pos()).isValid()):
            self.asked_at.emit(self.visualRect(self.currentIndex()).center() if by_keys else event.pos())


class FamiliesTable(QWidget):
    """`walked`, `opened`, `chosen` and `asked` as of the tree."""

    walked = Signal(object)
    opened = Signal(object)
    chosen = Signal(object)
    asked = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: Names | None = None
        self._shown = Shown()
        self._words = ""
        self._listed: list[Focus] = []
        self._kept: Focus | None = None  # stays listed whatever it is called now
        self._quiet = False
        self.scope = Segments("What is listed", _SCOPES)
        self.scope.chosen.connect(lambda _: self._narrow())
        self.count = QLabel()
        theme.set_role(self.count, "muted")
        self.count.setFont(theme.figures(self.count.font()))
        self.table = _Table()
        self.table.walked.connect(lambda row: self._tell(self.walked, row))
        self.table.opened.connect(lambda row: self._tell(self.opened, row))
        self.table.marked.connect(self._marked)
        self.table.asked_at.connect(self._ask)
        self._nothing = EmptyState("search", "Nothing here", "No name has all of these words.")
        self._body = QStackedWidget()
        self._body.addWidget(self.table)
        self._body.addWidget(self._nothing)
        top = QHBoxLayout()
        top.addWidget(self.scope, 1)
        top.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        layout.addWidget(self._body, 1)
        self.setFocusProxy(self.table)

    # Setters ---------------------------------------------------------------------------------------------

    def show_book(self, names: Names | None) -> None:
        """What was chosen stays so, and is listed even where its new name lacks the words."""
        self._kept = self.current()
        self._names = names
        self._fill()

    def show_graph(self, shown: Shown) -> None:
        """What the graph shows now."""
        self._shown = shown
        if self.scope.current() != "families":
            self._fill()

    def renamed(self) -> None:
        self.table.features.renamed()

    def filter(self, words: str) -> None:
        """List only what has all these words in its name. What is hidden by that is no longer chosen."""
        if words != self._words:
            self._words = words
            self._kept = None
            self._narrow()

    def look_at(self, what: Focus) -> bool:
        """Make it the current row without a signal; no row is chosen and the answer is False when it is not
        listed. Among several that are chosen it becomes the current one.
        """
        listed = what in self._listed
        chosen = self.selected()
        self._choose(chosen if what in chosen else (what,), what)
        return listed

    def enter(self) -> None:
        """Go to the rows: to the current one, else to the first."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.table.currentIndex().isValid() and self._listed:
            self.table.setCurrentIndex(self.table.features.index(0, 0))

    def current(self) -> Focus | None:
        row = self.table.current_feature()
        return self._listed[row] if row is not None and row < len(self._listed) else None

    def selected(self) -> tuple[Focus, ...]:
        return tuple(dict.fromkeys(self._listed[row] for row in self.table.chosen_rows()))

    # Rows ------------------------------------------------------------------------------------------------

    def _narrow(self) -> None:
        """Other rows by the user's act: what is gone from them is no longer chosen."""
        former = self.selected()
        self._fill()
        now = self.selected()
        if now != former:
            self.chosen.emit(now)
            if not now:
                self.walked.emit(Focus())

    def _choose(self, things: Sequence[Focus], current: Focus | None) -> None:
        places = {what: place for place, what in reversed(list(enumerate(self._listed)))}
        self._quiet = True
        wanted = [places[what] for what in things if what in places]
        self.table.go_to(wanted, places.get(current) if current is not None else None)
        self._quiet = False

    def _fill(self) -> None:
        names, current, chosen = self._names, self.current(), self.selected()
        self._listed = []
        columns: list[Figures] = []
        joined: list[str] = []
        total = 0
        if names is not None:
            scope = self.scope.current()
            if scope == "links":
                links = [link for link in self._shown.links if self._wanted(names, link.one, link.other)]
                links.sort(key=lambda link: -link.weight)
                total = len(self._shown.links)
                self._listed = [link.one for link in links]
                joined = [_SIGNS[link.kind].join(map(names.text, (link.one, link.other))) for link in links]
                columns = _link_columns(links, self._shown.measure)
            elif scope == "nodes":
                total = len(self._shown.nodes)
                self._listed = [what for what in self._shown.nodes if self._wanted(names, what)]
                columns = _node_columns(self._listed, names, self._shown.lit)
            else:
                families = [family for family in names.book if self._wanted(names, Focus(family.key))]
                total = len(names.book)
                self._listed = [Focus(family.key) for family in families]
                columns = _family_columns(families, names)
        self._quiet = True
        self.table.refill(len(self._listed), columns, self._named(names, joined))
        self._choose(chosen, current)
        self._body.setCurrentIndex(0 if self._listed or not self._words else 1)
        count = (
            f"{wording.count(len(self._listed))} of {wording.count(total)}" if self._words else f"{total:,}"
        )
        self.count.setText(count)
        self.count.setAccessibleName(f"Listed: {count}")

    def _wanted(self, names: Names, *things: Focus) -> bool:
        return not self._words or any(
            what == self._kept or meets(names.text(what), self._words) for what in things
        )

    def _named(self, names: Names | None, joined: Sequence[str]) -> Named:
        """joined: texts in place of the names, for rows about two things."""
        listed = self._listed

        def named(row: int) -> tuple[str, Claim | None, bool]:
            if names is None or row >= len(listed):
                return "", None, False
            if joined:
                return joined[row], names.claim(listed[row]), False
            return names.text(listed[row]), names.claim(listed[row]), names.verified(listed[row])

        return named

    def _tell(self, signal: object, row: int) -> None:
        if not self._quiet and row < len(self._listed):
            signal.emit(self._listed[row])  # type: ignore[attr-defined]

    def _marked(self) -> None:
        if not self._quiet:
            chosen = self.selected()
            self.chosen.emit(chosen)
            if not chosen:
                self.walked.emit(Focus())

    def _ask(self, point: QPoint) -> None:
        current = self.current()
        if current is not None:
            self.asked.emit(current, self.table.viewport().mapToGlobal(point))


def _column(
    name: str,
    tip: str,
    values: Sequence[float | None],
    told: Callable[[float], str],
    sample: str,
) -> Figures:
    """A column of figures; what was not measured is empty and sorts below all others."""
    numbers: NDArray[np.float64] = np.array([-math.inf if v is None else v for v in values], np.float64)
    texts = ["" if v is None else told(v) for v in values]
    spoken = ["not measured" if v is None else told(v) for v in values]
    widest = max((*texts, sample), key=len)
    return Figures(name, tip, numbers, texts, spoken, sample=widest)


def _family_columns(families: Sequence[Family], names: Names) -> list[Figures]:
    """The ones that tell most come first: the last ones give way where there is little room."""
    sizes = [float(len(family.members)) for family in families]
    parts = [float(len(names.book.parts(family.key))) for family in families]
    levels = [float(family.level + 1) for family in families]
    found = [_column("Features", "How many features belong to it", sizes, _whole, "Features")]
    for name, (head, tip) in _OTHER.items():
        values = [getattr(family.figures, name) for family in families]
        found.append(_column(head, tip, values, wording.share if name == "density" else _figure, head))
    found.append(_column("Level", "1: the broadest families", levels, _whole, "Level"))
    found.append(_column("Parts", "How many families are part of it", parts, _whole, "Parts"))
    return found


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def _node_columns(things: Sequence[Focus], names: Names, lit: dict[Focus, float]) -> list[Figures]:
    kinds = ["Family" if what.family is not None else f"#{what.feature}" for what in things]
    order = np.array([-1.0 if what.feature is None else what.feature for what in things])
    densities = [names.density(what) for what in things]
    found = [
        Figures("Kind", "A family, or a feature’s number", order, kinds, sample="Family"),
        _column("Density", "Share of documents where it is active", densities, wording.share, "99.99 %"),
    ]
    if lit:
        shares = [lit.get(what, 0.0) for what in things]
        tip = "How active it is in what lights the graph up, against its own usual strength"
        found.append(_column("Active", tip, shares, wording.share, "99.99 %"))
    return found


def _link_columns(links: Sequence[Link], measure: str) -> list[Figures]:
    kinds = ["above" if link.kind == "above" else "with" for link in links]
    return [
        Figures(
            "How",
            "“above”: the first is the more general one; “with”: they are active together",
            np.array([kind == "above" for kind in kinds], np.float64),
            kinds,
            sample="above",
        ),
        _column(
            measure,
            "What the graph’s lines are drawn by",
            [link.weight for link in links],
            lambda weight: f"{weight:.3f}",
            "0.000",
        ),
    ]
