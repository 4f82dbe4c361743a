"""Selections of many rows."""

from __future__ import annotations

import time

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from saerch_desktop.ui.row_set import RowSet
from saerch_desktop.ui.state import Store


def test_rows_are_compared_by_what_is_in_them() -> None:
    rows = RowSet((3, 1, 2))
    assert rows == (3, 1, 2) == rows
    assert rows == [3, 1, 2]
    assert rows == RowSet(np.array([3, 1, 2]))
    assert rows != (1, 2, 3)
    assert rows != (3, 1)
    assert rows != "312"
    assert (len(rows), list(rows), 1 in rows, 9 in rows) == (3, [3, 1, 2], True, False)
    assert not RowSet()
    assert RowSet.of(rows) is rows


def test_rows_cannot_be_changed_from_either_side() -> None:
    given = np.array([5, 6])
    rows = RowSet(given)
    given[0] = 9
    assert rows == (5, 6)
    with pytest.raises(ValueError, match="read-only"):
        rows.rows[0] = 1
    assert np.asarray(rows) is rows.rows
    assert np.asarray(rows, np.int32).dtype == np.int32


def test_the_store_takes_any_sequence_and_tells_of_changes_only(qtbot: QtBot) -> None:
    store = Store()
    heard: list[object] = []
    store.selected_changed.connect(heard.append)
    store.selected = (4, 2)
    store.selected = np.array([4, 2])
    store.selected = RowSet([4, 2])
    assert heard == [RowSet((4, 2))]
    store.selected = ()
    assert len(heard) == 2


def test_a_million_rows_are_set_and_compared_at_once(qtbot: QtBot) -> None:
    store = Store()
    rows = np.arange(1_000_000)
    store.selected = rows
    began = time.perf_counter()
    store.selected = rows.copy()
    assert len(store.selected) == rows.size
    # Far above what an array takes, far below a million objects.
    assert time.perf_counter() - began < 0.5
