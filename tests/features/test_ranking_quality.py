"""AUROC and its interval against scikit-learn and plain resampling."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from saerch_desktop.features.ranking_quality import auroc, bootstrap


def test_many_rankings_at_once_with_ties() -> None:
    chance = np.random.default_rng(0)
    ours = chance.integers(0, 9, (4, 3, 30)).astype(np.float32)
    theirs = chance.integers(0, 7, (4, 3, 20)).astype(np.float32)
    areas = auroc(ours, theirs)
    assert areas.shape == (4, 3)
    for at in np.ndindex(4, 3):
        truth = np.r_[np.ones(30), np.zeros(20)]
        assert areas[at] == pytest.approx(roc_auc_score(truth, np.r_[ours[at], theirs[at]]), abs=1e-6)


def test_no_rankings_have_no_areas() -> None:
    assert auroc(np.zeros((0, 5)), np.zeros((0, 6))).shape == (0,)


def test_the_interval_is_that_of_plain_resampling() -> None:
    chance = np.random.default_rng(1)
    ours, theirs = chance.normal(0.7, 1, 40), chance.normal(0, 1, 35)
    figure, low, high = bootstrap(ours, theirs)
    plain = [auroc(chance.choice(ours, 40), chance.choice(theirs, 35)).item() for _ in range(4000)]
    assert figure == pytest.approx(auroc(ours, theirs).item(), abs=1e-6)
    assert (low, high) == pytest.approx(tuple(np.percentile(plain, (2.5, 97.5))), abs=0.035)


def test_extremes_and_repetition() -> None:
    assert bootstrap(np.ones(6), np.zeros(7)) == pytest.approx((1.0, 1.0, 1.0), abs=1e-6)
    assert bootstrap(np.zeros(6), np.ones(7)) == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
    scores = np.random.default_rng(2).normal(size=(2, 12))
    assert bootstrap(*scores, 3) == bootstrap(*scores, 3)
