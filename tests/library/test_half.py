"""Widening is exact for every half-precision number there is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.library.half import widen

EVERY = np.arange(1 << 16, dtype=np.uint16).view(np.float16)


def widened(half: NDArray[np.float16]) -> NDArray[np.float32]:
    out = np.full(half.shape, 7.0, np.float32)
    widen(half, out)
    return out


def test_every_number_bit_for_bit() -> None:
    numbers = EVERY[~np.isnan(EVERY)]
    wanted = numbers.astype(np.float32)
    np.testing.assert_array_equal(widened(numbers).view(np.uint32), wanted.view(np.uint32))


def test_nan_stays_nan_and_harms_no_neighbour() -> None:
    found = widened(EVERY)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(EVERY))
    there = ~np.isnan(EVERY)
    np.testing.assert_array_equal(found[there], EVERY[there].astype(np.float32))


@pytest.mark.parametrize("shape", [(0,), (0, 4), (3, 5), (1, 1), (7, 40_000)])
def test_shapes(shape: tuple[int, ...]) -> None:
    numbers = np.random.default_rng(0).normal(size=shape).astype(np.float16)
    np.testing.assert_array_equal(widened(numbers), numbers.astype(np.float32))


def test_foreign_byte_order() -> None:
    numbers = np.asarray([1.5, -2.0], dtype=">f2")
    np.testing.assert_array_equal(widened(numbers), [1.5, -2.0])
