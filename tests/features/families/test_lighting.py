"""What lights up, against the dense codes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from planted_library import DEAD, FEATURES, MISSING, ROWS, Dense

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families.book import FamilyBook
from saerch_desktop.features.families.family import Families, Family
from saerch_desktop.features.families.lighting import (
    FULL,
    activation_in,
    brightness,
    documents_of,
    family_brightness,
    standing_out,
)
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.progress import Progress


def test_in_a_query(features: FeatureSet) -> None:
    query = SimpleNamespace(indices=np.asarray([3, 9], np.int32), values=np.asarray([0.5, 0.25], np.float32))
    lit = activation_in(features, query)
    assert (lit.shape, lit.dtype) == ((FEATURES,), np.float32)
    assert {f: float(lit[f]) for f in np.flatnonzero(lit)} == {3: 0.5, 9: 0.25}


@pytest.mark.parametrize("row", [0, 7, ROWS - 1, np.int64(3)])
def test_in_a_document(features: FeatureSet, dense: Dense, row: int) -> None:
    np.testing.assert_allclose(activation_in(features, row), dense.codes[row], atol=1e-7)


def test_in_several_documents(features: FeatureSet, dense: Dense) -> None:
    rows = [5, 199, 44, 12]
    wanted = dense.codes[rows].mean(axis=0)
    for given in (rows, tuple(rows), np.asarray(rows)):
        np.testing.assert_allclose(activation_in(features, given), wanted, atol=1e-6)
    np.testing.assert_allclose(activation_in(features, [44]), dense.codes[44], atol=1e-7)
    assert not activation_in(features, []).any()
    assert not activation_in(features, MISSING[0]).any()


@pytest.mark.parametrize("rows", [-1, ROWS, [3, ROWS], [-2, 3]])
def test_documents_that_are_not_there(features: FeatureSet, rows: int | list[int]) -> None:
    with pytest.raises(UserError):
        activation_in(features, rows)


def test_it_can_be_stopped(features: FeatureSet) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        activation_in(features, [1, 2, 3], progress)


def test_brightness_is_against_each_features_own_strength(features: FeatureSet, dense: Dense) -> None:
    bright = brightness(features, activation_in(features, 7))
    assert bright.dtype == np.float32
    assert 0 <= bright.min() <= bright.max() <= 1
    for feature in range(FEATURES):
        values = dense.codes[:, feature][dense.codes[:, feature] > 0]
        if values.size:
            wanted = min(1.0, dense.codes[7, feature] / features.statistics.p95[feature])
            assert bright[feature] == pytest.approx(wanted, abs=1e-5)
    assert not brightness(features, np.zeros(FEATURES, np.float32)).any()


def test_a_family_is_as_bright_as_its_brightest_feature() -> None:
    families = tuple(Family(key=k, members=m) for k, m in (("a", (1, 2)), ("b", (2, 3)), ("c", (4,))))
    book = FamilyBook.of(Families(method="own", families=families), frozenset({"c"}))
    bright = np.asarray([0, 0.1, 0.3, 0.9, 1.0], np.float32)
    assert family_brightness(book, bright) == {"a": pytest.approx(0.3), "b": pytest.approx(0.9)}


@pytest.mark.parametrize("ids", [[0], [2, 10, 17], [5, 5, 6], [DEAD[0]], [DEAD[0], 4], []])
@pytest.mark.parametrize("mode", ["any", "all"])
def test_documents_of_features(features: FeatureSet, dense: Dense, ids: list[int], mode: str) -> None:
    unique = sorted(set(ids))
    active = dense.codes[:, unique] > 0
    meets = active.all(axis=1) & bool(unique) if mode == "all" else active.any(axis=1)
    sums = dense.codes[:, unique].sum(axis=1)
    rows, strengths = documents_of(features, ids, mode)  # type: ignore[arg-type]
    assert sorted(rows.tolist()) == np.flatnonzero(meets).tolist()
    np.testing.assert_allclose(strengths, sums[rows], atol=1e-5)
    assert (np.diff(strengths) <= 1e-6).all()
    few, top = documents_of(features, ids, mode, top=3)  # type: ignore[arg-type]
    np.testing.assert_array_equal(few, rows[:3])
    np.testing.assert_array_equal(top, strengths[:3])


def test_features_that_are_not_there(features: FeatureSet) -> None:
    with pytest.raises(UserError):
        documents_of(features, [1, FEATURES])


def test_in_a_selection_stands_out_what_is_more_common_there_than_in_all(
    features: FeatureSet, dense: Dense
) -> None:
    active = dense.codes > 0
    common = int(active.sum(0).argmax())
    rows = np.flatnonzero(active[:, common])
    families = (Family(key="a", members=(common, 3)), Family(key="b", members=(4, 5, 6)))
    book = FamilyBook.of(Families(method="default", families=families))
    bright, lit = standing_out(features, book, rows)
    assert (bright.shape, bright.dtype) == ((FEATURES,), np.float32)
    documents = features.documents

    def oracle(inside: float, overall: float) -> float:
        usual = (overall + 3) / (documents + 3)
        lift = (inside + 3 * usual) / (len(rows) + 3) / usual
        return min(1.0, max(0.0, float(np.log(max(lift, 1e-9)) / np.log(FULL))))

    inside, overall = active[rows].sum(0), active.sum(0)
    wanted = [oracle(inside[f], overall[f]) for f in range(FEATURES)]
    np.testing.assert_allclose(bright, wanted, atol=1e-5)
    for family in families:
        of = list(family.members)
        assert lit[family.key] == pytest.approx(oracle(inside[of].sum(), overall[of].sum()), abs=1e-5)
    # All documents are no more of anything than all documents.
    all_bright, all_lit = standing_out(features, book, np.arange(ROWS))
    assert all_bright.max() < 0.05
    assert max(all_lit.values()) < 0.05
    with pytest.raises(UserError):
        standing_out(features, book, [ROWS])
