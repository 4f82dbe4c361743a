"""The line between making labels and testing them."""

from __future__ import annotations

import numpy as np
import pytest

from saerch_desktop.features.held_out import SHARE, held_out, mixed


def splitmix(row: int, seed: int) -> int:
    """The published generator, in Python's own integers."""
    mask = (1 << 64) - 1
    z = (row * 0x9E3779B97F4A7C15 + (seed + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


@pytest.mark.parametrize("seed", [0, 7])
def test_it_is_the_published_hash(seed: int) -> None:
    rows = [0, 1, 2, 1000, 2**31, 2**40]
    assert mixed(np.asarray(rows), seed).tolist() == [splitmix(row, seed) for row in rows]


def test_two_in_five_are_held_out_wherever_one_looks() -> None:
    chosen = held_out(np.arange(100_000))
    assert chosen.mean() == pytest.approx(SHARE, abs=0.005)
    for step in (2, 7, 64, 1000):  # no pattern over the rows
        assert chosen[::step].mean() == pytest.approx(SHARE, abs=0.16 if step == 1000 else 0.02)


def test_it_depends_on_the_row_alone() -> None:
    rows = np.asarray([[5, 9], [1, 5]], np.int32)
    everything = held_out(np.arange(10))
    assert np.array_equal(held_out(rows), everything[rows])
    assert not np.array_equal(held_out(np.arange(500), 1), held_out(np.arange(500), 2))
