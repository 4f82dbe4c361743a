"""The algebra of steering: linear, whatever the order, and every step can be taken back without a trace."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from planted_library import DIM, FEATURES, ROWS

from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend
from saerch_desktop.search.engine import SearchEngine
from saerch_desktop.search.mix import Mix, Slider, steer
from saerch_desktop.search.steering import Edit, Query, Ranking

FAR = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
FAMILIES = (Blend("a", "A", (1, 8, 20), (0.5, 0.2, 0.3)), Blend("b", "B", (3, 8), (0.6, -0.4)))
PLAIN = direction_blend("c", "C", np.random.default_rng(7).normal(size=DIM))
BLENDS = (*FAMILIES, PLAIN)
Change = tuple[tuple[Edit, ...], tuple[BlendEdit, ...]]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    features = draw(st.lists(st.integers(0, FEATURES - 1), max_size=4, unique=True))
    blends = draw(st.lists(st.sampled_from(BLENDS), max_size=2, unique_by=lambda blend: blend.key))
    amounts = st.floats(-1.5, 1.5)
    return tuple(Edit(f, draw(amounts)) for f in features), tuple(BlendEdit(b, draw(amounts)) for b in blends)


def all_scores(engine: SearchEngine, query: Query, change: Change) -> NDArray[np.float64]:
    """(ROWS,) by the engine itself; those that cannot be listed are 0."""
    ranking = engine.rank(query, change[0], top=ROWS, blends=change[1])
    out = np.zeros(ROWS)
    out[ranking.rows] = ranking.scores
    return out


def times(change: Change, factor: float) -> Change:
    edits, blends = change
    return (
        tuple(Edit(e.feature, factor * e.delta) for e in edits),
        tuple(BlendEdit(b.blend, factor * b.amount) for b in blends),
    )


@FAR
@given(one=changes(), other=changes(), factor=st.floats(-2, 2))
def test_what_changes_do_adds_up(engine: SearchEngine, one: Change, other: Change, factor: float) -> None:
    query = engine.query("the query")
    plain = all_scores(engine, query, ((), ()))
    apart = (all_scores(engine, query, one) - plain) + factor * (all_scores(engine, query, other) - plain)
    more = times(other, factor)
    together = all_scores(engine, query, (one[0] + more[0], one[1] + more[1])) - plain
    np.testing.assert_allclose(together, apart, atol=2e-5)


@FAR
@given(amount=st.floats(-2, 2), family=st.sampled_from(FAMILIES))
def test_a_family_is_its_features(engine: SearchEngine, amount: float, family: Blend) -> None:
    query = engine.query("the query")
    members = zip(family.features, family.weights, strict=True)
    apart = tuple(Edit(feature, amount * weight) for feature, weight in members)
    np.testing.assert_allclose(
        all_scores(engine, query, ((), (BlendEdit(family, amount),))),
        all_scores(engine, query, (apart, ())),
        atol=1e-5,
    )


@FAR
@given(change=changes())
def test_what_is_taken_back_is_as_if_it_had_not_been(engine: SearchEngine, change: Change) -> None:
    query = engine.query("the query")
    back = times(change, -1.0)
    both = engine.rank(query, change[0] + back[0], top=ROWS, blends=change[1] + back[1])
    plain = engine.rank(query, top=ROWS)
    np.testing.assert_array_equal(both.rows, plain.rows)
    np.testing.assert_array_equal(both.scores, plain.scores)
    assert both.contribution_features == ()


@FAR
@given(change=changes(), chance=st.randoms(use_true_random=False))
def test_in_any_order_to_the_last_bit(engine: SearchEngine, change: Change, chance: object) -> None:
    query = engine.query("the query")
    edits, blends = list(change[0]), list(change[1])
    chance.shuffle(edits)  # type: ignore[attr-defined]
    chance.shuffle(blends)  # type: ignore[attr-defined]
    a = engine.rank(query, change[0], blends=change[1])
    b = engine.rank(query, edits, blends=blends)
    np.testing.assert_array_equal(a.rows, b.rows)
    np.testing.assert_array_equal(a.scores, b.scores)


def step(mix: Mix, chance: np.random.Generator) -> Mix:
    """One thing that a hand may do at the mixer, of every kind there is."""
    sliders: list[Slider] = [*range(FEATURES), *(blend.key for blend in BLENDS)]
    slider = sliders[int(chance.integers(len(sliders)))]
    kind = int(chance.choice(9, p=[0.2, 0.2, 0.15, 0.15, 0.1, 0.04, 0.08, 0.05, 0.03]))
    if kind <= 2:
        feature = int(chance.integers(FEATURES))
        kept = tuple(edit for edit in mix.edits if edit.feature != feature)
        return replace(mix, edits=(*kept, Edit(feature, float(chance.normal()))))
    if kind == 3:
        blend = BLENDS[int(chance.integers(len(BLENDS)))]
        others = tuple(edit for edit in mix.blends if edit.blend != blend)
        return replace(mix, blends=(BlendEdit(blend, float(chance.normal())), *others))
    if kind == 4:
        return replace(mix, muted=mix.muted ^ {slider})
    if kind == 5:
        return replace(mix, soloed=frozenset() if mix.soloed else frozenset({slider}))
    if kind == 6:
        return replace(mix, locked=mix.locked ^ {slider})
    if kind == 7:
        return replace(mix, budget=[None, 0.95, 0.8][int(chance.integers(3))])
    return mix.reset()


def listed(engine: SearchEngine, query: Query, mix: Mix, mode: Literal["residual", "paper"]) -> Ranking:
    assert engine.columns is not None
    steering = steer(mix, query, engine.columns.direction)
    return engine.rank(query, steering.edits, mode, 50, None, steering.blends)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("mode", ["residual", "paper"])
def test_two_hundred_steps_and_all_the_way_back(
    engine: SearchEngine, seed: int, mode: Literal["residual", "paper"]
) -> None:
    chance = np.random.default_rng(seed)
    whole = engine.query("the query")
    query = whole if seed else whole.within(chance.random(ROWS) < 0.6)
    mixes = [Mix()]
    seen = [listed(engine, query, mixes[0], mode)]
    for _ in range(200):
        mixes.append(step(mixes[-1], chance))
        seen.append(listed(engine, query, mixes[-1], mode))
    assert len({tuple(ranking.rows.tolist()) for ranking in seen}) > 50
    for mix, was in zip(reversed(mixes), reversed(seen), strict=True):
        now = listed(engine, query, mix, mode)
        for name in ("rows", "scores", "scores_before", "rank_before", "contributions"):
            np.testing.assert_array_equal(getattr(now, name), getattr(was, name))
        assert (now.fidelity, now.moved_in, now.moved_out) == (was.fidelity, was.moved_in, was.moved_out)
    plain = np.lexsort((np.arange(ROWS), -query.base))[:50]
    if mode == "residual":
        np.testing.assert_array_equal(listed(engine, query, mixes[0], mode).rows, plain)
