"""What a change would move, what left and where it is, places among all: against whole lists, by Python."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from planted_library import FEATURES, MISSING, ROWS

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.mix import Steer
from saerch_desktop.search.places import places
from saerch_desktop.search.preview import Mover, moved_to, preview, words_of
from saerch_desktop.search.steering import Edit, Ranking
from saerch_desktop.search.unsteered import departed, unsteered

FAR = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
EDITS = st.lists(
    st.builds(Edit, st.integers(0, FEATURES - 1), st.floats(-1, 1)), max_size=3, unique_by=lambda e: e.feature
)
SCORES = arrays(
    np.float32,
    st.integers(1, 60),
    elements=st.sampled_from([0.5, 0.25, -0.5, 0.0, -0.0, 1.0, np.nan, -np.inf]),
)


def order_of(scores: np.ndarray) -> list[int]:
    """Rows with a finite score by (-score, row), sorted by Python."""
    finite = [row for row in range(scores.size) if math.isfinite(scores[row])]
    return sorted(finite, key=lambda row: (-float(scores[row]), row))


@given(SCORES)
def test_places_among_equals_and_gaps(scores: np.ndarray) -> None:
    order = order_of(scores)
    wanted = [order.index(row) + 1 if row in order else 0 for row in range(scores.size)]
    assert places(scores, np.arange(scores.size)).tolist() == wanted


def ranked(engine: SearchEngine, edits: list[Edit], mode: str = "residual") -> Ranking:
    mask = np.random.default_rng(3).random(ROWS) < 0.8
    query = engine.query("the query").within(mask)
    return engine.rank(query, edits, mode, 10)  # type: ignore[arg-type]


@FAR
@given(now=EDITS, then=EDITS, paper=st.booleans())
def test_a_preview_is_the_difference_of_two_whole_lists(
    engine: SearchEngine, now: list[Edit], then: list[Edit], paper: bool
) -> None:
    mode = "paper" if paper else "residual"
    ranking = ranked(engine, now, mode)
    told = preview(engine, ranking, Steer(tuple(then), ()), 10)
    before, after = (engine.rank(ranking.query, edits, mode, ROWS).rows.tolist() for edits in (now, then))
    moved = {
        row: (before.index(row) + 1, after.index(row) + 1)
        for row in {*before[:10], *after[:10]}
        if before.index(row) != after.index(row)
    }
    assert {mover.row: (mover.now, mover.then) for mover in told.movers} == moved
    assert [m.row for m in told.entering] == [row for row in after[:10] if row not in before[:10]]
    assert [m.row for m in told.leaving] == [row for row in before[:10] if row not in after[:10]]
    strengths = [abs(math.log(a / b)) for a, b in (moved[m.row] for m in told.movers)]
    assert strengths == sorted(strengths, reverse=True)
    assert all(m.up == (m.then < m.now) for m in told.movers)


@FAR
@given(now=EDITS, then=EDITS, weight=st.sampled_from([0.0, 0.3, 1.0]))
def test_a_preview_of_meaning_and_words(
    engine: SearchEngine, now: list[Edit], then: list[Edit], weight: float
) -> None:
    query, words = engine.query("the query"), engine.matches("river OR whale")
    ranking = engine.both(query, words, weight, now, top=10)
    told = preview(engine, ranking, Steer(tuple(then), ()), 10)
    before = ranking.rows.tolist()
    after = engine.both(query, words, weight, then, top=10).rows.tolist()

    def place(rows: list[int], row: int) -> int:
        return rows.index(row) + 1 if row in rows else 0

    shown = {*before[:10], *after[:10]}
    moved = {row: (place(before, row), place(after, row)) for row in shown}
    assert {m.row: (m.now, m.then) for m in told.movers} == {r: p for r, p in moved.items() if p[0] != p[1]}
    assert words_of(ranking).tolist() == [row for row in words.rows.tolist() if row not in MISSING][:1000]


def test_a_preview_leaves_the_running_sums_alone(make_engine: Callable[[], SearchEngine]) -> None:
    looked, plain = make_engine(), make_engine()
    results = []
    for engine in (looked, plain):
        query = engine.query("the query")
        engine.rank(query, [Edit(1, 0.2), Edit(2, 0.1)])
        if engine is looked:
            ranking = engine.rank(query, [Edit(1, 0.3), Edit(2, 0.1)])
            preview(engine, ranking, Steer((Edit(5, -0.7),), ()))
            assert engine._steering is not None
            assert engine._steering._edits == {1: 0.3, 2: 0.1}
        results.append(engine.rank(query, [Edit(1, 0.4), Edit(2, 0.1)]))
    np.testing.assert_array_equal(results[0].rows, results[1].rows)
    np.testing.assert_array_equal(results[0].scores, results[1].scores)


def test_a_preview_can_be_stopped(engine: SearchEngine) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        preview(engine, ranked(engine, []), Steer((Edit(1, 0.5),), ()), 10, progress)


def test_one_slider_elsewhere() -> None:
    blend = Blend("k", "kin", (1, 2), (0.5, 0.5))
    other = direction_blend("d", "plain", np.eye(1, 24, dtype=np.float32)[0])
    steer = Steer((Edit(3, 0.1), Edit(4, 0.2)), (BlendEdit(blend, 1.0), BlendEdit(other, 2.0)))
    assert moved_to(steer, 3, 0.7).edits == (Edit(4, 0.2), Edit(3, 0.7))
    assert moved_to(steer, 3, 0.0).edits == (Edit(4, 0.2),)
    assert moved_to(steer, 9, 0.5).edits == (*steer.edits, Edit(9, 0.5))
    assert moved_to(steer, blend, -1.0).blends == (BlendEdit(other, 2.0), BlendEdit(blend, -1.0))
    assert moved_to(steer, blend, 0.0).blends == (BlendEdit(other, 2.0),)


def test_how_much_of_a_move_it_is() -> None:
    assert Mover(1, 20, 10).strength == pytest.approx(Mover(1, 2, 1).strength)
    assert Mover(1, 100, 99).strength < Mover(1, 4, 3).strength
    assert Mover(1, 0, 7).up
    assert not Mover(1, 7, 0).up


@FAR
@given(edits=EDITS, paper=st.booleans())
def test_what_left_and_where_it_is(engine: SearchEngine, edits: list[Edit], paper: bool) -> None:
    mode = "paper" if paper else "residual"
    ranking = ranked(engine, edits, mode)
    plain = order_of(ranking.query.base)
    now = engine.rank(ranking.query, edits, mode, ROWS).rows.tolist()
    found = departed(engine, ranking, 10)
    assert [one.row for one in found] == [row for row in plain[:10] if row not in now[:10]]
    assert all(one.before == plain.index(one.row) + 1 and one.now == now.index(one.row) + 1 for one in found)
    assert len(found) == ranking.moved_out
    assert unsteered(engine, ranking, 10).rows.tolist() == plain[:10]


@FAR
@given(edits=EDITS)
def test_what_left_a_list_of_both(engine: SearchEngine, edits: list[Edit]) -> None:
    query, words = engine.query("the query"), engine.matches("river")
    ranking = engine.both(query, words, 0.4, edits, top=10)
    plain = engine.both(query, words, 0.4, (), top=10)
    again = unsteered(engine, ranking, 10)
    np.testing.assert_array_equal(again.rows, plain.rows)
    assert again.fused is not None
    assert plain.fused is not None
    np.testing.assert_array_equal(again.fused.score, plain.fused.score)
    found = departed(engine, ranking, 10)
    now = ranking.rows.tolist()
    assert [one.row for one in found] == [r for r in plain.rows[:10].tolist() if r not in now[:10]]
    assert all(one.now == (now.index(one.row) + 1 if one.row in now else 0) for one in found)
