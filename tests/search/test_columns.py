"""Cached columns: right, bounded, and shared between threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from planted_library import FEATURES, MISSING, ROWS, Dense

from saerch_desktop.errors import Cancelled
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress
from saerch_desktop.search import columns as module
from saerch_desktop.search.columns import Columns

ONE = 4 * ROWS


@pytest.fixture
def directions(dense: Dense) -> np.ndarray:
    return dense.decoder.astype(np.float32)


def expected(dense: Dense, feature: int) -> np.ndarray:
    return np.nan_to_num(dense.vectors @ dense.decoder[feature], nan=0.0)


def test_columns_are_products_with_missing_rows_at_zero(
    library: Library, dense: Dense, directions: np.ndarray
) -> None:
    assert library.vectors is not None
    columns = Columns(library.vectors, directions)
    for feature in (0, 7, FEATURES - 1, 7):
        column = columns.get(feature)
        np.testing.assert_allclose(column, expected(dense, feature), atol=1e-6)
        assert (column[list(MISSING)] == 0).all()
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_the_least_recently_used_goes_first(library: Library, directions: np.ndarray) -> None:
    assert library.vectors is not None
    columns = Columns(library.vectors, directions, capacity_bytes=3 * ONE)
    for feature in (0, 1, 2):
        columns.get(feature)
    columns.get(0)
    columns.get(3)
    assert [feature for feature in range(FEATURES) if feature in columns] == [0, 2, 3]
    assert columns.bytes_used == 3 * ONE
    assert columns.warm([0, 2, 3])
    assert not columns.warm([0, 1])


def test_columns_larger_than_the_cache_still_come(
    library: Library, dense: Dense, directions: np.ndarray
) -> None:
    assert library.vectors is not None
    columns = Columns(library.vectors, directions, capacity_bytes=ONE // 2)
    found = columns.many([5, 6, 5])
    for feature, column in zip((5, 6, 5), found, strict=True):
        np.testing.assert_allclose(column, expected(dense, feature), atol=1e-6)
    assert columns.bytes_used == 0


def test_prefetch_goes_as_far_as_there_is_room(
    library: Library, directions: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert library.vectors is not None
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    columns = Columns(library.vectors, directions, capacity_bytes=7 * ONE)
    told: list[int] = []
    columns.prefetch(range(FEATURES), Progress(lambda update: told.append(update.done)))
    assert [feature for feature in range(FEATURES) if feature in columns] == list(range(7))
    assert told == [0, 3, 6, 7]


def test_prefetch_stops_when_told(library: Library, directions: np.ndarray) -> None:
    assert library.vectors is not None
    columns = Columns(library.vectors, directions)
    progress = Progress(lambda update: progress.cancel() if update.done else None)
    with pytest.raises(Cancelled):
        columns.prefetch(range(FEATURES), progress)
    assert 0 in columns


def test_several_threads(library: Library, dense: Dense, directions: np.ndarray) -> None:
    assert library.vectors is not None
    columns = Columns(library.vectors, directions, capacity_bytes=4 * ONE)
    wrong: list[int] = []

    def work(seed: int) -> None:
        for feature in np.random.default_rng(seed).integers(0, FEATURES, 60).tolist():
            if not np.allclose(columns.get(feature), expected(dense, feature), atol=1e-6):
                wrong.append(feature)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert columns.bytes_used <= 4 * ONE
