"""What a change of the mixer would do to a ranking, worked out before it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend, BlendEdit
from saerch_desktop.search.hybrid import DEPTH, fuse
from saerch_desktop.search.mix import Steer
from saerch_desktop.search.places import places
from saerch_desktop.search.ranking import top_rows
from saerch_desktop.search.steering import Edit, Ranking, Term

if TYPE_CHECKING:
    from saerch_desktop.search.engine import SearchEngine

_NOWHERE = 1 << 30


@dataclass(frozen=True, slots=True)
class Mover:
    """A document whose place differs: `now` and `then`, from 1; 0 where it is in no list at all."""

    row: int
    now: int
    then: int

    @property
    def up(self) -> bool:
        return self._at(self.then) < self._at(self.now)

    @property
    def strength(self) -> float:
        """How much of a move it is: from 20 to 10 is as much as from 2 to 1."""
        return abs(math.log(self._at(self.now) / self._at(self.then)))

    @staticmethod
    def _at(place: int) -> int:
        return place or _NOWHERE


@dataclass(frozen=True, slots=True)
class Preview:
    """movers: of the first `top` places of either list, the strongest first; none of them stays in place."""

    movers: tuple[Mover, ...]
    top: int

    @property
    def entering(self) -> tuple[Mover, ...]:
        """Those that would come into the first places, by the place they would take."""
        found = [m for m in self.movers if not 0 < m.now <= self.top]
        return tuple(sorted(found, key=lambda m: m.then))

    @property
    def leaving(self) -> tuple[Mover, ...]:
        """Those that would leave the first places, by the place they have."""
        found = [m for m in self.movers if not 0 < m.then <= self.top]
        return tuple(sorted(found, key=lambda m: m.now))

    def at(self, row: int) -> Mover | None:
        return next((mover for mover in self.movers if mover.row == row), None)


def moved_to(steer: Steer, term: Term, delta: float) -> Steer:
    """The same steering with one slider standing elsewhere; 0 for natural."""
    if isinstance(term, Blend):
        others = tuple(edit for edit in steer.blends if edit.blend.key != term.key)
        return replace(steer, blends=(*others, BlendEdit(term, delta)) if delta else others)
    rest = tuple(edit for edit in steer.edits if edit.feature != term)
    return replace(steer, edits=(*rest, Edit(term, delta)) if delta else rest)


def preview(
    engine: SearchEngine,
    ranking: Ranking,
    steer: Steer,
    top: int = 100,
    progress: Progress | None = None,
) -> Preview:
    """Which documents would move if `steer` were in force instead of what steers `ranking`.

    A few passes over all scores, for a worker: tens of milliseconds for a million documents whose columns
    are at hand. Nothing of the ranking or of the sliders' running sums is touched. Raises Cancelled.
    """
    query, mode = ranking.query, ranking.mode
    before = engine.scores(query, ranking.edits, mode, progress, ranking.blends)
    after = engine.scores(query, steer.edits, mode, progress, steer.blends)
    if ranking.fused is None:
        rows = np.union1d(top_rows(before, top), top_rows(after, top))
        return _told(rows, places(before, rows), places(after, rows), top)
    now, then = (_fused_order(ranking, scores) for scores in (before, after))
    rows = np.union1d(now[:top], then[:top])
    return _told(rows, _places_in(now, rows), _places_in(then, rows), top)


def _fused_order(ranking: Ranking, scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The fused list with other scores by meaning: the words' order stands in the ranking itself."""
    assert ranking.fused is not None
    return fuse(ranking.query, top_rows(scores, DEPTH), words_of(ranking), ranking.fused.weight).rows


def words_of(ranking: Ranking) -> NDArray[np.int64]:
    """Rows of a fused ranking that words found, best first, (w,) int64; none of a ranking by meaning."""
    if ranking.fused is None:
        return np.empty(0, np.int64)
    found = np.flatnonzero(ranking.fused.words > 0)
    return ranking.rows[found[np.argsort(ranking.fused.words[found], kind="stable")]]


def _places_in(order: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    found = {row: place for place, row in enumerate(order.tolist(), 1)}
    return np.asarray([found.get(row, 0) for row in rows.tolist()], np.int64)


def _told(rows: NDArray[np.int64], now: NDArray[np.int64], then: NDArray[np.int64], top: int) -> Preview:
    movers = [
        Mover(row, before, after)
        for row, before, after in zip(rows.tolist(), now.tolist(), then.tolist(), strict=True)
        if before != after
    ]
    movers.sort(key=lambda mover: (-mover.strength, mover.row))
    return Preview(tuple(movers), top)
