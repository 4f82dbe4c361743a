"""Changes of a mix: switches, single sliders, blends; what stays silent; what the limit leaves alone."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.search.blends import Blend, BlendEdit
from saerch_desktop.search.columns import Wanted
from saerch_desktop.search.mix import Mix, Switch, silent, steer
from saerch_desktop.search.steering import Edit, Query, cosine

HALOS = BlendEdit(Blend("halos", "Halos", (1, 2), (0.5, 0.5)), 0.4)
LANES = BlendEdit(Blend("lanes", "Lanes", (3,), (1.0,)), 0.0)


def query() -> Query:
    vector = np.asarray([1.0, 0.0, 0.0, 0.0], np.float32)
    indices, values = np.asarray([0, 1, 2], np.int32), np.asarray([0.5, 0.3, 0.1], np.float32)
    none = np.empty(0, np.float32)
    return Query("", vector, none, none.astype(np.int32), indices, values)


def direction(wanted: Wanted) -> np.ndarray:
    rows = np.random.default_rng(5).normal(size=(6, 4))
    if isinstance(wanted, tuple):
        return np.asarray(wanted[1]) @ rows[list(wanted[0])]
    return rows[wanted]


@pytest.mark.parametrize("switch", ["muted", "soloed", "locked"])
def test_a_switch_turns_one_slider_and_nothing_else(switch: Switch) -> None:
    mix = Mix((Edit(1, 0.2),), (HALOS,), budget=0.8)
    on = mix.turned(switch, "halos", True).turned(switch, 4, True)
    assert getattr(on, switch) == {"halos", 4}
    assert on.turned(switch, 4, True) == on
    assert on.turned(switch, 4, False).turned(switch, "halos", False) == mix


def test_one_slider_moves() -> None:
    mix = Mix((Edit(1, 0.2), Edit(2, 0.1)), (HALOS, LANES))
    assert {e.feature: e.delta for e in mix.moved_to(1, -0.3).edits} == {1: -0.3, 2: 0.1}
    assert mix.moved_to(1, 0.0).edits == (Edit(2, 0.1),)
    assert mix.moved_to("halos", 0.9).offers("halos").amount == 0.9
    assert mix.moved_to("nobody", 0.9) == mix


def test_a_blend_makes_way_for_one_of_its_key() -> None:
    mix = Mix(blends=(LANES, HALOS))
    newer = BlendEdit(Blend("halos", "Halos", (4,), (1.0,)), -1.0)
    assert mix.with_blend(newer).blends == (newer, LANES)


def test_who_is_silent() -> None:
    mix = Mix((Edit(4, 0.2),), (HALOS, LANES))
    assert silent(mix, query()) == frozenset()
    assert silent(mix.turned("muted", 1, True), query()) == {1}
    alone = mix.turned("soloed", 4, True)
    assert silent(alone, query()) == {0, 1, 2, "halos", "lanes"}
    assert silent(alone.turned("soloed", "halos", True), query()) == {0, 1, 2, "lanes"}
    assert silent(alone.turned("muted", 4, True), query()) >= {4}, "muted wins over alone"


@pytest.mark.parametrize("budget", [0.95, 0.9, 0.8, 0.7])
def test_the_limit_holds_what_is_not_locked(budget: float) -> None:
    mix = Mix((Edit(1, 2.5), Edit(4, 0.05), Edit(2, 2.0)), (HALOS,), budget=budget, locked=frozenset({4}))
    found = steer(mix, query(), direction)
    assert 0 < found.scale < 1
    assert Edit(4, 0.05) in found.edits, "locked: as it was"
    steered = query().vector.astype(np.float64)
    for edit in found.edits:
        steered = steered + edit.delta * direction(edit.feature)
    for blend in found.blends:
        steered = steered + blend.amount * direction(blend.blend.mixture)
    assert cosine(query().vector, steered) == pytest.approx(budget, abs=1e-9)
    again = steer(Mix(mix.edits[::-1], mix.blends, budget=budget, locked=mix.locked), query(), direction)
    assert again.scale == pytest.approx(found.scale, abs=1e-12), "whichever was moved first"
