"""The mixer's strips in a scroll area: families, what was changed, the rest, and a sum at the end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from saerch_desktop.search.mix import Mix, Slider, Steer
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.mixer_carriers import CarriersOffer
from saerch_desktop.ui.mixer_entries import BlendEntry
from saerch_desktop.ui.mixer_family import FamilyRow
from saerch_desktop.ui.mixer_fold import Fold, fold
from saerch_desktop.ui.mixer_others import OthersLine
from saerch_desktop.ui.mixer_row import MixerFeature, MixerRow
from saerch_desktop.ui.slider_row import SliderRow
from saerch_desktop.ui.slider_units import Units
from saerch_desktop.ui.theme import UNIT

_READY = 24  # rows kept ready; more are made when a query has more features
_TURN_MS = 80


class MixerList(QScrollArea):
    """Rows are widgets, kept and reused. Edits of features without a row are kept and stay in `edits()`.

    Changed features go on top, but only once pointer or focus has left the list: nothing jumps under a hand.
    Families stand above all features. `blend_moved(key, amount)`, live; `blend_removed(key)`;
    `blend_chosen(key)`. With a slider first (a feature, or the key of a family): `switched(slider, switch,
    on)`, `looked_at(slider, change)`, `touched(slider)`, `menu_wanted(slider, place)`. `lowered(feature)`:
    one of the query has been moved down, or muted.
    """

    edits_changed = Signal(object)
    feature_chosen = Signal(int)
    blend_moved = Signal(str, float)
    blend_removed = Signal(str)
    blend_chosen = Signal(str)
    switched = Signal(object, str, bool)
    looked_at = Signal(object, float)
    looked_away = Signal()
    touched = Signal(object)
    menu_wanted = Signal(object, QPoint)
    lowered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[MixerRow] = []  # every row made so far
        self._order: list[MixerRow] = []  # those in use, from the top
        self._families: list[FamilyRow] = []
        self._all: tuple[MixerFeature, ...] = ()
        self._fold = Fold((), (), 0.0)
        self._open = False
        self._given: dict[int, int] = {}  # feature → its place as given
        self._elsewhere: dict[int, float] = {}
        self._mix, self._quiet = Mix(), frozenset[Slider]()
        self._units: Units = "times"
        self._bites = False  # the limit, on some slider
        self._unsorted = False
        self.setProperty("role", "list")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Features of the query")
        self._content = QWidget()
        self._content.setObjectName("mixer_content")
        self._content.setAccessibleName("Features of the query")
        self._content.setBackgroundRole(QPalette.ColorRole.Base)
        self._content.setAutoFillBackground(True)
        self.setWidget(self._content)
        self.viewport().setAutoFillBackground(True)
        self.others = OthersLine(self._content)
        self.others.pressed.connect(self._open_or_close)
        self.offer = CarriersOffer(self._content)
        self.offer.resized.connect(self._lay_out)
        self._preparing = QTimer(self)
        self._preparing.setSingleShot(True)
        self._preparing.setInterval(15)
        self._preparing.timeout.connect(self.prepare)
        self._turning = QTimer(self)
        self._turning.setInterval(_TURN_MS)
        self._turning.timeout.connect(self._turn)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    def _turn(self) -> None:
        for row in self._lines:
            row.turn()

    # Content ---------------------------------------------------------------------------------------------

    def set_features(self, features: Sequence[MixerFeature]) -> None:
        """Show these features in this order; what was steered stays steered, without a signal."""
        self._all = tuple(features)
        self._refold()

    def _refold(self) -> None:
        """Give every feature its row that has one of its own, and sum up the others."""
        deltas, mix = self._deltas(), self._mix
        kept = {*deltas, *mix.muted, *mix.soloed, *mix.locked}
        self._fold = fold(self._all, {k for k in kept if isinstance(k, int)}, self._open)
        former = {row.feature.feature: row for row in self._order}
        shown = self._fold.shown
        stay = {f.feature: former.pop(f.feature) for f in shown if f.feature in former}
        spare = [row for row in self._rows if row not in stay.values()]
        while len(spare) + len(stay) < len(shown):
            spare.append(self._new_row())
        self._given = {feature.feature: place for place, feature in enumerate(shown)}
        self._order = [stay.get(feature.feature) or spare.pop(0) for feature in shown]
        for row, feature in zip(self._order, shown, strict=True):
            if row.feature != feature or row.feature.feature not in stay:
                row.set_feature(feature, self._units)
        for row in spare:
            row.hide()
        summed = self._fold.summed
        total = sum(feature.natural for feature in summed)
        self.others.show_sum(len(summed), total, self._fold.share, self._open)
        self._put_deltas(deltas)
        self._show_switches()
        self._sort()

    def _new_row(self) -> MixerRow:
        row = MixerRow(self._content)
        self._rows.append(row)
        row.changed.connect(self._changed)
        row.chosen.connect(self.feature_chosen)
        self._listen(row)
        return row

    def _listen(self, row: SliderRow) -> None:
        row.settled.connect(lambda: self._settled(row))
        row.moved_on.connect(self._move_focus)
        row.switched.connect(lambda switch, on: self._switched(row, switch, on))
        row.looked_at.connect(lambda change: self.looked_at.emit(row.key, change))
        row.looked_away.connect(self.looked_away)
        row.touched.connect(lambda: self.touched.emit(row.key))
        row.menu_wanted.connect(lambda place: self.menu_wanted.emit(row.key, place))

    def prepare(self) -> None:
        """Make rows ahead of the first query, a few at a time: together they would take 0.1 s."""
        if len(self._rows) < _READY:
            for _ in range(3):
                self._new_row().hide()
            self._preparing.start()

    def features(self) -> list[int]:
        """Features in the order now shown."""
        return [row.feature.feature for row in self._order]

    def row_of(self, feature: int) -> MixerRow | None:
        return next((row for row in self._order if row.feature.feature == feature), None)

    def row_for(self, slider: Slider) -> SliderRow | None:
        """The row of a feature, or of a family by its key."""
        return self.row_of(slider) if isinstance(slider, int) else self.family_row(slider)

    def typical_scale(self) -> float:
        """A scale for a feature about which nothing is known: the middle of those shown."""
        scales = sorted(row.feature.scale for row in self._order)
        return scales[len(scales) // 2] if scales else 1.0

    def all_features(self) -> list[MixerFeature]:
        """As given, without pinning, those that are only summed included."""
        return list(self._all)

    @property
    def folded(self) -> tuple[int, ...]:
        """Features that have no strip of their own."""
        return () if self._open else tuple(feature.feature for feature in self._fold.summed)

    def _open_or_close(self) -> None:
        had = self.others.button.hasFocus()
        self._open = not self._open
        self._refold()
        if had:
            self.others.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_units(self, units: Units) -> None:
        """Read in multiples of natural, or as activations."""
        self._units = units
        for row in self._order:
            row.set_units(units)

    def set_pending(self, sliders: Collection[int | str]) -> None:
        """Features, and keys of families, whose effect is still being worked out."""
        for row in self._lines:
            row.set_pending(row.key in sliders)
        if sliders:
            self._turning.start()
        else:
            self._turning.stop()

    # Families --------------------------------------------------------------------------------------------

    def set_blends(self, entries: Sequence[BlendEntry]) -> None:
        """Show these families in this order; no signal. A new one is brought into view."""
        if [row.entry.key for row in self._families] == [entry.key for entry in entries]:
            for row, entry in zip(self._families, entries, strict=True):
                row.set_entry(entry)
            return
        former = {row.entry.key: row for row in self._families}
        focus = QApplication.focusWidget()
        lines = self._lines
        at = next((n for n, row in enumerate(lines) if focus is not None and row.isAncestorOf(focus)), None)
        self._families = [
            former.pop(entry.key) if entry.key in former else self._new_family(entry) for entry in entries
        ]
        added = [row for row, entry in zip(self._families, entries, strict=True) if row.entry is entry]
        for row, entry in zip(self._families, entries, strict=True):
            row.set_entry(entry)
        for row in former.values():
            row.hide()
            row.deleteLater()
        self._show_switches()
        self._sort()
        if former and at is not None and self._lines:  # the keyboard goes on where a row was taken away
            self._lines[min(at, len(self._lines) - 1)].slider.setFocus(Qt.FocusReason.OtherFocusReason)
        if added:
            self.ensureWidgetVisible(added[0], 0, 2 * UNIT)

    def blends(self) -> list[BlendEntry]:
        """The families shown."""
        return [row.entry for row in self._families]

    def family_row(self, key: str) -> FamilyRow | None:
        return next((row for row in self._families if row.entry.key == key), None)

    def _new_family(self, entry: BlendEntry) -> FamilyRow:
        row = FamilyRow(self._content, entry)
        row.changed.connect(lambda: self.blend_moved.emit(row.entry.key, row.delta()))
        row.chosen.connect(self.blend_chosen)
        row.removed.connect(self.blend_removed)
        self._listen(row)
        return row

    @property
    def _lines(self) -> list[SliderRow]:
        """All rows in use, from the top."""
        return [*self._families, *self._order]

    # Edits -----------------------------------------------------------------------------------------------

    def edits(self) -> tuple[Edit, ...]:
        """Every non-zero edit, by feature."""
        return tuple(Edit(feature, delta) for feature, delta in sorted(self._deltas().items()))

    def set_edits(self, edits: Sequence[Edit]) -> None:
        """Put the sliders where these edits say, all others to natural; no signal."""
        if tuple(edits) == self.edits():
            return
        self._put_deltas({edit.feature: edit.delta for edit in edits if edit.delta})
        if self._elsewhere.keys() & set(self.folded):
            self._refold()
        self._sort_when_free()

    def set_mix(self, mix: Mix, quiet: frozenset[Slider]) -> None:
        """Where everything stands, and what counts as absent; no signal."""
        before, after = self._switches(), (mix.muted, mix.soloed, mix.locked, quiet)
        self._mix, self._quiet = mix, quiet
        self.set_edits(mix.edits)
        if before == after:
            return  # which is so at every tick of a slider
        if set(self.folded) & (mix.muted | mix.soloed | mix.locked):
            self._refold()
        self._show_switches()

    def _switches(self) -> tuple[frozenset[Slider], ...]:
        mix = self._mix
        return mix.muted, mix.soloed, mix.locked, self._quiet

    def set_steer(self, steer: Steer) -> None:
        """Mark how far a limit lets the sliders come; no signal."""
        held: Mapping[Slider, float] = {}
        bit, self._bites = self._bites, steer.scale < 1.0
        if not (bit or self._bites):
            return
        if steer.scale < 1.0:
            held = {
                **{edit.feature: edit.delta for edit in steer.edits},
                **{edit.blend.key: edit.amount for edit in steer.blends},
            }
        for row in self._lines:
            bites = steer.scale < 1.0 and row.delta() and row.key not in self._mix.locked
            row.set_held(held.get(row.key, 0.0) if bites else None)

    @property
    def switched_on(self) -> bool:
        """Whether anything is muted or solo that resetting would bring back."""
        mix = self._mix
        return bool((mix.muted | mix.soloed) - mix.locked)

    def _show_switches(self) -> None:
        mix = self._mix
        for row in self._lines:
            key = row.key
            row.set_switches(key in mix.muted, key in mix.soloed, key in mix.locked, key in self._quiet)

    def reset(self) -> None:
        """Everything that is not locked back to natural, as an act of the user."""
        kept = {edit.feature: edit.delta for edit in self.edits() if edit.feature in self._mix.locked}
        if len(kept) < len(self.edits()):
            self._put_deltas(kept)
            self.edits_changed.emit(self.edits())
            self._sort_when_free()

    def _deltas(self) -> dict[int, float]:
        shown = {row.feature.feature: row.delta() for row in self._order if row.delta()}
        return {**self._elsewhere, **shown}

    def _put_deltas(self, deltas: dict[int, float]) -> None:
        for row in self._order:
            row.set_delta(deltas.get(row.feature.feature, 0.0))
        self._elsewhere = {f: delta for f, delta in deltas.items() if f not in self._given}

    def _changed(self) -> None:
        self.edits_changed.emit(self.edits())

    def _switched(self, row: SliderRow, switch: str, on: bool) -> None:
        self.switched.emit(row.key, switch, on)
        if switch == "muted" and on and isinstance(row, MixerRow) and row.feature.natural > 0:
            self.lowered.emit(row.feature.feature)

    def _settled(self, row: SliderRow) -> None:
        self._unsorted = True
        self._sort_when_free()
        if isinstance(row, MixerRow) and row.delta() < 0 < row.feature.natural:
            self.lowered.emit(row.feature.feature)

    # Order -----------------------------------------------------------------------------------------------

    def _sort_when_free(self) -> None:
        self._unsorted = True
        focus = QApplication.focusWidget()
        if not self.underMouse() and not (focus is not None and self._content.isAncestorOf(focus)):
            self._sort()

    def _sort(self) -> None:
        self._unsorted = False
        self._order.sort(key=lambda row: (row.delta() == 0, self._given[row.feature.feature]))
        self._lay_out()
        lines = self._lines
        for before, after in pairwise(lines):
            QWidget.setTabOrder(before.slider, before.value)
            QWidget.setTabOrder(before.value, after.slider)
        if lines:
            QWidget.setTabOrder(lines[-1].slider, lines[-1].value)
            QWidget.setTabOrder(lines[-1].value, self.others.button)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._unsorted and not any(row.slider.is_dragging() for row in self._order):
            self._sort()

    def _focus_moved(self, before: QWidget | None, now: QWidget | None) -> None:
        row = now.parentWidget() if now is not None else None
        if isinstance(row, SliderRow) and row.parentWidget() is self._content:
            if not QApplication.mouseButtons():
                self.ensureWidgetVisible(row, 0, 2 * UNIT)
                self.touched.emit(row.key)
        elif self._unsorted and before is not None:
            self._sort_when_free()

    def _move_focus(self, step: int) -> None:
        row = self.sender()
        lines = self._lines
        if isinstance(row, SliderRow) and row in lines:
            place = lines.index(row) + step
            if 0 <= place < len(lines):
                lines[place].slider.setFocus(Qt.FocusReason.TabFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.viewport().width()
        top, height = 0, self._order[0].height_for(width) if self._order else 0
        for row in self._lines:
            tall = height if isinstance(row, MixerRow) else row.height_for(width)
            row.setGeometry(0, top, width, tall)
            row.show()
            top += tall
            if self.offer.feature == row.key:
                self.offer.setGeometry(0, top, width, self.offer.height_for(width))
                top += self.offer.height()
        self.offer.setVisible(self.offer.feature in self._given)
        self.others.setVisible(bool(self._fold.summed))
        if self._fold.summed:
            self.others.setGeometry(0, top, width, self.others.height_for())
            top += self.others.height()
        self._content.resize(width, top)
        self.verticalScrollBar().setSingleStep(max(1, height))
