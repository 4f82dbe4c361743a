"""Cohesion: the mean cosine between a feature's documents, by the definition."""

from __future__ import annotations

from pathlib import Path

import naming_support as support
import numpy as np
import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.features.cohesion import (
    COHESION_FILE,
    FEWEST,
    JUNK,
    cohesion,
    load_cohesion,
    save_cohesion,
)
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.features.hard_negatives import spread
from saerch_desktop.progress import Progress


def test_by_a_dense_oracle() -> None:
    made = support.made(200)
    array = made.points.array.astype(np.float64)
    array -= array.mean(axis=0)
    array /= np.linalg.norm(array, axis=1, keepdims=True)
    everything = array @ array.T
    found = cohesion(made.corpus.inverted, made.corpus.vectors, Progress())
    for feature in range(6):
        rows = spread(made.corpus.inverted.of(feature)[0], 64)
        mine = everything[np.ix_(rows, rows)]
        expected = (mine.sum() - np.trace(mine)) / (rows.size * (rows.size - 1))
        assert found[feature] == pytest.approx(expected, abs=1e-4)


def test_documents_drawn_at_random_have_nothing_in_common() -> None:
    made = support.made(3000, noise=3.0)
    chance = np.random.default_rng(0)
    features = [dict.fromkeys(chance.choice(3000, 200, replace=False).tolist(), 1.0) for _ in range(40)]
    features += [{0: 1.0}, {}]
    corpus = support.corpus([("", "")] * 3000, made.points, features)
    found = cohesion(corpus.inverted, corpus.vectors, Progress())
    assert np.isnan(found[40:]).all()
    assert (np.abs(found[:40]) < 2 * JUNK).all()  # in 32 dimensions chance reaches further than in 384
    assert (cohesion(made.corpus.inverted, made.corpus.vectors, Progress()) > 2 * JUNK).all()


def test_a_set_of_features_knows_it(features: FeatureSet, tmp_path: Path) -> None:
    assert features.cohesion is not None
    assert features.cohesion.shape == (features.sae.config.features,)
    often = features.statistics.count >= FEWEST
    assert not features.junk[~often].any()
    assert np.array_equal(features.junk[often], features.cohesion[often] < JUNK)


def test_absent_or_damaged_files_can_be_spared(tmp_path: Path) -> None:
    assert load_cohesion(tmp_path, 3) is None
    save_cohesion(tmp_path, np.asarray([0.5, np.nan, 0.1], np.float32))
    kept = load_cohesion(tmp_path, 3)
    assert kept is not None
    assert kept[0] == np.float32(0.5)
    assert np.isnan(kept[1])
    assert load_cohesion(tmp_path, 4) is None
    (tmp_path / COHESION_FILE).write_bytes(b"\x93NUMPY")
    assert load_cohesion(tmp_path, 3) is None


def test_it_stops_when_told() -> None:
    made = support.made(60)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        cohesion(made.corpus.inverted, made.corpus.vectors, progress)
