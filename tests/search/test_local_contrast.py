"""The direction drawn near the query against dense arithmetic, and on planted clouds of documents."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.search.local_contrast import NEARBY, STEPS, local_direction

Array = np.ndarray


def unit(rows: Array) -> Array:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def clouds(seed: int = 0, dim: int = 12, count: int = 400) -> tuple[Array, Array, Array, Array]:
    """A query, documents, and how much each is of two kinds."""
    chance = np.random.default_rng(seed)
    query = unit(chance.normal(size=dim))
    vectors = unit(query * chance.uniform(0.0, 1.5, (count, 1)) + chance.normal(size=(count, dim)) * 0.5)
    more = np.where(vectors[:, 0] > 0.25, chance.uniform(0.3, 1.0, count), 0.0)
    less = np.where(vectors[:, 1] > 0.25, chance.uniform(0.3, 1.0, count), 0.0)
    return query, vectors, more, less


def across(vector: Array, query: Array) -> Array:
    return unit(vector - (vector @ query) * query)


def by_definition(query: Array, vectors: Array, more: Array, less: Array, at: float) -> Array:
    """The same in so many words: loops over documents, nothing kept between steps."""
    ordinary = vectors.mean(axis=0)
    q = query

    def mean(weights: Array) -> Array:
        whole = np.zeros_like(q)
        for weight, vector in zip(weights, vectors, strict=True):
            whole += weight * vector
        return whole / weights.sum()

    u = across(across(mean(more) - ordinary, q) - across(mean(less) - ordinary, q), q)
    tried = []
    for _ in range(STEPS + 1):
        steered = at * q + np.sqrt(1 - at**2) * u
        scores = vectors @ steered
        first = sorted(range(len(scores)), key=lambda row: -scores[row])[:20]
        tried.append((sum(more[row] - less[row] for row in first), u))
        near = np.exp(NEARBY * (scores - scores.max()))
        turn = across(mean(near * more) - mean(near), q) - across(mean(near * less) - mean(near), q)
        u = across(0.5 * u + 0.5 * across(turn, q), q)
    best = max(share for share, _ in tried)
    return next(u for share, u in tried if share > best - 1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("at", [0.95, 0.7])
def test_it_is_what_the_definition_says(seed: int, at: float) -> None:
    query, vectors, more, less = clouds(seed)
    single = vectors.astype(np.float32)
    found = local_direction(query, single, more, less, vectors.mean(axis=0), at)
    assert found is not None
    np.testing.assert_allclose(found, by_definition(query, vectors, more, less, at), atol=2e-4)


def test_it_is_a_unit_vector_across_the_query_of_any_length() -> None:
    query, vectors, more, less = clouds()
    single, ordinary = vectors.astype(np.float32), vectors.mean(axis=0)
    for up, down in ((more, less), (more, None), (None, less)):
        found = local_direction(query, single, up, down, ordinary, 0.9)
        assert found is not None
        assert np.linalg.norm(found) == pytest.approx(1.0)
        assert found @ query == pytest.approx(0.0, abs=1e-9)
        longer = local_direction(3 * query, single, up, down, ordinary, 0.9)
        np.testing.assert_allclose(longer, found, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_more_of_one_and_less_of_the_other_come_first(seed: int) -> None:
    """Never worse than going along the plain difference of means, by what is wanted among the 20 first."""
    query, vectors, more, less = clouds(seed)
    ordinary = vectors.mean(axis=0)
    found = local_direction(query, vectors.astype(np.float32), more, less, ordinary, 0.8)
    assert found is not None

    def mean(weights: Array) -> Array:
        return (weights @ vectors) / weights.sum() - ordinary

    def wanted(steered: Array) -> float:
        first = np.argsort(-(vectors @ steered))[:20]
        return float((more - less)[first].sum())

    plain = across(across(mean(more), query) - across(mean(less), query), query)
    assert wanted(0.8 * query + 0.6 * found) >= wanted(0.8 * query + 0.6 * plain) > wanted(query)


def test_where_the_kind_lies_elsewhere_nearby_and_on_the_whole_it_goes_by_what_is_nearby() -> None:
    """Most of a kind is at home far from the query, along axis 1; what is near it is along axis 2."""
    chance = np.random.default_rng(4)
    dim = 8
    query = np.eye(dim)[0]
    far = unit(np.eye(dim)[1] * 2 + chance.normal(size=(300, dim)) * 0.1)
    near = unit(query * 1.2 + np.eye(dim)[2] * 0.8 + chance.normal(size=(40, dim)) * 0.05)
    plain = unit(query + chance.normal(size=(300, dim)) * 0.25)
    vectors = np.concatenate([far, near, plain])
    kind = np.concatenate([np.ones(340), np.zeros(300)])
    whole = across(vectors[:340].mean(axis=0) - vectors[340:].mean(axis=0), query)
    found = local_direction(query, vectors.astype(np.float32), kind, None, vectors.mean(axis=0), 0.9)
    assert found is not None
    assert whole[1] > 0.9
    assert found[2] > 0.8 > abs(found[1])
    steered = [0.9 * query + np.sqrt(1 - 0.81) * u for u in (whole, found)]
    gained = [kind[np.argsort(-(vectors @ v))[:30]].mean() for v in steered]
    assert gained[1] >= gained[0]


def test_nothing_to_go_by() -> None:
    query, vectors, more, _ = clouds()
    single, none = vectors.astype(np.float32), np.zeros(len(vectors))
    ordinary = vectors.mean(axis=0)
    assert local_direction(query, single, None, None, ordinary, 0.9) is None
    assert local_direction(query, single, none, none, ordinary, 0.9) is None
    one = np.repeat(single[:1], 5, axis=0)
    assert local_direction(query, one, np.ones(5), None, one[0].astype(np.float64), 0.9) is None
    same = local_direction(query, single, more, more, ordinary, 0.9)
    assert same is None


def test_few_documents_are_enough() -> None:
    query, vectors, _, _ = clouds()
    kind = np.array([1.0, 0, 0])
    found = local_direction(query, vectors[:3].astype(np.float32), kind, None, vectors.mean(axis=0), 0.9)
    assert found is not None
    assert np.isfinite(found).all()
