"""Tests of chance, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from saerch_desktop.features.significance import less_often, more_often, q_values, wilson

CASES = [(200, 60), (30_000, 800), (1_000_000, 150_000), (1_000_000, 40), (50, 50), (2_000, 1_990)]


@pytest.mark.parametrize(("total", "drawn"), CASES)
def test_tails_of_the_hypergeometric_distribution(total: int, drawn: int) -> None:
    chance = np.random.default_rng(total + drawn)
    marked = np.unique(np.concatenate(([0, 1, 2, total], chance.integers(0, total + 1, 60) // 9)))
    for shift in (-5.0, -1.5, 0.0, 0.7, 2.0, 6.0):
        mean = marked * drawn / total
        deviation = np.sqrt(mean * (1 - marked / total) * (total - drawn) / (total - 1))
        low, high = np.maximum(0, drawn + marked - total), np.minimum(marked, drawn)
        count = np.clip(np.round(mean + shift * deviation), low, high)
        upper = stats.hypergeom.sf(count - 1, total, marked, drawn)
        lower = stats.hypergeom.cdf(count, total, marked, drawn)
        exact = deviation**2 <= 100
        for found, wanted in (
            (more_often(count, marked, drawn, total), upper),
            (less_often(count, marked, drawn, total), lower),
        ):
            np.testing.assert_allclose(found[exact], wanted[exact], rtol=1e-6, atol=1e-11)
            # By the normal curve: near enough to decide at any level that matters.
            np.testing.assert_allclose(found[~exact], wanted[~exact], rtol=0.35, atol=2e-3)


def test_what_cannot_be_more_has_probability_one_or_none() -> None:
    assert more_often(np.array([0]), np.array([5]), 10, 100)[0] == pytest.approx(1)
    assert less_often(np.array([5]), np.array([5]), 10, 100)[0] == pytest.approx(1)
    assert more_often(np.array([6]), np.array([5]), 10, 100)[0] == pytest.approx(0)


@pytest.mark.parametrize("m", [0, 1, 7, 300])
def test_false_discovery(m: int) -> None:
    p = np.random.default_rng(m).random(m) ** 3
    if m:
        np.testing.assert_allclose(q_values(p), stats.false_discovery_control(p))
    few = np.sort(p)[: m // 3]
    np.testing.assert_allclose(q_values(few, m)[:1], q_values(p)[np.argsort(p)][: few[:1].size])


def test_tests_that_were_not_looked_at_count() -> None:
    p = np.array([0.01, 0.04])
    np.testing.assert_allclose(q_values(p, 10), [0.1, 0.2])


@pytest.mark.parametrize(("count", "total"), [(0, 3), (1, 3), (3, 3), (7, 40), (990, 2899), (0, 1)])
def test_interval_of_a_share(count: int, total: int) -> None:
    wanted = stats.binomtest(count, total).proportion_ci(0.95, "wilson")
    low, high = wilson(np.array([count]), np.array([total]))
    assert (low[0], high[0]) == (pytest.approx(wanted.low, abs=1e-9), pytest.approx(wanted.high, abs=1e-9))


def test_a_share_of_nothing_may_be_anything() -> None:
    low, high = wilson(np.array([0]), np.array([0]))
    assert (low[0], high[0]) == (0, 1)
