"""Which documents the figures are taken from."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.sae.judging import sample


def split(documents: int, held: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(4).permutation(documents)
    return np.sort(order[held:]), np.sort(order[:held])


@pytest.mark.parametrize(
    ("documents", "held", "judged", "pool"),
    [
        (180, 9, 9, 180),
        (10_000, 500, 500, 1024),
        (30_000, 1500, 1024, 1024),
        (100_000, 5000, 3125, 3125),
        (200_000, 10_000, 4096, 6250),
        (1_000_000, 50_000, 4096, 8192),
    ],
)
def test_its_size_follows_the_corpus(documents: int, held: int, judged: int, pool: int) -> None:
    training, heldout = split(documents, held)
    chosen = sample(training, heldout, seed=0)
    assert (len(chosen.queries), len(chosen.judged), len(chosen.pool)) == (min(256, judged), judged, pool)
    assert chosen.has_neighbours
    assert np.array_equal(chosen.judged[: len(chosen.queries)], chosen.queries)
    assert np.array_equal(chosen.pool[:judged], chosen.judged)
    assert len(np.unique(chosen.pool)) == pool
    assert np.isin(chosen.judged, heldout).all()
    assert np.isin(chosen.pool[judged:], training).all()


def test_it_is_the_same_every_time_and_spread_evenly() -> None:
    training, heldout = split(40_000, 4000)
    first, again = sample(training, heldout, seed=7), sample(training, heldout, seed=7)
    assert np.array_equal(first.pool, again.pool)
    gaps = np.diff(np.searchsorted(heldout, np.sort(first.judged)))
    assert gaps.min() >= 3
    assert gaps.max() <= 4
    few = split(5000, 100)
    assert not np.array_equal(sample(*few, seed=1).pool, sample(*few, seed=2).pool)


def test_without_held_out_documents_nothing_is_judged() -> None:
    chosen = sample(np.arange(500), np.zeros(0, np.int64), seed=0)
    assert len(chosen.pool) == 0
    assert not chosen.has_neighbours


def test_ten_documents_have_no_ten_neighbours() -> None:
    assert not sample(np.arange(1, 10), np.array([0]), seed=0).has_neighbours
    assert sample(np.arange(1, 11), np.array([0]), seed=0).has_neighbours
