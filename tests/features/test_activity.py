"""Activity of all features in a query, a document, or on average in many."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.features.activity import activity_of, mean_activity
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import Codes


def made(rows: int, features: int, width: int) -> tuple[Codes, np.ndarray]:
    """Codes with unused places, and the same densely."""
    chance = np.random.default_rng(2)
    indices = np.stack([chance.choice(features, width, replace=False) for _ in range(rows)]).astype(np.int32)
    values = -np.sort(-chance.gamma(2.0, 0.2, (rows, width)).astype(np.float32), axis=1)
    values[chance.random(rows) < 0.3, -2:] = 0
    dense = np.zeros((rows, features))
    np.put_along_axis(dense, indices.astype(np.int64), values.astype(np.float64), axis=1)
    return Codes(indices, values), dense


def test_mean_counts_silent_documents() -> None:
    codes, dense = made(500, 40, 6)
    rows = np.random.default_rng(1).permutation(500)[:123]
    np.testing.assert_allclose(mean_activity(codes, 40, rows), dense[rows].mean(0), rtol=1e-6)
    assert not mean_activity(codes, 40, np.empty(0, np.int64)).any()


def test_counting_can_be_stopped() -> None:
    codes, _ = made(50, 40, 6)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        mean_activity(codes, 40, np.arange(50), progress)


def test_features_of_another_sae_are_left_out() -> None:
    assert activity_of(4, [1, 3, 9, -1], [0.5, 0.25, 1.0, 1.0]).tolist() == [0, 0.5, 0, 0.25]
