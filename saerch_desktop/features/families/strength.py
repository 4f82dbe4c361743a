"""In which documents a family is active, and how strongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.features.inverted import InvertedIndex

_FEW: Final = 16  # documents for each activation from which sorting beats counting


@dataclass(frozen=True, slots=True, eq=False)
class Strength:
    """Documents where any of some features is active, strongest first, equal ones by row.

    rows (m,) int64; sums (m,) float32: the activations of all of them added up; meeting (m,) int32: how many
    of them are active there.
    """

    rows: NDArray[np.int64]
    sums: NDArray[np.float32]
    meeting: NDArray[np.int32]


def strength_of(inverted: InvertedIndex, members: Sequence[int], documents: int) -> Strength:
    """Add up the activations of `members`; documents: how many rows there are."""
    lines = [inverted.of(int(member)) for member in dict.fromkeys(members)]
    rows = np.concatenate([np.asarray(line[0], np.int64) for line in lines] or [np.zeros(0, np.int64)])
    values = np.concatenate([np.asarray(line[1], np.float64) for line in lines] or [np.zeros(0)])
    if rows.size * _FEW < documents:
        there, place = np.unique(rows, return_inverse=True)
        meeting = np.bincount(place, minlength=there.size)
        sums = np.bincount(place, values, there.size)
    else:
        met = np.bincount(rows, minlength=documents)
        there = np.flatnonzero(met)
        meeting, sums = met[there], np.bincount(rows, values, documents)[there]
    order = np.argsort(-sums, kind="stable")
    return Strength(there[order], sums[order].astype(np.float32), meeting[order].astype(np.int32))
