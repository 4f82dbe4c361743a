"""Kin by direction and by shared documents, against dense arithmetic and SciPy's test."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from features_support import random_codes
from planted_library import DEAD, FEATURES, MISSING, ROWS, Dense
from scipy import stats

from saerch_desktop.features import kin
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.kin import Company, company, nearest, opposite
from saerch_desktop.features.statistics import FeatureStatistics
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress


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


@pytest.mark.parametrize("feature", [0, 3, 7, 8, 28])
def test_each_row_has_its_own_label_and_figures(
    library: Library, features: FeatureSet, dense: Dense, feature: int
) -> None:
    """Lists that leave the feature itself out must not shift the names of those behind it by one."""
    card = features.card(feature, library.documents)
    active = dense.codes > 0
    cosines = dense.decoder @ dense.decoder[feature]
    ids: set[int] = set()
    for related in (*card.nearest, *card.opposite):
        ids.add(related.feature)
        assert related.text == features.labels.text(related.feature)
        assert related.cosine == pytest.approx(cosines[related.feature], abs=1e-6)
    for by_use in (*card.cooccurring, *card.rarely):
        ids.add(by_use.feature)
        assert by_use.feature == by_use.cooccurrence.feature
        assert by_use.text == features.labels.text(by_use.feature)
        assert by_use.cooccurrence.count == (active[:, feature] & active[:, by_use.feature]).sum()
    assert feature not in ids
    assert any(other < feature for other in ids) or feature == 0
    assert any(other > feature for other in ids)


def expected_company(active: np.ndarray, feature: int, documents: int) -> dict[str, set[int]]:
    """Who passes, by dense counts and SciPy's test and correction."""
    together = (active[:, feature, None] & active).sum(axis=0)
    frequency = active.sum(axis=0)
    own = int(frequency[feature])
    chance = frequency * own / documents
    others = np.arange(active.shape[1]) != feature
    found = {}
    tested = np.flatnonzero(others & (frequency >= kin.SUPPORT))
    p = stats.hypergeom.sf(together[tested] - 1, documents, frequency[tested], own)
    passed = (stats.false_discovery_control(p) <= 0.05) & (together[tested] >= 5)
    found["together"] = set(tested[passed & (together[tested] > chance[tested])].tolist())
    tested = np.flatnonzero(others & (chance >= kin.EXPECTED))
    p = stats.hypergeom.cdf(together[tested], documents, frequency[tested], own)
    if p.size:
        passed = stats.false_discovery_control(p) <= 0.05
        seldom = together[tested] <= kin.SELDOM * chance[tested]
        found["rarely"] = set(tested[passed & seldom].tolist())
    else:
        found["rarely"] = set()
    return found


@pytest.mark.parametrize("feature", [0, 5, 20])
def test_who_goes_together_and_who_seldom_meets(features: FeatureSet, dense: Dense, feature: int) -> None:
    active = dense.codes > 0
    together = (active[:, feature, None] & active).sum(axis=0)
    documents = ROWS - len(MISSING)
    found = company(features, feature, FEATURES)
    assert found.counted == active[:, feature].sum()
    assert not found.estimated
    wanted = expected_company(active, feature, documents)
    assert {c.feature for c in found.together} == wanted["together"]
    assert {c.feature for c in found.rarely} == wanted["rarely"]
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
        assert other.q <= kin.Q
    assert [c.npmi for c in found.together] == sorted((c.npmi for c in found.together), reverse=True)
    assert [c.npmi for c in found.rarely] == sorted(c.npmi for c in found.rarely)


def made_up(tmp_path: Any, pairs: bool = True) -> tuple[FeatureSet, np.ndarray]:
    """1,500 documents × 40 features without order, but that 1 comes with 0 and 2 never does."""
    codes, table = random_codes(1500, 40, 10, seed=2, levels=40)
    if pairs:
        table[:, 1] = np.where(table[:, 0] > 0, 0.5, 0)
        table[:, 2] = np.where(table[:, 0] > 0, 0, 0.25)
        order = np.argsort(-table, axis=1, kind="stable")[:, :14].astype(np.int32)
        codes = replace(
            codes, indices=order, values=np.take_along_axis(table, order, axis=1).astype(np.float32)
        )
    index = InvertedIndex.build(codes, 40, tmp_path, Progress())
    statistics = FeatureStatistics.of(index, 1500)
    sae: Any = SimpleNamespace(config=SimpleNamespace(features=40), name="made up")
    return FeatureSet(sae, codes, index, statistics, None, 1500, tmp_path), table  # type: ignore[arg-type]


def test_planted_company_is_found_and_chance_is_not(tmp_path: Any) -> None:
    features, table = made_up(tmp_path)
    assert (table > 0).sum(axis=1).max() <= 14
    found = company(features, 0, 10)
    assert found.together[0].feature == 1
    assert found.rarely[0].feature == 2
    assert (found.rarely[0].count, found.rarely[0].npmi) == (0, -1)
    wanted = expected_company(table > 0, 0, 1500)
    assert {c.feature for c in found.together} == wanted["together"]
    assert {c.feature for c in found.rarely} == wanted["rarely"]
    unrelated, _ = made_up(tmp_path, pairs=False)
    assert sum(len(company(unrelated, feature, 40).together) for feature in range(40)) <= 2


def test_many_documents_are_estimated_from_a_sample_and_it_says_so(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, table = made_up(tmp_path)
    exact = company(features, 0, 10)
    monkeypatch.setattr(kin, "_CODES_COUNTED", 14 * 200)
    monkeypatch.setattr(kin, "_LEAST_COUNTED", 100)
    found = company(features, 0, 10, seed=3)
    assert (found.counted, found.estimated) == (200, True)
    assert found == company(features, 0, 10, seed=3)
    assert found.together[0].feature == 1
    own = int((table[:, 0] > 0).sum())
    assert found.together[0].count == own == exact.together[0].count
    assert found.together[0].expected == pytest.approx(exact.together[0].expected)
    assert found.together[0].npmi == pytest.approx(exact.together[0].npmi)
    assert found.rarely[0].feature == 2
    monkeypatch.setattr(kin, "Q", 1.0)
    begun_elsewhere = {company(features, 0, 40, seed=seed).together for seed in range(6)}
    assert len(begun_elsewhere) > 1


def test_a_dead_feature_has_no_company(features: FeatureSet) -> None:
    assert company(features, DEAD[0], 5) == Company((), (), 0, False)
