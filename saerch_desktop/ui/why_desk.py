"""The Why desk: which result is explained, worked out anew when its ranking changes and somebody looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.why import Comparison, Why, matched_words, why, why_above
from saerch_desktop.ui.jobs import Lane

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.ui.row_set import RowSet
    from saerch_desktop.workflow.session import Session

_KEY: Final = "why"
_FOLLOWS_MS: Final = 60  # behind a slider in motion; the ranking itself comes first


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation with the title of its document."""

    why: Why
    title: str
    steered: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison with the titles of the upper and the lower document."""

    comparison: Comparison
    titles: tuple[str, str]


@dataclass(frozen=True, slots=True)
class FoundWords:
    """Why a search by words found a document. place: 1-based, None where it is not listed."""

    row: int
    title: str
    place: int | None
    score: float | None
    words: tuple[tuple[str, int], ...]


class WhyDesk(QObject):
    """Explains the chosen document, or two when two are selected. Works out nothing while nobody looks."""

    explained = Signal(object)  # Explained
    compared = Signal(object)  # Compared
    found_words = Signal(object)  # FoundWords
    refused = Signal(object)  # UserError: why there is no explanation
    emptied = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._rows: tuple[int, ...] = ()
        self._looking = False
        self._soon = QTimer(self, singleShot=True, interval=_FOLLOWS_MS)
        self._soon.timeout.connect(self._work)
        store = controller.store
        store.row_changed.connect(lambda row: self._turn(() if row is None else (row,)))
        store.selected_changed.connect(self._selected)
        store.ranking_changed.connect(lambda _: self._follow())
        store.keyword_hits_changed.connect(lambda _: self._follow())
        controller.library.closed.connect(self._closed)

    def look(self, looking: bool) -> None:
        """Whether anybody sees it."""
        if looking != self._looking:
            self._looking = looking
            self._work()

    def explain(self, row: int) -> None:
        """Explain one document until another is chosen."""
        self._turn((row,))

    def compare(self, row_a: int, row_b: int) -> None:
        """Compare two documents until others are chosen."""
        self._turn((row_a, row_b))

    def alone(self) -> None:
        """Leave a comparison for the document that was chosen last."""
        row = self._controller.store.row
        self._turn(self._rows[:1] if row is None else (row,))

    def _closed(self) -> None:
        self._rows = ()
        self._soon.stop()
        self._controller.runner.cancel_keys((_KEY,))
        self.emptied.emit()

    def _selected(self, rows: RowSet) -> None:
        chosen = tuple(int(row) for row in rows) if 1 <= len(rows) <= 2 else ()
        row = self._controller.store.row
        self._turn(chosen or (() if row is None else (row,)))

    def _turn(self, rows: tuple[int, ...]) -> None:
        if rows != self._rows:
            self._rows = rows
            self._work()

    def _follow(self) -> None:
        """The ranking changed: after a moment, or a slider's every tick would cost a job."""
        if self._looking and not self._soon.isActive():
            self._soon.start()

    def _work(self) -> None:
        self._soon.stop()
        if not self._looking:
            return
        runner, store = self._controller.runner, self._controller.store
        session, rows = self._controller.library.session, self._rows
        runner.cancel_keys((_KEY,))
        if session is None or not rows or (store.ranking is None and store.keyword_hits is None):
            self.emptied.emit()
            return
        shown, matches, text = store.ranking, store.matches, store.query_text

        def work(progress: Progress) -> Any:
            if shown is None:
                return _words(session, rows[-1], text, matches)
            if len(rows) == 2:
                return _compared(session, shown.ranking, rows)
            return _explained(session, shown.ranking, rows[0])

        runner.submit(
            "Explaining", work, lane=Lane.IO, key=_KEY, quiet=True, done=self._tell, failed=self._failed
        )

    def _tell(self, found: Any) -> None:
        if isinstance(found, Explained):
            self.explained.emit(found)
        elif isinstance(found, Compared):
            self.compared.emit(found)
        else:
            self.found_words.emit(found)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self.refused.emit(error)
        else:
            self.emptied.emit()
            self._controller.fail(error, "Explaining a result")


def _explained(session: Session, ranking: Any, row: int) -> Explained:
    return Explained(why(session.engine, ranking, row), _title(session, row), ranking.steered)


def _compared(session: Session, ranking: Any, rows: tuple[int, ...]) -> Compared:
    found = why_above(session.engine, ranking, *rows)
    return Compared(found, (_title(session, found.above.row), _title(session, found.below.row)))


def _words(session: Session, row: int, text: str, matches: Matches | None) -> FoundWords:
    found = session.library.documents.get(row)
    at = np.flatnonzero(matches.rows == row) if matches is not None else np.empty(0, np.int64)
    place = int(at[0]) if matches is not None and at.size else None
    return FoundWords(
        row,
        found.title or found.text[:120],
        None if place is None else place + 1,
        None if place is None or matches is None else float(matches.scores[place]),
        matched_words(text, found.title, found.text),
    )


def _title(session: Session, row: int) -> str:
    found = session.library.documents.get(row)
    return found.title or found.text[:120]
