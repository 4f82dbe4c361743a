"""The store: one signal per field, silence when nothing changed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import SignalInstance

from saerch_desktop.ui.state import Field, Store


def test_every_field_has_its_signal(qapp: object) -> None:
    store = Store()
    fields = [name for name, value in vars(Store).items() if isinstance(value, Field)]
    assert fields
    for name in fields:
        assert isinstance(getattr(store, f"{name}_changed"), SignalInstance), name


def test_a_field_speaks_once_per_change(qapp: object) -> None:
    store, seen = Store(), []
    store.query_text_changed.connect(seen.append)
    for text in ("stars", "stars", "", "dust"):
        store.query_text = text
    assert seen == ["stars", "", "dust"]


def test_large_values_are_told_apart_by_identity(qapp: object) -> None:
    store, seen = Store(), []
    store.ranking_changed.connect(seen.append)
    first, second = np.zeros(3), np.zeros(3)
    store.ranking = first
    store.ranking = first
    store.ranking = second
    assert len(seen) == 2
    assert store.ranking is second


def test_stores_do_not_share_values(qapp: object) -> None:
    one, other = Store(), Store()
    one.feature = 3
    assert other.feature is None
