"""The inverted index says what the dense table says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from features_support import random_codes

from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features import inverted as module
from saerch_desktop.features.inverted import ROWS_FILE, STARTS_FILE, VALUES_FILE, InvertedIndex
from saerch_desktop.progress import Progress, Update
from saerch_desktop.sae.codes import Codes


@pytest.mark.parametrize("at_once", [1, 7, 1 << 20])
@pytest.mark.parametrize("block", [16, 1 << 14])
def test_equals_the_dense_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int, block: int
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    monkeypatch.setattr(module, "_BLOCK_ROWS", block)
    monkeypatch.setattr(module, "_PIECE", 5)
    codes, table = random_codes(90, 13, 5)
    index = InvertedIndex.build(codes, 13, tmp_path, Progress())
    assert index.features == 13
    for feature in range(13):
        rows, values = index.of(feature)
        column = table[:, feature]
        wanted = sorted(np.flatnonzero(column > 0), key=lambda row: (-column[row], row))
        assert rows.tolist() == wanted
        assert values.tolist() == column[wanted].tolist()
    assert index.starts[-1] == np.count_nonzero(table)


def test_files_are_plain_arrays_of_the_declared_types(tmp_path: Path) -> None:
    codes, _ = random_codes(20, 6, 3)
    InvertedIndex.build(codes, 6, tmp_path, Progress())
    assert np.load(tmp_path / STARTS_FILE).dtype == np.int64
    assert np.load(tmp_path / ROWS_FILE).dtype == np.int32
    assert np.load(tmp_path / VALUES_FILE).dtype == np.float32


def test_nothing_active_at_all(tmp_path: Path) -> None:
    codes = Codes(np.zeros((4, 2), np.int32), np.zeros((4, 2), np.float32))
    index = InvertedIndex.build(codes, 3, tmp_path, Progress())
    assert [index.of(f)[0].size for f in range(3)] == [0, 0, 0]


def test_codes_of_another_model_are_refused(tmp_path: Path) -> None:
    codes, _ = random_codes(20, 6, 3)
    with pytest.raises(UserError, match="does not have"):
        InvertedIndex.build(codes, 5, tmp_path, Progress())
    assert list(tmp_path.iterdir()) == []


def test_cancel_leaves_the_previous_index(tmp_path: Path) -> None:
    codes, _ = random_codes(20, 6, 3)
    InvertedIndex.build(codes, 6, tmp_path, Progress())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def stop(update: Update) -> None:
        if update.stage == "Indexing features" and update.done:
            progress.cancel()

    progress = Progress(stop)
    other, _ = random_codes(30, 6, 3, seed=1)
    with pytest.raises(Cancelled):
        InvertedIndex.build(other, 6, tmp_path, progress)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("file", [STARTS_FILE, ROWS_FILE, VALUES_FILE])
@pytest.mark.parametrize("damage", ["gone", "cut", "wrong type", "shorter", "empty", "pickle"])
def test_damage_is_told_in_words(tmp_path: Path, file: str, damage: str) -> None:
    codes, _ = random_codes(20, 6, 3)
    InvertedIndex.build(codes, 6, tmp_path, Progress())
    path = tmp_path / file
    content = np.load(path)
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-3])
    elif damage == "wrong type":
        np.save(path, content.astype(np.float64))
    elif damage == "shorter":
        np.save(path, content[:-1])
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        np.save(path, np.asarray([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UserError, match="feature index"):
        InvertedIndex.load(tmp_path)
