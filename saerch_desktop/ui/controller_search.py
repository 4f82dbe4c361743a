"""The search desk: a query, the mixer's edits, the ranking they give, and undo."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from saerch_desktop.progress import Progress
from saerch_desktop.search.steering import Edit, Mode, Query, Ranking
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.native_ahead import load_ahead
from saerch_desktop.ui.state import Store
from saerch_desktop.ui.view_state import ViewState

if TYPE_CHECKING:
    from saerch_desktop.features.label import Label
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]
Ask = Callable[["Session", Progress], Query]

_TOP = 100
_MATCHES = 30
_PAUSE_S = 0.8  # a hand that rested this long begins another undo step


@dataclass(frozen=True, slots=True)
class MixerEntry:
    """A feature the mixer offers.

    natural: its activation in the query; scale: its strength anywhere; claim: what its label rests on;
    verified: by the analyst.
    """

    feature: int
    label: str
    natural: float
    scale: float
    claim: Label | None
    verified: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A ranking with what explains it: natural (rows, active features) float32, None when it is steered."""

    ranking: Ranking
    natural: NDArray[np.float32] | None


class SearchDesk(QObject):
    """Ranks on the GUI thread when every column is at hand (milliseconds), else on the model lane."""

    mixer_changed = Signal(object)  # tuple[MixerEntry, ...]
    pending_changed = Signal(object)  # frozenset[int]: features whose column is being made
    matches_found = Signal(object)  # list[tuple[int, str]]

    def __init__(self, store: Store, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._fail = fail
        self._session: Session | None = None
        self._added: list[int] = []
        self._serial = 0
        self._edited_at = 0.0
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(200)

    def use(self, session: Session | None, keep: bool = False) -> None:
        """Search in another session; with `keep` the same library was read anew: ask again."""
        former = self._store.query
        edits, added = self._store.edits, list(self._added)
        same_features = keep and session is not None and self._same_features(session)
        self._runner.cancel_keys(("query", "rank", "prefetch"))
        self._session = session
        if session is None or not keep:
            self._clear()
        elif former is not None:
            vector, text = former.vector, former.text
            self._added = added if same_features else []
            self._ask(
                text,
                lambda s, progress: s.engine.query_from_vector(vector, text, progress),
                edits if same_features else (),
            )
        elif self._store.query_text:
            self.submit(self._store.query_text)

    def restore(self, state: ViewState) -> None:
        """Ask the saved query again from its saved vector: nothing is embedded or sent."""
        if state.query is None or self._session is None:
            return
        text, vector = state.query.text, state.query.array()
        view = self._store.library
        self._store.query_text = text
        if vector is None or view is None or view.fingerprint != state.query.vectors_fingerprint:
            if view is None or not view.vectors:
                self._find_words(text)
            return
        edits: tuple[Edit, ...] = ()
        if view.sae == state.sae:
            edits = tuple(
                Edit(f, delta) for f, delta in state.edits if 0 <= f < view.features and np.isfinite(delta)
            )
        self._store.mode = state.mode if view.steering else "residual"
        self._ask(text, lambda s, progress: s.engine.query_from_vector(vector, text, progress), edits)

    # Queries ---------------------------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        """Search for what the user typed: by meaning when the library can, else by words."""
        text = text.strip()
        view = self._store.library
        if view is None or self._session is None or not text:
            return
        self._store.query_text = text
        if not view.semantic:
            self._find_words(text)
            return
        query = self._store.query
        edits = self._store.edits if query is not None and query.text == text else ()
        self._ask(text, lambda session, progress: session.engine.query(text, progress), edits)

    def like_document(self, row: int) -> None:
        self._ask_derived(lambda session, progress: session.engine.query_from_document(row, progress))

    def like_feature(self, feature: int) -> None:
        def ask(session: Session, progress: Progress) -> Query:
            features = session.required_features()
            text = features.labels.text(feature)
            return session.engine.query_from_vector(features.sae.decoder[feature], text, progress)

        self._ask_derived(ask)

    def _ask_derived(self, ask: Ask) -> None:
        if self._session is not None:
            self._ask("", ask, ())

    def _ask(self, text: str, ask: Ask, edits: tuple[Edit, ...]) -> None:
        session, mode = self._session, self._store.mode
        if session is None:
            return

        def work(progress: Progress) -> tuple[Query, Shown]:
            load_ahead()
            query = ask(session, progress)
            return query, _ranked(session, query, edits, mode, progress)

        def done(answer: tuple[Query, Shown]) -> None:
            self._store.searching = ""
            query, shown = answer
            same = self._store.query is not None and self._store.query.text == query.text
            if not same:
                self._added = []
            self._added += [
                e.feature for e in edits if e.feature not in (*query.indices.tolist(), *self._added)
            ]
            self.undo_stack.clear()
            self._store.keyword_hits = None
            self._store.query = query
            self._store.query_text = query.text
            self._store.edits = edits
            self.mixer_changed.emit(self.entries())
            self._store.ranking = shown
            self._prefetch(session, query)

        def failed(error: BaseException) -> None:
            self._store.searching = ""
            self._fail(error, "The search")

        self._runner.cancel_keys(("rank",))
        self._store.searching = f"Searching for “{text}”…" if text else "Searching…"
        self._runner.submit(
            "Searching", work, lane=Lane.MODEL, key="query", quiet=True, done=done, failed=failed
        )

    def _find_words(self, text: str) -> None:
        session = self._session
        if session is None:
            return

        def done(hits: list[Any]) -> None:
            self._store.searching = ""
            self._store.query = None
            self._store.ranking = None
            self.mixer_changed.emit(())
            self._store.keyword_hits = tuple(hits)

        def failed(error: BaseException) -> None:
            self._store.searching = ""
            self._fail(error, "The search")

        self._store.searching = f"Searching for “{text}”…"
        self._runner.submit(
            "Searching",
            lambda progress: session.engine.keyword(text, _TOP),
            lane=Lane.IO,
            key="query",
            quiet=True,
            done=done,
            failed=failed,
        )

    def _prefetch(self, session: Session, query: Query) -> None:
        active = [int(feature) for feature in query.indices] + self._added
        if active and session.features is not None:
            self._runner.submit(
                "Preparing the sliders",
                lambda progress: session.engine.prefetch(active, progress),
                lane=Lane.MODEL,
                key="prefetch",
                quiet=True,
                failed=lambda error: self._fail(error, "Preparing the sliders"),
            )

    # Steering --------------------------------------------------------------------------------------------

    def edit(self, edits: Sequence[Edit]) -> None:
        """The user moved sliders: `edits` is complete. A gesture on a feature is one undo step."""
        new = tuple(edits)
        now = time.monotonic()
        if now - self._edited_at > _PAUSE_S:
            self._serial += 1
        self._edited_at = now
        if new != self._store.edits:
            self.undo_stack.push(_Change(self, self._store.edits, new, self._serial))

    def reset(self) -> None:
        self._serial += 1
        self.edit(())
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

    def find_features(self, text: str) -> None:
        self.matches_found.emit(self.features_called(text))

    def features_called(self, text: str) -> list[tuple[int, str]]:
        """(feature, label) by words of the label or by number, best first."""
        features = self._session.features if self._session is not None else None
        if features is None:
            return []
        return [(f, features.labels.text(f)) for f in features.labels.search(text, _MATCHES)]

    def label(self, feature: int) -> str:
        features = self._session.features if self._session is not None else None
        return features.labels.text(feature) if features is not None else f"#{feature}"

    def entries(self) -> tuple[MixerEntry, ...]:
        """The mixer's features: those added by hand first, then the query's own, strongest first."""
        query = self._store.query
        features = self._session.features if self._session is not None else None
        if query is None or features is None:
            return ()
        natural = dict(zip(query.indices.tolist(), query.values.tolist(), strict=True))
        order = [*self._added, *(f for f in natural if f not in self._added)]
        reach, labels = features.statistics.p95, features.labels
        return tuple(
            MixerEntry(
                f,
                labels.text(f),
                float(natural.get(f, 0.0)),
                max(float(reach[f]), 1e-3),
                labels.get(f),
                labels.mark(f).verified,
            )
            for f in order
        )

    def relabelled(self) -> None:
        """Features have other names now: show them."""
        if self._store.query is not None:
            self.mixer_changed.emit(self.entries())
            shown = self._store.ranking
            if shown is not None:
                self._store.ranking = replace(shown)

    def apply(self, edits: tuple[Edit, ...]) -> None:
        """Put `edits` in force (also by undo and redo) and rank anew."""
        self._store.edits = edits
        self._rank()

    def _rank(self) -> None:
        session, query = self._session, self._store.query
        if session is None or query is None:
            return
        edits, mode = self._store.edits, _mode(self._store.mode)
        self._runner.cancel_keys(("rank",))

        def done(shown: Shown) -> None:
            self.pending_changed.emit(frozenset())
            if self._store.query is query:
                self._store.ranking = shown

        def failed(error: BaseException) -> None:
            self.pending_changed.emit(frozenset())
            self._fail(error, "Steering")

        if session.engine.is_warm(query, edits, mode):
            try:
                done(_ranked(session, query, edits, mode, Progress()))
            except Exception as error:  # noqa: BLE001  a failure here must not end the drag
                failed(error)
            return
        columns = session.engine.columns
        cold = {e.feature for e in edits if columns is not None and e.feature not in columns}
        self.pending_changed.emit(frozenset(cold))
        self._runner.submit(
            "Steering",
            lambda progress: _ranked(session, query, edits, mode, progress),
            lane=Lane.MODEL,
            key="rank",
            quiet=True,
            done=done,
            failed=failed,
        )

    def _same_features(self, session: Session) -> bool:
        old = self._session.features if self._session is not None else None
        new = session.features
        return old is not None and new is not None and old.sae.sha256 == new.sae.sha256

    def _clear(self) -> None:
        self._added = []
        self.undo_stack.clear()
        store = self._store
        store.edits, store.mode = (), "residual"
        store.query = store.ranking = store.keyword_hits = None
        store.query_text = store.searching = ""
        self.mixer_changed.emit(())
        self.pending_changed.emit(frozenset())


class _Change(QUndoCommand):
    """From one tuple of edits to another; the changes of one gesture become one step."""

    def __init__(self, desk: SearchDesk, old: tuple[Edit, ...], new: tuple[Edit, ...], serial: int) -> None:
        super().__init__("steering")
        self._desk = desk
        self._old = old
        self._new = new
        self._serial = serial

    def id(self) -> int:
        return 1

    def redo(self) -> None:
        self._desk.apply(self._new)

    def undo(self) -> None:
        self._desk.apply(self._old)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or other._serial != self._serial:
            return False
        if _touched(self._old, self._new) != _touched(other._old, other._new):
            return False
        self._new = other._new
        return True


def _mode(name: str) -> Mode:
    return "paper" if name == "paper" else "residual"


def _touched(old: tuple[Edit, ...], new: tuple[Edit, ...]) -> frozenset[int]:
    before, after = {e.feature: e.delta for e in old}, {e.feature: e.delta for e in new}
    return frozenset(f for f in before.keys() | after.keys() if before.get(f) != after.get(f))


def _ranked(session: Session, query: Query, edits: tuple[Edit, ...], mode: str, progress: Progress) -> Shown:
    chosen = _mode(mode) if session.features is not None else "residual"
    ranking = session.engine.rank(query, edits, chosen, _TOP, progress)
    plain = not ranking.contribution_features and query.indices.size > 0
    return Shown(ranking, session.engine.explain(query, ranking.rows) if plain else None)
