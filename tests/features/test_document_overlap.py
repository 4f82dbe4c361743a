"""Whether two features fire in the same documents, against dense columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from features_support import random_codes

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.document_overlap import overlap
from saerch_desktop.features.inverted import InvertedIndex
from saerch_desktop.progress import Progress

ROWS = 80


def index(folder: Path, features: int, seed: int) -> tuple[InvertedIndex, np.ndarray]:
    folder.mkdir()
    codes, dense = random_codes(ROWS, features, 5, seed)
    return InvertedIndex.build(codes, features, folder, Progress()), dense


def test_every_pair_is_that_of_the_dense_columns(tmp_path: Path) -> None:
    left, ours = index(tmp_path / "left", 20, 1)
    right, theirs = index(tmp_path / "right", 30, 2)
    chance = np.random.default_rng(3)
    pairs = chance.integers(0, 20, 300), chance.integers(0, 30, 300)
    found = overlap(left, right, pairs, ROWS, Progress())
    for place, (f, g) in enumerate(zip(*pairs, strict=True)):
        a, b = ours[:, f], theirs[:, g]
        both, either = ((a > 0) & (b > 0)).sum(), ((a > 0) | (b > 0)).sum()
        assert found.shared[place] == both
        assert found.jaccard[place] == pytest.approx(both / either if either else 0, abs=1e-6)
        wanted = np.corrcoef(a, b)[0, 1] if a.std() > 0 and b.std() > 0 else 0
        assert found.correlation[place] == pytest.approx(wanted, abs=1e-5)


def test_a_feature_agrees_with_itself_and_one_without_documents_with_none(tmp_path: Path) -> None:
    left, dense = index(tmp_path / "left", 200, 1)  # some of so many features have no document
    active = int(np.flatnonzero(dense.any(axis=0))[0])
    idle = int(np.flatnonzero(~dense.any(axis=0))[0])
    pairs = np.array([active, idle, active]), np.array([active, idle, idle])
    found = overlap(left, left, pairs, ROWS, Progress())
    assert found.jaccard.tolist() == [1, 0, 0]
    assert found.correlation == pytest.approx([1, 0, 0], abs=1e-6)


def test_nothing_to_compare(tmp_path: Path) -> None:
    left, _ = index(tmp_path / "left", 6, 1)
    none = np.empty(0, np.int64)
    assert overlap(left, left, (none, none), ROWS, Progress()).jaccard.size == 0


def test_documents_that_are_not_there_are_told(tmp_path: Path) -> None:
    left, _ = index(tmp_path / "left", 6, 1)
    pair = np.array([0]), np.array([0])
    with pytest.raises(UserError, match="documents that are not there"):
        overlap(left, left, pair, 3, Progress())
    wrong = InvertedIndex(left.starts, left.rows - 1, left.values)
    with pytest.raises(UserError, match="documents that are not there"):
        overlap(wrong, wrong, (np.arange(6), np.arange(6)), ROWS, Progress())


def test_a_cancel_stops_it(tmp_path: Path) -> None:
    left, _ = index(tmp_path / "left", 6, 1)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        overlap(left, left, (np.array([0]), np.array([0])), ROWS, progress)
