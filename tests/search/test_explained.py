"""How much of a query its features explain, against the plain definition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from saerch_desktop.search.explained import explained
from saerch_desktop.search.steering import Query


@dataclass
class Weights:
    decoder: np.ndarray
    pre_bias: np.ndarray


def query_of(vector: np.ndarray, indices: np.ndarray, values: np.ndarray) -> Query:
    none = np.empty(0, np.float32)
    return Query("", vector.astype(np.float32), none, none.astype(np.int32), indices, values)


def made(seed: int) -> tuple[Weights, Query, float]:
    rng = np.random.default_rng(seed)
    decoder = rng.normal(size=(20, 8))
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    centre = 0.2 * rng.normal(size=8)
    indices = rng.permutation(20)[:5].astype(np.int32)
    values = np.sort(rng.gamma(2.0, 0.2, 5))[::-1].astype(np.float32)
    code = np.zeros(20)
    code[indices] = values
    rebuilt = code @ decoder + centre
    vector = rebuilt + 0.2 * rng.normal(size=8)
    vector /= np.linalg.norm(vector)
    vector = vector.astype(np.float32).astype(np.float64)
    weights = Weights(decoder.astype(np.float32), centre.astype(np.float32))
    dense = code @ weights.decoder.astype(np.float64) + weights.pre_bias
    share = 1 - np.linalg.norm(vector - dense) ** 2 / np.linalg.norm(vector - weights.pre_bias) ** 2
    return weights, query_of(vector, indices, values), float(share)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_one_minus_the_share_left_over(seed: int) -> None:
    weights, query, share = made(seed)
    assert explained(weights, query) == pytest.approx(max(0.0, share), abs=1e-6)


def test_all_and_nothing() -> None:
    weights = Weights(np.eye(4, dtype=np.float32), np.zeros(4, np.float32))
    vector = np.asarray([0.6, 0.8, 0.0, 0.0])
    whole = query_of(vector, np.asarray([1, 0], np.int32), np.asarray([0.8, 0.6], np.float32))
    assert explained(weights, whole) == pytest.approx(1.0)
    none = query_of(vector, np.empty(0, np.int32), np.empty(0, np.float32))
    assert explained(weights, none) == 0.0
    half = query_of(vector, np.asarray([1], np.int32), np.asarray([0.8], np.float32))
    assert explained(weights, half) == pytest.approx(0.64)
    astray = query_of(vector, np.asarray([3], np.int32), np.asarray([5.0], np.float32))
    assert explained(weights, astray) == 0.0, "features that make it worse explain nothing"
    centre = Weights(weights.decoder, vector.astype(np.float32))
    assert explained(centre, half) == 0.0
