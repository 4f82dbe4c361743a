"""What carries the same concept as a lowered feature, and sliders drawn for what a feature stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from saerch_desktop.search.blends import BlendEdit
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Query
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.mixer_carriers import CarrierEntry

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.search.lowering import Carrier
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.ui.controller_search import SearchDesk

_NEAR = 0.9  # how near such a slider leaves the query, where no limit says otherwise
_KEY = "carriers"


class ConceptDesk(QObject):
    """Works on the library in use; the mixer is the search desk's."""

    carriers_found = Signal(int, object)  # feature, tuple[CarrierEntry, ...]: none where it stands alone

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._refused: tuple[Query | None, set[int]] = (None, set())

    def find_carriers(self, feature: int) -> None:
        """Ask what else of the query brings the same as a feature that was lowered."""
        features, query = self._features, self._query
        if features is None or query is None or not query.natural(feature) or self._is_refused(feature):
            return

        def work(_: object) -> tuple[Carrier, ...]:
            from saerch_desktop.search.lowering import carriers

            return carriers(features, query, feature)

        def done(found: tuple[Carrier, ...]) -> None:
            if self._query is query and self._is_lowered(feature):
                label = features.labels.text
                self.carriers_found.emit(
                    feature, tuple(CarrierEntry(c.feature, label(c.feature), c.share, c.lift) for c in found)
                )

        self._controller.runner.look_up(
            "Looking for what carries the same",
            work,
            key=_KEY,
            done=done,
            fail=self._controller.fail,
        )

    def refuse(self, feature: int) -> None:
        """Offer nothing more about this feature, for this query."""
        if self._refused[0] is not self._query:
            self._refused = (self._query, set())
        self._refused[1].add(feature)

    def lower_together(self, feature: int, others: Sequence[int]) -> None:
        """One slider instead of the feature's own, lowered as far as that was: one step of undo."""
        from saerch_desktop.search.lowering import lower_together

        features, query, mix = self._features, self._query, self._search.mix
        if features is None or query is None or not others:
            return
        natural = query.natural(feature)
        moved = next((edit.delta for edit in mix.edits if edit.feature == feature), 0.0)
        amount = -1.0 if feature in mix.muted or natural <= 0 else max(moved / natural, -2.0)
        kept = tuple(edit for edit in mix.edits if edit.feature != feature)
        plain = replace(mix, edits=kept, muted=mix.muted - {feature})
        blend = lower_together(features, query, feature, others)
        self._search.change(plain.with_blend(BlendEdit(blend, amount)))

    def shift(self, feature: int, up: bool) -> None:
        """A slider for what a feature stands for, drawn for this query and moved: one step of undo."""
        session, query = self._controller.library.session, self._query
        features = self._features
        if session is None or features is None or query is None:
            return
        budget = self._search.mix.budget
        near = _NEAR if budget is None else budget

        def work(_: object) -> BlendEdit:
            from saerch_desktop.search.lowering import shift

            ways = ([feature], []) if up else ([], [feature])
            return shift(features, session.library, query, *ways, near)

        def done(edit: BlendEdit) -> None:
            if self._query is query:
                self._search.change(self._search.mix.with_blend(edit))

        self._controller.runner.submit(
            "Looking at what the feature stands for",
            work,
            lane=Lane.IO,
            key="concept",
            done=done,
            failed=lambda error: self._controller.fail(error, "Steering by what the feature stands for"),
        )

    def _is_refused(self, feature: int) -> bool:
        return self._refused[0] is self._query and feature in self._refused[1]

    def _is_lowered(self, feature: int) -> bool:
        mix: Mix = self._search.mix
        return feature in mix.muted or any(e.feature == feature and e.delta < 0 for e in mix.edits)

    @property
    def _search(self) -> SearchDesk:
        return self._controller.search

    @property
    def _query(self) -> Query | None:
        query: Query | None = self._controller.store.query
        return query

    @property
    def _features(self) -> FeatureSet | None:
        session = self._controller.library.session
        return session.features if session is not None else None
