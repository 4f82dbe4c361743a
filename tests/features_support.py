"""Made-up codes for tests of what is derived from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.sae.codes import Codes


def random_codes(
    rows: int, features: int, k: int, seed: int = 0, levels: int = 9
) -> tuple[Codes, NDArray[np.float64]]:
    """Codes with many equal values and some zeros, and the same dense (rows, features)."""
    chance = np.random.default_rng(seed)
    indices = np.argsort(chance.random((rows, features)), axis=1)[:, :k].astype(np.int32)
    values = (chance.integers(0, levels, (rows, k)) / 8).astype(np.float32)
    table = np.zeros((rows, features))
    np.put_along_axis(table, indices.astype(np.int64), values.astype(np.float64), axis=1)
    return Codes(indices, values), table
