"""The two selections against their definitions, on rows made to be awkward."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.sae.active import above, fill_unused, grouping, strongest

Rows = NDArray[np.float32]


def awkward(rows: int, features: int, seed: int) -> Rows:
    """Random rows, some with many ties, some below zero, some all equal, with both zeros."""
    chance = np.random.default_rng(seed)
    pre = chance.standard_normal((rows, features)).astype(np.float32)
    pre[1::5] = np.round(pre[1::5])
    pre[2::5] -= 10
    pre[3::5] = np.sign(pre[3::5]) * np.float32(0)
    pre[4::5] = chance.choice([-1.0, 0.0, 0.5], (len(pre[4::5]), features), p=[0.5, 0.2, 0.3])
    return pre


def by_value(row: Rows, ids: list[int]) -> list[int]:
    return sorted(ids, key=lambda f: (-max(float(row[f]), 0.0), f))


SIZES = [(1, 1), (7, 7), (40, 39), (40, 8), (64, 1), (200, 3), (331, 5), (700, 2)]


@pytest.mark.parametrize(("features", "k"), SIZES)
def test_the_strongest_are_those_of_a_full_sort(features: int, k: int) -> None:
    pre = awkward(25, features, seed=features)
    indices, values = strongest(pre, k)
    assert (indices.dtype, values.dtype, indices.shape) == (np.int32, np.float32, (25, k))
    for row, ids, found in zip(pre, indices, values, strict=True):
        best = sorted(range(features), key=lambda f: (-float(row[f]), f))[:k]
        assert ids.tolist() == by_value(row, best)
        assert found.tolist() == [max(float(row[f]), 0.0) for f in ids]
        assert not np.signbit(found).any()


def test_maxima_made_elsewhere_change_nothing() -> None:
    pre = awkward(20, 331, seed=8)
    size, groups = grouping(331, 5)
    assert size > 1
    assert size * groups < 331
    maxima = np.stack([pre[:, g : size * groups : groups].max(axis=1) for g in range(groups)], axis=1)
    for one, other in zip(strongest(pre, 5), strongest(pre, 5, maxima), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("features", "width"), [(1, 1), (9, 9), (40, 39), (40, 8), (331, 6), (700, 40)])
@pytest.mark.parametrize("level", [-5.0, 0.0, 0.5, 1.2, 99.0])
def test_those_above_a_threshold(features: int, width: int, level: float) -> None:
    pre = awkward(25, features, seed=features + 1)
    thresholds = np.random.default_rng(2).normal(level, 0.3, features).astype(np.float32)
    thresholds[::2] = level
    indices, values = above(pre, thresholds, width)
    assert (indices.dtype, values.dtype, indices.shape) == (np.int32, np.float32, (25, width))
    for row, ids, found in zip(pre, indices, values, strict=True):
        active = [f for f in range(features) if row[f] > thresholds[f] and row[f] > 0]
        active = by_value(row, active)[:width]
        spare = [f for f in range(features) if f not in active][: width - len(active)]
        assert ids.tolist() == active + spare
        assert found.tolist() == [float(row[f]) for f in active] + [0.0] * len(spare)


def test_a_value_at_its_threshold_is_not_active() -> None:
    pre = np.array([[0.5, np.nextafter(np.float32(0.5), np.float32(1)), 0.25]], np.float32)
    assert above(pre, np.full(3, 0.5, np.float32), 2)[0].tolist() == [[1, 0]]


def test_unused_places_are_filled_around_what_is_there() -> None:
    indices = np.array([[2, 0, 9, 9], [9, 9, 9, 9], [3, 2, 1, 0], [7, 1, 9, 9]], np.int32)
    fill_unused(indices, np.array([2, 0, 4, 2]))
    assert indices.tolist() == [[2, 0, 1, 3], [0, 1, 2, 3], [3, 2, 1, 0], [7, 1, 0, 2]]


def test_no_rows() -> None:
    assert strongest(np.empty((0, 9), np.float32), 2)[0].shape == (0, 2)
    assert above(np.empty((0, 9), np.float32), np.zeros(9, np.float32), 3)[1].shape == (0, 3)
