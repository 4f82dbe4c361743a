"""The search desk: what is asked for, by words, by documents, a feature or a family, and suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal

from saerch_desktop.errors import UserError
from saerch_desktop.features.families.lookup import families_called
from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend
from saerch_desktop.search.mix import Mix
from saerch_desktop.search.steering import Edit, Query
from saerch_desktop.ui.asking import Ask, Question, without_features
from saerch_desktop.ui.controller_asking import AskingDesk
from saerch_desktop.ui.jobs import Lane
from saerch_desktop.ui.view_state import ViewState

if TYPE_CHECKING:
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.search.suggest import Suggestion
    from saerch_desktop.workflow.session import Session

Rows = Sequence[int] | NDArray[Any]

_MATCHES = 30
_FAMILIES = 6
_SHORT = 60  # characters of a text that stand for it in the query line


@dataclass(frozen=True, slots=True, eq=False)
class Suggested:
    """What sets documents A apart from B, or from all others, as edits; and the plain difference of their
    means as a slider of its own. about, against: both sets in plain words.
    """

    edits: tuple[Suggestion, ...]
    plain: Blend | None
    about: str
    against: str


class SearchDesk(AskingDesk):
    """Asks what the user typed, or for what is like something, and steers the answer."""

    matches_found = Signal(object)  # list[tuple[int | str, str]]: features, and families by their keys
    suggesting = Signal(bool)  # two sets are being compared
    suggested = Signal(object)  # Suggested
    told = Signal(str)  # what was done, in a sentence

    def restore(self, state: ViewState) -> None:
        """Ask the saved query again from its saved vector: nothing is embedded or sent."""
        if state.query is None or self._session is None:
            return
        view, features = self._store.library, self._session.features
        if view is None:
            return
        asked = state.asked(view.features, view.dim)
        # Weights trained anew under the same name: their features mean other things.
        same = features is not None and view.sae == state.sae
        if features is not None and state.weights not in ("", features.sae.sha256):
            same = False
        if not same:
            asked = replace(asked, mix=Mix(), filters=without_features(asked.filters))
        if view.fingerprint != state.query.vectors_fingerprint:
            asked = replace(asked, vector=None)
        if asked.vector is None:
            asked = replace(asked, words=asked.words or asked.text)
        if asked.vector is None and view.semantic and asked.kind != "words":
            self._store.query_text = asked.text  # it would have to be embedded: the user decides
            self._store.filters = asked.filters
            return
        self.ask_for(asked)

    # Queries ---------------------------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        """Search for what the user typed: by what was chosen, as far as the library can."""
        text = text.strip()
        if self._store.library is None or self._session is None or not text:
            return
        self._store.query_text = text
        question = self._question
        if question is None or question.text != text:
            self._ask(self._typed(text), self._new_mix())
        elif question.known is not None and question.words == text:
            self._ask(question, self._mix_of_question())  # nothing is embedded, or sent, twice
        else:
            self._ask(self._typed(text), self._mix_of_question())

    def like_document(self, row: int) -> None:
        self._ask_derived(lambda session, progress: session.engine.query_from_document(row, progress))

    def like_documents(self, rows: Rows, name: str = "") -> None:
        """Search for what documents have in common: the mean of their unit vectors. rows: or a mask (N,)."""
        wanted = np.asarray(rows)
        wanted = np.flatnonzero(wanted) if wanted.dtype == np.bool_ else wanted.astype(np.int64)
        if wanted.size == 1:
            self.like_document(int(wanted[0]))
        elif wanted.size:
            text = name or f"{wanted.size:,} documents"

            def ask(session: Session, progress: Progress) -> Query:
                from saerch_desktop.search.suggest import mean_vector

                mean = mean_vector(_vectors(session), wanted, progress)
                return session.engine.query_from_vector(mean.astype(np.float32), text, progress)

            self._ask_derived(ask)

    def like_text(self, text: str) -> None:
        """Search for texts like a pasted one, however long: what its parts mean on average."""
        words = " ".join(text.split())
        if len(words) <= _SHORT:
            self.submit(words)
            return
        shown = f"{words[:_SHORT].rsplit(' ', 1)[0]} …"

        def ask(session: Session, progress: Progress) -> Query:
            from saerch_desktop.search.long_text import mean_of_parts

            return session.engine.query_from_vector(
                mean_of_parts(session.engine, text, progress), shown, progress
            )

        self._ask_derived(ask, shown)

    def like_feature(self, feature: int) -> None:
        def ask(session: Session, progress: Progress) -> Query:
            features = session.required_features()
            text = features.labels.text(feature)
            return session.engine.query_from_vector(features.sae.decoder[feature], text, progress)

        self._ask_derived(ask, of_features=True)

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

        self._ask_derived(ask, of_features=True)

    def _ask_derived(self, ask: Ask, text: str = "", *, of_features: bool = False) -> None:
        if self._session is not None:
            self._ask(Question(text, "", ask, of_features), self._new_mix())

    # Suggestions -----------------------------------------------------------------------------------------

    def compare_sets(
        self, a: Rows, b: Rows | None = None, about: str = "A", against: str = "all other documents"
    ) -> None:
        """Which edits lead from documents B, or all others, towards documents A; see `suggested`.

        a, b: rows, or masks (N,). Without a query the documents of A become one.
        """
        session = self._session
        if session is None:
            return
        inside, outside = np.asarray(a), None if b is None else np.asarray(b)

        def work(progress: Progress) -> Suggested:
            from saerch_desktop.search.blends import direction_blend
            from saerch_desktop.search.suggest import at_length, mean_difference, suggest

            features = session.required_features()
            found = at_length(features, suggest(features, inside, outside, progress=progress))
            way = mean_difference(_vectors(session), inside, outside, progress)
            name = f"Plain difference: {about} − {against}"
            return Suggested(found, direction_blend("plain difference", name, way), about, against)

        def done(found: Suggested) -> None:
            self.suggesting.emit(False)
            self.suggested.emit(found)

        def failed(error: BaseException) -> None:
            self.suggesting.emit(False)
            self._fail(error, "Comparing the documents")

        if self._store.query is None and self._pending is None:
            self.like_documents(inside, about if about != "A" else "")
        self.suggesting.emit(True)
        self._runner.submit(
            "Comparing documents",
            work,
            lane=Lane.IO,
            key="suggest",
            quiet=True,
            done=done,
            failed=failed,
            cancelled=lambda: self.suggesting.emit(False),
        )

    def apply_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """Move the sliders as suggested, further from where they are: one step of undo."""
        moved = self._move([Edit(one.feature, one.delta) for one in suggestions])
        if moved:
            self.told.emit(f"{_moved_words(moved, self.label)}, as suggested")

    def more_like(self, row: int) -> None:
        """Raise what this document has more of than the present results: one step of undo."""
        self._nudge(row, 1)

    def less_like(self, row: int) -> None:
        """Lower what this document has more of than the present results: one step of undo."""
        self._nudge(row, -1)

    def _nudge(self, row: int, sign: int) -> None:
        session, query, shown = self._session, self._store.query, self._store.ranking
        if session is None or query is None or shown is None:
            return
        results = shown.ranking.rows[:100]
        locked = [slider for slider in self.mix.locked if isinstance(slider, int)]

        def work(progress: Progress) -> tuple[tuple[Edit, ...], str]:
            from saerch_desktop.search.suggest import nudge

            features, vectors = session.required_features(), _vectors(session)
            edits = nudge(features, vectors, query, row, results, sign, locked)
            document = session.library.documents.get(row)
            return edits, document.title or document.id

        def done(found: tuple[tuple[Edit, ...], str]) -> None:
            now = self._store.query
            # Other filters leave the question what it is.
            if self._session is session and now is not None and now.vector is query.vector:
                moved = self._move(found[0])
                if moved:
                    how = "More" if sign > 0 else "Less"
                    self.told.emit(f"{how} like “{found[1][:_SHORT]}”: {_moved_words(moved, self.label)}")

        # Without a key: two presses in a row are two steps, neither of which may be lost.
        self._runner.submit(
            "Comparing with the results",
            work,
            lane=Lane.IO,
            quiet=True,
            done=done,
            failed=lambda error: self._fail(error, "Steering by the document"),
        )

    def _move(self, edits: Sequence[Edit]) -> list[Edit]:
        """Move sliders that are not locked, from where they are, as one step of undo; those moved."""
        query, mix, features = self._store.query, self.mix, self._features
        if query is None or features is None:
            return []
        wanted = [edit for edit in edits if edit.feature not in mix.locked]
        if not wanted:
            return []
        deltas = {edit.feature: edit.delta for edit in mix.edits}
        for edit in wanted:
            deltas[edit.feature] = deltas.get(edit.feature, 0.0) + edit.delta
        new = [edit.feature for edit in wanted if not self.mixes(edit.feature)]
        if new:
            self._added = [*new, *self._added]
            self.mixer_changed.emit(self.entries())
        self.change(_with_edits(mix, deltas))
        return wanted

    # Features --------------------------------------------------------------------------------------------

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


def _vectors(session: Session) -> Vectors:
    vectors = session.library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors yet.",
            "Search by words works; search by meaning does not.",
            "Embed the documents first.",
        )
    return vectors


def _with_edits(mix: Mix, deltas: dict[int, float]) -> Mix:
    return replace(mix, edits=tuple(Edit(f, delta) for f, delta in deltas.items() if abs(delta) > 1e-9))


def _moved_words(edits: Sequence[Edit], label: Any) -> str:
    """ "raised “a” and “b”, lowered “c”"."""
    parts = []
    for what, sign in (("raised", 1), ("lowered", -1)):
        names = [f"“{label(edit.feature)}”" for edit in edits if edit.delta * sign > 0]
        if names:
            said = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
            parts.append(f"{what} {said}")
    return ", ".join(parts)
