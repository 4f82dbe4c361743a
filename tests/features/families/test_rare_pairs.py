"""Pairs that meet once or twice, against a dense count of everything."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from saerch_desktop.features.families import rare_pairs
from saerch_desktop.features.families.pair_scan import scan_pairs
from saerch_desktop.features.families.paper import paper_families
from saerch_desktop.features.families.rare_pairs import with_rare
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.progress import Progress
from saerch_desktop.sae.codes import Codes


def skewed(seed: int, rows: int = 300, features: int = 120, k: int = 5) -> tuple[Codes, Any]:
    """Codes where most features are rare, and the same dense."""
    chance = np.random.default_rng(seed)
    likely = 1 / np.arange(1, features + 1) ** 0.8
    drawn = [chance.choice(features, k, replace=False, p=likely / likely.sum()) for _ in range(rows)]
    indices = np.array(drawn, np.int32)
    values = (chance.integers(0, 9, (rows, k)) / 8).astype(np.float32)
    table = np.zeros((rows, features))
    np.put_along_axis(table, indices.astype(np.int64), values.astype(np.float64), axis=1)
    return Codes(indices, values), table


@pytest.mark.parametrize("least", [0.07, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_all_pairs_that_are_close_enough_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, least: float
) -> None:
    monkeypatch.setattr(rare_pairs, "_BLOCK_ROWS", 64)
    codes, table = skewed(seed)
    size = table.shape[1]
    features = SimpleNamespace(codes=codes, inverted=InvertedIndex.build(codes, size, tmp_path, Progress()))
    pairs = scan_pairs(codes.indices, codes.values, size, len(table), Progress(), True)
    found = with_rare(cast("Any", features), pairs, least)
    active = (table > 0).astype(np.int64)
    together = np.triu(active.T @ active, 1)
    rarer = np.minimum.outer(active.sum(axis=0), active.sum(axis=0))
    wanted = {(int(a), int(b)): int(together[a, b]) for a, b in np.argwhere(together / (rarer + 1) >= least)}
    triples = zip(found.left.tolist(), found.right.tolist(), found.counts.tolist(), strict=True)
    there = {(a, b): both for a, b, both in triples}
    assert len(there) == len(found)
    assert {pair: both for pair, both in there.items() if pair in wanted} == wanted
    assert any(both < 3 for both in wanted.values())
    assert all(together[pair] == both for pair, both in there.items())
    keys = found.left.astype(np.int64) * size + found.right
    assert (np.diff(keys) > 0).all()
    assert np.isfinite(found.similarity[found.counts >= 3]).all()
    assert np.isnan(found.similarity[found.counts < 3]).all()


def test_they_can_make_a_difference(tmp_path: Path) -> None:
    codes, table = skewed(1)
    size = table.shape[1]
    features = SimpleNamespace(codes=codes, inverted=InvertedIndex.build(codes, size, tmp_path, Progress()))
    pairs = scan_pairs(codes.indices, codes.values, size, len(table), Progress(), False)
    with_all = paper_families(with_rare(cast("Any", features), pairs, 0.07))
    assert with_all.families != paper_families(pairs).families
