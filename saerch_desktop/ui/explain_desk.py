"""The desk for questions: turns chosen sets and columns into jobs, and hands back their answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.features.card import TopDocument
from saerch_desktop.progress import Progress
from saerch_desktop.ui.explain_sets import FacetChoice, Kind, Wish
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.row_set import RowSet

if TYPE_CHECKING:
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.ui.state import Store
    from saerch_desktop.workflow.questions import Answer
    from saerch_desktop.workflow.session import Session

_VALUES: Final = 300  # of a facet, to choose from
_DOCUMENTS: Final = 30
COMPARING: Final = "explain"  # the two questions
PREDICTING: Final = "explain-predict"
_KEYS: Final = ("explain-columns", COMPARING, PREDICTING, "explain-documents")


class ExplainDesk(QObject):
    """Asks on workers. Trouble that the user can mend comes as `refused`, and stays in the pane."""

    columns_known = Signal(object, object)  # tuple[FacetChoice, ...], names of columns to predict
    asking = Signal(str, str)  # which question, what is being waited for: "" for nothing
    answered = Signal(object)  # workflow.questions.Answer
    predicted = Signal(object)  # features.prediction.Prediction
    refused = Signal(object, str)  # UserError, which question, "" for none
    documents_found = Signal(int, object)  # feature, tuple[TopDocument, ...]
    cleared = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._session: Session | None = None
        self._asked_columns = False
        self._answer: Answer | None = None
        self._asked: dict[str, object] = {}  # the newest of each question
        self._within: NDArray[np.bool_] | None = None
        controller.library.opened.connect(self._opened)
        controller.library.closed.connect(self._closed)

    @property
    def _store(self) -> Store:
        return self._controller.store

    @property
    def _runner(self) -> JobRunner:
        return self._controller.runner

    @property
    def answer(self) -> Answer | None:
        return self._answer

    # Library ---------------------------------------------------------------------------------------------

    def _opened(self, session: Session, again: bool) -> None:
        former = self._session
        same = (
            again
            and former is not None
            and former.features is not None
            and session.features is not None
            and former.features.sae.sha256 == session.features.sae.sha256
            and former.features.codes.rows == session.features.codes.rows
        )
        self._runner.cancel_keys(_KEYS)
        self._session = session
        self._asked_columns = False
        if not same:
            self._forget()

    def _closed(self) -> None:
        self._runner.cancel_keys(_KEYS)
        self._session = None
        self._asked_columns = False
        self._forget()

    def _forget(self) -> None:
        self._answer = self._within = None
        for question in (COMPARING, PREDICTING):
            self.asking.emit(question, "")
        self.cleared.emit()

    def want_columns(self) -> None:
        """Facets and columns to choose from, once for each library; call when the pane is seen."""
        session = self._session
        if session is None or self._asked_columns:
            return
        self._asked_columns = True

        def read(progress: Progress) -> tuple[tuple[FacetChoice, ...], list[str]]:
            from saerch_desktop.workflow.questions import predictable

            columns = session.columns(progress)
            facets = tuple(
                FacetChoice(
                    name,
                    tuple(zip(column.values[:_VALUES], column.counts[:_VALUES].tolist(), strict=True)),
                )
                for name, column in columns.facets.items()
            )
            return facets, predictable(session, progress)

        self._runner.submit(
            "Reading facets",
            read,
            lane=Lane.IO,
            key="explain-columns",
            quiet=True,
            done=lambda found: self.columns_known.emit(*found),
            failed=self._failed,
        )

    # Questions -------------------------------------------------------------------------------------------

    def shown_rows(self) -> tuple[int, ...]:
        """Documents listed as results now."""
        hits, shown = self._store.keyword_hits, self._store.ranking
        if hits is not None:
            return tuple(hit.row for hit in hits)
        return () if shown is None else tuple(int(row) for row in shown.ranking.rows)

    def _given(self) -> dict[Kind, RowSet | tuple[int, ...]]:
        """The sets that are chosen elsewhere, as they are now."""
        return {Kind.SELECTED: self._store.selected, Kind.SHOWN: self.shown_rows()}

    def compare(self, inside: Wish, against: Wish) -> None:
        """What sets one set apart from another."""
        session = self._session
        if session is None:
            return
        given = self._given()

        def ask(progress: Progress) -> Answer:
            from saerch_desktop.workflow.questions import THE_REST, compare_sets

            a, about = documents_of(session, inside, given, progress)
            b, what = (None, THE_REST)
            if against.kind is not Kind.REST:
                b, what = documents_of(session, against, given, progress)
            return compare_sets(session, a, b, about, what, progress)

        self._submit("Comparing documents", ask, COMPARING, self._compared, quiet=True)

    def _compared(self, answer: Answer) -> None:
        self._answer = answer
        self.answered.emit(answer)

    def predict(self, column: str, within: Wish | None) -> None:
        """Which features predict a column, of all documents or of a set."""
        session = self._session
        if session is None:
            return
        given = self._given()

        def ask(progress: Progress) -> tuple[Any, NDArray[np.bool_] | None]:
            from saerch_desktop.workflow.questions import predict_within

            rows = None if within is None else documents_of(session, within, given, progress)[0]
            return predict_within(session, column, rows, progress=progress), rows

        self._submit(f"Predicting {column}", ask, PREDICTING, self._found_prediction, quiet=False)

    def _found_prediction(self, found: tuple[Any, NDArray[np.bool_] | None]) -> None:
        prediction, self._within = found
        self.predicted.emit(prediction)

    def documents(self, feature: int, *, of_answer: bool) -> None:
        """The documents of the set where a feature is strongest; newest wins."""
        session, answer, within = self._session, self._answer, self._within
        if session is None or session.features is None or (of_answer and answer is None):
            return
        features = session.features

        def read(progress: Progress) -> tuple[TopDocument, ...]:
            from saerch_desktop.workflow.questions import strongest_in

            inside = answer.inside if of_answer and answer is not None else within
            if inside is None:
                inside = np.ones(features.codes.rows, bool)
            found = strongest_in(features, inside, feature, _DOCUMENTS)
            titles = session.library.documents.titles([row for row, _ in found])
            return tuple(
                TopDocument(row, value, title) for (row, value), title in zip(found, titles, strict=True)
            )

        self._runner.submit(
            "Reading documents",
            read,
            lane=Lane.IO,
            key="explain-documents",
            quiet=True,
            done=lambda found: self.documents_found.emit(feature, found),
            failed=self._failed,
        )

    def export(self, path: Path) -> None:
        """Write the answer as a table."""
        answer = self._answer
        if answer is None:
            return
        self._runner.submit(
            "Writing the comparison",
            lambda _: answer.write_csv(path),
            lane=Lane.IO,
            failed=lambda error: self._controller.fail(error, "Writing the comparison"),
        )

    def _submit(self, title: str, ask: Any, key: str, done: Any, *, quiet: bool) -> None:
        this = self._asked[key] = object()
        self.asking.emit(key, f"{title} …")

        def ended() -> None:
            # A question that gave way to a newer one ends later than that began.
            if self._asked.get(key) is this:
                self.asking.emit(key, "")

        def arrived(found: Any) -> None:
            done(found)
            ended()

        def failed(error: BaseException) -> None:
            self._failed(error, key)
            ended()

        self._runner.submit(
            title,
            ask,
            lane=Lane.IO,
            key=key,
            quiet=quiet,
            done=arrived,
            failed=failed,
            cancelled=ended,
        )

    def _failed(self, error: BaseException, question: str = "") -> None:
        if isinstance(error, UserError):
            self.refused.emit(error, question)
        else:
            self._controller.fail(error, "Answering the question")


def documents_of(
    session: Session, wish: Wish, given: Mapping[Kind, RowSet | tuple[int, ...]], progress: Progress
) -> tuple[NDArray[np.bool_], str]:
    """(N,) bool and the set in plain words. UserError when nothing is chosen."""
    from saerch_desktop.search.where import parse

    if wish.kind in given:
        rows = given[wish.kind]
        if not rows:
            selected = wish.kind is Kind.SELECTED
            raise UserError(
                "No document is selected." if selected else "No results are shown.",
                "There is nothing to ask about.",
                "Select some results (Shift or Ctrl and a click)."
                if selected
                else "Search for something first.",
            )
        mask = np.zeros(len(session.library.documents), bool)
        mask[np.asarray(rows, np.int64)] = True
        return mask, "the selected documents" if wish.kind is Kind.SELECTED else "the results shown"
    where = parse(wish.text)
    if where.empty:
        facet = wish.kind is Kind.FACET
        raise UserError(
            "No facet’s value is chosen." if facet else "The filter is empty.",
            "There is nothing to ask about.",
            "Choose a value." if facet else "Type a filter: words, or name:value.",
        )
    return session.where(wish.text, progress), where.words()
