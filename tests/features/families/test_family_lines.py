"""Where families are active, against plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from naming_support import index_of
from numpy.typing import NDArray
from scipy import stats

from saerch_desktop.features.families.family import Family
from saerch_desktop.features.families.family_lines import FamilyLines, active_documents
from saerch_desktop.features.families.strength import strength_of
from saerch_desktop.features.inverted import InvertedIndex

ROWS, FEATURES = 300, 12


def codes(share: float, seed: int = 0) -> NDArray[np.float64]:
    chance = np.random.default_rng(seed)
    dense = np.where(chance.random((ROWS, FEATURES)) < share, chance.uniform(0.1, 1, (ROWS, FEATURES)), 0.0)
    dense[:40, :5] = np.where(chance.random((40, 5)) < 0.8, chance.uniform(0.1, 1, (40, 5)), dense[:40, :5])
    return dense


def index(dense: NDArray[np.float64]) -> InvertedIndex:
    return index_of(*({int(row): float(column[row]) for row in np.flatnonzero(column)} for column in dense.T))


@pytest.mark.parametrize("share", [0.004, 0.2])
def test_strength_is_the_sum_of_activations(share: float) -> None:
    dense = codes(share)
    members = [1, 4, 2, 4]
    found = strength_of(index(dense), members, ROWS)
    sums = dense[:, [1, 2, 4]].sum(axis=1)
    expected = np.lexsort((np.arange(ROWS), -sums))[: np.count_nonzero(sums)]
    assert found.rows.tolist() == expected.tolist()
    assert found.sums == pytest.approx(sums[expected], rel=1e-6)
    assert found.meeting.tolist() == (dense[:, [1, 2, 4]] > 0).sum(axis=1)[expected].tolist()


def test_no_members_no_documents() -> None:
    found = strength_of(index(codes(0.1)), [], ROWS)
    assert (found.rows.size, found.sums.size, found.meeting.size) == (0, 0, 0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.4])
@pytest.mark.parametrize("root", [None, 3])
def test_active_where_members_meet_beyond_chance_or_one_is_strong(share: float, root: int | None) -> None:
    dense = codes(share)
    members = (3, 0, 1, 2, 4)
    family = Family(key="a", members=members, root=root)
    found = active_documents(index(dense), family, ROWS)
    own = dense[:, list(members)]
    meeting = (own > 0).sum(axis=1)
    rate = (own > 0).sum() / ROWS
    enough = [
        least
        for least in range(2, 6)
        if (meeting >= least).sum()
        and (meeting >= least).sum() >= 2 * ROWS * stats.poisson.sf(least - 1, rate)
    ]
    about = meeting >= (enough[0] if enough else 6)
    if root is not None:
        about |= dense[:, root] > 0
    for member in members:
        column = dense[:, member]
        strongest = np.argsort(-column, kind="stable")[: int(np.ceil(0.1 * np.count_nonzero(column)))]
        about[strongest] = True
    assert sorted(found.rows.tolist()) == np.flatnonzero(about).tolist()
    assert found.sums.tolist() == sorted(found.sums.tolist(), reverse=True)


def test_lines_keep_a_sample_of_large_families(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saerch_desktop.features.families.family_lines._KEPT", 10)
    dense = codes(0.4)
    family = Family(key="a", members=(0, 1, 2))
    lines = FamilyLines(index(dense), [family], ROWS)
    every = active_documents(index(dense), family, ROWS)
    rows, values = lines.of(0)
    assert rows.size == 10
    assert lines.counts == [every.rows.size]
    assert values.tolist() == sorted(values.tolist(), reverse=True)
    assert set(rows.tolist()) <= set(every.rows.tolist())
