"""Meaning and words in one list, against the published formula written out with dictionaries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted_library import FEATURES, MISSING, ROWS

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search import hybrid
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.steering import Edit, Query

FAR = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
EDITS = st.lists(st.builds(Edit, st.integers(0, FEATURES - 1), st.floats(-1, 1)), max_size=3)
WORDS = ["river", "whale OR oven", "the", "melody -violin", "nowhere", '"steel cable"']


def reciprocal(
    lists: Sequence[Sequence[int]], weights: Sequence[float], depth: int, soft: int = 60
) -> dict[int, float]:
    """Cormack, Clarke and Büttcher 2009: a document's score is the sum of 1 / (60 + its place)."""
    scores: dict[int, float] = {}
    for ranked, weight in zip(lists, weights, strict=True):
        for place, row in enumerate(ranked[:depth], 1):
            scores[row] = scores.get(row, 0.0) + weight / (soft + place)
    return {row: score for row, score in scores.items() if score > 0}


def everything(engine: SearchEngine, query: Query, edits: list[Edit]) -> list[int]:
    return engine.rank(query, edits, top=ROWS).rows.tolist()


@FAR
@given(
    edits=EDITS,
    words=st.sampled_from(WORDS),
    weight=st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    share=st.sampled_from([0.0, 0.3, 1.0]),
    depth=st.sampled_from([5, 40, 1000]),
)
def test_both_lists_fused(
    engine: SearchEngine, edits: list[Edit], words: str, weight: float, share: float, depth: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (hybrid, __import__("saerch_desktop.search.engine", fromlist=["DEPTH"])):
            patch.setattr(module, "DEPTH", depth)
        mask = np.random.default_rng(1).random(ROWS) < share
        query = engine.query("the query").within(mask)
        ranking = engine.both(query, engine.matches(words), weight, edits, top=10)
    fused = ranking.fused
    assert fused is not None
    holding = [row for row in engine.matches(words).rows.tolist() if mask[row] and row not in MISSING]
    after, before = everything(engine, query, edits), everything(engine, query, [])
    shares = (1 - weight, weight)
    now, once = (reciprocal((one, holding), shares, depth) for one in (after, before))
    assert ranking.rows.tolist() == sorted(now, key=lambda row: (-now[row], row))
    np.testing.assert_allclose(fused.score, [now[row] for row in ranking.rows.tolist()], rtol=1e-6)
    np.testing.assert_allclose(fused.parts.sum(axis=1), fused.score, rtol=1e-5)
    places = {row: place for place, row in enumerate(sorted(once, key=lambda r: (-once[r], r)), 1)}
    unlisted = len(places) + 1
    for row, shown in zip(ranking.rows.tolist(), ranking.rank_before.tolist(), strict=True):
        assert shown == places.get(row, shown)
        assert (shown >= unlisted) == (row not in places)
    top = set(ranking.rows[:10].tolist())
    was = {row for row, place in places.items() if place <= 10}
    assert ranking.moved_in == len(top - was)
    assert ranking.moved_out == len(was - top)
    assert ranking.total == len(ranking.rows) == len(now)
    assert fused.matched == len(holding)
    for where, kind in ((after, fused.meaning), (holding, fused.words)):
        for row, place in zip(ranking.rows.tolist(), kind.tolist(), strict=True):
            assert place == (where.index(row) + 1 if row in where[:depth] else 0)


def test_the_figures_are_those_of_meaning(engine: SearchEngine) -> None:
    edits = [Edit(2, 0.5), Edit(7, -0.4)]
    query = engine.query("the query")
    both = engine.both(query, engine.matches("river"), 0.5, edits)
    whole = engine.rank(query, edits, top=ROWS)
    place = {row: at for at, row in enumerate(whole.rows.tolist())}
    at = [place[row] for row in both.rows.tolist()]
    np.testing.assert_array_equal(both.scores, whole.scores[at])
    np.testing.assert_array_equal(both.contributions, whole.contributions[at])
    np.testing.assert_array_equal(both.scores_before, whole.scores_before[at])
    assert both.contribution_features == whole.contribution_features
    np.testing.assert_array_equal(engine.order(both), both.rows)


def test_pages_of_hits(engine: SearchEngine) -> None:
    whole = engine.keyword("river OR whale", 1000)
    assert whole.total == len(whole.hits) > 20
    assert all("\x02" in hit.snippet for hit in whole.hits)
    found = [
        hit for at in range(0, whole.total, 7) for hit in engine.keyword("river OR whale", 7, None, at).hits
    ]
    assert found == list(whole.hits)
    mask = np.random.default_rng(2).random(ROWS) < 0.4
    some = engine.keyword("river OR whale", 1000, mask)
    assert list(some.hits) == [hit for hit in whole.hits if mask[hit.row]]
    assert engine.keyword("river", 3, None, 10_000).hits == ()
    assert engine.keyword("", 3).total == 0


@FAR
@given(edits=EDITS, mode=st.sampled_from(["residual", "paper"]), share=st.sampled_from([0.0, 0.5, 1.0]))
def test_the_whole_order_goes_on_where_the_ranking_ends(
    engine: SearchEngine, edits: list[Edit], mode: str, share: float
) -> None:
    mask = np.random.default_rng(4).random(ROWS) < share
    query = engine.query("the query").within(mask)
    ranking = engine.rank(query, edits, mode, top=20)  # type: ignore[arg-type]
    whole = engine.rank(query, edits, mode, top=ROWS)  # type: ignore[arg-type]
    order = engine.order(ranking)
    assert order.dtype == np.int32
    np.testing.assert_array_equal(order, whole.rows)
    rows = np.random.default_rng(5).permutation(whole.rows)
    scores, contributions = engine.figures(ranking, rows)
    place = np.argsort(whole.rows)[np.searchsorted(np.sort(whole.rows), rows)]
    np.testing.assert_array_equal(scores, whole.scores[place])
    np.testing.assert_array_equal(contributions, whole.contributions[place])


def test_a_whole_order_can_be_stopped(engine: SearchEngine) -> None:
    ranking = engine.rank(engine.query("the query"), [Edit(1, 0.5)])
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        engine.order(ranking, progress)


def test_without_features_words_and_meaning_meet_too(library: Library, embedder: object) -> None:
    engine = SearchEngine(library, None, lambda: embedder)  # type: ignore[arg-type,return-value]
    query = engine.query("words")
    ranking = engine.both(query, engine.matches("river"))
    assert ranking.contributions.shape == (len(ranking.rows), 0)
    with pytest.raises(UserError):
        engine.both(query, engine.matches("river"), mode="paper")


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -0.1, 1.1])
def test_a_weight_is_a_share(engine: SearchEngine, weight: float) -> None:
    query = engine.query("the query")
    with pytest.raises(UserError, match="weight"):
        engine.both(query, engine.matches("river"), weight)
