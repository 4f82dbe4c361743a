"""Meaning and words in one list: reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.search.steering import Query, Ranking

Float = NDArray[np.float32]

DEPTH: Final = 1000  # places of either list that count; those behind it add nothing
_SOFT: Final = 60  # the constant of the paper: how little the very first places stand out


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """How a list of both kinds came about; all arrays (n,), one entry a listed document.

    score, score_before: float32, what orders the list now and without steering. meaning, words: int32, the
    places in either list, 0 where the document is not among its first `DEPTH`. weight: of the words, 0 to 1.
    expression: what the full-text index was asked. matched: how many documents of the filter hold the words.
    """

    score: Float
    score_before: Float
    meaning: NDArray[np.int32]
    words: NDArray[np.int32]
    weight: float
    expression: str
    matched: int

    @property
    def parts(self) -> Float:
        """(n, 2) float32: what meaning and words add; their sum is `score`."""
        return np.stack(
            (_share(self.meaning, 1 - self.weight), _share(self.words, self.weight)), axis=1
        ).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FusedRanking:
    """rows (n,) int64, best first by (-fused score, row). rank_before (n,) int32: places without steering;
    those not listed then come behind the `listed_before` that were.
    """

    rows: NDArray[np.int64]
    rank_before: NDArray[np.int32]
    listed_before: int
    fused: Fused


def fuse(
    query: Query,
    by_meaning: NDArray[np.int64],
    by_words: NDArray[np.int64],
    weight: float,
    expression: str = "",
) -> FusedRanking:
    """One list of two.

    query: kept to the documents of the filter. by_meaning: the steered order, by_words: the matches' order;
    only the first `DEPTH` of each count, and of the words only documents that have a score. weight: of the
    words; at 0 and 1 the list is that of meaning or of words alone.
    """
    by_meaning = by_meaning[:DEPTH]
    by_words = by_words[np.isfinite(query.base[by_words])]
    matched, by_words = by_words.size, by_words[:DEPTH]
    plain = np.flatnonzero(query.rank_before <= DEPTH)
    plain = plain[np.isfinite(query.base[plain])]
    rows = np.unique(np.concatenate((by_meaning, by_words, plain)))
    now, before, words = (np.zeros(rows.size, np.int32) for _ in range(3))
    now[np.searchsorted(rows, by_meaning)] = np.arange(1, by_meaning.size + 1)
    words[np.searchsorted(rows, by_words)] = np.arange(1, by_words.size + 1)
    before[np.searchsorted(rows, plain)] = query.rank_before[plain]
    score = _share(now, 1 - weight) + _share(words, weight)
    score_before = _share(before, 1 - weight) + _share(words, weight)
    places = np.empty(rows.size, np.int32)
    places[np.lexsort((rows, -score_before))] = np.arange(1, rows.size + 1)
    order = np.lexsort((rows, -score))
    order = order[score[order] > 0]  # what steering moved out of both lists is there no longer
    fused = Fused(
        score[order].astype(np.float32),
        score_before[order].astype(np.float32),
        now[order],
        words[order],
        weight,
        expression,
        matched,
    )
    return FusedRanking(rows[order], places[order], int(np.count_nonzero(score_before)), fused)


def as_ranking(
    ranking: Ranking, fused: FusedRanking, scores: Float, contributions: Float, top: int
) -> Ranking:
    """`ranking` with the rows, places and figures of the fused list; `scores` and `contributions` belong to
    `fused.rows`.
    """
    shown = min(top, fused.listed_before)
    entered = int(np.count_nonzero(fused.rank_before[:top] > shown))
    return replace(
        ranking,
        rows=fused.rows,
        scores=scores,
        scores_before=ranking.query.base[fused.rows],
        rank_before=fused.rank_before,
        contributions=contributions,
        moved_in=entered,
        moved_out=shown - (min(top, fused.rows.size) - entered),
        fused=fused.fused,
    )


def _share(places: NDArray[np.int32], weight: float) -> NDArray[np.float64]:
    return np.where(places > 0, weight / (_SOFT + places.astype(np.float64)), 0.0)
