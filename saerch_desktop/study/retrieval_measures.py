"""How good a ranking is against judgements, as trec_eval defines it, and how alike two rankings are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def ndcg(ranked: Sequence[int] | NDArray[np.int64], gains: Mapping[int, int], total: Sequence[int]) -> float:
    """nDCG of the ranked rows: Σ gain ÷ log₂(place + 1), over the same of the best order there could be.

    gains: row → grade; rows without one gain nothing. total: all grades of the question, those of documents
    that no ranking can hold too. The cut is the length of `ranked` (trec_eval's ndcg_cut; Järvelin and
    Kekäläinen 2002). 0 where nothing is relevant.
    """
    cut = len(ranked)
    discounts = 1.0 / np.log2(np.arange(2, cut + 2))
    got = np.asarray([gains.get(int(row), 0) for row in ranked], np.float64)
    best = np.sort(np.asarray(total, np.float64))[::-1][:cut]
    ideal = float(best @ discounts[: best.size])
    return float(got @ discounts) / ideal if ideal > 0 else 0.0


def recall(
    ranked: Sequence[int] | NDArray[np.int64], gains: Mapping[int, int], total: Sequence[int]
) -> float:
    """Share of the relevant documents that are among the ranked rows."""
    found = sum(1 for row in ranked if gains.get(int(row), 0) > 0)
    return found / len(total) if total else 0.0


def overlap(first: Sequence[int] | NDArray[np.int64], second: Sequence[int] | NDArray[np.int64]) -> float:
    """Share of the rows of `first` that `second` holds too."""
    mine = {int(row) for row in first}
    return len(mine & {int(row) for row in second}) / len(mine) if mine else 1.0
