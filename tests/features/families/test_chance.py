"""Tails of the hypergeometric distribution against sums of exact whole numbers."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from saerch_desktop.features.families.chance import deviation, more_often_each


def exact(count: int, first: int, second: int, total: int) -> float:
    ways = sum(comb(first, k) * comb(total - first, second - k) for k in range(count, min(first, second) + 1))
    return float(Fraction(ways, comb(total, second)))


@pytest.mark.parametrize("total", [30, 400, 1_500])
def test_tails_are_exact_where_there_is_evidence(total: int) -> None:
    chance = np.random.default_rng(total)
    first, second = chance.integers(1, total, (2, 60))
    most = np.minimum(first, second)
    least = np.maximum(0, first + second - total)
    counts = chance.integers(least, most + 1)
    found = more_often_each(counts, first, second, total)
    z = (counts - first * second / total) / deviation(first, second, total)
    for place, told in enumerate(found):
        p = exact(int(counts[place]), int(first[place]), int(second[place]), total)
        if z[place] > 2:
            assert told >= p * (1 - 1e-6)
            assert told == pytest.approx(p, rel=2e-3, abs=1e-290)
        else:
            assert told == pytest.approx(p, abs=0.12)


def test_blocks_join(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, first, second = np.arange(3, 40), np.full(37, 60), np.full(37, 55)
    whole = more_often_each(counts, first, second, 500)
    monkeypatch.setattr("saerch_desktop.features.families.chance._BLOCK", 5)
    assert np.array_equal(more_often_each(counts, first, second, 500), whole)
    assert (np.diff(whole) <= 0).all()


def test_nothing_and_no_documents() -> None:
    none = np.empty(0, np.int64)
    assert more_often_each(none, none, none, 0).size == 0
