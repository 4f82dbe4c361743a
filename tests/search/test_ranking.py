"""Partial and full orderings equal the plain sort by (-score, row)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from saerch_desktop.search.ranking import leading_rows, ranks, top_rows

SCORES = st.one_of(
    st.sampled_from([0.0, -0.0, 0.5, -0.5, 1.0, -np.inf, np.nan]),
    st.floats(-2, 2, width=32),
)


def plainly(scores: NDArray[np.float32]) -> list[int]:
    """All rows, best first; those without a score last."""
    return sorted(range(scores.size), key=lambda row: (not scores[row] > -np.inf, -scores[row], row))


@given(arrays(np.float32, st.integers(0, 80), elements=SCORES), st.integers(0, 90))
def test_top_rows_with_ties_and_missing(scores: NDArray[np.float32], n: int) -> None:
    wanted = [row for row in plainly(scores) if scores[row] > -np.inf][:n]
    assert top_rows(scores, n).tolist() == wanted


@given(arrays(np.float32, st.integers(0, 80), elements=SCORES))
def test_ranks_of_all_rows(scores: NDArray[np.float32]) -> None:
    clean = np.where(np.isnan(scores), np.float32(-np.inf), scores)
    found = ranks(scores)
    assert found.dtype == np.int32
    assert np.argsort(found).tolist() == plainly(clean)
    assert sorted(found) == list(range(1, scores.size + 1))


@pytest.mark.parametrize("size", [1000, 8191, 8192, 50_003])
@pytest.mark.parametrize("n", [1, 10, 100, 1000])
@pytest.mark.parametrize("kind", ["random", "ties", "sorted", "constant", "holes"])
def test_large_arrays_go_by_blocks(size: int, n: int, kind: str) -> None:
    chance = np.random.default_rng(size + n)
    scores = chance.normal(size=size).astype(np.float32)
    if kind == "ties":
        scores = np.round(scores, 1)
    elif kind == "sorted":
        scores = np.sort(scores)
    elif kind == "constant":
        scores[:] = 0.25
    elif kind == "holes":
        scores[chance.random(size) < 0.7] = -np.inf
        scores[chance.random(size) < 0.1] = np.nan
    wanted = np.lexsort((np.arange(size), -np.nan_to_num(scores, nan=-np.inf, neginf=-np.inf)))[:n]
    wanted = wanted[scores[wanted] > -np.inf]
    np.testing.assert_array_equal(top_rows(scores, n), wanted)
    np.testing.assert_array_equal(np.flatnonzero(ranks(scores) <= len(wanted)), np.sort(wanted))


@given(
    arrays(np.float32, 400, elements=st.floats(-1, 1, width=32)),
    st.integers(1, 30),
    st.floats(0, 0.5),
)
def test_leading_rows_miss_nothing_within_the_margin(
    scores: NDArray[np.float32], n: int, margin: float
) -> None:
    last = np.sort(scores)[::-1][n - 1]
    within = np.flatnonzero(scores.astype(np.float64) >= np.float64(last) - margin * 0.999)
    assert set(within.tolist()) <= set(leading_rows(scores, n, margin).tolist())
