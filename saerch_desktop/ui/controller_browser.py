"""The browser's desk: the table of all features, and what “now” and “relevant” mean in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.features.activity import activity_of, mean_activity
from saerch_desktop.features.browse import FeatureTable
from saerch_desktop.features.contrast import contrast
from saerch_desktop.progress import Progress
from saerch_desktop.ui.jobs import JobRunner
from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.state import Store

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]

_LAST = "last"
_KEYS = ("browser", "browser selection")
_NOTHING = "Nothing is looked at yet: search, read a document or select results"


@dataclass(frozen=True, slots=True, eq=False)
class _Selected:
    """What was counted in the selected documents."""

    rows: RowSet
    mean: NDArray[np.float32]
    relevance: NDArray[np.float64] | None


class BrowserDesk(QObject):
    """Emits `table_changed(FeatureTable | None)`, `now_changed(head, what)` after the column of activations
    has changed, and `refreshed` when something else of the table has.
    """

    table_changed = Signal(object)
    now_changed = Signal(str, str)
    refreshed = Signal()

    def __init__(self, store: Store, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._runner = runner
        self._fail = fail
        self._session: Session | None = None
        self._touched = "query"
        self._source = _LAST
        self._selected: _Selected | None = None
        self._meanwhile: set[int] = set()  # decided about while the table is made
        self.table: FeatureTable | None = None
        store.query_changed.connect(lambda query: self._touch("query", query is not None))
        store.document_changed.connect(lambda view: self._touch("document", view is not None))
        store.selected_changed.connect(self._select)
        store.book_changed.connect(self._grouped)

    def use(self, session: Session | None, keep: bool = False) -> None:
        """Make the table of another session; with `keep` the former one stays until it is there."""
        self._runner.cancel_keys(_KEYS)
        former = self._session.features if self._session is not None else None
        self._session = session
        self._selected = None
        features = session.features if session is not None else None
        same = former is not None and features is not None and former.sae.sha256 == features.sae.sha256
        if not (keep and same):
            self._put(None)
        if features is None:
            return
        self._meanwhile.clear()
        self._runner.look_up(
            "Listing the features",
            lambda progress: FeatureTable(features),
            key="browser",
            done=self._put,
            fail=self._fail,
        )
        self._select(self._store.selected)

    def _put(self, table: FeatureTable | None) -> None:
        self.table = table
        if table is not None and self._meanwhile:
            table.refresh(self._meanwhile)
        if table is not None:
            table.set_book(self._store.book)
        self._fill()
        self.table_changed.emit(table)
        self._show()

    def decided(self, features: frozenset[int]) -> None:
        """The analyst named or marked these features."""
        self._meanwhile |= features
        if self.table is not None:
            self.table.refresh(features)
            self.refreshed.emit()

    def _grouped(self, book: FamilyBook | None) -> None:
        """There are other families now, or they have other names."""
        if self.table is not None:
            self.table.set_book(book)
            self.refreshed.emit()

    # Now -------------------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """What was chosen: "last" or one of "query", "document", "selection"."""
        return self._source

    def set_source(self, source: str) -> None:
        self._source = source
        self._show()

    def _touch(self, kind: str, there: bool) -> None:
        if there:
            self._touched = kind
        elif self._touched == kind:
            self._touched = "document" if self._store.document is not None else "query"
        self._show()

    def _show(self) -> None:
        """Fill the column of activations and say what it is about."""
        if self.table is not None:
            self.now_changed.emit(*self._fill())

    def _fill(self) -> tuple[str, str]:
        """Fill it; heading and words."""
        kind = self._touched if self._source == _LAST else self._source
        activity, head, what = self._activity(kind)
        if self.table is not None:
            self.table.set_now(activity)
            counted = self._selected
            self.table.set_relevance(counted.relevance if counted is not None else None)
        return head, what

    def _activity(self, kind: str) -> tuple[NDArray[np.float32] | None, str, str]:
        if self.table is None:
            return None, "", _NOTHING
        count = self.table.features
        query, view, counted = self._store.query, self._store.document, self._selected
        if kind == "query":
            if query is None:
                return None, "", "There is no query by meaning yet" if self._source == kind else _NOTHING
            text = f"the query “{query.text}”" if query.text else "a query without words"
            return activity_of(count, query.indices, query.values), "In query", text
        if kind == "document":
            if view is None:
                return None, "", "No document is shown"
            active = [feature for feature, _, _ in view.features]
            values = [value for _, _, value in view.features]
            title = view.document.title or view.document.id
            return activity_of(count, active, values), "In document", f"the document “{title}”"
        if counted is None:
            return None, "", "No documents are selected"
        many = len(counted.rows)
        words = "the selected document" if many == 1 else f"the mean over {many:,} selected documents"
        return counted.mean, "In selection", words

    # The selection ---------------------------------------------------------------------------------------

    def _select(self, rows: RowSet) -> None:
        session = self._session
        if session is None or session.features is None:
            return
        if not rows:
            self._runner.cancel_keys(("browser selection",))
            self._selected = None
            self._touch("selection", False)
            return

        def done(counted: _Selected) -> None:
            self._selected = counted
            # One document alone is more than a selection: it is read.
            if len(rows) > 1:
                self._touched = "selection"
            self._show()

        self._runner.look_up(
            "Counting in the selected documents",
            lambda progress: _count(session, rows, progress),
            key="browser selection",
            done=done,
            fail=self._fail,
        )


def _count(session: Session, rows: RowSet, progress: Progress) -> _Selected:
    """On a worker: mean activations, and what sets these documents apart from all others."""
    features = session.required_features()
    chosen = np.asarray(rows, np.int64)
    mean = mean_activity(features.codes, features.labels.features, chosen, progress)
    try:
        found = contrast(features, chosen, progress=progress)
    except UserError:  # all documents, or none with a vector: nothing is set apart
        return _Selected(rows, mean, None)
    return _Selected(rows, mean, found.score)
