"""The filters above the results: a line to type them, a panel to choose them, and the chips in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.ui import theme
from saerch_desktop.ui.chips import FlowLayout
from saerch_desktop.ui.explain_message import Message
from saerch_desktop.ui.filter_chip import FilterChip, fit_height
from saerch_desktop.ui.filter_desk import Counted, FacetCounts, FilterDesk, Vocabulary, completions
from saerch_desktop.ui.filter_line import FilterLine
from saerch_desktop.ui.filter_panel import FilterPanel
from saerch_desktop.ui.form_parts import describe, tool
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.theme import UNIT

FindFeatures = Callable[[str], Sequence[tuple[int, str]]]


class FilterBar(QWidget):
    """`filters_changed` carries the whole after an act of the user; typed ones go through the desk first."""

    filters_changed = Signal(object)  # Filters
    typed = Signal(str, object)  # a condition, and the chip it takes the place of, None for a new one
    begun = Signal()  # the user begins to filter
    values_wanted = Signal(str)  # of this facet
    left = Signal()  # Escape in the empty line

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Filters")
        self._filters = Filters()
        self._counted: Counted | None = None
        self._vocabulary = Vocabulary()
        self._desk: FilterDesk | None = None
        self._changing: Chip | None = None
        self._find_features: FindFeatures | None = None
        self.line = FilterLine(self._offers)
        theme.lead_with(self.line, "filter", "Filter")
        self.line.begun.connect(self.begun)
        self.line.escaped.connect(self._escaped)
        self.line.entered.connect(lambda text: self.typed.emit(text, self._changing))
        self.panel_button = tool("table", "Choose filters", "")
        keymap.tell(
            self.panel_button, "Choose values with their counts, and a span of time", "choose-filters"
        )
        self.panel_button.clicked.connect(self.open_panel)
        self.panel: FilterPanel | None = None
        self.total = QLabel()
        self.total.setTextFormat(Qt.TextFormat.PlainText)
        self.total.setFont(theme.figures(self.total.font()))
        theme.set_role(self.total, "muted")
        self.either = QPushButton("Any of them")
        self.either.setCheckable(True)
        describe(
            self.either,
            "Any of them",
            "One of the filters that keep documents is enough; hidden documents stay hidden all the same",
        )
        self.either.clicked.connect(lambda on: self._change(replace(self._filters, either=on)))
        self.clear = QPushButton("Clear")
        describe(self.clear, "Clear the filters", "Take all filters away")
        self.clear.clicked.connect(lambda: self._change(Filters()))
        self.trouble = Message("Trouble with the filter")
        self.chips: list[FilterChip] = []
        self._row = QWidget()
        self._flow = FlowLayout(self._row)
        for button in (self.either, self.clear):
            fit_height(button)
            self._flow.addWidget(button)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._row.setSizePolicy(policy)
        top = QHBoxLayout()
        top.setSpacing(UNIT)
        top.addWidget(self.line, 1)
        top.addWidget(self.panel_button)
        top.addSpacing(UNIT)
        top.addWidget(self.total)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(UNIT)
        layout.addLayout(top)
        layout.addWidget(self._row)
        layout.addWidget(self.trouble)
        self.set_filters(Filters())

    def use(self, desk: FilterDesk, find_features: FindFeatures) -> None:
        """Connect with the desk. find_features: (feature, label) by words of the label."""
        self._desk = desk
        self._find_features = find_features
        self.typed.connect(desk.add)
        self.begun.connect(desk.want_vocabulary)
        self.values_wanted.connect(desk.count_values)
        desk.vocabulary_known.connect(self.set_vocabulary)
        desk.counting.connect(lambda: self.set_counts(None))
        desk.counted.connect(self.set_counts)
        desk.accepted.connect(self._accepted)
        desk.refused.connect(self.show_trouble)
        desk.values_counted.connect(self._values_counted)

    def _values_counted(self, found: FacetCounts) -> None:
        if self.panel is not None:
            self.panel.set_values(found)

    @property
    def filters(self) -> Filters:
        """The chips shown."""
        return self._filters

    # Setters ---------------------------------------------------------------------------------------------

    def set_filters(self, filters: Filters) -> None:
        """Show the chips; no signal."""
        self._filters = filters
        self.trouble.say("")
        self._show()
        if self.panel is not None and self.panel.isVisible():
            self.panel.ask_again()

    def set_counts(self, counted: Counted | None) -> None:
        """How many documents meet them; None while they are counted."""
        self._counted = counted
        self._show()

    def set_vocabulary(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        if self.panel is not None:
            self.panel.set_vocabulary(vocabulary)
        self.line.offer()

    def show_trouble(self, error: UserError) -> None:
        """What was typed cannot be applied; it stays in the line."""
        self.trouble.trouble(error)

    def show_refused(self, refused: dict[str, UserError]) -> None:
        """Chips that were switched off because this library cannot apply them."""
        first = next(iter(refused.values()), None)
        if first is not None:
            self.trouble.trouble(first)

    def focus_line(self) -> None:
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    # The user's acts -------------------------------------------------------------------------------------

    def open_panel(self) -> None:
        """Choose among values and years."""
        if self.panel is None:
            self.panel = FilterPanel(self)
            self.panel.chosen.connect(self._choose)
            self.panel.typed.connect(lambda text: self.typed.emit(text, None))
            self.panel.values_wanted.connect(self.values_wanted)
        self.begun.emit()
        self.panel.set_vocabulary(self._vocabulary)
        self.panel.open_at(self.panel_button.mapToGlobal(QPoint(0, self.panel_button.height() + UNIT)))

    def edit_chip(self, chip: Chip) -> None:
        """Put a condition into the line, to be changed there."""
        self._changing = chip
        self.line.setText(chip.text)
        self.focus_line()

    def _escaped(self) -> None:
        self._changing = None
        self.trouble.say("")
        self.left.emit()

    def _accepted(self) -> None:
        self._changing = None
        self.trouble.say("")
        self.line.clear()

    def _choose(self, text: str, on: bool) -> None:
        filters = self._filters
        self._change(filters.with_chip(Chip(text)) if on else filters.without(text))

    def _change(self, filters: Filters) -> None:
        self._changing = None
        self.filters_changed.emit(filters)

    def _act(self, place: int, act: str, on: bool = False) -> None:
        if place >= len(self._filters.chips):
            return
        chip = self._filters.chips[place]
        if act == "edit":
            self.edit_chip(chip)
        elif act == "remove":
            self._change(self._filters.without(chip.text))
            left = min(place, len(self._filters.chips) - 1)
            (self.chips[left].button if left >= 0 else self.line).setFocus()
        elif act == "switch":
            self._change(self._filters.turned(chip.text, on=on))
        else:
            self._change(self._filters.turned(chip.text, out=on))

    # Showing ---------------------------------------------------------------------------------------------

    def _show(self) -> None:
        chips = self._filters.chips
        while len(self.chips) < len(chips):
            place, made = len(self.chips), FilterChip()
            made.switched.connect(lambda on, p=place: self._act(p, "switch", on))
            made.turned.connect(lambda on, p=place: self._act(p, "turn", on))
            made.edited.connect(lambda p=place: self._act(p, "edit"))
            made.removed.connect(lambda p=place: self._act(p, "remove"))
            self.chips.append(made)
            for last in (made, self.either, self.clear):
                self._flow.removeWidget(last)
                self._flow.addWidget(last)
        for place, shown in enumerate(self.chips):
            shown.setVisible(place < len(chips))
            if place < len(chips):
                chip = chips[place]
                said = chip.text if self._desk is None else self._desk.said(chip)
                counts = None if self._counted is None else self._counted.by_chip
                shown.show_chip(chip, said, "…" if counts is None or chip not in counts else counts[chip])
        wanted = sum(1 for chip in self._filters.active if not chip.out)
        self.either.setVisible(wanted > 1 or self._filters.either)
        self.either.setChecked(self._filters.either)
        self.clear.setVisible(len(chips) > 1)
        self._row.setVisible(bool(chips))
        self._flow.invalidate()
        self._say_total()

    def _say_total(self) -> None:
        counted, active = self._counted, self._filters.active
        if not active:
            text = ""
        elif counted is None:
            text = "…"
        else:
            text = f"{counted.kept:,} of {counted.of:,} documents"
        self.total.setText(text)
        self.total.setAccessibleName(f"Documents that the filters keep: {text}")
        self.total.setToolTip("Documents that the filters keep" if text else "")
        self.total.setVisible(bool(text))

    def _offers(self, token: str) -> list[tuple[str, str]]:
        return completions(token, self._vocabulary, self._find_features)

    def sizeHint(self) -> QSize:
        return QSize(90 * UNIT, super().sizeHint().height())
