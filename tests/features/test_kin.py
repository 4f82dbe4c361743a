"""Neighbours by direction and by shared documents, against dense arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from planted_library import FEATURES, MISSING, ROWS, Dense

from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.kin import Company, company, nearest, opposite


@pytest.mark.parametrize("feature", [0, 1, 15, FEATURES - 1])
def test_ids_are_right_on_both_sides_of_the_feature(features: FeatureSet, dense: Dense, feature: int) -> None:
    cosines = dense.decoder @ dense.decoder[feature]
    others = [f for f in range(FEATURES) if f != feature]
    best = sorted(others, key=lambda f: -cosines[f])
    found = nearest(features.sae, feature, 5)
    assert [f for f, _ in found] == best[:5]
    np.testing.assert_allclose([c for _, c in found], cosines[best[:5]], atol=1e-6)
    found = opposite(features.sae, feature, 5)
    assert [f for f, _ in found] == best[::-1][:5]
    np.testing.assert_allclose([c for _, c in found], cosines[best[::-1][:5]], atol=1e-6)


def test_more_than_there_are_gives_all_others(features: FeatureSet) -> None:
    assert sorted(f for f, _ in nearest(features.sae, 4, 999)) == [f for f in range(FEATURES) if f != 4]


def test_the_choice_can_be_limited(features: FeatureSet) -> None:
    among = np.zeros(FEATURES, np.bool_)
    among[[2, 4, 9]] = True
    assert {f for f, _ in nearest(features.sae, 4, 9, among)} == {2, 9}


@pytest.mark.parametrize("feature", [0, 5, 20])
def test_counts_lift_and_npmi(features: FeatureSet, dense: Dense, feature: int) -> None:
    active = dense.codes > 0
    together = (active[:, feature, None] & active).sum(axis=0)
    documents = ROWS - len(MISSING)
    found = company(features, feature, FEATURES)
    assert found.counted == active[:, feature].sum()
    assert not found.estimated
    assert feature not in {c.feature for c in (*found.together, *found.rarely)}
    for other in (*found.together, *found.rarely):
        p_both = together[other.feature] / documents
        p_one, p_other = active[:, feature].sum() / documents, active[:, other.feature].sum() / documents
        assert other.count == together[other.feature]
        assert other.expected == pytest.approx(p_one * p_other * documents)
        assert other.lift == pytest.approx(p_both / (p_one * p_other))
        if p_both:
            assert other.npmi == pytest.approx(math.log(p_both / (p_one * p_other)) / -math.log(p_both))
        else:
            assert other.npmi == -1
        assert -1 <= other.npmi <= 1


def test_a_dead_feature_has_no_company(features: FeatureSet) -> None:
    assert company(features, FEATURES - 1, 5) == Company((), (), 0, False)
