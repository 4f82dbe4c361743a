"""Steering against dense arithmetic in double precision: q' = q + sum of delta times d_f."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from planted_library import FEATURES, MISSING, ROWS, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.steering import Edit, Query, Ranking, Steering, tidy_edits

FAR = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
EDITS = st.lists(
    st.builds(Edit, st.integers(0, FEATURES - 1), st.floats(-2, 2, allow_nan=False)), min_size=0, max_size=6
)


def order_of(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.lexsort((np.arange(scores.size), -np.nan_to_num(scores, nan=-np.inf)))


def steered(query: Query, edits: list[Edit], dense: Dense) -> NDArray[np.float64]:
    target = query.vector.astype(np.float64)
    for edit in edits:
        target = target + edit.delta * dense.decoder[edit.feature]
    return target


def same(a: Ranking, b: Ranking) -> None:
    """Bit for bit, whatever happened before."""
    for name in ("rows", "scores", "scores_before", "rank_before"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.fidelity, a.moved_in, a.moved_out) == pytest.approx((b.fidelity, b.moved_in, b.moved_out))


@pytest.mark.parametrize("words", ["one", "two words", "a third query"])
def test_without_edits_it_is_plain_cosine_search(engine: SearchEngine, dense: Dense, words: str) -> None:
    query = engine.query(words)
    plain = order_of(dense.vectors @ query.vector.astype(np.float64))[:100]
    for edits in ([], [Edit(3, 0.0)], [Edit(2, 0.5), Edit(2, -0.5)]):
        ranking = engine.rank(query, edits)
        np.testing.assert_array_equal(ranking.rows, plain)
        np.testing.assert_array_equal(ranking.scores, query.base[plain])
        np.testing.assert_array_equal(ranking.scores_before, query.base[plain])
        np.testing.assert_array_equal(ranking.rank_before, np.arange(1, 101))
        assert ranking.contributions.shape == (100, 0)
        assert (ranking.fidelity, ranking.moved_in, ranking.moved_out) == (pytest.approx(1.0), 0, 0)


@FAR
@given(edits=EDITS, top=st.integers(1, ROWS + 20))
def test_scores_are_those_of_the_steered_query(
    engine: SearchEngine, dense: Dense, edits: list[Edit], top: int
) -> None:
    query = engine.query("the query")
    ranking = engine.rank(query, edits, top=top)
    wanted = dense.vectors @ steered(query, edits, dense)
    count = min(top, ROWS - len(MISSING))
    assert ranking.rows.size == count
    assert not set(ranking.rows.tolist()) & set(MISSING)
    np.testing.assert_allclose(ranking.scores, wanted[ranking.rows], atol=2e-6)
    # The rows are the best ones, up to scores that single precision cannot tell apart.
    np.testing.assert_allclose(
        wanted[ranking.rows], np.sort(wanted[np.isfinite(wanted)])[::-1][:count], atol=4e-6
    )
    assert (np.diff(ranking.scores) <= 0).all()
    ties = np.flatnonzero(np.diff(ranking.scores) == 0)
    assert (ranking.rows[ties] < ranking.rows[ties + 1]).all()


@FAR
@given(edits=EDITS, mode=st.sampled_from(["residual", "paper"]))
def test_contributions_sum_to_the_change_of_score(
    engine: SearchEngine, dense: Dense, edits: list[Edit], mode: Literal["residual", "paper"]
) -> None:
    query = engine.query("the query")
    ranking = engine.rank(query, edits, mode)
    change = ranking.scores - ranking.scores_before
    np.testing.assert_allclose(ranking.contributions.sum(axis=1), change, atol=1e-5)
    tidy = tidy_edits(edits, FEATURES)
    assert ranking.contribution_features == (*tidy, *([None] if mode == "paper" else []))
    for j, (feature, delta) in enumerate(tidy.items()):
        wanted = delta * (dense.vectors[ranking.rows] @ dense.decoder[feature])
        np.testing.assert_allclose(ranking.contributions[:, j], wanted, atol=2e-6)


@FAR
@given(edits=EDITS)
def test_paper_mode_ranks_by_the_decoded_code(engine: SearchEngine, dense: Dense, edits: list[Edit]) -> None:
    assert engine.features is not None
    query = engine.query("the query")
    code = np.zeros(FEATURES)
    code[query.indices] = query.values
    for edit in edits:
        code[edit.feature] += edit.delta
    decoded = code @ dense.decoder + engine.features.sae.pre_bias.astype(np.float64)
    ranking = engine.rank(query, edits, mode="paper")
    wanted = dense.vectors @ decoded
    np.testing.assert_allclose(ranking.scores, wanted[ranking.rows], atol=3e-6)
    np.testing.assert_allclose(
        wanted[ranking.rows], np.sort(wanted[np.isfinite(wanted)])[::-1][:100], atol=6e-6
    )
    norm = np.linalg.norm(decoded)
    assert ranking.fidelity == pytest.approx(decoded @ query.vector / norm if norm > 0 else 0, abs=1e-5)
    np.testing.assert_array_equal(ranking.scores_before, query.base[ranking.rows])


@FAR
@given(edits=EDITS, chance=st.randoms(use_true_random=False))
def test_the_order_of_edits_does_not_matter(engine: SearchEngine, edits: list[Edit], chance: object) -> None:
    query = engine.query("the query")
    unique = list({edit.feature: edit for edit in edits}.values())
    shuffled = list(unique)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    same(engine.rank(query, unique), engine.rank(query, shuffled))


def at_rest(engine: SearchEngine) -> SearchEngine:
    """An engine with the same columns that has not steered yet."""
    assert engine.columns is not None
    fresh = SearchEngine(engine.library, engine.features, None)
    fresh._steering = Steering(engine.columns)
    return fresh


@FAR
@given(path=st.lists(st.tuples(EDITS, st.sampled_from(["residual", "paper"])), min_size=1, max_size=6))
def test_the_path_of_the_sliders_leaves_no_trace(
    engine: SearchEngine, path: list[tuple[list[Edit], Literal["residual", "paper"]]]
) -> None:
    query = engine.query("the query")
    for edits, mode in path:
        dragged = engine.rank(query, edits, mode)
    same(dragged, at_rest(engine).rank(query, edits, mode))


def test_a_long_drag_does_not_drift(engine: SearchEngine) -> None:
    query = engine.query("the query")
    for step in range(300):
        dragged = engine.rank(query, [Edit(1, 0.4), Edit(5, step / 150 - 1), Edit(9, 0.01)])
    same(dragged, at_rest(engine).rank(query, [Edit(1, 0.4), Edit(5, 299 / 150 - 1), Edit(9, 0.01)]))


def test_eviction_keeps_results(make_engine: Callable[[], SearchEngine], engine: SearchEngine) -> None:
    tight = make_engine()
    assert tight.columns is not None
    tight.columns._capacity = 4 * ROWS
    query, other = engine.query("the query"), tight.query("the query")
    for feature in range(FEATURES):
        edits = [Edit(feature, 0.7), Edit((feature * 5 + 1) % FEATURES, -0.3)]
        a, b = engine.rank(query, edits), tight.rank(other, edits)
        np.testing.assert_array_equal(a.rows, b.rows)
        np.testing.assert_allclose(a.scores, b.scores, atol=1e-6)
        assert tight.columns.bytes_used <= 4 * ROWS


def test_rank_change_is_against_the_whole_unsteered_ranking(engine: SearchEngine, dense: Dense) -> None:
    query = engine.query("the query")
    before = order_of(dense.vectors @ query.vector.astype(np.float64))
    place = np.empty(ROWS, np.int64)
    place[before] = np.arange(1, ROWS + 1)
    ranking = engine.rank(query, [Edit(4, 1.5)], top=20)
    np.testing.assert_array_equal(ranking.rank_before, place[ranking.rows])
    assert ranking.moved_in == np.count_nonzero(place[ranking.rows] > 20) > 0
    assert ranking.moved_out == len(set(before[:20].tolist()) - set(ranking.rows.tolist()))


def test_steering_raises_what_it_should(engine: SearchEngine) -> None:
    query = engine.query("the query")
    subject = np.arange(ROWS) % 8 == 6
    means = []
    for delta in (-1.0, 0.0, 0.5, 1.0):
        ranking = engine.rank(query, [Edit(6, delta)], top=25)
        means.append(np.count_nonzero(subject[ranking.rows]))
    assert means[0] < means[2] <= means[3]
    assert means[0] == 0
    assert means[3] >= 20


def test_fidelity_is_the_cosine_of_both_queries(engine: SearchEngine, dense: Dense) -> None:
    query = engine.query("the query")
    target = steered(query, [Edit(2, 0.6)], dense)
    cosine = target @ query.vector / np.linalg.norm(target) / np.linalg.norm(query.vector)
    assert engine.rank(query, [Edit(2, 0.6)]).fidelity == pytest.approx(cosine, abs=1e-6)


@pytest.mark.parametrize(
    "edit", [Edit(-1, 0.1), Edit(FEATURES, 0.1), Edit(0, float("nan")), Edit(0, float("inf")), Edit(0, 1e30)]
)
def test_impossible_edits_are_refused(engine: SearchEngine, edit: Edit) -> None:
    query = engine.query("the query")
    with pytest.raises(UserError):
        engine.rank(query, [edit])
    np.testing.assert_array_equal(engine.rank(query).scores, query.base[engine.rank(query).rows])


def test_edits_of_one_feature_add_up(engine: SearchEngine) -> None:
    query = engine.query("the query")
    same(engine.rank(query, [Edit(3, 0.25), Edit(3, 0.25)]), engine.rank(query, [Edit(3, 0.5)]))


def test_natural_values(engine: SearchEngine) -> None:
    query = engine.query("the query")
    for feature, value in zip(query.indices.tolist(), query.values.tolist(), strict=True):
        assert query.natural(feature) == pytest.approx(value)
    silent = next(f for f in range(FEATURES) if f not in query.indices)
    assert query.natural(silent) == 0
