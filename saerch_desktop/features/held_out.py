"""Which documents are kept for testing labels: none of them ever helps to make one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SHARE: Final = 0.4  # of all documents
_STEP: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1


def held_out(rows: NDArray[Any], seed: int = 0) -> NDArray[np.bool_]:
    """For each row (any shape, integers ≥ 0) whether its document is for testing only, about 40 % of all.

    It depends on the row and the seed alone (SplitMix64, Steele, Lea and Flood 2014), so that everybody who
    makes labels, and everybody who tests them, draws the same line without asking the other.
    """
    return mixed(rows, seed) < np.uint64(int(SHARE * 2.0**64))


def mixed(rows: NDArray[Any], seed: int = 0) -> NDArray[np.uint64]:
    """A well-mixed number from 0 to 2⁶⁴ - 1 for each row, for choices that stay when documents are added."""
    first = np.uint64(((seed + 1) * _STEP) & _MASK)
    with np.errstate(over="ignore"):  # arithmetic modulo 2⁶⁴ is what is meant
        z = np.asarray(rows).astype(np.uint64) * np.uint64(_STEP) + first
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))
