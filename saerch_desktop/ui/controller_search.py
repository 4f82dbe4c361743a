"""The search desk: what is asked for, by words, by a document, a feature or a family."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Signal

from saerch_desktop.features.families.lookup import families_called
from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.mix import Mix, Steer, steer
from saerch_desktop.search.steering import Query
from saerch_desktop.ui.controller_steering import TOP, Shown, SteeringDesk, ranked
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.native_ahead import load_ahead
from saerch_desktop.ui.view_state import ViewState

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

Ask = Callable[["Session", Progress], Query]

_MATCHES = 30
_FAMILIES = 6


class SearchDesk(SteeringDesk):
    """Asks what the user typed, or for what is like something, and steers the answer."""

    matches_found = Signal(object)  # list[tuple[int | str, str]]: features, and families by their keys

    def use(self, session: Session | None, keep: bool = False) -> None:
        """Search in another session; with `keep` the same library was read anew: ask again."""
        former = self._store.query
        mix, added = self.mix, list(self._added)
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
                mix if same_features else Mix(),
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
        features = self._session.features
        # Weights trained anew under the same name: their features mean other things.
        same = features is not None and view.sae == state.sae
        if features is not None and state.weights not in ("", features.sae.sha256):
            same = False
        mix = state.mix(view.features) if same else Mix()
        self._store.mode = state.mode if view.steering else "residual"
        self._ask(text, lambda s, progress: s.engine.query_from_vector(vector, text, progress), mix)

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
        mix = self.mix if query is not None and query.text == text else Mix()
        self._ask(text, lambda session, progress: session.engine.query(text, progress), mix)

    def like_document(self, row: int) -> None:
        self._ask_derived(lambda session, progress: session.engine.query_from_document(row, progress))

    def like_feature(self, feature: int) -> None:
        def ask(session: Session, progress: Progress) -> Query:
            features = session.required_features()
            text = features.labels.text(feature)
            return session.engine.query_from_vector(features.sae.decoder[feature], text, progress)

        self._ask_derived(ask)

    def add_blend(self, blend: Blend, amount: float = 1.0) -> None:
        """As the steering desk does; without a query the blend itself is searched for."""
        if self._store.query is None and self._features is not None:
            self.like_blend(blend)
        else:
            super().add_blend(blend, amount)

    def like_blend(self, blend: Blend) -> None:
        """Search for what all features of a family stand for together."""

        def ask(session: Session, progress: Progress) -> Query:
            columns = session.engine.columns
            session.required_features()
            direction = columns.direction(blend.mixture) if columns is not None else np.zeros(1)
            return session.engine.query_from_vector(direction.astype(np.float32), blend.name, progress)

        self._ask_derived(ask)

    def _ask_derived(self, ask: Ask) -> None:
        if self._session is not None:
            self._ask("", ask, Mix())

    def _ask(self, text: str, ask: Ask, mix: Mix) -> None:
        session, mode = self._session, self._store.mode
        if session is None:
            return

        def work(progress: Progress) -> tuple[Query, Shown]:
            load_ahead()
            query = ask(session, progress)
            columns = session.engine.columns
            steering = steer(mix, query, columns.direction) if columns is not None else Steer((), ())
            return query, ranked(session, query, steering, mode, progress)

        def done(answer: tuple[Query, Shown]) -> None:
            self._store.searching = ""
            query, shown = answer
            same = self._store.query is not None and self._store.query.text == query.text
            if not same:
                self._added = []
            known = (*query.indices.tolist(), *self._added)
            self._added += [edit.feature for edit in mix.edits if edit.feature not in known]
            self.undo_stack.clear()
            self._store.keyword_hits = None
            self._store.query = query
            self._store.query_text = query.text
            self._put(mix)
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
            self._put(Mix())
            self.mixer_changed.emit(())
            self._store.keyword_hits = tuple(hits)

        def failed(error: BaseException) -> None:
            self._store.searching = ""
            self._fail(error, "The search")

        self._store.searching = f"Searching for “{text}”…"
        self._runner.submit(
            "Searching",
            lambda progress: session.engine.keyword(text, TOP).hits,
            lane=Lane.IO,
            key="query",
            quiet=True,
            done=done,
            failed=failed,
        )

    # Features ----------------------------------------------------------------------------------------------

    def find_features(self, text: str) -> None:
        """Families and features that can join the mixer, families first."""
        self.matches_found.emit([*self._families_called(text), *self.features_called(text)])

    def _families_called(self, text: str) -> list[tuple[str, str]]:
        """(key, what it is) of the families shown."""
        book, features = self._store.book, self._features
        if book is None or features is None:
            return []
        found = families_called(book, text, features.labels.text, _FAMILIES)
        return [(family.key, f"{name} (family of {len(family.members):,})") for family, name in found]

    def features_called(self, text: str) -> list[tuple[int, str]]:
        """(feature, label) by words of the label or by number, best first."""
        features = self._features
        if features is None:
            return []
        return [(f, features.labels.text(f)) for f in features.labels.search(text, _MATCHES)]

    def _same_features(self, session: Session) -> bool:
        old = self._session.features if self._session is not None else None
        new = session.features
        return old is not None and new is not None and old.sae.sha256 == new.sae.sha256

    def _clear(self) -> None:
        self._added = []
        self.undo_stack.clear()
        store = self._store
        store.mode = "residual"
        self._put(Mix())
        store.query = store.ranking = store.keyword_hits = None
        store.query_text = store.searching = ""
        self.mixer_changed.emit(())
        self.pending_changed.emit(frozenset())
