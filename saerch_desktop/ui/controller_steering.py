"""The steering desk: where the sliders stand, the ranking that follows, and undo."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend, BlendEdit, blend_of, standing
from saerch_desktop.search.mix import Mix, Steer, steer
from saerch_desktop.search.steering import Edit, Mode, Query, Ranking, Term
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.mixer_entries import (
    BlendEntry,
    MixerEntry,
    blend_entries,
    feature_entries,
    named_anew,
)
from saerch_desktop.ui.state import Store
from saerch_desktop.ui.steering_steps import SteeringStep

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]

TOP = 100
_PAUSE_S = 0.8  # a hand that rested this long begins another undo step


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A ranking with what explains it: natural (rows, active features) float32, None when it is steered."""

    ranking: Ranking
    natural: NDArray[np.float32] | None


class SteeringDesk(QObject):
    """Ranks on the GUI thread when every column is at hand (milliseconds), else on the model lane."""

    mixer_changed = Signal(object)  # tuple[MixerEntry, ...]
    blends_offered = Signal(object)  # tuple[BlendEntry, ...]
    pending_changed = Signal(object)  # frozenset[int | str]: features, keys of blends, whose column is made

    def __init__(self, store: Store, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._fail = fail
        self._session: Session | None = None
        self._added: list[int] = []
        self._words: Matches | None = None  # what is searched for beside the meaning
        self._serial = 0
        self._edited_at = 0.0
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)
        store.book_changed.connect(lambda _: self._book_changed())

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
        self._runner.submit(
            "Weighing the family",
            lambda progress: blend_of(features, book, key),
            lane=Lane.IO,
            key="family blend",
            quiet=True,
            done=lambda blend: self.add_blend(blend, amount) if self._session is session else None,
            failed=lambda error: self._fail(error, "Steering by the family"),
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
        return standing(offered.blend, self._store.book, features.labels.text).key

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
        self._put(mix)
        self._rank()

    def _put(self, mix: Mix) -> None:
        changed = mix.blends != self.mix.blends
        steering = self._steer(mix)
        self._store.mix = mix
        self._store.edits, self._store.blends = steering.edits, steering.blends
        if changed:
            self.blends_offered.emit(self.blends())

    def _steer(self, mix: Mix) -> Steer:
        """What of the mix steers the query in force."""
        query, session = self._store.query, self._session
        columns = session.engine.columns if session is not None else None
        if query is None or columns is None:
            return Steer((), ())
        return steer(mix, query, columns.direction)

    def _rank(self) -> None:
        session, query = self._session, self._store.query
        if session is None or query is None:
            return
        steering, mode = self._steer(self.mix), mode_of(self._store.mode)
        words = self._words, self._store.weight
        self._runner.cancel_keys(("rank",))

        def done(shown: Shown) -> None:
            self.pending_changed.emit(frozenset())
            if self._store.query is query:
                self._store.ranking = shown

        def failed(error: BaseException) -> None:
            self.pending_changed.emit(frozenset())
            self._fail(error, "Steering")

        if session.engine.is_warm(query, steering.edits, mode, steering.blends):
            try:
                done(ranked(session, query, steering, mode, Progress(), *words))
            except Exception as error:  # noqa: BLE001  a failure here must not end the drag
                failed(error)
            return
        self.pending_changed.emit(_cold(session, steering))
        self._runner.submit(
            "Steering",
            lambda progress: ranked(session, query, steering, mode, progress, *words),
            lane=Lane.MODEL,
            key="rank",
            quiet=True,
            done=done,
            failed=failed,
        )

    def _prefetch(self, session: Session, query: Query) -> None:
        active: list[Term] = [*query.indices.tolist(), *self._added]
        active[:0] = [edit.blend for edit in self.mix.blends]
        if active and session.features is not None:
            self._runner.submit(
                "Preparing the sliders",
                lambda progress: session.engine.prefetch(active, progress),
                lane=Lane.MODEL,
                key="prefetch",
                quiet=True,
                failed=lambda error: self._fail(error, "Preparing the sliders"),
            )

    @property
    def _features(self) -> FeatureSet | None:
        return self._session.features if self._session is not None else None


def _cold(session: Session, steering: Steer) -> frozenset[int | str]:
    """Features and keys of blends whose column has yet to be made."""
    columns = session.engine.columns
    if columns is None:
        return frozenset()
    features = {edit.feature for edit in steering.edits if edit.feature not in columns}
    return frozenset(features | {e.blend.key for e in steering.blends if e.blend.mixture not in columns})


def mode_of(name: str) -> Mode:
    """The mode that the store names."""
    return "paper" if name == "paper" else "residual"


def ranked(
    session: Session,
    query: Query,
    steering: Steer,
    mode: str,
    progress: Progress,
    words: Matches | None = None,
    weight: float = 0.5,
) -> Shown:
    """The ranking that the sliders give, with the reasons of a plain one. words: searched for as well."""
    engine = session.engine
    chosen = mode_of(mode) if session.features is not None else "residual"
    edits, blends = steering.edits, steering.blends
    if words is None:
        ranking = engine.rank(query, edits, chosen, TOP, progress, blends)
    else:
        ranking = engine.both(query, words, weight, edits, chosen, TOP, progress, blends)
    plain = not ranking.contribution_features and query.indices.size > 0
    return Shown(ranking, engine.explain(query, ranking.rows) if plain else None)
