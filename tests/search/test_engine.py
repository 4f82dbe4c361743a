"""The engine: queries of every kind, explanations, neighbours, and refusals in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import planted_library
import pytest
from planted_library import DIM, FEATURES, IDENTITY, MISSING, NAME, ROWS, Dense, K

from saerch_desktop.errors import UserError
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search import exact
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.steering import Edit


class Embeds:
    """An embedder's maker that counts its calls."""

    def __init__(self, embedder: object) -> None:
        self.embedder, self.calls = embedder, 0

    def __call__(self) -> object:
        self.calls += 1
        return self.embedder


def test_a_query_knows_its_scores_ranks_and_features(engine: SearchEngine, dense: Dense) -> None:
    query = engine.query("some words")
    assert np.linalg.norm(query.vector) == pytest.approx(1)
    scores = dense.vectors @ query.vector.astype(np.float64)
    there = np.isfinite(scores)
    np.testing.assert_allclose(query.base[there], scores[there], atol=1e-6)
    assert (query.base[~there] == -np.inf).all()
    order = np.lexsort((np.arange(ROWS), -query.base))
    np.testing.assert_array_equal(query.rank_before[order], np.arange(1, ROWS + 1))
    assert 0 < query.indices.size <= K
    assert (query.values > 0).all()
    assert (np.diff(query.values) <= 0).all()
    assert query.indices.size == query.values.size


def test_the_embedder_is_opened_once_and_only_when_needed(library: Library, embedder: object) -> None:
    maker = Embeds(embedder)
    engine = SearchEngine(library, FeatureSet.open(library, NAME), maker)  # type: ignore[arg-type]
    engine.query_from_document(3)
    engine.keyword("bridge")
    assert maker.calls == 0
    engine.query("one")
    engine.query("two")
    assert maker.calls == 1


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_query_is_refused(engine: SearchEngine, text: str) -> None:
    with pytest.raises(UserError, match="empty"):
        engine.query(text)


def test_a_text_that_cannot_be_embedded(engine: SearchEngine) -> None:
    with pytest.raises(UserError, match="made to fail"):
        engine.query("please fail")


def test_another_embedder_is_refused(library: Library, embedder: object) -> None:
    embedder.identity = IDENTITY.model_copy(update={"name": "other"})  # type: ignore[attr-defined]
    engine = SearchEngine(library, None, lambda: embedder)  # type: ignore[arg-type,return-value]
    with pytest.raises(UserError, match="given:other"):
        engine.query("words")


def test_without_an_embedder_documents_and_words_still_find(library: Library) -> None:
    engine = SearchEngine(library, FeatureSet.open(library, NAME), None)
    with pytest.raises(UserError, match="no embedding model"):
        engine.query("words")
    assert engine.keyword("suspension bridge", 5).hits
    assert engine.rank(engine.query_from_document(2)).rows[0] == 2


def test_without_features_search_is_plain(library: Library, embedder: object, dense: Dense) -> None:
    engine = SearchEngine(library, None, lambda: embedder)  # type: ignore[arg-type,return-value]
    query = engine.query("words")
    assert query.indices.size == 0
    ranking = engine.rank(query, top=7)
    order = np.lexsort((np.arange(ROWS), -query.base))
    assert ranking.rows.tolist() == order[:7].tolist()
    assert engine.is_warm(query)
    assert engine.explain(query, ranking.rows).shape == (7, 0)
    with pytest.raises(UserError):
        engine.rank(query, [Edit(0, 0.1)])
    with pytest.raises(UserError):
        engine.rank(query, mode="paper")


def test_without_vectors_only_words_find(own_library: Library) -> None:
    own_library.update(vectors=None)
    engine = SearchEngine(own_library, None, None)
    with pytest.raises(UserError, match="no usable vectors"):
        engine.query("words")
    with pytest.raises(UserError, match="no usable vectors"):
        engine.neighbours(0)
    assert engine.keyword("melody", 3).hits


def test_features_of_other_vectors_are_refused(library: Library, tmp_path: Path) -> None:
    features = FeatureSet.open(library, NAME)
    config = features.sae.config.model_copy(update={"dim": DIM + 1})
    with pytest.raises(UserError, match="trained on vectors of 25"):
        SearchEngine(library, _Other(features, config), None)  # type: ignore[arg-type]


class _Other:
    def __init__(self, features: FeatureSet, config: object) -> None:
        self.sae = type("Sae", (), {"config": config, "name": "other", "decoder": features.sae.decoder})()


@pytest.mark.parametrize("row", [-1, ROWS, *MISSING])
def test_a_document_that_cannot_be_the_example(engine: SearchEngine, row: int) -> None:
    with pytest.raises(UserError):
        engine.query_from_document(row)
    with pytest.raises(UserError):
        engine.neighbours(row)


