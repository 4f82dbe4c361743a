"""What a mixer comes to: mute, solo, lock and budget against plain arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from planted_library import DIM, FEATURES, Dense

from saerch_desktop.errors import UserError
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.mix import Mix, Slider, Steer, most_within, steer
from saerch_desktop.search.steering import Edit, Query

MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
FAMILY = Blend("family", "Family", (1, 8, 20), (0.5, 0.2, 0.3))
PLAIN = direction_blend("plain", "Plain difference", np.random.default_rng(3).normal(size=DIM))
SLIDERS: list[Slider] = [*range(FEATURES), "family", "plain"]
DELTAS = st.floats(-2, 2).filter(lambda delta: abs(delta) > 1e-6)


@st.composite
def mixes(draw: st.DrawFn) -> Mix:
    features = draw(st.lists(st.integers(0, FEATURES - 1), max_size=5, unique=True))
    blends = draw(st.sampled_from([(), (FAMILY,), (PLAIN,), (FAMILY, PLAIN)]))
    some = st.frozensets(st.sampled_from(SLIDERS), max_size=4)
    return Mix(
        tuple(Edit(feature, draw(DELTAS)) for feature in features),
        tuple(BlendEdit(blend, draw(st.sampled_from([0.0, 0.7, -1.2]))) for blend in blends),
        muted=draw(some),
        soloed=draw(st.one_of(st.just(frozenset()), some)),
        locked=draw(some),
        budget=draw(st.sampled_from([None, 0.5, 0.8, 0.9, 0.95, 0.999])),
    )


def direction(slider: Slider, dense: Dense) -> NDArray[np.float64]:
    if slider == "family":
        return np.asarray(FAMILY.weights) @ dense.decoder[list(FAMILY.features)]
    return PLAIN.array().astype(np.float64) if slider == "plain" else dense.decoder[int(slider)]


def told(mix: Mix, query: Query) -> dict[Slider, float]:
    """What each slider changes, written out slider by slider; without the budget."""
    wanted: dict[Slider, float] = {edit.feature: edit.delta for edit in mix.edits}
    wanted.update((edit.blend.key, edit.amount) for edit in mix.blends)
    for slider in {*wanted, *query.indices.tolist(), *mix.muted}:
        silent = slider in mix.muted or (bool(mix.soloed) and slider not in mix.soloed)
        if silent:
            wanted[slider] = -query.natural(slider) if isinstance(slider, int) else 0.0
    return {slider: delta for slider, delta in wanted.items() if delta}


def said(steering: Steer) -> dict[Slider, float]:
    found: dict[Slider, float] = {edit.feature: edit.delta for edit in steering.edits}
    found.update((edit.blend.key, edit.amount) for edit in steering.blends)
    return found


def moved(query: Query, changes: dict[Slider, float], dense: Dense) -> NDArray[np.float64]:
    target = query.vector.astype(np.float64)
    for slider, delta in changes.items():
        target = target + delta * direction(slider, dense)
    return target


def cos(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def put(engine: SearchEngine, mix: Mix, query: Query) -> Steer:
    assert engine.columns is not None
    return steer(mix, query, engine.columns.direction)


@MANY
@given(mix=mixes())
def test_mute_and_solo_without_a_budget(engine: SearchEngine, mix: Mix) -> None:
    query = engine.query("the query")
    steering = put(engine, replace(mix, budget=None), query)
    assert said(steering) == pytest.approx(told(mix, query))
    assert (steering.scale, steering.wanted) == (1.0, 1.0)


@MANY
@given(mix=mixes())
def test_the_budget_holds_and_gives_all_it_can(engine: SearchEngine, dense: Dense, mix: Mix) -> None:
    query = engine.query("the query")
    steering = put(engine, mix, query)
    wanted, got, q = told(mix, query), said(steering), query.vector.astype(np.float64)
    if mix.budget is None or not wanted:
        assert got == pytest.approx(wanted)
        return
    held = {slider: delta for slider, delta in wanted.items() if slider in mix.locked}
    reached = cos(q, moved(query, got, dense))
    assert steering.wanted == pytest.approx(cos(q, moved(query, wanted, dense)), abs=1e-5)
    expected = {s: d if s in held else d * steering.scale for s, d in wanted.items()}
    assert got == pytest.approx({slider: delta for slider, delta in expected.items() if delta}, abs=1e-9)
    if steering.scale == 1.0:
        assert reached >= mix.budget - 1e-6
    elif steering.scale > 0.0:
        assert reached == pytest.approx(mix.budget, abs=1e-5)
    else:
        assert cos(q, moved(query, held, dense)) < mix.budget + 1e-6


@MANY
@given(
    seed=st.integers(0, 10_000),
    least=st.floats(0.05, 0.99),
    size=st.floats(0.1, 5),
    pull=st.floats(0, 1),
)
def test_the_share_is_the_largest_that_holds(seed: int, least: float, size: float, pull: float) -> None:
    chance = np.random.default_rng(seed)
    q, free = chance.normal(size=6), size * chance.normal(size=6)
    held = q + pull * chance.normal(size=6)
    share = most_within(q, held, free, least)
    steps = np.linspace(0, 1, 4001)
    cosines = np.asarray([cos(q, held + step * free) for step in steps])
    below = np.flatnonzero(cosines < least)
    if below.size == 0 or cosines[-1] >= least:
        assert share == 1.0, "all of it holds, whatever is left of it does"
    elif below[0] == 0:
        assert share == 0.0
    else:
        assert steps[below[0] - 1] - 1e-9 <= share <= steps[below[0]] + 1e-9


@MANY
@given(mix=mixes(), chance=st.randoms(use_true_random=False))
def test_which_slider_was_moved_first_leaves_no_trace(engine: SearchEngine, mix: Mix, chance: object) -> None:
    query = engine.query("the query")
    edits, blends = list(mix.edits), list(mix.blends)
    chance.shuffle(edits)  # type: ignore[attr-defined]
    chance.shuffle(blends)  # type: ignore[attr-defined]
    other = replace(mix, edits=tuple(edits), blends=tuple(blends))
    a, b = put(engine, mix, query), put(engine, other, query)
    assert said(a) == pytest.approx(said(b), abs=1e-12)
    if mix.budget is None:
        assert said(a) == said(b)


def test_a_muted_feature_is_out_of_the_query(engine: SearchEngine, dense: Dense) -> None:
    query = engine.query("the query")
    feature = int(query.indices[0])
    steering = put(engine, Mix((Edit(feature, 0.8),), muted=frozenset({feature})), query)
    ranking = engine.rank(query, steering.edits)
    without = dense.vectors @ (query.vector - query.natural(feature) * dense.decoder[feature])
    np.testing.assert_allclose(ranking.scores, without[ranking.rows], atol=2e-6)


def test_solo_leaves_of_the_query_that_feature_alone(engine: SearchEngine) -> None:
    query = engine.query("the query")
    one = int(query.indices[1])
    steering = put(engine, Mix(soloed=frozenset({one})), query)
    assert said(steering) == pytest.approx(
        {feature: -query.natural(feature) for feature in query.indices.tolist() if feature != one}
    )


def test_reset_spares_what_is_locked() -> None:
    mix = Mix(
        (Edit(1, 0.5), Edit(2, -0.5)),
        (BlendEdit(FAMILY, 1.0), BlendEdit(PLAIN, 2.0)),
        muted=frozenset({2, 3}),
        soloed=frozenset({"family"}),
        locked=frozenset({2, "plain"}),
        budget=0.9,
    )
    reset = mix.reset()
    assert reset.edits == (Edit(2, -0.5),)
    assert reset.blends == (BlendEdit(FAMILY, 0.0), BlendEdit(PLAIN, 2.0))
    assert (reset.muted, reset.soloed) == (frozenset({2}), frozenset())
    assert (reset.locked, reset.budget) == (mix.locked, 0.9)
    assert reset.reset() == reset
    assert not reset.plain
    assert replace(reset, locked=frozenset()).reset().plain
    assert reset.offers("plain") == BlendEdit(PLAIN, 2.0)
    assert reset.offers("other") is None


@pytest.mark.parametrize("budget", [float("nan"), float("inf"), -1.0, 2.0])
def test_a_budget_is_a_cosine(engine: SearchEngine, budget: float) -> None:
    assert engine.columns is not None
    query, direction = engine.query("the query"), engine.columns.direction
    with pytest.raises(UserError, match="cosine"):
        steer(Mix((Edit(1, 0.3),), budget=budget), query, direction)
    assert steer(Mix(budget=budget), query, direction) == Steer((), ())
