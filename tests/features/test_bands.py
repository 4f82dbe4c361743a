"""Bands of examples, against dense arithmetic."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from planted_library import DEAD, FEATURES, MISSING, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.features.bands import bands, drawn_bands
from saerch_desktop.features.card import Band
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.library.library import Library
from saerch_desktop.sae.active import above
from saerch_desktop.sae.codes import Codes

NAMES = ["top", "upper", "middle", "low", "near", "zero"]


def by_name(found: tuple[Band, ...]) -> dict[str, Band]:
    return {band.name: band for band in found}


def rows_of(band: Band) -> list[int]:
    return [entry.row for entry in band.documents]


def pre_activation(features: FeatureSet, dense: Dense, feature: int) -> np.ndarray:
    sae = features.sae
    return (dense.vectors - sae.pre_bias) @ sae.encoder[feature].astype(np.float64) + sae.latent_bias[feature]


@pytest.mark.parametrize("feature", [0, 7, 19])
def test_bands_are_what_they_say(library: Library, features: FeatureSet, dense: Dense, feature: int) -> None:
    column = dense.codes[:, feature]
    active = np.flatnonzero(column > 0)
    found = bands(features, library, feature, seed=1, per_band=4)
    assert [band.name for band in found] == NAMES
    named = by_name(found)
    shown = [row for band in found for row in rows_of(band)]
    assert len(shown) == len(set(shown))
    assert not set(shown) & set(MISSING)
    for band in found:
        assert [entry.title for entry in band.documents] == library.documents.titles(rows_of(band))
        values = [entry.activation for entry in band.documents]
        assert values == sorted(values, reverse=True)
    whole = 0
    above_all = np.inf
    for name, low, high in (("top", 95, 100), ("upper", 75, 95), ("middle", 25, 75), ("low", 0, 25)):
        band = named[name]
        assert band.count is not None
        whole += band.count
        assert abs(band.count - (high - low) / 100 * active.size) <= 1
        assert len(band.documents) == min(4, band.count)
        for entry in band.documents:
            assert entry.activation == pytest.approx(column[entry.row])
            assert 0 < band.low <= entry.activation <= band.high <= above_all
        above_all = band.low if band.count else above_all
        if band.count:
            inside = (column >= band.low) & (column <= band.high) & (column > 0)
            assert inside.sum() >= band.count
    assert whole == active.size
    order = sorted(active, key=lambda row: (-column[row], row))
    assert rows_of(named["top"]) == order[: len(named["top"].documents)]


@pytest.mark.parametrize("feature", [0, 7, 19, DEAD[0]])
def test_near_misses_are_inactive_and_the_nearest_of_all(
    library: Library, features: FeatureSet, dense: Dense, feature: int
) -> None:
    """The corpus is smaller than the pool, so that the pool is all inactive documents."""
    near = by_name(bands(features, library, feature, per_band=5))["near"]
    excitement = pre_activation(features, dense, feature)
    silent = [row for row in np.flatnonzero(dense.codes[:, feature] == 0) if row not in MISSING]
    assert rows_of(near) == sorted(silent, key=lambda row: -excitement[row])[:5]
    assert [entry.activation for entry in near.documents] == pytest.approx(
        excitement[rows_of(near)], abs=1e-5
    )
    assert (near.high, near.low) == (near.documents[0].activation, near.documents[-1].activation)


def test_near_misses_of_a_threshold_are_below_it(
    library: Library, features: FeatureSet, dense: Dense
) -> None:
    sae = replace(
        features.sae,
        config=features.sae.config.model_copy(update={"variant": "batchtopk"}),
        threshold=np.full(FEATURES, 0.3, np.float32),
    )
    x = np.nan_to_num(dense.vectors).astype(np.float32)
    pre = (x - sae.pre_bias) @ sae.encoder.T + sae.latent_bias
    assert sae.threshold is not None
    codes = Codes(*above(pre.astype(np.float32), sae.threshold, FEATURES))
    rows = [
        sorted(np.flatnonzero((codes.indices == f).any(axis=1) & (pre[:, f] > 0.3)), key=lambda r: -pre[r, f])
        for f in range(FEATURES)
    ]
    sizes = [len(each) for each in rows]
    index = SimpleNamespace(
        starts=np.concatenate(([0], np.cumsum(sizes))),
        of=lambda f: (np.array(rows[f], np.int32), pre[rows[f], f].astype(np.float32)),
    )
    ragged = replace(features, sae=sae, codes=codes, inverted=index)  # type: ignore[arg-type]
    found = by_name(drawn_bands(ragged, library.documents, library.vectors, 2, per_band=6))
    assert found["low"].low > 0.3
    assert 0 < found["near"].high <= 0.3
    silent = [r for r in range(len(pre)) if r not in rows[2] and r not in MISSING]
    assert rows_of(found["near"]) == sorted(silent, key=lambda r: -pre[r, 2])[:6]


def test_silent_documents_are_inactive_have_a_vector_and_are_no_near_misses(
    library: Library, features: FeatureSet, dense: Dense
) -> None:
    named = by_name(bands(features, library, 3, per_band=500))
    inactive = set(np.flatnonzero(dense.codes[:, 3] == 0).tolist()) - set(MISSING)
    assert set(rows_of(named["near"])) | set(rows_of(named["zero"])) == inactive
    assert named["zero"].count == len(inactive)
    few = by_name(drawn_bands(features, library.documents, None, 3, per_band=500))
    assert "near" not in few
    assert set(rows_of(few["zero"])) == inactive
    assert all(entry.activation == 0 for entry in few["zero"].documents)


def test_the_seed_decides(library: Library, features: FeatureSet) -> None:
    first = bands(features, library, 1, seed=5)
    assert bands(features, library, 1, seed=5) == first
    others = [by_name(bands(features, library, 1, seed=seed)) for seed in range(8)]
    for name in ("middle", "zero"):
        assert len({tuple(rows_of(found[name])) for found in others}) > 1
    assert len({tuple(rows_of(found["top"])) for found in others}) == 1


def test_the_card_has_the_bands(library: Library, features: FeatureSet) -> None:
    with_near = features.card(2, library.documents, vectors=library.vectors, seed=4)
    assert with_near.bands == bands(features, library, 2, seed=4)
    assert [band.name for band in features.card(2, library.documents).bands] == [
        name for name in NAMES if name != "near"
    ]


def test_a_dead_feature_has_only_what_it_misses(library: Library, features: FeatureSet) -> None:
    named = by_name(bands(features, library, DEAD[0]))
    assert all(named[name].count == 0 and not named[name].documents for name in NAMES[:4])
    assert len(named["near"].documents) == len(named["zero"].documents) == 5


def test_damage_is_told(library: Library, features: FeatureSet) -> None:
    with pytest.raises(UserError, match="no feature"):
        bands(features, library, FEATURES)
    vectors: Any = SimpleNamespace(rows=features.codes.rows - 1)
    with pytest.raises(UserError, match="not those of the documents"):
        drawn_bands(features, library.documents, vectors, 0)
