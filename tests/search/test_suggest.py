"""Suggested edits and directions against plain dense arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from planted_library import MISSING, ROWS, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.long_text import mean_of_parts, parts_of
from saerch_desktop.search.suggest import mean_code, mean_difference, mean_vector, nudge, suggest

VALID = np.setdiff1d(np.arange(ROWS), MISSING)


def activations(engine: SearchEngine) -> np.ndarray:
    features = engine.features
    assert features is not None
    made = np.zeros((ROWS, features.sae.config.features))
    for row in VALID:
        for feature, value in zip(features.codes.indices[row], features.codes.values[row], strict=True):
            made[row, feature] += max(float(value), 0.0)
    return made


def unit(library: Library) -> np.ndarray:
    assert library.vectors is not None
    vectors = library.vectors.block(0, ROWS).astype(np.float64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_suggestions_lead_from_one_subject_to_another(engine: SearchEngine) -> None:
    features = engine.features
    assert features is not None
    a, b = np.arange(0, ROWS, 8), np.arange(1, ROWS, 8)  # documents cycle through eight subjects
    found = suggest(features, a, b)
    assert found[0].feature in (0, 1)
    made = activations(engine)
    deltas = made[np.intersect1d(a, VALID)].mean(0) - made[np.intersect1d(b, VALID)].mean(0)
    by_feature = {one.feature: one for one in found}
    assert by_feature[0].delta > 0 > by_feature[1].delta
    for one in found:
        assert one.delta == pytest.approx(deltas[one.feature], abs=1e-5)
        share = (made[np.intersect1d(a, VALID), one.feature] > 0).mean()
        assert one.rate_a == pytest.approx(share)
        assert (one.rate_a - one.rate_b) * one.delta > 0
    assert {0, 1} <= {one.feature for one in found if one.q <= 0.05}
    assert suggest(features, a, b) == found
    assert len(suggest(features, a, b, top=2)) == 2


def test_suggestions_against_all_other_documents(engine: SearchEngine) -> None:
    features = engine.features
    assert features is not None
    a = np.arange(2, ROWS, 8)
    mask = np.zeros(ROWS, bool)
    mask[a] = True
    found = suggest(features, mask)
    assert 2 in [one.feature for one in found[:2]]
    made = activations(engine)
    rest = np.setdiff1d(VALID, a)
    expected = made[np.intersect1d(a, VALID)].mean(0) - made[rest].mean(0)
    for one in found:
        assert one.delta == pytest.approx(expected[one.feature], abs=1e-4)


def test_two_documents_are_compared_although_nothing_is_sure(engine: SearchEngine) -> None:
    features = engine.features
    assert features is not None
    found = suggest(features, np.array([0]), np.array([1]))
    assert found
    assert all(one.q > 0.05 for one in found)
    changes = [abs(one.delta) for one in found]
    assert changes == sorted(changes, reverse=True)


def test_the_same_documents_twice_are_refused(engine: SearchEngine) -> None:
    features = engine.features
    assert features is not None
    with pytest.raises(UserError):
        suggest(features, np.array([3, 4]), np.array([4, 3]))
    with pytest.raises(UserError):
        suggest(features, np.array([MISSING[0]]))


def test_means_are_of_unit_vectors_that_are_there(library: Library) -> None:
    assert library.vectors is not None
    rows = np.array([40, 3, MISSING[0], 12])
    expected = unit(library)[[3, 12, 40]].mean(0)
    np.testing.assert_allclose(mean_vector(library.vectors, rows), expected, atol=1e-6)
    with pytest.raises(UserError):
        mean_vector(library.vectors, np.array(MISSING))


def test_the_plain_difference(library: Library) -> None:
    assert library.vectors is not None
    vectors = unit(library)
    a, b = np.arange(0, 40), np.arange(100, 160)
    inside, outside = np.setdiff1d(a, MISSING), np.setdiff1d(b, MISSING)
    expected = vectors[inside].mean(0) - vectors[outside].mean(0)
    np.testing.assert_allclose(mean_difference(library.vectors, a, b), expected, atol=1e-6)
    rest = np.setdiff1d(VALID, a)
    expected = vectors[inside].mean(0) - vectors[rest].mean(0)
    np.testing.assert_allclose(mean_difference(library.vectors, a), expected, atol=1e-6)


def test_mean_code(engine: SearchEngine) -> None:
    features = engine.features
    assert features is not None
    rows = np.array([1, 2, 3, MISSING[0]])
    np.testing.assert_allclose(mean_code(features, rows), activations(engine)[[1, 2, 3]].mean(0), atol=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_nudge_moves_the_document_against_the_results(
    engine: SearchEngine, dense: Dense, sign: int
) -> None:
    features, vectors = engine.features, engine.library.vectors
    assert features is not None
    assert vectors is not None
    query = engine.query_from_document(0)
    results = engine.rank(query, top=60).rows
    spaces = unit(engine.library)
    for row in results[5:60:9]:
        edits = nudge(features, vectors, query, int(row), results, sign)
        change = sum(edit.delta * features.sae.decoder[edit.feature].astype(np.float64) for edit in edits)
        assert np.linalg.norm(change) == pytest.approx(0.3, abs=1e-5)
        gained = spaces @ np.asarray(change)
        others = results[results != row]
        assert sign * (gained[row] - gained[others].mean()) > 0
        assert all(edit.delta * sign > 0 for edit in edits)


def test_locked_features_are_not_nudged(engine: SearchEngine) -> None:
    features, vectors = engine.features, engine.library.vectors
    assert features is not None
    assert vectors is not None
    query = engine.query_from_document(0)
    results = engine.rank(query, top=60).rows
    row = int(results[20])
    moved = [edit.feature for edit in nudge(features, vectors, query, row, results)]
    again = nudge(features, vectors, query, row, results, locked=moved[:1])
    assert moved[0] not in [edit.feature for edit in again]
    with pytest.raises(UserError):
        nudge(features, vectors, query, MISSING[0], results)


def test_a_long_text_is_read_in_parts() -> None:
    sentences = [f"Sentence {n} has exactly six words." for n in range(100)]
    parts = parts_of(" ".join(sentences), words=30)
    assert [len(part.split()) for part in parts] == [30] * 20
    assert " ".join(parts).split() == " ".join(sentences).split()
    assert [len(part.split()) for part in parts_of("word " * 70, words=30)] == [30, 30, 10]
    assert parts_of("  \n ") == []


def test_the_mean_of_the_parts_weighs_their_words(engine: SearchEngine) -> None:
    text = " ".join(f"word{n}" for n in range(200))
    first, second = parts_of(text)
    batch = engine.embedder().embed([first, second])
    expected = (150 * batch.vectors[0].astype(np.float64) + 50 * batch.vectors[1]) / 200
    np.testing.assert_allclose(mean_of_parts(engine, text), expected, atol=1e-6)
    partly = "this must fail. " + "good words here " * 60
    assert np.isfinite(mean_of_parts(engine, partly)).all()
    with pytest.raises(UserError):
        mean_of_parts(engine, "fail")
    with pytest.raises(UserError):
        mean_of_parts(engine, " ")
