"""The mixer: what the query is made of, and the means to have more or less of each part."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QModelIndex, QPoint, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from saerch_desktop.search.mix import Mix, Slider, Steer
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import theme
from saerch_desktop.ui.empty_state import EmptyState
from saerch_desktop.ui.keymap import keymap
from saerch_desktop.ui.map_line import ShortLine
from saerch_desktop.ui.mixer_budget import BudgetBar
from saerch_desktop.ui.mixer_carriers import CarrierEntry
from saerch_desktop.ui.mixer_entries import BlendEntry
from saerch_desktop.ui.mixer_head import MixerHead
from saerch_desktop.ui.mixer_list import MixerList
from saerch_desktop.ui.mixer_modes import ModeSwitch
from saerch_desktop.ui.mixer_row import MixerFeature
from saerch_desktop.ui.slider_units import Units
from saerch_desktop.ui.theme import UNIT

__all__ = ["Mixer", "MixerFeature"]


class Mixer(QWidget):
    """Emits the complete tuple of non-zero edits, live. `feature_added`: one was chosen from the matches.

    Of families: `blend_wanted(key)` from the matches, `blend_moved(key, amount)`, live, `blend_removed(key)`,
    `blend_chosen(key)`. `all_reset` when families are among what was moved.
    """

    edits_changed = Signal(object)  # tuple[Edit, ...]
    feature_chosen = Signal(int)
    feature_search = Signal(str)
    feature_added = Signal(int)
    mode_changed = Signal(str)
    blend_wanted = Signal(str)
    blend_moved = Signal(str, float)
    blend_removed = Signal(str)
    blend_chosen = Signal(str)
    all_reset = Signal()
    preview_wanted = Signal(object, float)  # feature or key of a blend, and what its slider would say
    preview_ended = Signal()
    switched = Signal(object, str, bool)  # feature or key of a blend; "muted", "soloed" or "locked"; on
    budget_changed = Signal(object)  # float | None
    units_changed = Signal(str)
    touched = Signal(object)  # a hand came near the slider of a feature, or of a blend by its key
    lowered = Signal(int)  # a feature of the query was moved down, or muted
    lower_together = Signal(int, object)  # it, and the others: tuple[int, ...]
    lowering_refused = Signal(int)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Mixer")
        self._matches: list[tuple[int | str, str]] = []
        self._awaited: str | None = None  # key of the family that gets the focus once it is there
        heading = QLabel("Mixer")
        theme.set_role(heading, "heading")
        self._count = ShortLine()
        theme.set_role(self._count, "muted")
        self._reset = QPushButton("Reset all")
        self._reset.setAccessibleName("Reset all features")
        keymap.tell(self._reset, "All features back to natural: plain semantic search", "reset")
        self._reset.clicked.connect(self.reset)
        self.rows = MixerList()
        self.rows.edits_changed.connect(self._edited)
        self.rows.feature_chosen.connect(self.feature_chosen)
        self.rows.blend_moved.connect(self.blend_moved)
        self.rows.blend_removed.connect(self.blend_removed)
        self.rows.blend_chosen.connect(self.blend_chosen)
        self.rows.switched.connect(self.switched)
        self.rows.looked_at.connect(self.preview_wanted)
        self.rows.looked_away.connect(self.preview_ended)
        self.rows.touched.connect(self.touched)
        self.rows.lowered.connect(self.lowered)
        self.rows.menu_wanted.connect(self.menu_wanted)
        self.rows.offer.wanted.connect(self.lower_together)
        self.rows.offer.chosen.connect(self.feature_chosen)
        self.rows.offer.refused.connect(self.lowering_refused)
        self.head = MixerHead()
        self.head.units_changed.connect(self._units_changed)
        self.budget = BudgetBar()
        self.budget.budget_changed.connect(self.budget_changed)
        self.modes = ModeSwitch()
        self.modes.mode_changed.connect(self.mode_changed)
        self._empty = EmptyState(
            "feature",
            "No query yet",
            "Here you will see which features your query is made of, and drag them up or down.",
            "Go to the query",
            "Type a new query",
            does="find",
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.rows)
        self._add = self._make_search()

        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(2 * UNIT)
        top.addWidget(heading)
        top.addWidget(self._count, 1)
        top.addWidget(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * UNIT)
        layout.addLayout(top)
        layout.addWidget(self.head)
        layout.addWidget(self._add)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.budget)
        layout.addWidget(self.modes)
        self._refresh()

    def _make_search(self) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText("Add a feature or a family…")
        line.setAccessibleName("Add a feature or a family")
        line.setToolTip(
            "Type words of a name, then choose: the feature or family joins the mixer at its natural value"
        )
        theme.make_clearable(line)
        theme.lead_with(line, "add", "Add a feature or a family")
        self._match_model = QStringListModel(self)
        completer = QCompleter(self._match_model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(12)
        self._popup = QListView()
        self._popup.setAccessibleName("Features and families that match")
        self._popup.setTextElideMode(Qt.TextElideMode.ElideRight)
        completer.setPopup(self._popup)
        completer.activated[QModelIndex].connect(self._chosen)  # type: ignore[index]  # the stubs know no overloads
        line.setCompleter(completer)
        line.textEdited.connect(self._search)
        line.returnPressed.connect(self._take_first)
        return line

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.rows.prepare()

    # Setters ---------------------------------------------------------------------------------------------

    def set_features(self, features: Sequence[MixerFeature]) -> None:
        """The features to mix, strongest first. What is steered stays steered; no signal."""
        self.rows.set_features(features)
        self._refresh()

    def set_edits(self, edits: Sequence[Edit]) -> None:
        """Put the sliders where the edits say; no signal."""
        self.rows.set_edits(edits)
        self._refresh()

    def set_blends(self, entries: Sequence[BlendEntry]) -> None:
        """The families to mix and where their sliders stand; no signal."""
        self.rows.set_blends(entries)
        self._refresh()
        if self._awaited is not None and (row := self.rows.family_row(self._awaited)) is not None:
            self._awaited = None
            row.slider.setFocus(Qt.FocusReason.TabFocusReason)

    def set_pending(self, sliders: Collection[int | str]) -> None:
        """Mark features, and families by their keys, whose effect is still being worked out."""
        self.rows.set_pending(sliders)

    def set_mode(self, mode: str) -> None:
        """Show which mode is in force; no signal."""
        self.modes.set_mode(mode)

    def set_matches(self, matches: Sequence[tuple[int | str, str]]) -> None:
        """The answer to `feature_search`: (feature or key of a family, label), best first."""
        self._matches = list(matches) if self._add.text().strip() else []
        self._match_model.setStringList([label for _, label in self._matches])
        if self._matches and self._add.hasFocus():
            self._add.completer().complete()
        else:
            self._popup.hide()

    def set_reason(self, title: str, text: str) -> None:
        """What the empty mixer says."""
        self._empty.set_texts(title, text, "Go to the query", "Type a new query", does="find")

    def set_mix(self, mix: Mix, quiet: frozenset[Slider]) -> None:
        """Where all sliders stand and what is switched on; quiet: what counts as absent. No signal."""
        self.rows.set_mix(mix, quiet)
        self.budget.show_budget(mix.budget)
        self._refresh()

    def set_steer(self, steer: Steer) -> None:
        """What of the mixer steers under its limit; no signal."""
        self.rows.set_steer(steer)
        self.budget.show_steer(steer)

    def set_nearness(self, cosine: float, mode: str) -> None:
        """The cosine between the query and what is searched for."""
        self.budget.show_cosine(cosine, paper=mode == "paper")

    def set_explained(self, share: float | None, features: int) -> None:
        """How much of the query so many active features explain, 0 to 1; None without a query."""
        self.head.show_explained(share, features)

    def set_units(self, units: Units) -> None:
        """Read sliders in multiples of natural or as activations; no signal."""
        self.head.show_units(units)
        self.rows.set_units(units)

    def offer_carriers(self, feature: int, carriers: Sequence[CarrierEntry]) -> None:
        """Offer to lower these with the feature, beneath its strip; none takes the offer back."""
        row = self.rows.row_of(feature)
        if row is not None or not carriers:
            self.rows.offer.show_offer(feature, row.feature.label if row is not None else "", carriers)

    def focus_first(self) -> None:
        """Go on at the first strip."""
        rows = self.rows
        sliders: list[int | str] = [*(entry.key for entry in rows.blends()), *rows.features()]
        row = rows.row_for(sliders[0]) if sliders else None
        if row is not None:
            row.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def edits(self) -> tuple[Edit, ...]:
        return self.rows.edits()

    def reset(self) -> None:
        """Everything that is not locked back to natural, as an act of the user."""
        if any(entry.amount for entry in self.rows.blends()) or self.rows.switched_on:
            self.all_reset.emit()
            return
        self.rows.reset()
        self._refresh()

    # The user's acts -------------------------------------------------------------------------------------

    def _units_changed(self, units: Units) -> None:
        self.rows.set_units(units)
        self.units_changed.emit(units)

    def _edited(self, edits: tuple[Edit, ...]) -> None:
        self._refresh()
        self.edits_changed.emit(edits)

    def _search(self, text: str) -> None:
        if text.strip():
            self.feature_search.emit(text.strip())
        else:
            self.set_matches(())

    def _take_first(self) -> None:
        if self._matches and not self._popup.isVisible():
            self._take(self._matches[0])

    def _chosen(self, index: QModelIndex) -> None:
        if index.row() < len(self._matches):
            self._take(self._matches[index.row()])

    def _take(self, match: tuple[int | str, str]) -> None:
        feature, label = match
        self._matches = []
        # The completer writes its choice into the line after this signal; clear it once that is done.
        self._match_model.setStringList([])
        self._add.clear()
        if isinstance(feature, str):
            self._awaited = feature
            QTimer.singleShot(0, self._add, self._add.clear)  # while it has the focus
            self.blend_wanted.emit(feature)
            return
        if self.rows.row_of(feature) is None:
            added = MixerFeature(feature, label, 0.0, self.rows.typical_scale())
            self.set_features([added, *self.rows.all_features()])
            self.feature_added.emit(feature)
        row = self.rows.row_of(feature)
        if row is not None:
            self._add.clear()
            row.slider.setFocus(Qt.FocusReason.TabFocusReason)

    def _refresh(self) -> None:
        families = self.rows.blends()
        features = len(self.rows.all_features())
        shown = features + len(families)
        changed = len(self.edits()) + sum(1 for entry in families if entry.amount)
        text = _counted(features, len(families))
        self._count.set_text(f"{changed} of {shown} changed" if changed else text if shown else "")
        self._reset.setEnabled(changed > 0 or self.rows.switched_on)
        self._stack.setCurrentIndex(1 if shown else 0)
        for control in (self.head, self._add, self._reset, self.budget, self.modes):
            control.setVisible(shown > 0)


def _counted(features: int, families: int) -> str:
    """How much there is to mix."""
    parts = [(families, "family", "families"), (features, "feature", "features")]
    return " · ".join(f"{many} {one if many == 1 else more}" for many, one, more in parts if many)
