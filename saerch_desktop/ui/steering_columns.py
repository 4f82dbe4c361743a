"""Columns made on a worker: those a moved slider waits for at once, those it may come to ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from saerch_desktop.search.steering import Term, column_of
from saerch_desktop.ui.jobs import JobRunner, Lane

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]


class ColumnsAhead:
    """`ready` is called when what was waited for is there; GUI thread only.

    What is waited for goes before what is made ahead, and is not begun anew while a slider moves on.
    """

    def __init__(self, runner: JobRunner, fail: Fail, ready: Callable[[], None]) -> None:
        self._runner = runner
        self._fail = fail
        self._ready = ready
        self._session: Session | None = None
        self._waited: frozenset[Term] = frozenset()
        self._ahead: tuple[Term, ...] = ()

    def use(self, session: Session | None) -> None:
        """Columns of another session; nothing is made for the former any more."""
        self._runner.cancel_keys(("slider columns", "prefetch"))
        self._session = session
        self._waited, self._ahead = frozenset(), ()

    def cold(self, terms: Sequence[Term]) -> tuple[Term, ...]:
        """Those of the terms whose column has yet to be made."""
        columns = self._session.engine.columns if self._session is not None else None
        if columns is None:
            return ()
        return tuple(term for term in terms if column_of(term) not in columns)

    def wait_for(self, terms: Sequence[Term]) -> None:
        """Make these before all else, then call `ready`."""
        session, cold = self._session, frozenset(self.cold(terms))
        if session is None or (cold and cold <= self._waited):
            return
        self._waited = cold
        self._runner.cancel_keys(("prefetch",))

        def over() -> None:
            if self._waited is cold:
                self._waited = frozenset()

        def done(_: object) -> None:
            over()
            if self._session is session:
                self._ready()
                self._go_on()

        def failed(error: BaseException) -> None:
            over()
            self._fail(error, "Steering")

        self._runner.submit(
            "Preparing a slider",
            lambda progress: session.engine.prefetch([t for t in terms if t in cold], progress),
            lane=Lane.MODEL,
            key="slider columns",
            quiet=True,
            done=done,
            failed=failed,
            cancelled=over,
        )

    def make_ahead(self, terms: Sequence[Term]) -> None:
        """Make these while nothing is waited for, the first ones first."""
        self._ahead = tuple(dict.fromkeys(terms))
        self._go_on()

    def touch(self, term: Term) -> None:
        """A hand is near this slider: make its column the next one."""
        if self.cold([term]) and (not self._ahead or self._ahead[0] != term):
            self.make_ahead((term, *self._ahead))

    def _go_on(self) -> None:
        session = self._session
        if session is None or self._waited:
            return
        cold = self.cold(self._ahead)
        if not cold:
            return
        self._runner.look_up(
            "Preparing the sliders",
            lambda progress: session.engine.prefetch(cold, progress),
            lane=Lane.MODEL,
            key="prefetch",
            fail=self._fail,
        )
