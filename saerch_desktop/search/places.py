"""Where some documents stand among all, without ordering all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def places(scores: NDArray[np.float32], rows: NDArray[np.integer]) -> NDArray[np.int64]:
    """Places of `rows` (n,) by (-score, row), from 1, (n,) int64; 0 for rows without a finite score.

    scores: (N,) float32; -inf and NaN mark rows that are not listed.
    """
    wanted = scores[rows]
    listed = np.isfinite(wanted)
    ordered = np.sort(scores[np.isfinite(scores)])
    above = ordered.size - np.searchsorted(ordered, wanted, "right")
    equal = ordered.size - np.searchsorted(ordered, wanted, "left") - above
    found = np.where(listed, above + 1, 0).astype(np.int64)
    for at in np.flatnonzero(listed & (equal > 1)).tolist():  # among equals the lower row is first
        found[at] += np.count_nonzero(scores[: int(rows[at])] == wanted[at])
    return found
