"""Counts, densities, maxima, means and quantiles against the dense table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from features_support import random_codes

from saerch_desktop.errors import UserError
from saerch_desktop.features import statistics as module
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.features.statistics import STATISTICS_FILE, FeatureStatistics
from saerch_desktop.progress import Progress


@pytest.mark.parametrize("piece", [1, 3, 10, 1 << 20])
def test_equals_the_dense_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(module, "_PIECE", piece)
    codes, table = random_codes(70, 30, 4, levels=4)
    table[:, 7] = 0
    codes.values[codes.indices == 7] = 0
    index = InvertedIndex.build(codes, 30, tmp_path, Progress())
    statistics = FeatureStatistics.of(index, documents=64)
    count = (table > 0).sum(axis=0)
    np.testing.assert_array_equal(statistics.count, count)
    np.testing.assert_allclose(statistics.density, count / 64, rtol=1e-6)
    np.testing.assert_allclose(statistics.maximum, table.max(axis=0))
    mean = table.sum(axis=0) / np.maximum(count, 1)
    np.testing.assert_allclose(statistics.mean, mean, rtol=1e-6)
    assert not statistics.live[7]
    assert statistics.p95[7] == 0
    for feature in np.flatnonzero(count):
        ordered = np.sort(table[table[:, feature] > 0, feature])[::-1]
        assert statistics.p95[feature] == np.float32(ordered[(count[feature] - 1) // 20])


def test_comes_back_from_the_disk(tmp_path: Path) -> None:
    codes, _ = random_codes(40, 9, 3)
    statistics = FeatureStatistics.of(InvertedIndex.build(codes, 9, tmp_path, Progress()), 40)
    statistics.save(tmp_path)
    again = FeatureStatistics.load(tmp_path)
    for name in ("count", "density", "maximum", "mean", "p95"):
        np.testing.assert_array_equal(getattr(again, name), getattr(statistics, name))


def test_damage_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        FeatureStatistics.load(tmp_path)
    np.save(tmp_path / STATISTICS_FILE, np.zeros(3))
    with pytest.raises(UserError):
        FeatureStatistics.load(tmp_path)
