"""Pairs beside the codes: found again, counted anew when they must be, and never trusted when damaged."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pairs_support import clumped, feature_set

from saerch_desktop import files
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.families import cooccurrence, pair_files
from saerch_desktop.features.families.cooccurrence import PairCounts, pairs_for
from saerch_desktop.features.families.pair_files import PAIRS_FILE, STAMP_FILE
from saerch_desktop.features.feature_set import FeatureSet
from saerch_desktop.progress import Progress


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    pair_files._remembered.clear()
    yield
    pair_files._remembered.clear()


@pytest.fixture
def features(tmp_path: Path) -> FeatureSet:
    return feature_set(tmp_path / "sae", clumped(200, 24, 4))


@pytest.fixture
def countings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one each time that pairs are counted."""
    seen: list[int] = []
    count = cooccurrence.count_pairs

    def counted(*args: Any, **options: Any) -> PairCounts:
        seen.append(1)
        return count(*args, **options)

    monkeypatch.setattr(cooccurrence, "count_pairs", counted)
    return seen


def again(features: FeatureSet) -> PairCounts:
    """As another run of the program would get them."""
    pair_files._remembered.clear()
    return pairs_for(features, Progress())


def assert_equal(one: PairCounts, other: PairCounts) -> None:
    assert (one.features, one.documents) == (other.features, other.documents)
    for name in ("frequency", "left", "right", "counts", "similarity"):
        first, second = getattr(one, name), getattr(other, name)
        assert first.dtype == second.dtype, name
        assert np.array_equal(first, second), name


def test_they_are_counted_once(features: FeatureSet, countings: list[int]) -> None:
    first = pairs_for(features, Progress())
    assert_equal(again(features), first)
    assert pairs_for(features, Progress()) is pairs_for(features, Progress())
    assert len(countings) == 1


def test_other_codes_are_counted_anew(tmp_path: Path, countings: list[int]) -> None:
    pairs_for(feature_set(tmp_path / "sae", clumped(200, 24, 4)), Progress())
    other = feature_set(tmp_path / "sae", clumped(200, 24, 4, seed=1))
    assert_equal(again(other), cooccurrence.scan_pairs(*_parts(other)))
    assert len(countings) == 2


def _parts(features: FeatureSet) -> Any:
    return features.codes.indices, features.codes.values, 24, features.documents, Progress()


def damage_bytes(folder: Path) -> None:
    data = bytearray((folder / PAIRS_FILE).read_bytes())
    data[-40] ^= 0xFF
    (folder / PAIRS_FILE).write_bytes(data)


def cut_short(folder: Path) -> None:
    data = (folder / PAIRS_FILE).read_bytes()
    (folder / PAIRS_FILE).write_bytes(data[: len(data) // 2])


def no_json(folder: Path) -> None:
    (folder / STAMP_FILE).write_text("{", encoding="utf-8")


def newer(folder: Path) -> None:
    kept = json.loads((folder / STAMP_FILE).read_text(encoding="utf-8"))
    kept["stamp"]["schema_version"] += 1
    (folder / STAMP_FILE).write_text(json.dumps(kept), encoding="utf-8")


def _resealed(folder: Path, table: np.ndarray[Any, Any]) -> None:
    """Someone else's table, with the fingerprint that goes with it."""
    files.write_array(folder / PAIRS_FILE, table)
    kept = json.loads((folder / STAMP_FILE).read_text(encoding="utf-8"))
    kept["pairs"] = files.fingerprint(folder / PAIRS_FILE)
    (folder / STAMP_FILE).write_text(json.dumps(kept), encoding="utf-8")


def impossible_ids(folder: Path) -> None:
    table = np.load(folder / PAIRS_FILE)
    table[1, -1] = 1_000
    _resealed(folder, table)


def impossible_counts(folder: Path) -> None:
    table = np.load(folder / PAIRS_FILE)
    table[2, 0] = 1_000
    _resealed(folder, table)


def impossible_similarity(folder: Path) -> None:
    table = np.load(folder / PAIRS_FILE)
    table[3, 0] = np.float32(np.nan).view(np.int32)
    _resealed(folder, table)


def other_shape(folder: Path) -> None:
    _resealed(folder, np.zeros((3, 5), np.int32))


@pytest.mark.parametrize(
    "harm",
    [
        damage_bytes,
        cut_short,
        no_json,
        newer,
        impossible_ids,
        impossible_counts,
        impossible_similarity,
        other_shape,
    ],
)
def test_damaged_files_are_counted_anew(features: FeatureSet, countings: list[int], harm: Any) -> None:
    first = pairs_for(features, Progress())
    harm(features.folder)
    assert_equal(again(features), first)
    assert len(countings) == 2
    assert_equal(again(features), first)  # and are sound again
    assert len(countings) == 2


def test_a_folder_that_cannot_be_written_to(
    features: FeatureSet, countings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path, *_: Any) -> None:
        raise UserError(f"{path} cannot be written to.", "", "")

    monkeypatch.setattr(files, "write_array", refused)
    first = pairs_for(features, Progress())
    assert pairs_for(features, Progress()) is first
    assert len(countings) == 1
    assert not (features.folder / PAIRS_FILE).exists()


def test_nothing_is_left_of_a_counting_that_was_stopped(features: FeatureSet, countings: list[int]) -> None:
    progress = Progress(lambda _: progress.cancel())
    with pytest.raises(Cancelled):
        pairs_for(features, progress)
    assert not (features.folder / PAIRS_FILE).exists()
    pairs_for(features, Progress())
    assert len(countings) == 2


def test_one_who_waits_can_stop_waiting(features: FeatureSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_files, "_WAIT", 0.01)
    progress = Progress()
    progress.cancel()
    with pair_files._lock, pytest.raises(Cancelled):
        pairs_for(features, progress)


def test_two_who_ask_at_once_count_once(features: FeatureSet, countings: list[int]) -> None:
    found: list[PairCounts] = []
    threads = [
        threading.Thread(target=lambda: found.append(pairs_for(features, Progress()))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(countings) == 1
    assert len({id(pairs) for pairs in found}) == 1


def test_codes_that_are_gone(features: FeatureSet) -> None:
    (features.folder / "code_indices.npy").unlink()
    with pytest.raises(UserError, match="codes of the autoencoder"):
        pairs_for(features, Progress())
