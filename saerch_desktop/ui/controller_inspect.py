"""The inspector's desk: which feature and which document are shown, and how one got there from which search.

Of a feature the card comes first; what takes longer follows (`feature_deliveries`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from saerch_desktop.features.label import Label
from saerch_desktop.features.marks import Mark
from saerch_desktop.ui.feature_deliveries import FeatureDeliveries
from saerch_desktop.ui.history import History, Place
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.state import DocumentView, Store
from saerch_desktop.ui.view_state import ViewState

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]


class InspectDesk(QObject):
    """Fills the feature and the document pane; the newest choice wins."""

    history_changed = Signal()
    feature_busy = Signal(int)
    raised = Signal(str)  # "feature" or "document": the user asked to see it
    returned = Signal()  # one went back or forward to the results of a search
    search_wanted = Signal(int)  # one went back or forward to another search, by its number

    def __init__(self, store: Store, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._fail = fail
        self._session: Session | None = None
        self.history = History()
        self._search: int | None = None  # the number of the search in force
        self.deliveries = FeatureDeliveries(runner, fail, self)

    def use(self, session: Session | None, keep: bool = False) -> None:
        former = self._session
        self._runner.cancel_keys(("card", "document"))
        self._session = session
        view = self._store.library
        able = view is not None and view.semantic
        self.deliveries.use(session, "" if able else "What made this library’s vectors is not here.")
        if not keep or session is None:
            self._store.feature = self._store.row = None
            self._store.card = self._store.document = None
            self.forget()
            return
        old = former.features.sae.sha256 if former is not None and former.features is not None else None
        new = session.features.sae.sha256 if session.features is not None else None
        if old != new:
            self._store.feature = self._store.card = None
            if self._store.row is not None:
                self._load_document(self._store.row)
        elif self._store.feature is not None:
            self._load_feature(self._store.feature)

    def restore(self, state: ViewState) -> None:
        view = self._store.library
        if view is None:
            return
        if state.feature is not None and state.feature < view.features and view.sae == state.sae:
            self._load_feature(state.feature)
        if state.row is not None and state.row < view.documents:
            self._load_document(state.row)

    def feature(self, feature: int) -> None:
        """The user wants to see this feature."""
        if self._session is None or self._session.features is None:
            return
        self._visit(Place("feature", feature, self._search))
        self._load_feature(feature)
        self.raised.emit("feature")

    def document(self, row: int) -> None:
        """The user wants to read this document."""
        if self._session is None:
            return
        self._visit(Place("document", row, self._search))
        self._load_document(row)
        self.raised.emit("document")

    def searched(self, number: int) -> None:
        """Another search is in force now: a place to come back to."""
        self._search = number
        self._visit(Place("search", number, number))

    def forget(self) -> None:
        """There is nowhere to go back or forward to any longer."""
        self.history.clear()
        self._search = None
        self.history_changed.emit()

    def back(self) -> None:
        self._go(self.history.back())

    def forward(self) -> None:
        self._go(self.history.forward())

    def relabelled(self) -> None:
        """Features have other names now: show them."""
        if self._store.feature is not None:
            self._load_feature(self._store.feature)
        if self._store.row is not None:
            self._load_document(self._store.row)

    def named(self, feature: int) -> tuple[Label | None, Mark]:
        """What a feature is called now, and what was decided about it."""
        features = self._session.features if self._session is not None else None
        if features is None:
            return None, Mark(feature=feature)
        return features.labels.get(feature), features.labels.mark(feature)

    def known_tags(self) -> list[str]:
        """All tags in use, by the alphabet."""
        features = self._session.features if self._session is not None else None
        marks = features.labels.marks().values() if features is not None else ()
        return sorted({tag for mark in marks for tag in mark.tags}, key=str.casefold)

    def _visit(self, place: Place) -> None:
        self.history.visit(place)
        self.history_changed.emit()

    def _go(self, place: Place | None) -> None:
        self.history_changed.emit()
        if place is None:
            return
        if place.search is not None and place.search != self._search:
            self._search = place.search
            self.search_wanted.emit(place.search)
        if place.kind == "feature":
            self._load_feature(place.number)
        elif place.kind == "document":
            self._load_document(place.number)
        else:
            self.returned.emit()
            return
        self.raised.emit(place.kind)

    def _load_feature(self, feature: int) -> None:
        session = self._session
        if session is None or session.features is None:
            return
        features, documents = session.features, session.library.documents
        if feature != self._store.feature:
            self.deliveries.leave()
        self._store.feature = feature
        self.feature_busy.emit(feature)

        def done(card: Any) -> None:
            self._store.card = card
            self.deliveries.start(card)

        self._runner.look_up(
            "Reading the feature",
            lambda progress: features.card(feature, documents),
            key="card",
            done=done,
            fail=self._fail,
            doing="Showing the feature",
        )

    def _load_document(self, row: int) -> None:
        session = self._session
        if session is None:
            return
        self._store.row = row

        def done(view: DocumentView) -> None:
            self._store.document = view

        self._runner.look_up(
            "Reading the document",
            lambda progress: _document_view(session, row),
            key="document",
            done=done,
            fail=self._fail,
            doing="Showing the document",
        )


def _document_view(session: Session, row: int) -> DocumentView:
    document = session.library.documents.get(row)
    features = session.features
    if features is None:
        return DocumentView(document, ())
    indices, values = features.codes.indices[row].tolist(), features.codes.values[row].tolist()
    active = sorted(((v, f) for f, v in zip(indices, values, strict=True) if v > 0), reverse=True)
    labels = features.labels
    claims = {f: label for _, f in active if (label := labels.get(f)) is not None}
    return DocumentView(document, tuple((f, labels.text(f), v) for v, f in active), claims)
