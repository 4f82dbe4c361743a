"""The steering desk: where the sliders stand, the ranking that follows, and undo."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from saerch_desktop.search.blends import Blend, BlendEdit, blend_of
from saerch_desktop.search.explained import explained
from saerch_desktop.search.mix import Mix, Slider, Steer, Switch, steer
from saerch_desktop.search.steering import Edit, Query, Term
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.mixer_entries import (
    BlendEntry,
    MixerEntry,
    blend_entries,
    feature_entries,
    named_anew,
    standing_of,
)
from saerch_desktop.ui.state import Store
from saerch_desktop.ui.steering_columns import ColumnsAhead
from saerch_desktop.ui.steering_ranking import TOP, Follower, Shown, Wanted, amounts, mode_of, ranked
from saerch_desktop.ui.steering_steps import SteeringStep

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.workflow.session import Session

__all__ = ["TOP", "Shown", "SteeringDesk", "mode_of", "ranked"]

Fail = Callable[[BaseException, str], None]

_PAUSE_S = 0.8  # a hand that rested this long begins another undo step


class SteeringDesk(QObject):
    """Ranks on the GUI thread when every column is at hand and little has changed (milliseconds), else on the
    model lane. Where sliders stand is shown at once, whatever the ranking waits for.
    """

    mixer_changed = Signal(object)  # tuple[MixerEntry, ...]
    blends_offered = Signal(object)  # tuple[BlendEntry, ...]
    pending_changed = Signal(object)  # frozenset[int | str]: features, keys of blends, whose column is made
    steered = Signal(object)  # search.mix.Steer: what of the mixer steers now, after every change
    preview_wanted = Signal(object, float)  # Slider, and the change against natural that it would have
    preview_ended = Signal()

    def __init__(self, store: Store, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._fail = fail
        self._opened: Session | None = None
        self._added: list[int] = []
        self._matches: Matches | None = None  # of the words that the list is fused with, where it is
        self._weight = 0.5  # of these words
        self._serial = 0
        self._edited_at = 0.0
        self._steering = Steer((), ())
        self._preview: tuple[Slider, float] | None = None
        self._columns = ColumnsAhead(runner, self._not_made, self._made)
        self._follower = Follower(runner, fail, self._columns, self._show, self.pending_changed.emit)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)
        store.book_changed.connect(lambda _: self._book_changed())

    @property
    def _session(self) -> Session | None:
        return self._opened

    @_session.setter
    def _session(self, session: Session | None) -> None:
        """Columns and rankings of another session are of no use to this one."""
        self._opened = session
        self._columns.use(session)
        self._follower.use(session)

    @property
    def weights(self) -> str:
        """Hash of the weights whose features the sliders move; "" without an SAE."""
        return self._features.sae.sha256 if self._features is not None else ""

    @property
    def mix(self) -> Mix:
        """Where all sliders stand."""
        return self._store.mix

    def edit(self, edits: Sequence[Edit]) -> None:
        """The user moved sliders: `edits` is complete. A gesture on a feature is one undo step."""
        self._change(replace(self.mix, edits=tuple(edits)))

    def reset(self) -> None:
        """All sliders that are not locked back to natural. Families stay in the mixer."""
        self._change(self.mix.reset(), alone=True)

    def change(self, mix: Mix) -> None:
        """Any other change of the mixer, as one step of undo."""
        self._change(mix, alone=True)

    def _change(self, new: Mix, alone: bool = False) -> None:
        """One step of undo, or a part of one; alone: never a part of one."""
        now = time.monotonic()
        if alone or now - self._edited_at > _PAUSE_S:
            self._serial += 1
        self._edited_at = now
        if new != self.mix:
            self.undo_stack.push(SteeringStep(self.apply, self.mix, new, self._serial))
        if alone:
            self._serial += 1

    # Mute, solo, lock, budget ----------------------------------------------------------------------------

    def mute(self, slider: Slider, on: bool = True) -> None:
        """Count a feature, or a blend by its key, as absent, or no longer so. One step of undo."""
        self._turn("muted", slider, on)

    def solo(self, slider: Slider, on: bool = True) -> None:
        """Let only this slider, and others that are alone, be heard."""
        self._turn("soloed", slider, on)

    def lock(self, slider: Slider, on: bool = True) -> None:
        """Keep a slider where it is: resetting, the budget and recipes leave it alone."""
        self._turn("locked", slider, on)

    def set_budget(self, budget: float | None) -> None:
        """Stay within this cosine of the query, in [0, 1); None for no limit."""
        self.change(replace(self.mix, budget=budget))

    def _turn(self, switch: Switch, slider: Slider, on: bool) -> None:
        self.change(self.mix.turned(switch, slider, on))

    @property
    def steering(self) -> Steer:
        """What of the mixer steers now."""
        return self._steering

    @property
    def explained(self) -> float | None:
        """The share of the query that its features explain; None without a query or features."""
        query, features = self._store.query, self._features
        return explained(features.sae, query) if query is not None and features is not None else None

    # Looking ahead ---------------------------------------------------------------------------------------

    def steer_if(self, slider: Slider, change: float) -> Steer:
        """What would steer were this slider `change` away from natural; nothing is changed."""
        return self._steer(self.mix.moved_to(slider, change))

    def want_preview(self, slider: Slider, change: float) -> None:
        """Ask for what a slider would do there, once its column is at hand; see `preview_wanted`."""
        term = self._term(slider)
        if term is None or self._store.query is None:
            return
        self._preview = (slider, change)
        if self._columns.cold([term]):
            self._columns.wait_for([term, *amounts(self._steering)])
        else:
            self.preview_wanted.emit(slider, change)

    def end_preview(self) -> None:
        if self._preview is not None:
            self._preview = None
            self.preview_ended.emit()

    def touch(self, slider: Slider) -> None:
        """A hand is near this slider: get it ready before the others."""
        term = self._term(slider)
        if term is not None:
            self._columns.touch(term)

    def _term(self, slider: Slider) -> Term | None:
        if isinstance(slider, int):
            return slider
        offered = self.mix.offers(slider)
        return offered.blend if offered is not None else None

    def set_mode(self, mode: str) -> None:
        self._store.mode = mode
        self._rank()

    def add(self, feature: int) -> None:
        """Offer one more feature in the mixer, at its natural value."""
        query, session = self._store.query, self._session
        if query is None or session is None or session.features is None or self.mixes(feature):
            return
        self._added = [feature, *self._added]
        self.mixer_changed.emit(self.entries())
        self._prefetch(session, query)

    def remove(self, feature: int) -> None:
        """Take a feature that was added by hand out of the mixer, and with it what it did."""
        mix, gone = self.mix, frozenset({feature})
        self._added = [added for added in self._added if added != feature]
        kept = replace(
            mix.moved_to(feature, 0.0),
            muted=mix.muted - gone,
            soloed=mix.soloed - gone,
            locked=mix.locked - gone,
        )
        self._change(kept, alone=True)
        self.mixer_changed.emit(self.entries())

    def mixes(self, feature: int | None) -> bool:
        """Whether the mixer offers this feature."""
        query = self._store.query
        return query is not None and feature in (*self._added, *query.indices.tolist())

    # Families as sliders ---------------------------------------------------------------------------------

    def add_family(self, key: str, amount: float = 1.0) -> None:
        """Make one slider of a family shown and move it, as `add_blend` does; it is weighed on a worker."""
        session, book = self._session, self._store.book
        if session is None or session.features is None or book is None:
            return
        features = session.features
        self._runner.look_up(
            "Weighing the family",
            lambda progress: blend_of(features, book, key),
            key="family blend",
            done=lambda blend: self.add_blend(blend, amount) if self._session is session else None,
            fail=self._fail,
            doing="Steering by the family",
        )

    def offer_family(self, key: str) -> None:
        """A slider for a family at its natural value; one that is there already stays as it is."""
        offered = self.mix.offers(key)
        if offered is None:
            self.add_family(key, 0.0)
        else:
            self.blends_offered.emit(self.blends())

    def add_blend(self, blend: Blend, amount: float = 1.0) -> None:
        """Offer a blend in the mixer, moved by `amount`: one step of undo takes both back.

        One that is there already is moved further.
        """
        if self._store.query is None or self._features is None:
            return
        former = self.mix.offers(blend.key)
        others = tuple(edit for edit in self.mix.blends if edit is not former)
        added = BlendEdit(blend, (former.amount if former is not None else 0.0) + amount)
        self._change(replace(self.mix, blends=(added, *others)), alone=True)

    def set_blend(self, key: str, amount: float) -> None:
        """The user moved a family's slider: `amount` away from natural. A gesture is one undo step."""
        moved = tuple(
            replace(edit, amount=amount) if edit.blend.key == key else edit for edit in self.mix.blends
        )
        self._change(replace(self.mix, blends=moved))

    def remove_blend(self, key: str) -> None:
        """Take a family's slider out of the mixer, and with it what it did to the ranking."""
        mix = self.mix
        kept = tuple(edit for edit in mix.blends if edit.blend.key != key)
        gone = frozenset({key})
        self._change(
            replace(
                mix,
                blends=kept,
                muted=mix.muted - gone,
                soloed=mix.soloed - gone,
                locked=mix.locked - gone,
            ),
            alone=True,
        )

    def blends(self) -> tuple[BlendEntry, ...]:
        """The mixer's families, the one added last first."""
        query, features = self._store.query, self._features
        if query is None or features is None:
            return ()
        return blend_entries(query, features, self.mix.blends, self._store.book)

    def family_shown(self, key: str) -> str | None:
        """The key of the family of today that a slider stands for; None when there is none any longer."""
        offered, features = self.mix.offers(key), self._features
        if offered is None or features is None:
            return None
        return standing_of(offered.blend, self._store.book, features.labels.text).key

    def _book_changed(self) -> None:
        """Families have other names now, or are others: say so where their sliders are."""
        features = self._features
        mix = self.mix
        if not mix.blends or features is None:
            return
        named = named_anew(mix.blends, features, self._store.book)
        if named != mix.blends:
            self._put(replace(mix, blends=named))
            self._rank()
        else:
            self.blends_offered.emit(self.blends())

    # What the mixer shows --------------------------------------------------------------------------------

    def label(self, feature: int) -> str:
        features = self._features
        return features.labels.text(feature) if features is not None else f"#{feature}"

    def entries(self) -> tuple[MixerEntry, ...]:
        """The mixer's features: those added by hand first, then the query's own, strongest first."""
        query, features = self._store.query, self._features
        return () if query is None or features is None else feature_entries(query, features, self._added)

    def relabelled(self) -> None:
        """Features have other names now: show them."""
        if self._store.query is not None:
            self.mixer_changed.emit(self.entries())
            self.blends_offered.emit(self.blends())
            shown = self._store.ranking
            if shown is not None:
                self._store.ranking = replace(shown)

    def apply(self, mix: Mix) -> None:
        """Put what the sliders say in force (also by undo and redo) and rank anew."""
        features = self._features
        if mix.blends != self.mix.blends and features is not None:
            mix = replace(mix, blends=named_anew(mix.blends, features, self._store.book))
        absent = [edit.feature for edit in mix.edits if not self.mixes(edit.feature)]
        self._put(mix)
        if absent and self._store.query is not None:
            self._added = [*absent, *self._added]
            self.mixer_changed.emit(self.entries())
        self._rank()

    def _put(self, mix: Mix) -> None:
        changed = mix.blends != self.mix.blends
        self._steering = self._steer(mix)
        self._store.mix = mix
        self._store.edits, self._store.blends = self._steering.edits, self._steering.blends
        if changed:
            self.blends_offered.emit(self.blends())
        self.steered.emit(self._steering)

    def _steer(self, mix: Mix) -> Steer:
        """What of the mix steers the query in force."""
        query, session = self._store.query, self._session
        columns = session.engine.columns if session is not None else None
        if query is None or columns is None:
            return Steer((), ())
        return steer(mix, query, columns.direction)

    def _rank(self) -> None:
        query = self._store.query
        if self._session is not None and query is not None:
            mode = mode_of(self._store.mode)
            self._follower.follow(Wanted(query, self._steering, mode, self._matches, self._weight))

    def _show(self, query: Query, shown: Shown) -> None:
        if self._store.query is query:
            self._store.ranking = shown

    def _made(self) -> None:
        """Columns that were waited for are there."""
        self._follower.made()
        if self._preview is not None:
            self.preview_wanted.emit(*self._preview)

    def _not_made(self, error: BaseException, doing: str) -> None:
        self.pending_changed.emit(frozenset())
        self._fail(error, doing)

    def _prefetch(self, session: Session, query: Query) -> None:
        """What a hand will most likely move first: what was added last, families, the strongest features."""
        if session.features is not None:
            blends = [edit.blend for edit in self.mix.blends]
            self._columns.make_ahead([*self._added, *blends, *query.indices.tolist()])

    @property
    def _features(self) -> FeatureSet | None:
        return self._session.features if self._session is not None else None
