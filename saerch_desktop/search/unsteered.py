"""The list that a steered one is compared with, and what became of the documents that left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from saerch_desktop.library.documents import Matches
from saerch_desktop.progress import Progress
from saerch_desktop.search.places import places
from saerch_desktop.search.preview import words_of
from saerch_desktop.search.ranking import top_rows
from saerch_desktop.search.steering import Ranking

if TYPE_CHECKING:
    from saerch_desktop.search.engine import SearchEngine


@dataclass(frozen=True, slots=True)
class Departed:
    """A document that left the first places: its places before steering and now, from 1; 0 for in no list."""

    row: int
    before: int
    now: int


def unsteered(
    engine: SearchEngine, ranking: Ranking, top: int = 100, progress: Progress | None = None
) -> Ranking:
    """The same search with every slider at natural; by meaning and words where the ranking is."""
    if ranking.fused is None:
        return engine.rank(ranking.query, (), "residual", top, progress)
    rows = words_of(ranking)
    words = Matches(ranking.fused.expression, rows, np.zeros(rows.size, np.float32))
    return engine.both(ranking.query, words, ranking.fused.weight, (), "residual", top, progress)


def departed(
    engine: SearchEngine, ranking: Ranking, top: int = 100, progress: Progress | None = None
) -> tuple[Departed, ...]:
    """Documents that are among the first `top` places without steering and no longer, in their order there.

    A few passes over all scores, for a worker. Raises Cancelled.
    """
    if ranking.fused is not None:
        plain = unsteered(engine, ranking, top, progress).rows[:top].tolist()
        now = {row: place for place, row in enumerate(ranking.rows.tolist(), 1)}
        found = [(row, now.get(row, 0)) for row in plain]
    else:
        plain = top_rows(ranking.query.base, top)
        scores = engine.scores(ranking.query, ranking.edits, ranking.mode, progress, ranking.blends)
        found = list(zip(plain.tolist(), places(scores, plain).tolist(), strict=True))
    return tuple(
        Departed(row, before, now) for before, (row, now) in enumerate(found, 1) if not 0 < now <= top
    )
