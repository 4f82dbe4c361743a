"""Nearest rows against the whole matrix of similarities."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.features.maps import neighbours
from saerch_desktop.features.maps.neighbours import nearest_neighbours
from saerch_desktop.progress import Progress


@pytest.mark.parametrize(("room", "columns"), [(1 << 24, 1 << 15), (300, 37)])
def test_neighbours_are_the_nearest(room: int, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_ROOM", room)
    monkeypatch.setattr(neighbours, "_COLUMNS", columns)
    x = np.random.default_rng(0).normal(size=(160, 7)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    rows = np.setdiff1d(np.arange(160), (3, 77, 150))
    places, distances = nearest_neighbours(lambda at: x[at], rows, 9, Progress())
    near = x[rows].astype(np.float64) @ x[rows].T.astype(np.float64)
    np.fill_diagonal(near, 2)
    expected = np.argsort(-near, axis=1)[:, :9]
    np.testing.assert_array_equal(places, expected)
    away = 1 - np.take_along_axis(near, expected, 1)
    away[:, 0] = 0
    np.testing.assert_allclose(distances, away, atol=1e-6)
    assert (places.dtype, distances.dtype) == (np.int32, np.float32)


def test_equal_rows_come_in_their_order_and_itself_first() -> None:
    x = np.ones((6, 2), np.float32) / np.sqrt(2, dtype=np.float32)
    places, distances = nearest_neighbours(lambda at: x[at], np.arange(6), 6, Progress())
    assert places[4].tolist() == [4, 0, 1, 2, 3, 5]
    np.testing.assert_allclose(distances, 0, atol=1e-6)


def test_it_stops_when_it_is_told() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        nearest_neighbours(lambda at: np.ones((len(at), 2), np.float32), np.arange(9), 3, progress)
