"""The ranking that follows the sliders: between two frames where that is quick, else on a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.search.mix import Slider, Steer
from saerch_desktop.search.steering import Mode, Query, Ranking, Term
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.steering_columns import ColumnsAhead

if TYPE_CHECKING:
    from saerch_desktop.library.documents import Matches
    from saerch_desktop.workflow.session import Session

Fail = Callable[[BaseException, str], None]

TOP = 100
_LIGHT = 8_000_000  # numbers that may be added up between two frames; more is work for a worker


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A ranking with what explains it: natural (rows, active features) float32, None when it is steered."""

    ranking: Ranking
    natural: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is to be ranked. words: that the list is fused with, of that weight; None by meaning alone."""

    query: Query
    steering: Steer
    mode: Mode
    words: Matches | None = None
    weight: float = 0.5


class Follower:
    """Ranks what is wanted last; GUI thread only.

    show(query, shown) gets every ranking; pending(sliders) the features, and keys of blends, whose columns
    are still to be made. What moves while a worker ranks is ranked once that is done, so that the list keeps
    moving for as long as a hand does.
    """

    def __init__(
        self,
        runner: JobRunner,
        fail: Fail,
        columns: ColumnsAhead,
        show: Callable[[Query, Shown], None],
        pending: Callable[[frozenset[Slider]], None],
    ) -> None:
        self._runner = runner
        self._fail = fail
        self._columns = columns
        self._put = show
        self._pending = pending
        self._session: Session | None = None
        self._wanted: Wanted | None = None
        self._before: tuple[Query, dict[Term, float]] | None = None  # what the last ranking was made of
        self._busy: Wanted | None = None  # what a worker ranks

    def use(self, session: Session | None) -> None:
        """Rank in another session; nothing is shown of the former any more."""
        self._runner.cancel_keys(("rank",))
        self._session = session
        self._wanted = self._before = self._busy = None

    def follow(self, wanted: Wanted) -> None:
        """Show this ranking as soon as can be."""
        self._wanted = wanted
        cold = self._columns.cold(tuple(amounts(wanted.steering)))
        if cold:
            self._pending(frozenset(_slider(term) for term in cold))
            self._columns.wait_for(cold)
        else:
            self._rank(wanted)

    def made(self) -> None:
        """What was cold has just been made, as far as there is room to keep it."""
        if self._wanted is not None:
            self._rank(self._wanted)

    def _rank(self, wanted: Wanted) -> None:
        session = self._session
        if session is None or self._busy is not None:
            return
        steering = wanted.steering
        warm = session.engine.is_warm(wanted.query, steering.edits, wanted.mode, steering.blends)
        if not (warm and self._is_light(wanted)):
            self._rank_elsewhere(session, wanted)
            return
        try:
            self._show(wanted, _ranked(session, wanted, Progress()))
        except Exception as error:  # noqa: BLE001  a failure here must not end the drag
            self._failed(error)

    def _rank_elsewhere(self, session: Session, wanted: Wanted) -> None:
        self._busy = wanted

        def over() -> None:
            if self._busy is wanted:
                self._busy = None

        def done(shown: Shown) -> None:
            over()
            self._show(wanted, shown)
            if self._wanted is not wanted and self._wanted is not None:
                self.follow(self._wanted)

        def failed(error: BaseException) -> None:
            over()
            self._failed(error)

        def cancelled() -> None:
            over()
            if self._wanted is not wanted and self._wanted is not None:
                self.follow(self._wanted)

        self._runner.submit(
            "Steering",
            lambda progress: _ranked(session, wanted, progress),
            lane=Lane.MODEL,
            key="rank",
            quiet=True,
            done=done,
            failed=failed,
            cancelled=cancelled,
        )

    def _show(self, wanted: Wanted, shown: Shown) -> None:
        self._pending(frozenset())
        self._before = wanted.query, amounts(wanted.steering)
        self._put(wanted.query, shown)

    def _failed(self, error: BaseException) -> None:
        self._pending(frozenset())
        self._fail(error, "Steering")

    def _is_light(self, wanted: Wanted) -> bool:
        now, rows = amounts(wanted.steering), wanted.query.base.size
        if len(now) * rows <= _LIGHT:
            return True
        before = self._before[1] if self._before is not None and self._before[0] is wanted.query else {}
        return sum(1 for term in {**before, **now} if before.get(term) != now.get(term)) <= 1


def amounts(steering: Steer) -> dict[Term, float]:
    """Features and blends that steer, and how far."""
    return {
        **{edit.feature: edit.delta for edit in steering.edits},
        **{edit.blend: edit.amount for edit in steering.blends},
    }


def _slider(term: Term) -> Slider:
    return term if isinstance(term, int) else term.key


def mode_of(name: str) -> Mode:
    """The mode that the store names."""
    return "paper" if name == "paper" else "residual"


def _ranked(session: Session, wanted: Wanted, progress: Progress) -> Shown:
    steering = wanted.steering
    return ranked(session, wanted.query, steering, wanted.mode, progress, wanted.words, wanted.weight)


def ranked(
    session: Session,
    query: Query,
    steering: Steer,
    mode: str,
    progress: Progress,
    words: Matches | None = None,
    weight: float = 0.5,
) -> Shown:
    """The ranking that the sliders give, with the reasons of a plain one; fused with words where given."""
    engine = session.engine
    chosen = mode_of(mode) if session.features is not None else "residual"
    if words is None:
        ranking = engine.rank(query, steering.edits, chosen, TOP, progress, steering.blends)
    else:
        ranking = engine.both(query, words, weight, steering.edits, chosen, TOP, progress, steering.blends)
    plain = not ranking.contribution_features and query.indices.size > 0
    return Shown(ranking, engine.explain(query, ranking.rows) if plain else None)