@pytest.mark.parametrize("vector", [np.zeros(DIM), np.full(DIM, np.nan), np.ones(DIM - 1)])
def test_a_vector_that_cannot_be_a_query(engine: SearchEngine, vector: np.ndarray) -> None:
    with pytest.raises(UserError, match="does not fit"):
        engine.query_from_vector(vector, "made up")


def test_a_query_vector_is_scaled(engine: SearchEngine, dense: Dense) -> None:
    a = engine.query_from_vector(dense.decoder[1].astype(np.float32), "one")
    b = engine.query_from_vector((9 * dense.decoder[1]).astype(np.float32), "nine")
    np.testing.assert_allclose(a.vector, b.vector, atol=1e-6)


def test_natural_contributions_explain_plain_results(engine: SearchEngine, dense: Dense) -> None:
    assert engine.features is not None
    query = engine.query("some words")
    rows = engine.rank(query, top=9).rows
    found = engine.explain(query, rows)
    assert found.shape == (9, query.indices.size)
    wanted = (dense.vectors[rows] @ dense.decoder[query.indices].T) * query.values
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    # What the features explain, the bias and the residual make up the score.
    code = np.zeros(FEATURES)
    code[query.indices] = query.values
    residual = query.vector - code @ dense.decoder - engine.features.sae.pre_bias
    total = found.sum(axis=1) + dense.vectors[rows] @ (residual + engine.features.sae.pre_bias)
    np.testing.assert_allclose(total, query.base[rows], atol=1e-5)
    assert engine.explain(query, []).shape == (0, query.indices.size)
    assert (engine.explain(query, [MISSING[0]]) == 0).all()


def test_plain_results_are_explained_once(engine: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    query = engine.query("some words")
    rows = engine.rank(query, top=9).rows
    found = engine.explain(query, rows)
    monkeypatch.setattr(type(engine.library.vectors), "gather", None)
    assert engine.explain(query, rows.copy()) is found
    assert engine.explain(query.within(np.arange(ROWS) < 90), rows) is found
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1
    with pytest.raises(TypeError):
        engine.explain(query, rows[:3])


@pytest.mark.parametrize("row", [0, 5, ROWS - 1])
def test_neighbours_without_an_index_are_exact(engine: SearchEngine, dense: Dense, row: int) -> None:
    scores = np.nan_to_num(dense.vectors @ dense.vectors[row], nan=-np.inf)
    scores[row] = -np.inf
    found = engine.neighbours(row, 6)
    assert [r for r, _ in found] == np.lexsort((np.arange(ROWS), -scores))[:6].tolist()
    np.testing.assert_allclose([s for _, s in found], np.sort(scores)[::-1][:6], atol=1e-5)


def test_warm_means_that_no_vector_is_read(engine: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    query = engine.query("some words")
    edits = [Edit(2, 0.3), Edit(7, -0.2)]
    assert not engine.is_warm(query, edits)
    engine.prefetch([2, 7], Progress())
    assert engine.is_warm(query, edits)
    assert not engine.is_warm(query, edits, "paper")
    engine.rank(query, edits, "paper")
    assert engine.is_warm(query, edits, "paper")
    assert not engine.is_warm(engine.query("some words"), edits, "paper")
    engine.rank(query, edits, "paper")

    def forbidden(*_: object) -> None:
        raise AssertionError("a vector was read")

    vectors = engine.library.vectors
    assert vectors is not None
    for name in ("block", "gather"):
        monkeypatch.setattr(type(vectors), name, forbidden)
    monkeypatch.setattr(exact, "_blocks", forbidden)
    engine.rank(query, edits)
    engine.rank(query, [Edit(7, 0.9)])
    engine.rank(query, [Edit(7, 0.9)], "paper")
    engine.rank(query)


def test_rank_on_one_thread_while_another_makes_columns(
    make_engine: Callable[[], SearchEngine], engine: SearchEngine
) -> None:
    query = engine.query("some words")
    engine.prefetch([0, 1], Progress())
    wanted = [engine.rank(query, [Edit(0, step / 10), Edit(1, 0.2)]).rows for step in range(20)]
    failures: list[Exception] = []

    def worker() -> None:
        try:
            for feature in range(2, FEATURES):
                engine.prefetch([feature], Progress())
                engine.query(f"query {feature}")
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    thread = threading.Thread(target=worker)
    thread.start()
    for step in range(20):
        np.testing.assert_array_equal(
            engine.rank(query, [Edit(0, step / 10), Edit(1, 0.2)]).rows, wanted[step]
        )
    thread.join()
    assert failures == []


def test_a_library_of_one_document(tmp_path: Path) -> None:
    path = planted_library.make(tmp_path / "one.saerch", rows=1, missing=())
    with Library.open(path) as library:
        engine = SearchEngine(library, None, None)
        query = engine.query_from_document(0)
        assert engine.rank(query).rows.tolist() == [0]
        assert engine.neighbours(0) == []
