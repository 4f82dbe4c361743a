"""A query kept to some documents is searched and steered as if the others did not exist."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from planted_library import DIM, FEATURES, MISSING, ROWS, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.steering import Edit

MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
EDITS = st.lists(st.builds(Edit, st.integers(0, FEATURES - 1), st.floats(-1, 1)), max_size=4)


def mask_of(seed: int, share: float) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random(ROWS) < share


@MANY
@given(edits=EDITS, seed=st.integers(0, 999), share=st.floats(0, 1), top=st.integers(1, 60))
def test_a_filtered_search_is_a_search_of_what_is_left(
    engine: SearchEngine, dense: Dense, edits: list[Edit], seed: int, share: float, top: int
) -> None:
    mask = mask_of(seed, share)
    whole = engine.query("the query")
    query = whole.within(mask)
    left = np.setdiff1d(np.flatnonzero(mask), MISSING)
    ranking = engine.rank(query, edits, top=top)
    target = whole.vector.astype(np.float64)
    for edit in edits:
        target = target + edit.delta * dense.decoder[edit.feature]
    scores = dense.vectors[left] @ target
    assert query.found == ranking.total == left.size
    assert ranking.rows.size == min(top, left.size)
    assert set(ranking.rows.tolist()) <= set(left.tolist())
    np.testing.assert_allclose(ranking.scores, np.sort(scores)[::-1][:top], atol=4e-6)
    # Arrows count places among those that are left.
    plain = left[np.lexsort((left, -whole.base[left]))].tolist()
    assert ranking.rank_before.tolist() == [plain.index(row) + 1 for row in ranking.rows.tolist()]
    was_there = set(plain[:top])
    assert ranking.moved_in == len(set(ranking.rows.tolist()) - was_there)
    assert ranking.moved_out == len(was_there - set(ranking.rows.tolist()))


def test_filters_do_not_pile_up(engine: SearchEngine) -> None:
    whole = engine.query("the query")
    query = whole.within(mask_of(1, 0.5)).within(mask_of(2, 0.5))
    np.testing.assert_array_equal(query.base, whole.within(mask_of(2, 0.5)).base)
    assert query.everywhere is whole
    assert query.within(None) is whole
    assert whole.everywhere is whole
    assert query.vector is whole.vector


def test_columns_stay_warm_behind_a_filter(engine: SearchEngine) -> None:
    whole = engine.query("the query")
    engine.rank(whole, [Edit(1, 0.3)])
    engine.rank(whole, mode="paper")
    query = whole.within(mask_of(3, 0.5))
    assert engine.is_warm(query, [Edit(1, 0.3)])
    assert engine.is_warm(query, [Edit(1, 0.3)], "paper")


def test_an_empty_filter_finds_nothing(engine: SearchEngine) -> None:
    query = engine.query("the query").within(np.zeros(ROWS, bool))
    ranking = engine.rank(query, [Edit(1, 0.3)])
    assert (ranking.total, ranking.rows.size, ranking.moved_in) == (0, 0, 0)
    assert engine.order(ranking).size == 0


@MANY
@given(seed=st.integers(0, 999), amount=st.floats(-3, 3), feature=st.integers(0, FEATURES - 1))
def test_a_slider_along_any_direction(
    engine: SearchEngine, dense: Dense, seed: int, amount: float, feature: int
) -> None:
    vector = np.random.default_rng(seed).normal(size=DIM) * 7
    blend = direction_blend("own", "Own", vector)
    query = engine.query("the query")
    ranking = engine.rank(query, [Edit(feature, 0.25)], blends=[BlendEdit(blend, amount)])
    target = query.vector + 0.25 * dense.decoder[feature] + amount * vector / np.linalg.norm(vector)
    scores = dense.vectors @ target
    np.testing.assert_allclose(ranking.scores, scores[ranking.rows], atol=4e-6)
    np.testing.assert_allclose(
        ranking.contributions.sum(axis=1), ranking.scores - ranking.scores_before, atol=1e-5
    )
    np.testing.assert_allclose(engine.steered_vector(ranking), target, atol=1e-6)


@pytest.mark.parametrize("vector", [np.zeros(DIM), np.full(DIM, np.nan), np.full(DIM, np.inf)])
def test_a_direction_that_points_nowhere(vector: NDArray[np.float64]) -> None:
    with pytest.raises(UserError, match="points nowhere"):
        direction_blend("own", "Own", vector)


def test_a_direction_of_another_length_is_refused(engine: SearchEngine) -> None:
    query = engine.query("the query")
    for direction in (np.ones(DIM + 1, "<f4").tobytes(), b"abc", np.full(DIM, np.nan, "<f4").tobytes()):
        with pytest.raises(UserError):
            engine.rank(query, blends=[BlendEdit(Blend("own", "Own", (), (), direction), 1.0)])
