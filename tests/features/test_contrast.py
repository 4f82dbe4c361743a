"""Contrasts equal dense counting and scipy's own tests, one table at a time; chance is not reported."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from features_support import random_codes
from numpy.typing import NDArray
from scipy import stats

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.contingency import log_p_values
from saerch_desktop.features.contrast import compare, contrast
from saerch_desktop.features.counting import active_counts
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import Codes


def as_features(codes: Codes, features: int, without: NDArray[np.int64] | None = None) -> FeatureSet:
    """What counting needs of a feature set."""
    gone = np.empty(0, np.int64) if without is None else without
    codes.values[gone] = 0
    active = codes.indices[codes.values > 0]
    made = SimpleNamespace(
        codes=codes,
        sae=SimpleNamespace(config=SimpleNamespace(features=features)),
        statistics=SimpleNamespace(count=np.bincount(active, minlength=features)),
        documents=codes.rows - gone.size,
        without_vector=gone,
    )
    return cast("FeatureSet", made)


def dense_counts(codes: Codes, rows: Any, features: int) -> NDArray[np.int64]:
    table = np.zeros((codes.rows, features), bool)
    for row in range(codes.rows):
        table[row, codes.indices[row][codes.values[row] > 0]] = True
    return table[rows].sum(axis=0)


@pytest.mark.parametrize("levels", [9, 1])
@pytest.mark.parametrize("share", [0.02, 0.4, 0.8, 1.0])
def test_counting(share: float, levels: int) -> None:
    codes, _ = random_codes(400, 30, 6, levels=levels)
    if levels == 1:
        codes.values[:] = 1.0  # every place is used
    features = as_features(codes, 30)
    rows = np.sort(np.random.default_rng(1).permutation(400)[: int(400 * share)])
    np.testing.assert_array_equal(active_counts(features, rows), dense_counts(codes, rows, 30))


def test_counting_in_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saerch_desktop.features.counting._BLOCK", 60)
    codes, _ = random_codes(400, 30, 6)
    features = as_features(codes, 30)
    for rows in (
        np.arange(400),
        np.arange(7, 300),
        np.arange(0, 400, 3),
        np.array([5]),
        np.empty(0, np.int64),
    ):
        np.testing.assert_array_equal(active_counts(features, rows), dense_counts(codes, rows, 30))
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        active_counts(features, np.arange(400), progress)


@pytest.mark.parametrize("against", [False, True])
@pytest.mark.parametrize("as_rows", [False, True])
@pytest.mark.parametrize("without", [(), (3, 50, 51, 399)])
def test_counts_of_both_sets(against: bool, as_rows: bool, without: tuple[int, ...]) -> None:
    codes, _ = random_codes(400, 30, 6)
    gone = np.array(without, np.int64)
    features = as_features(codes, 30, gone)
    chance = np.random.default_rng(2)
    inside = chance.random(400) < 0.7
    other = (chance.random(400) < 0.5) & ~inside if against else None
    found = contrast(
        features,
        chance.permutation(np.flatnonzero(inside)) if as_rows else inside,
        None if other is None else np.flatnonzero(other) if as_rows else other,
    )
    valid = np.ones(400, bool)
    valid[gone] = False
    a, b = inside & valid, (~inside if other is None else other) & valid
    assert (found.documents_inside, found.documents_outside) == (a.sum(), b.sum())
    assert found.overlap == 0
    np.testing.assert_array_equal(found.inside, dense_counts(codes, a, 30))
    np.testing.assert_array_equal(found.outside, dense_counts(codes, b, 30))
    taken = inside if other is None else inside | other
    assert found.without_vector == (taken & ~valid).sum()


def test_overlapping_sets_count_the_shared_documents_in_neither() -> None:
    codes, _ = random_codes(100, 20, 4)
    found = contrast(as_features(codes, 20), np.arange(0, 60), np.arange(40, 90))
    assert (found.documents_inside, found.documents_outside, found.overlap) == (40, 30, 20)
    np.testing.assert_array_equal(found.inside, dense_counts(codes, np.arange(40), 20))
    np.testing.assert_array_equal(found.outside, dense_counts(codes, np.arange(60, 90), 20))


@pytest.mark.parametrize("swapped", [False, True])
def test_a_part_is_compared_with_the_rest_of_the_whole(swapped: bool) -> None:
    codes, _ = random_codes(100, 20, 4)
    part, whole = np.arange(10, 30), np.arange(0, 80)
    rest = np.setdiff1d(whole, part)
    found = contrast(as_features(codes, 20), whole if swapped else part, part if swapped else whole)
    sides = (found.outside, found.inside) if swapped else (found.inside, found.outside)
    np.testing.assert_array_equal(sides[0], dense_counts(codes, part, 20))
    np.testing.assert_array_equal(sides[1], dense_counts(codes, rest, 20))
    assert found.overlap == 0


def test_what_cannot_be_compared() -> None:
    codes, _ = random_codes(50, 20, 4)
    features = as_features(codes, 20, np.array([7]))
    for inside, against in ((np.empty(0, int), None), (np.array([7]), None), (np.arange(50), None)):
        with pytest.raises(UserError, match="no document with a vector"):
            contrast(features, inside, against)
    with pytest.raises(UserError, match="same documents"):
        contrast(features, np.arange(5), np.arange(5))
    with pytest.raises(IndexError):
        contrast(features, np.array([50]))
    with pytest.raises(ValueError, match="mask"):
        contrast(features, np.ones(3, bool))


def tables(seed: int, big: bool) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int]:
    chance = np.random.default_rng(seed)
    n_a, n_b = (int(n) for n in chance.integers(1, 20_000 if big else 60, 2))
    base = chance.random(200) ** 3
    a = chance.binomial(n_a, base)
    b = chance.binomial(n_b, np.clip(base * chance.choice([1, 1, 0.3, 3], 200), 0, 1))
    a[:3], b[:3] = (0, n_a, 0), (0, n_b, n_b)
    return a.astype(np.int64), b.astype(np.int64), n_a, n_b


@pytest.mark.parametrize("seed", range(12))
def test_small_tables_are_fishers(seed: int) -> None:
    a, b, n_a, n_b = tables(seed, big=False)
    mine = np.exp(log_p_values(a, b, n_a, n_b))
    expected = np.minimum(n_a, n_b) * np.minimum(a + b, n_a + n_b - a - b) / (n_a + n_b)
    exact = expected < 20
    assert exact.mean() > 0.5
    for k1, k0, p in zip(a[exact], b[exact], mine[exact], strict=True):
        truth = stats.fisher_exact([[k1, n_a - k1], [k0, n_b - k0]])[1]
        assert p == pytest.approx(truth, rel=1e-6, abs=1e-300)


@pytest.mark.parametrize("seed", range(6))
def test_large_tables_are_the_g_test(seed: int) -> None:
    a, b, n_a, n_b = tables(seed, big=True)
    logs = log_p_values(a, b, n_a, n_b)
    assert np.isfinite(logs).all()
    expected = np.minimum(n_a, n_b) * np.minimum(a + b, n_a + n_b - a - b) / (n_a + n_b)
    checked = 0
    for k1, k0, log_p, least in zip(a, b, logs, expected, strict=True):
        table = [[k1, n_a - k1], [k0, n_b - k0]]
        if least >= 20:
            truth = stats.chi2_contingency(table, correction=True, lambda_="log-likelihood").pvalue
            assert log_p == pytest.approx(np.log(max(truth, 1e-300)), abs=1e-4) or truth < 1e-290
            # And not far from the exact test, where that can still be told.
            exact = stats.fisher_exact(table)[1]
            if exact > 1e-8:
                assert -0.25 < log_p - np.log(exact) < 0.7
            checked += 1
        elif min(k1, k0) < 200:
            assert np.exp(log_p) == pytest.approx(stats.fisher_exact(table)[1], rel=1e-5, abs=1e-200)
    assert checked or seed == 0 or min(n_a, n_b) < 200


def test_far_tails_do_not_underflow() -> None:
    found = compare(np.array([60_000, 10]), np.array([20_000, 90]), 100_000, 900_000)
    assert found.p[0] == 0.0
    assert found.log10_q[0] < -10_000
    assert np.isfinite(found.log10_q).all()


@pytest.mark.parametrize("seed", range(5))
def test_lift_odds_and_adjusted_values(seed: int) -> None:
    a, b, n_a, n_b = tables(seed, big=bool(seed % 2))
    found = compare(a, b, n_a, n_b)
    tested = a + b > 0
    adjusted = stats.false_discovery_control(found.p[tested])
    np.testing.assert_allclose(found.q[tested], adjusted, rtol=1e-9, atol=1e-300)
    assert (found.q[~tested] == 1).all()
    assert (found.score[~tested] == 0).all()
    for place in range(len(a)):
        k1, k0 = int(a[place]), int(b[place])
        if 0 < k1 < n_a and 0 < k0 < n_b:
            lift = (k1 / n_a) / (k0 / n_b)
            error = 1.959964 * np.sqrt(1 / k1 - 1 / n_a + 1 / k0 - 1 / n_b)
            bounds = lift * np.exp(-error), lift * np.exp(error)
            assert (found.lift[place], found.low[place], found.high[place]) == pytest.approx((lift, *bounds))
        assert np.isfinite([found.lift[place], found.low[place], found.high[place]]).all()
        assert found.low[place] <= found.lift[place] <= found.high[place]
        odds = (k1 + 0.5) * (n_b - k0 + 0.5) / ((n_a - k1 + 0.5) * (k0 + 0.5))
        assert found.log_odds[place] == pytest.approx(np.log(odds))
        sign = 1 if found.low[place] > 1 else -1 if found.high[place] < 1 else 0
        assert np.sign(found.score[place]) == sign


def test_swapping_the_sets_mirrors_everything() -> None:
    a, b, n_a, n_b = tables(3, big=True)
    one, other = compare(a, b, n_a, n_b), compare(b, a, n_b, n_a)
    np.testing.assert_allclose(one.lift, 1 / other.lift)
    np.testing.assert_allclose(one.low, 1 / other.high)
    np.testing.assert_allclose(one.p, other.p, rtol=1e-6)
    np.testing.assert_allclose(one.score, -other.score, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(one.over(), other.under())


def test_planted_features_come_first_and_chance_is_not_reported() -> None:
    """Over many random sets the share of false finds stays at the promised rate."""
    chance = np.random.default_rng(0)
    rows, n = 3000, 400
    table = chance.random((rows, n)) < chance.random(n) * 0.2
    shares: list[float] = []
    for trial in range(50):
        inside = chance.random(rows) < 0.1
        planted = table.copy()
        strong, weak = trial * 7 % 380, trial * 7 % 380 + 10
        planted[inside, strong] |= chance.random(int(inside.sum())) < 0.6
        planted[inside, weak] &= chance.random(int(inside.sum())) < 0.02
        found = compare(
            planted[inside].sum(axis=0), planted[~inside].sum(axis=0), int(inside.sum()), int((~inside).sum())
        )
        over, under = found.over(), found.under()
        assert over[0] == strong
        # A feature that was rare to begin with cannot be missed by much.
        assert weak in under or table[:, weak].mean() < 0.06
        reported = np.concatenate((over, under))
        shares.append(float(np.mean(~np.isin(reported, (strong, weak)))))
    assert np.mean(shares) <= 0.07  # 0.05 is promised of the mean over infinitely many


def test_nothing_is_reported_of_random_sets() -> None:
    chance = np.random.default_rng(5)
    table = chance.random((2000, 300)) < chance.random(300) * 0.3
    any_found = 0
    for _ in range(60):
        inside = chance.random(2000) < 0.2
        found = compare(
            table[inside].sum(axis=0), table[~inside].sum(axis=0), int(inside.sum()), int((~inside).sum())
        )
        any_found += bool((found.q <= 0.05).any())
    assert any_found <= 8  # 3 expected


def test_top_and_level() -> None:
    a, b, n_a, n_b = tables(1, big=True)
    found = compare(a, b, n_a, n_b)
    assert (found.q[found.over()] <= 0.05).all()
    np.testing.assert_array_equal(found.over(top=3), found.over()[:3])
    assert (np.diff(found.score[found.over()]) <= 0).all()
    assert len(found.over(1e-30)) <= len(found.over())


def test_features_that_are_active_nowhere_set_nothing_apart() -> None:
    codes = Codes(np.zeros((40, 2), np.int32), np.zeros((40, 2), np.float32))
    found = contrast(as_features(codes, 5), np.arange(40) < 10)
    assert not found.inside.any()
    assert not found.score.any()
