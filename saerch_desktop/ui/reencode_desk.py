"""The re-encoding desk: reads the steered query back, makes its code stick, and has it rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.mix import Steer
from saerch_desktop.search.reencode import Reencoding, Stuck, make_stick, reencoded, with_stick
from saerch_desktop.ui.jobs import Lane

if TYPE_CHECKING:
    from saerch_desktop.features.llm.settings import LlmSettings
    from saerch_desktop.search.steering import Query, Ranking
    from saerch_desktop.ui.controller import Controller
    from saerch_desktop.workflow.rewriting import Rewrite

_READ, _STICK, _REWRITE = "reencode", "make stick", "rewrite query"
_FOLLOWS_MS: Final = 60  # behind a slider in motion; the ranking itself comes first
_STEPS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Rewritten:
    """A rewrite, and the titles of the documents it names by row."""

    rewrite: Rewrite
    titles: dict[int, str]


class ReencodeDesk(QObject):
    """Works for the ranking that is shown, and only while somebody looks."""

    read = Signal(object)  # Reencoding, or None while there is nothing to read
    stuck = Signal(object)  # Stuck
    rewritten = Signal(object)  # Rewritten
    refused = Signal(object, str)  # UserError and what was refused: "stick" or "rewrite"
    busy = Signal(str, bool)  # "stick" or "rewrite", and whether it runs
    stale = Signal()  # the steering has changed since the last answer

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._looking = False
        self._now: Ranking | None = None
        self._soon = QTimer(self, singleShot=True, interval=_FOLLOWS_MS)
        self._soon.timeout.connect(self._work)
        self.found: Stuck | None = None
        controller.store.ranking_changed.connect(lambda _: self._follow())
        controller.library.closed.connect(self._closed)

    @property
    def ranking(self) -> Ranking | None:
        """What is steered now; None without a search by meaning or without features."""
        shown, session = self._controller.store.ranking, self._controller.library.session
        if shown is None or session is None or session.features is None:
            return None
        found: Ranking = shown.ranking
        return found

    def look(self, looking: bool) -> None:
        """Whether anybody sees it."""
        if looking != self._looking:
            self._looking = looking
            self._work()

    def stick(self) -> None:
        """Look for a vector of which the SAE says what is asked for: `stuck`, or `refused`."""
        session, ranking = self._controller.library.session, self.ranking
        if session is None or session.features is None or ranking is None:
            return
        features = session.features
        self._submit(
            "stick",
            "Making the steering stick",
            _STICK,
            Lane.IO,
            lambda progress: make_stick(
                features, ranking.query, _steer(ranking), ranking.mode, _STEPS, progress=progress
            ),
            lambda found: self._stuck(found, ranking),
        )

    def use(self) -> None:
        """Add the step that was found as a slider, in place of an earlier one: one step of undo."""
        search = self._controller.search
        if self.found is not None:
            search.change(with_stick(search.mix, self.found))

    def rewrite(self, settings: LlmSettings) -> None:
        """Have the query rewritten: `rewritten`, or `refused`."""
        session, ranking = self._controller.library.session, self.ranking
        if session is None or ranking is None:
            return

        def work(progress: Progress) -> Rewritten:
            from saerch_desktop.workflow.rewriting import rewrite_query

            found = rewrite_query(session, ranking.query, _steer(ranking), settings, progress, ranking.mode)
            rows = [mover.row for mover in found.movers]
            titles = session.library.documents.titles(rows)
            return Rewritten(found, dict(zip(rows, titles, strict=True)))

        # The remote lane: waiting for a service must hold up neither the search nor a training.
        self._submit("rewrite", "Rewriting the query", _REWRITE, Lane.REMOTE, work, self.rewritten.emit)

    def stop(self) -> None:
        """Give up what runs."""
        self._controller.runner.cancel_keys((_STICK, _REWRITE))

    def _submit(self, what: str, title: str, key: str, lane: Lane, work: Any, done: Any) -> None:
        def finish(value: Any) -> None:
            self.busy.emit(what, False)
            done(value)

        def failed(error: BaseException) -> None:
            self.busy.emit(what, False)
            if isinstance(error, UserError):
                self.refused.emit(error, what)
            else:
                self._controller.fail(error, title)

        self.busy.emit(what, True)
        self._controller.runner.submit(
            title,
            work,
            lane=lane,
            key=key,
            quiet=what == "stick",
            done=finish,
            failed=failed,
            cancelled=lambda: self.busy.emit(what, False),
        )

    def _stuck(self, found: Stuck, of: Ranking) -> None:
        if self._same(of):
            self.found = found
            self.stuck.emit(found)

    def _same(self, of: Ranking) -> bool:
        now = self.ranking
        return now is not None and _what(now) == _what(of)

    def _follow(self) -> None:
        """The ranking changed: after a moment, or a slider's every tick would cost a job."""
        now = self.ranking
        if now is None or self._now is None or _what(now) != _what(self._now):
            self.found = None
            self.stale.emit()
        self._now = now
        if self._looking and not self._soon.isActive():
            self._soon.start()

    def _work(self) -> None:
        self._soon.stop()
        if not self._looking:
            return
        runner, session, ranking = self._controller.runner, self._controller.library.session, self.ranking
        runner.cancel_keys((_READ,))
        if session is None or session.features is None or ranking is None:
            self.read.emit(None)
            return
        features = session.features

        def work(progress: Progress) -> Reencoding:
            progress.check()
            return reencoded(features, ranking.query, _steer(ranking), ranking.mode)

        runner.look_up(
            "Reading the steered query back",
            work,
            key=_READ,
            done=self.read.emit,
            fail=self._controller.fail,
        )

    def _closed(self) -> None:
        self.stop()
        self.found, self._now = None, None
        self.stale.emit()
        self.read.emit(None)


def _steer(ranking: Ranking) -> Steer:
    return Steer(ranking.edits, ranking.blends)


def _what(ranking: Ranking) -> tuple[int, Any, Any, str]:
    """What decides how the query reads: its vector and all that steers it."""
    query: Query = ranking.query
    return id(query.vector), ranking.edits, ranking.blends, ranking.mode
