"""Choosing a set of documents: the selected ones, the results shown, a typed filter, or a facet's value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from saerch_desktop.search.where_syntax import facet_term
from saerch_desktop.ui import theme
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.theme import UNIT

TITLE_WIDTH: Final = 18 * UNIT
_WORDS: Final = "Words, or name:value"  # until the library's own are known
_LONGEST: Final = 24  # characters of a value that is an example


class Kind(StrEnum):
    """Where a set comes from."""

    SELECTED = "Selected documents"
    SHOWN = "Results shown"
    FILTER = "A filter"
    FACET = "A facet’s value"
    REST = "All other documents"


@dataclass(frozen=True, slots=True)
class Wish:
    """A set as it was chosen. text: the filter, for FILTER and FACET."""

    kind: Kind
    text: str = ""


@dataclass(frozen=True, slots=True)
class FacetChoice:
    """A facet one can choose from: its commonest values and how many documents have each."""

    name: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class State:
    """What a chooser shows."""

    kind: Kind
    filter: str
    facet: int
    value: int


class SetChooser(QWidget):
    """One line of controls, and a second one for what the kind asks for. `submitted`: Enter in the filter."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, name: str, kinds: Sequence[Kind], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = tuple(kinds)
        self._facets: tuple[FacetChoice, ...] = ()
        self.kind = combo(f"{name}: which documents", f"{name}: where these documents come from")
        for kind in kinds:
            self.kind.addItem(kind.value)
        self.filter = QLineEdit()
        self.filter.setAccessibleName(f"{name}: filter")
        self._give_examples(None)
        theme.make_clearable(self.filter)
        self.facet = combo(f"{name}: facet", "Facet of the documents")
        self.value = combo(f"{name}: value", "Value of the facet, the commonest first")
        for box in (self.kind, self.facet, self.value):
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel scrolls the pane, not the choice
        title = QLabel(name)
        title.setBuddy(self.kind)
        title.setMinimumWidth(TITLE_WIDTH)
        first = QHBoxLayout()
        first.setSpacing(2 * UNIT)
        first.addWidget(title)
        first.addWidget(self.kind, 1)
        self._second = QWidget()
        second = QHBoxLayout(self._second)
        second.setContentsMargins(TITLE_WIDTH + 2 * UNIT, 0, 0, 0)
        second.setSpacing(2 * UNIT)
        second.addWidget(self.filter, 1)
        second.addWidget(self.facet, 1)
        second.addWidget(self.value, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(first)
        layout.addWidget(self._second)
        self.kind.currentIndexChanged.connect(self._show)
        self.facet.currentIndexChanged.connect(self._fill_values)
        self.filter.textChanged.connect(lambda _: self.changed.emit())
        self.value.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.filter.returnPressed.connect(self.submitted)
        self._show()

    def wish(self) -> Wish:
        """What is chosen now."""
        kind = self._kinds[self.kind.currentIndex()]
        if kind is Kind.FILTER:
            return Wish(kind, self.filter.text().strip())
        if kind is Kind.FACET and self.facet.currentIndex() >= 0 and self.value.currentIndex() >= 0:
            choice = self._facets[self.facet.currentIndex()]
            return Wish(kind, facet_term(choice.name, choice.values[self.value.currentIndex()][0]))
        return Wish(kind)

    def state(self) -> State:
        """The controls as they stand."""
        return State(
            self._kinds[self.kind.currentIndex()],
            self.filter.text(),
            self.facet.currentIndex(),
            self.value.currentIndex(),
        )

    def restore(self, state: State) -> None:
        """Put the controls as another chooser's were; it must offer the same facets and the kind."""
        self.kind.setCurrentIndex(self._kinds.index(state.kind))
        self.filter.setText(state.filter)
        self.facet.setCurrentIndex(state.facet)
        self.value.setCurrentIndex(state.value)

    def choose(self, kind: Kind, text: str = "") -> None:
        """Set the controls; text: a filter."""
        self.kind.setCurrentIndex(self._kinds.index(kind))
        if kind is Kind.FILTER:
            self.filter.setText(text)

    def set_facets(self, facets: Sequence[FacetChoice], years: bool = False) -> None:
        """What can be chosen from; what was chosen stays where it is still there. years: whether documents
        have them.
        """
        self._give_examples(facets, years)
        if tuple(facets) == self._facets:
            return
        former, value = self.facet.currentText(), self.value.currentText()
        self._facets = tuple(facets)
        self.facet.clear()
        self.facet.addItems([choice.name for choice in facets])
        self.facet.setCurrentIndex(max(0, self.facet.findText(former)) if facets else -1)
        place = self.value.findText(value)
        if place >= 0:
            self.value.setCurrentIndex(place)

    def set_counts(self, selected: int, shown: int) -> None:
        """How many documents the first kinds would mean now."""
        for kind, count in ((Kind.SELECTED, selected), (Kind.SHOWN, shown)):
            if kind in self._kinds:
                self.kind.setItemText(self._kinds.index(kind), f"{kind.value} ({count:,})")

    def _give_examples(self, facets: Sequence[FacetChoice] | None, years: bool = False) -> None:
        """How filters of this library look; None: not known yet."""
        self.filter.setPlaceholderText(_WORDS if facets is None else _example(facets, years))
        times = " year>=2020, year:2018..2020," if years else ""
        self.filter.setToolTip(
            f'Words, "quoted words", name:value,{times} #12>0.2 for a feature;'
            " a space means and; OR, - for not, and parentheses"
        )

    def _show(self) -> None:
        kind = self._kinds[self.kind.currentIndex()]
        self.filter.setVisible(kind is Kind.FILTER)
        self.facet.setVisible(kind is Kind.FACET)
        self.value.setVisible(kind is Kind.FACET)
        self._second.setVisible(kind in (Kind.FILTER, Kind.FACET))
        self.changed.emit()

    def _fill_values(self) -> None:
        self.value.clear()
        place = self.facet.currentIndex()
        if 0 <= place < len(self._facets):
            self.value.addItems([f"{value} ({count:,})" for value, count in self._facets[place].values])


def _example(facets: Sequence[FacetChoice], years: bool) -> str:
    """A filter of the library's own facets, and of a year where there are years."""
    parts = []
    facet = next((one for one in facets if one.values and one.name.casefold() != "year"), None)
    if facet is not None:
        value = facet.values[0][0]
        brief = len(value) <= _LONGEST and value.isprintable()
        parts.append(facet_term(facet.name, value) if brief else f"{facet.name}:…")
    if years:
        parts.append("year>=2020")
    return " ".join([*parts, "words"]) if parts else "words"


def combo(name: str, tip: str, least: int = 8) -> QComboBox:
    """A choice that takes the room there is; at least so many letters are to be seen."""
    box = QComboBox()
    describe(box, name, tip)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.setMinimumContentsLength(least)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMaxVisibleItems(20)
    return box
