"""Sliders of families come back as left, and only where they still mean the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from window_support import OpenWindow

from saerch_desktop.search.blends import Blend, BlendEdit
from saerch_desktop.search.steering import Edit
from saerch_desktop.ui import view_state
from saerch_desktop.ui.controller_search import SearchDesk
from saerch_desktop.ui.window import MainWindow

HALOS = Blend("halos", "Halos", (1, 4, 7, 9), (0.5, 0.3, 0.2, 0.1))
LANES = Blend("lanes", "Lanes", (2, 4), (0.4, 0.4))


@pytest.fixture
def opened(window: MainWindow, steerable: Path) -> MainWindow:
    """The window with a query."""
    window.controller.library.open(steerable)
    window.controller.search.like_document(9)
    return window


def desk(window: MainWindow) -> SearchDesk:
    return window.controller.search


def seen(window: MainWindow) -> tuple[list[int], list[float]]:
    ranking = window.store.ranking.ranking
    return ranking.rows.tolist(), ranking.scores.tolist()


def test_it_comes_back_as_left(open_window: OpenWindow, opened: MainWindow) -> None:
    search = desk(opened)
    search.edit([Edit(3, 0.5)])
    search.add_blend(HALOS, 1.25)
    search.add_blend(LANES, 1.0)
    search.set_blend("lanes", 0.0)
    before = seen(opened)
    opened.close()
    again = open_window()
    again.restore()
    assert again.store.blends == (BlendEdit(HALOS, 1.25),)
    assert again.store.edits == (Edit(3, 0.5),)
    assert seen(again)[0] == before[0]
    np.testing.assert_allclose(seen(again)[1], before[1], atol=1e-6)  # columns made together or alone
    assert [(e.key, e.amount) for e in desk(again).blends()] == [("lanes", 0.0), ("halos", 1.25)]


@pytest.mark.parametrize(
    "change",
    [
        {"features": (1, 400, 7, 9)},
        {"weights": (0.5, 0.3)},
        {"weights": (0.5, 0.3, 0.2, float("inf"))},
        {"amount": float("nan")},
        {"features": (), "weights": ()},
    ],
)
def test_a_damaged_one_is_left_out(opened: MainWindow, change: dict[str, Any]) -> None:
    desk(opened).add_blend(HALOS, 1.0)
    desk(opened).add_blend(LANES, 1.0)
    state = opened.controller.saved()
    damaged = tuple(b.model_copy(update=change) if b.key == "halos" else b for b in state.blends)
    assert [edit.blend.key for edit in state.model_copy(update={"blends": damaged}).mix(32).blends] == [
        "lanes"
    ]


def test_weights_trained_anew_under_the_same_name_start_unsteered(
    open_window: OpenWindow, opened: MainWindow
) -> None:
    desk(opened).add_blend(HALOS, 1.0)
    desk(opened).edit([Edit(3, 0.5)])
    opened.close()
    state = view_state.load()
    assert state.weights
    view_state.save(state.model_copy(update={"weights": "of another training"}))
    again = open_window()
    again.restore()
    assert again.store.query is not None
    assert (again.store.edits, again.store.blends) == ((), ())


def test_a_state_of_before_there_were_families_still_comes_back() -> None:
    old = '{"version": 1, "library": "x", "sae": "features", "edits": [[3, 0.5]]}'
    state = view_state.ViewState.model_validate_json(old)
    assert state.mix(32).edits == (Edit(3, 0.5),)
    assert state.mix(32).blends == ()
