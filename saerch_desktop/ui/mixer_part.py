"""The mixer's part of the window: switches, limit and units, what it offers, and the menu of its strips."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt

from saerch_desktop import settings
from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Chip
from saerch_desktop.search.mix import Mix, Slider, silent
from saerch_desktop.ui.controller_steering import Shown
from saerch_desktop.ui.mixer_desk import ConceptDesk
from saerch_desktop.ui.mixer_menu import Choice, open_menu
from saerch_desktop.ui.mixer_row import MixerRow
from saerch_desktop.ui.part import Part
from saerch_desktop.ui.slider_row import SliderRow

if TYPE_CHECKING:
    from saerch_desktop.ui.window import MainWindow


class MixerPart(Part):
    """Connects the mixer with the search desk."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.mixer = mixer = window.search_pane.mixer
        self.search = search = self.controller.search
        self.desk = ConceptDesk(self.controller, self)
        store = self.store
        store.mix_changed.connect(lambda _: self._put_mix())
        store.query_changed.connect(lambda _: self._queried())
        store.ranking_changed.connect(self._ranked)
        search.steered.connect(mixer.set_steer)
        search.mixer_changed.connect(self._entered)
        mixer.switched.connect(self._switch)
        mixer.budget_changed.connect(search.set_budget)
        mixer.units_changed.connect(self._keep_units)
        mixer.preview_wanted.connect(search.want_preview)
        mixer.preview_ended.connect(search.end_preview)
        mixer.touched.connect(search.touch)
        mixer.lowered.connect(self.desk.find_carriers)
        mixer.lower_together.connect(self.desk.lower_together)
        mixer.lowering_refused.connect(self.desk.refuse)
        mixer.menu_wanted.connect(self.show_menu)
        self.desk.carriers_found.connect(mixer.offer_carriers)
        mixer.set_units(settings.load_settings().mixer_units)

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "go-mixer": self.mixer.focus_first,
            "mixer-limit": self._ask_limit,
            "mixer-units": self.mixer.head.turn_units,
            "hear-all": self.hear_all,
        }

    def conditions(self) -> Mapping[str, bool]:
        mix = self.store.mix
        return {
            "mixer": self.store.query is not None and bool(self.mixer.rows.all_features()),
            "silent": bool(mix.muted or mix.soloed),
        }

    # What is shown ---------------------------------------------------------------------------------------

    def _put_mix(self) -> None:
        mix, query = self.store.mix, self.store.query
        quiet = silent(mix, query) if query is not None and (mix.muted or mix.soloed) else frozenset()
        former = self.mixer.rows.switched_on
        self.mixer.set_mix(mix, quiet)
        offer = self.mixer.rows.offer
        if offer.feature is not None and not _lowered(mix, offer.feature):
            offer.withdraw()
        if former != self.mixer.rows.switched_on:
            self.window.refresh_actions()

    def _queried(self) -> None:
        self.mixer.rows.offer.withdraw()
        self._put_mix()

    def _entered(self, entries: tuple[Any, ...]) -> None:
        query = self.store.query
        self.mixer.set_explained(self.search.explained, 0 if query is None else len(query.indices))
        self._put_mix()
        self.mixer.set_steer(self.search.steering)

    def _ranked(self, shown: Shown | None) -> None:
        if shown is not None:
            self.mixer.set_nearness(shown.ranking.fidelity, shown.ranking.mode)

    # What is asked for -----------------------------------------------------------------------------------

    def _switch(self, slider: Slider, switch: str, on: bool) -> None:
        turn = {"muted": self.search.mute, "soloed": self.search.solo, "locked": self.search.lock}[switch]
        turn(slider, on)

    def hear_all(self) -> None:
        """Nothing muted, nothing solo: one step of undo."""
        mix = self.search.mix
        self.search.change(Mix(mix.edits, mix.blends, frozenset(), frozenset(), mix.locked, mix.budget))

    def _ask_limit(self) -> None:
        choice = self.mixer.budget.choice
        choice.setFocus(Qt.FocusReason.ShortcutFocusReason)
        line = choice.lineEdit()
        if line is not None:
            line.selectAll()

    def _keep_units(self, units: Any) -> None:
        try:
            settings.change_settings(mixer_units=units)
        except UserError as error:
            self.controller.fail(error)

    # The menu of a strip ---------------------------------------------------------------------------------

    def show_menu(self, slider: Slider, place: QPoint) -> None:
        """What else can be done with a strip."""
        row = self.mixer.rows.row_for(slider)
        if row is not None:
            open_menu(self.mixer, row.label.text(), self.choices(row), place)

    def choices(self, row: SliderRow) -> list[Choice]:
        """The lines of its menu."""
        mix, key = self.store.mix, row.key
        locked = key in mix.locked
        natural = row.measure.natural
        made = [
            Choice("Mute", lambda: self._turn(row, "muted"), "Count it as absent", "M", key in mix.muted),
            Choice("Solo", lambda: self._turn(row, "soloed"), "Hear only this", "S", key in mix.soloed),
            Choice("Lock", lambda: self._turn(row, "locked"), "Keep it where it is", "L", locked),
            Choice(
                "Back to natural",
                row.slider.reset,
                row.measure.text(natural),
                "0",
                enabled=bool(row.delta()) and not locked,
                rule=True,
            ),
        ]
        if isinstance(row, MixerRow):
            made += self._of_feature(row, locked)
        else:
            made.append(
                Choice(
                    "Take out of the mixer", lambda: self.search.remove_blend(str(key)), "", "Del", rule=True
                )
            )
        return made

    def _of_feature(self, row: MixerRow, locked: bool) -> list[Choice]:
        feature, natural = row.feature.feature, row.feature.natural
        usual = row.feature.scale

        def by(chip: Chip) -> Callable[[], object]:
            return lambda: self.search.add_filter(chip)

        made = [
            Choice("Out of the query", lambda: row.put(0.0), "Its value to zero", enabled=not locked),
            Choice("Twice as much", lambda: row.put(2 * natural), "", enabled=not locked and natural > 0),
            Choice(
                "Strengthen what it stands for",
                lambda: self.desk.shift(feature, up=True),
                "A slider drawn for this query that brings documents about it to the front",
                rule=True,
            ),
            Choice(
                "Weaken what it stands for",
                lambda: self.desk.shift(feature, up=False),
                "A slider drawn for this query that moves documents about it back",
            ),
            Choice(
                "Only documents that have it",
                by(Chip(f"#{feature}")),
                "A filter: documents where this feature is active",
                rule=True,
            ),
            Choice(
                "Hide documents with much of it",
                by(Chip(f"#{feature}>{usual / 2:.3g}", out=True)),
                f"A filter: documents where it is above {usual / 2:.3g}, half of its usual strength, go",
            ),
            Choice("Look at this feature", row.choose, "", "Enter", rule=True),
        ]
        if natural == 0:
            made.append(
                Choice(
                    "Take out of the mixer", lambda: self.search.remove(feature), "The query has none of it"
                )
            )
        return made

    def _turn(self, row: SliderRow, switch: Any) -> None:
        row.switched.emit(switch, not row.switches[switch].isChecked())


def _lowered(mix: Mix, feature: int) -> bool:
    return feature in mix.muted or any(e.feature == feature and e.delta < 0 for e in mix.edits)
