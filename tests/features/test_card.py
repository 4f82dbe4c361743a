"""The histogram of activations equals NumPy's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saerch_desktop.features.card import histogram


@given(
    arrays(np.float32, st.integers(1, 60), elements=st.floats(np.float32(1e-3), 8.0, width=32)),
    st.integers(1, 20),
)
def test_histogram_counts_every_activation_once(values: np.ndarray, bins: int) -> None:
    ordered = np.sort(values)[::-1]
    edges, counts = histogram(ordered, bins)
    assert edges[0] == 0
    assert edges[-1] == ordered[0]
    assert counts.sum() == values.size
    assert (counts >= 0).all()
    np.testing.assert_array_equal(counts, np.histogram(ordered, edges)[0])


def test_a_feature_that_is_never_active_has_no_histogram() -> None:
    edges, counts = histogram(np.empty(0, np.float32))
    assert edges.size == counts.size == 0
