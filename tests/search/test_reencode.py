"""Re-encoding against dense algebra, and the vector that makes a code stick against a general optimiser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress
from saerch_desktop.sae.config import SaeConfig
from saerch_desktop.sae.details import SaeDetails
from saerch_desktop.sae.weights import Sae
from saerch_desktop.search.blends import Blend, BlendEdit, direction_blend
from saerch_desktop.search.mix import Mix, Steer
from saerch_desktop.search.reencode import STICK_KEY, make_stick, reencoded, with_stick
from saerch_desktop.search.steering import Edit, Query

DIM, COUNT, K = 32, 64, 5
NOTHING = Steer((), ())


def made(variant: str = "topk", seed: int = 0) -> Any:
    """Features of an SAE of random weights; encoder and decoder agree about as real ones do."""
    chance = np.random.default_rng(seed)
    decoder = chance.normal(size=(COUNT, DIM))
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    encoder = decoder + 0.8 / np.sqrt(DIM) * chance.normal(size=(COUNT, DIM))
    config = SaeConfig(dim=DIM, features=COUNT, k=K, variant=variant)
    details = SaeDetails(name="s", created="2026-01-01T00:00:00+00:00", sae=config, sha256="0" * 64)
    sae = Sae(
        name="s",
        config=config,
        encoder=encoder.astype(np.float32),
        decoder=decoder.astype(np.float32),
        pre_bias=chance.normal(scale=0.02, size=DIM).astype(np.float32),
        latent_bias=np.full(COUNT, -0.01, np.float32),
        sha256="0" * 64,
        details=details,
        threshold=np.full(COUNT, 0.2, np.float32) if variant == "batchtopk" else None,
    )
    return SimpleNamespace(sae=sae)


def asked(features: Any, seed: int = 1) -> Query:
    vector = np.random.default_rng(seed).normal(size=DIM)
    vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    indices, values = features.sae.encode(vector[None, :])
    active = values[0] > 0
    base = np.zeros(3, np.float32)
    return Query("q", vector, base, np.arange(1, 4, dtype=np.int32), indices[0][active], values[0][active])


def pre(sae: Sae, vector: np.ndarray) -> np.ndarray:
    return sae.encoder.astype(np.float64) @ (vector - sae.pre_bias) + sae.latent_bias


def encoded(sae: Sae, vector: np.ndarray) -> np.ndarray:
    """The code of a vector, dense (n,)."""
    found = pre(sae, vector)
    if sae.threshold is not None:
        return np.where(found > sae.threshold, found, 0)
    return np.where(found >= np.sort(found)[-K], np.maximum(found, 0), 0)


def spread(indices: np.ndarray, values: np.ndarray) -> np.ndarray:
    code = np.zeros(COUNT)
    code[indices] = values
    return code


def strongest(code: np.ndarray) -> np.ndarray:
    return np.where(code >= np.sort(code)[-K], np.maximum(code, 0), 0)


def raising(features: Any, query: Query) -> tuple[Steer, np.ndarray]:
    """An inactive feature raised, an active one lowered to nothing; the change as a code."""
    silent = int(np.setdiff1d(np.arange(COUNT), query.indices)[3])
    edits = (Edit(silent, 0.4), Edit(int(query.indices[0]), -float(query.values[0])))
    return Steer(edits, ()), spread(np.array([e.feature for e in edits]), np.array([e.delta for e in edits]))


@pytest.mark.parametrize("seed", range(5))
def test_reading_is_the_formula(seed: int) -> None:
    features = made(seed=seed)
    query = asked(features, seed + 10)
    sae = features.sae
    steer, change = raising(features, query)
    found = reencoded(features, query, steer)
    vector = query.vector.astype(np.float64) + change @ sae.decoder.astype(np.float64)
    wanted = strongest(spread(query.indices, query.values) + change)
    got = encoded(sae, vector)
    assert found.vector == pytest.approx(vector, abs=1e-6)
    assert spread(found.wanted_indices, found.wanted_values) == pytest.approx(wanted, abs=1e-5)
    assert spread(found.got_indices, found.got_values) == pytest.approx(got, abs=1e-5)
    assert found.nmse == pytest.approx(np.square(got - wanted).sum() / np.square(wanted).sum(), rel=1e-3)
    assert set(found.gained) == set(np.flatnonzero((got > 0) & (wanted == 0)).tolist())
    assert set(found.lost) == set(np.flatnonzero((got == 0) & (wanted > 0)).tolist())
    told = {one.feature: (one.natural, one.wanted, one.got) for one in found.spoken}
    natural = spread(query.indices, query.values)
    for feature, figures in told.items():
        assert figures == pytest.approx((natural[feature], wanted[feature], got[feature]), abs=1e-5)
    off = [abs(one.got - one.wanted) for one in found.spoken]
    assert off == sorted(off, reverse=True)


def test_without_changes_the_query_reads_as_it_is() -> None:
    features = made()
    query = asked(features)
    found = reencoded(features, query, NOTHING)
    assert found.nmse == pytest.approx(0, abs=1e-12)
    assert (found.gained, found.lost) == ((), ())
    stuck = make_stick(features, query, NOTHING)
    assert (stuck.best, stuck.blend()) == (0, None)
    assert with_stick(Mix(), stuck) == Mix()


def test_paper_mode_reads_what_is_decoded() -> None:
    features = made()
    query = asked(features)
    sae = features.sae
    found = reencoded(features, query, NOTHING, "paper")
    decoded = query.values.astype(np.float64) @ sae.decoder[query.indices] + sae.pre_bias
    assert found.vector == pytest.approx(decoded, abs=1e-6)
    assert found.nmse > 0  # decoding does not give the code back, which is the point of it


def test_more_features_than_can_be_active_are_told() -> None:
    features = made()
    query = asked(features)
    silent = np.setdiff1d(np.arange(COUNT), query.indices)[:7]
    found = reencoded(features, query, Steer(tuple(Edit(int(f), 0.3) for f in silent), ()))
    assert len(found.wanted_indices) == K
    assert found.unsaid == query.indices.size + 7 - K


def test_blends_ask_for_their_features_and_directions_for_nothing() -> None:
    features = made()
    query = asked(features)
    sae = features.sae
    pair = tuple(int(f) for f in np.setdiff1d(np.arange(COUNT), query.indices)[:2])
    family = BlendEdit(Blend("f", "family", pair, (0.5, 0.25)), 0.8)
    edits = Steer((Edit(pair[0], 0.4), Edit(pair[1], 0.2)), ())
    by_family, by_edits = (reencoded(features, query, one) for one in (Steer((), (family,)), edits))
    assert by_family.vector == pytest.approx(by_edits.vector)
    assert by_family.nmse == pytest.approx(by_edits.nmse)
    along = np.random.default_rng(5).normal(size=DIM)
    plain = BlendEdit(direction_blend("d", "direction", along), 0.7)
    found = reencoded(features, query, Steer((), (plain,)))
    moved = query.vector + 0.7 * along / np.linalg.norm(along)
    assert found.nmse == pytest.approx(0, abs=1e-9)
    assert spread(found.wanted_indices, found.wanted_values) == pytest.approx(encoded(sae, moved), abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_a_full_code_sticks_exactly(seed: int) -> None:
    features = made(seed=seed)
    query = asked(features, seed + 20)
    silent = int(np.setdiff1d(np.arange(COUNT), query.indices)[3])
    steer = Steer((Edit(silent, 0.5),), ())
    stuck = make_stick(features, query, steer, steps=25)
    wanted = spread(stuck.before.wanted_indices, stuck.before.wanted_values)
    assert stuck.curve[0] == pytest.approx(stuck.before.nmse)
    assert stuck.before.nmse > 0.01
    assert stuck.after.nmse == stuck.curve[stuck.best] < 1e-6
    assert encoded(features.sae, stuck.vector) == pytest.approx(wanted, abs=1e-3)
    assert min(stuck.to_query, stuck.to_steered) > 0


@pytest.mark.parametrize("seed", range(4))
def test_no_nearer_vector_sticks(seed: int) -> None:
    """A general solver of the same problem comes no nearer to the steered vector."""
    features = made(seed=seed)
    query = asked(features, seed + 20)
    silent = int(np.setdiff1d(np.arange(COUNT), query.indices)[3])
    stuck = make_stick(features, query, Steer((Edit(silent, 0.5),), ()), steps=25)
    sae, start = features.sae, stuck.before.vector
    ids, values = stuck.before.wanted_indices, stuck.before.wanted_values.astype(np.float64)
    others = np.setdiff1d(np.arange(COUNT), ids)
    found = minimize(
        lambda v: np.square(v - start).sum(),
        stuck.vector,
        jac=lambda v: 2 * (v - start),
        method="SLSQP",
        constraints=[
            {"type": "eq", "fun": lambda v: pre(sae, v)[ids] - values, "jac": lambda v: sae.encoder[ids]},
            {
                "type": "ineq",
                "fun": lambda v: values.min() * 0.999 - pre(sae, v)[others],
                "jac": lambda v: -sae.encoder[others],
            },
        ],
        options={"maxiter": 300, "ftol": 1e-10},
    )
    assert found.success
    ours = np.linalg.norm(stuck.vector - start)
    assert ours <= np.linalg.norm(found.x - start) * 1.01 + 1e-4


@pytest.mark.parametrize("way", ["projection", "fixed point", "gradient"])
def test_every_way_lowers_the_error_of_a_lowered_feature(way: Any) -> None:
    """With a free place some other feature speaks up in any case: no way sticks exactly."""
    features = made()
    query = asked(features)
    down = Steer((Edit(int(query.indices[0]), -float(query.values[0])),), ())
    stuck = make_stick(features, query, down, way=way)
    assert stuck.after.nmse < (0.3 if way == "projection" else 1.0) * stuck.before.nmse
    assert stuck.after.nmse <= min(stuck.curve) + 0.005
    assert stuck.way == way


def test_projection_beats_the_other_ways() -> None:
    errors: dict[str, list[float]] = {"projection": [], "fixed point": [], "gradient": []}
    for seed in range(8):
        features = made(seed=seed)
        query = asked(features, seed + 40)
        steer, _ = raising(features, query)
        for way, found in errors.items():
            found.append(make_stick(features, query, steer, way=way).after.nmse)  # type: ignore[arg-type]
    means = {way: np.mean(found) for way, found in errors.items()}
    assert means["projection"] < 0.2 * means["fixed point"] < means["gradient"]


def test_thresholds_are_heeded() -> None:
    features = made("batchtopk")
    query = asked(features)
    silent = int(np.setdiff1d(np.arange(COUNT), query.indices)[3])
    stuck = make_stick(features, query, Steer((Edit(silent, 0.6),), ()), steps=25)
    wanted = spread(stuck.before.wanted_indices, stuck.before.wanted_values)
    assert stuck.after.nmse < 1e-6
    assert encoded(features.sae, stuck.vector) == pytest.approx(wanted, abs=1e-3)


def test_the_slider_that_makes_it_stick_asks_for_nothing_and_replaces_an_earlier_one() -> None:
    features = made()
    query = asked(features)
    steer, _ = raising(features, query)
    stuck = make_stick(features, query, steer)
    kept = BlendEdit(Blend("f", "family", (1,), (0.1,)), 0.0)
    mix = with_stick(Mix(edits=steer.edits, blends=(kept,)), stuck)
    assert [edit.blend.key for edit in mix.blends] == [STICK_KEY, "f"]
    steered = Steer(mix.edits, mix.moved)
    found = reencoded(features, query, steered)
    assert found.vector == pytest.approx(stuck.vector, abs=1e-6)
    assert found.nmse == pytest.approx(stuck.after.nmse, abs=1e-4)
    assert found.wanted_indices.tolist() == stuck.before.wanted_indices.tolist()
    again = make_stick(features, query, steered)
    assert again.vector == pytest.approx(stuck.vector, abs=1e-6)
    assert with_stick(mix, again) == mix


def test_it_is_the_same_every_time_and_can_be_stopped() -> None:
    features = made()
    query = asked(features)
    steer, _ = raising(features, query)
    first, second = (make_stick(features, query, steer) for _ in range(2))
    assert first.curve == second.curve
    assert np.array_equal(first.vector, second.vector)
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        make_stick(features, query, steer, progress=stopped)


def test_a_code_of_nothing_is_no_trouble() -> None:
    features = made()
    query = asked(features)
    every = tuple(Edit(int(f), -2.0) for f in query.indices)
    stuck = make_stick(features, query, Steer(every, ()))
    assert stuck.before.wanted_indices.size == 0
    assert stuck.curve == (1.0,)


def test_the_engine_searches_by_the_vector_that_sticks(make_engine: Any, built: Path) -> None:
    engine = make_engine()
    query = engine.query_from_document(4)
    steer = Steer((Edit(9, 0.3), Edit(int(query.indices[0]), -float(query.values[0]))), ())
    stuck = make_stick(engine.features, query, steer)
    mix = with_stick(Mix(edits=steer.edits), stuck)
    ranking = engine.rank(query, mix.edits, "residual", 20, None, mix.moved)
    assert engine.steered_vector(ranking) == pytest.approx(stuck.vector, abs=1e-5)
    rows = ranking.rows
    dense = np.asarray(engine.library.vectors.array, np.float64)[rows] @ stuck.vector
    assert ranking.scores == pytest.approx(dense, abs=2e-3)
    assert replace(steer, blends=mix.moved).blends[0].blend.key == STICK_KEY
