"""The mixer's rows in a scroll area: families on top, pinning of what was changed, and all edits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from saerch_desktop.search.steering import Edit
from saerch_desktop.ui.mixer_entries import BlendEntry
from saerch_desktop.ui.mixer_family import FamilyRow
from saerch_desktop.ui.mixer_row import MixerFeature, MixerRow
from saerch_desktop.ui.slider_row import SliderRow
from saerch_desktop.ui.theme import UNIT

_READY = 64  # rows kept ready; more are made when a query has more features


class MixerList(QScrollArea):
    """Rows are widgets, kept and reused. Edits of features without a row are kept and stay in `edits()`.

    Changed features go on top, but only once pointer or focus has left the list: nothing jumps under a hand.
    Families stand above all features. `blend_moved(key, amount)`, live; `blend_removed(key)`;
    `blend_chosen(key)`.
    """

    edits_changed = Signal(object)
    feature_chosen = Signal(int)
    blend_moved = Signal(str, float)
    blend_removed = Signal(str)
    blend_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[MixerRow] = []  # every row made so far; the first `len(self._order)` are in use
        self._order: list[MixerRow] = []
        self._families: list[FamilyRow] = []
        self._given: dict[int, int] = {}  # feature → its place as given
        self._elsewhere: dict[int, float] = {}
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
        self._preparing = QTimer(self)
        self._preparing.setSingleShot(True)
        self._preparing.setInterval(15)
        self._preparing.timeout.connect(self.prepare)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    # Content ---------------------------------------------------------------------------------------------

    def set_features(self, features: Sequence[MixerFeature]) -> None:
        """Show these features in this order; what was steered stays steered, without a signal."""
        deltas = self._deltas()
        while len(self._rows) < len(features):
            self._rows.append(self._new_row())
        self._given = {feature.feature: place for place, feature in enumerate(features)}
        self._order = self._rows[: len(features)]
        for row, feature in zip(self._order, features, strict=True):
            row.set_feature(feature)
        for row in self._rows[len(features) :]:
            row.hide()
        self._put_deltas(deltas)
        self._sort()

    def _new_row(self) -> MixerRow:
        row = MixerRow(self._content)
        row.changed.connect(self._changed)
        row.settled.connect(self._settled)
        row.chosen.connect(self.feature_chosen)
        row.moved_on.connect(self._move_focus)
        return row

    def prepare(self) -> None:
        """Make rows ahead of the first query, a few at a time: together they would take 0.1 s."""
        if len(self._rows) < _READY:
            for _ in range(4):
                row = self._new_row()
                row.hide()
                self._rows.append(row)
            self._preparing.start()

    def features(self) -> list[int]:
        """Features in the order now shown."""
        return [row.feature.feature for row in self._order]

    def row_of(self, feature: int) -> MixerRow | None:
        return next((row for row in self._order if row.feature.feature == feature), None)

    def typical_scale(self) -> float:
        """A scale for a feature about which nothing is known: the middle of those shown."""
        scales = sorted(row.feature.scale for row in self._order)
        return scales[len(scales) // 2] if scales else 1.0

    def all_features(self) -> list[MixerFeature]:
        """As given, without pinning."""
        return sorted((row.feature for row in self._order), key=lambda f: self._given[f.feature])

    def set_pending(self, sliders: Collection[int | str]) -> None:
        """Features, and keys of families, whose effect is still being worked out."""
        for row in self._order:
            row.set_pending(row.feature.feature in sliders)
        for family in self._families:
            family.set_pending(family.entry.key in sliders)

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
        row.moved_on.connect(self._move_focus)
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
        self._sort_when_free()

    def reset(self) -> None:
        """Everything back to natural, as an act of the user."""
        if self.edits():
            self._put_deltas({})
            self.edits_changed.emit(())
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

    def _settled(self) -> None:
        self._unsorted = True
        self._sort_when_free()

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

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._unsorted and not any(row.slider.is_dragging() for row in self._order):
            self._sort()

    def _focus_moved(self, before: QWidget | None, now: QWidget | None) -> None:
        row = now.parentWidget() if now is not None else None
        if isinstance(row, SliderRow) and row.parentWidget() is self._content:
            if not QApplication.mouseButtons():
                self.ensureWidgetVisible(row, 0, 2 * UNIT)
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
        top = 0
        for family in self._families:
            tall = family.height_for(width)
            family.setGeometry(0, top, width, tall)
            family.show()
            top += tall
        height = self._order[0].height_for(width) if self._order else 0
        for place, row in enumerate(self._order):
            row.setGeometry(0, top + place * height, width, height)
            row.show()
        self._content.resize(width, top + height * len(self._order))
        self.verticalScrollBar().setSingleStep(max(1, height))
