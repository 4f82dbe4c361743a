"""Searching by the index or exactly: what is said of it, and what filters and words make of it."""

from __future__ import annotations

import numpy as np
import pytest
from planted_library import MISSING, NAME, ROWS

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search import exact, hnsw, queries
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.steering import Edit

FEW = 30


@pytest.fixture
def engine(own_library: Library, embedder: object, monkeypatch: pytest.MonkeyPatch) -> SearchEngine:
    """With an index of which only the nearest `FEW` are taken."""
    hnsw.build(own_library, Progress(), threads=1)
    monkeypatch.setattr(queries, "_CANDIDATES", FEW)
    return SearchEngine(own_library, FeatureSet.open(own_library, NAME), lambda: embedder)  # type: ignore[arg-type,return-value]


def test_small_libraries_are_searched_exactly(engine: SearchEngine) -> None:
    query = engine.query("words")
    assert (query.how, query.recall, query.found) == ("exact", None, ROWS - len(MISSING))


def test_where_a_pass_over_all_is_felt_the_index_is_asked(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_FELT", 100)
    assert engine.query("words").how == "index"
    assert engine.query("words", how="exact").how == "exact"


def test_candidates_of_the_index_have_exact_scores(engine: SearchEngine) -> None:
    whole = engine.query("words", how="exact")
    query = engine.query("words", how="index")
    assert query.how == "index"
    assert query.recall is not None
    assert query.recall > 0.9
    there = np.flatnonzero(np.isfinite(query.base))
    assert there.size == query.found == FEW
    np.testing.assert_allclose(query.base[there], whole.base[there], atol=1e-6)
    best = set(np.argsort(-whole.base)[:FEW].tolist())
    assert len(best & set(there.tolist())) >= 0.9 * FEW
    assert sorted(query.rank_before[there].tolist()) == list(range(1, FEW + 1))
    ranking = engine.rank(query, [Edit(2, 0.3)], top=ROWS)
    assert set(ranking.rows.tolist()) == set(there.tolist())
    assert ranking.total == FEW


def test_a_filter_leaves_none_of_the_candidates_and_is_searched_exactly(engine: SearchEngine) -> None:
    query = engine.query("words", how="index")
    mask = ~np.isfinite(query.base)
    kept = engine.keep(query, mask)
    truth = engine.query("words", how="exact").within(mask)
    assert (kept.how, kept.recall, kept.found) == ("exact", None, ROWS - FEW - len(MISSING))
    np.testing.assert_allclose(kept.base, truth.base, atol=1e-6)
    np.testing.assert_array_equal(engine.rank(kept).rows, engine.rank(truth).rows)
    assert engine.keep(kept, None) is query
    assert kept.everywhere is query


def test_a_filtered_exact_query_is_not_scored_again(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = engine.query("words")
    monkeypatch.setattr(exact, "scores_of", None)
    mask = np.arange(ROWS) % 2 == 0
    np.testing.assert_array_equal(engine.keep(query, mask).base, query.within(mask).base)


def test_words_reach_beyond_the_candidates(engine: SearchEngine) -> None:
    query = engine.query("words", how="index")
    words = engine.matches("river OR whale")
    ranking = engine.both(query, words, 0.5, [Edit(1, 0.2)])
    listed = set(ranking.rows.tolist())
    assert {row for row in words.rows.tolist() if row not in MISSING} <= listed
    truth = engine.rank(engine.query("words", how="exact"), [Edit(1, 0.2)], top=ROWS)
    score = dict(zip(truth.rows.tolist(), truth.scores.tolist(), strict=True))
    np.testing.assert_allclose(ranking.scores, [score[row] for row in ranking.rows.tolist()], atol=1e-6)
    again = engine.both(query, words, 0.5, [Edit(1, 0.3)])
    assert again.query is ranking.query, "a tick must not score anything again"


def test_scores_of_some_rows(engine: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = engine.library.vectors
    assert vectors is not None
    monkeypatch.setattr(exact, "_BLOCK_FLOATS", 64 * vectors.dim)
    q = vectors.gather([3])[0]
    rows = np.random.default_rng(0).permutation(ROWS)
    np.testing.assert_allclose(exact.scores_of(vectors, q, rows), exact.scores(vectors, q)[rows], atol=1e-6)
    assert exact.scores_of(vectors, q, np.empty(0, np.int64)).size == 0
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        exact.scores_of(vectors, q, rows, progress)


def test_no_index_to_choose(own_library: Library, embedder: object) -> None:
    engine = SearchEngine(own_library, None, lambda: embedder)  # type: ignore[arg-type,return-value]
    with pytest.raises(UserError, match="no index"):
        engine.query("words", how="index")
    assert engine.query("words").how == "exact"
