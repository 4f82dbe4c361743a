"""Near misses: without the feature, close to it, on the right side, and the same each time."""

from __future__ import annotations

from typing import Any

import naming_support as support
import numpy as np
import pytest

from saerch_desktop.errors import Cancelled
from saerch_desktop.features import hard_negatives as module
from saerch_desktop.features.hard_negatives import BAND, MOST, CaseFinder, spread
from saerch_desktop.features.held_out import held_out
from saerch_desktop.progress import Progress


@pytest.fixture(scope="module")
def made() -> support.Made:
    return support.made(2400, noise=2.0)


def finder(made: support.Made, **more: Any) -> CaseFinder:
    return CaseFinder(made.corpus.vectors, made.corpus.inverted, **{"testing": True, **more})


@pytest.mark.parametrize("testing", [False, True])
def test_both_sides_by_a_dense_oracle(made: support.Made, testing: bool) -> None:
    array = made.points.array
    side = np.flatnonzero(held_out(np.arange(len(array))) == testing)
    for cases in finder(made, testing=testing).many(range(6), Progress()):
        rows, _ = made.corpus.inverted.of(cases.feature)
        assert set(cases.positives) <= set(rows) & set(side)
        assert set(cases.negatives) <= set(side) - set(rows)
        assert cases.positives.size == cases.negatives.size == len(set(cases.negatives)) == MOST
        learnt = rows[~held_out(rows)]
        centre = array[spread(learnt, 64)].mean(axis=0)
        free = np.setdiff1d(side, rows)
        nearest = free[np.argsort(-(array[free] @ centre))][: int(side.size * BAND)]
        assert set(cases.negatives) <= set(nearest)


def test_positives_come_from_all_of_the_activations(made: support.Made) -> None:
    rows, values = made.corpus.inverted.of(2)
    mine = rows[held_out(rows)]
    places = np.flatnonzero(np.isin(mine, finder(made).positives(2)))
    counts = np.histogram(places, bins=10, range=(0, mine.size))[0]
    assert counts.min() == counts.max() == MOST // 10
    assert np.all(np.diff([values[rows == row][0] for row in finder(made).positives(2)]) <= 0)


def test_bands_go_from_chance_to_the_nearest(made: support.Made) -> None:
    array = made.points.array
    centre = array[made.theme == 0].mean(axis=0)
    nearness = [
        float((array[finder(made, band=band).one(0).negatives] @ centre).mean()) for band in (1.0, 0.1, 0.0)
    ]
    assert nearness[0] < nearness[1] < nearness[2]


def test_one_is_the_same_as_among_many_and_again(made: support.Made) -> None:
    every = {cases.feature: cases for cases in finder(made).many([4, 1, 3], Progress())}
    for feature, cases in every.items():
        alone = finder(made).one(feature)
        assert np.array_equal(alone.negatives, cases.negatives)
        assert np.array_equal(alone.positives, cases.positives)


def test_documents_without_a_vector_are_nobodys_negative() -> None:
    made = support.made(120)
    made.points.missing = np.arange(0, 120, 3)
    for cases in finder(made).many(range(6), Progress()):
        assert not np.isin(cases.negatives, made.points.missing).any()


def test_large_corpora_are_sampled(made: support.Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POOL", 100)
    cases = finder(made).one(1)
    assert cases.negatives.size == MOST
    assert cases.positives.size == MOST  # these come from everywhere


def test_a_feature_everywhere_or_nowhere_has_one_side_only() -> None:
    array = support.made(60).points
    corpus = support.corpus([("", "")] * 60, array, [dict.fromkeys(range(60), 1.0), {}])
    found = CaseFinder(corpus.vectors, corpus.inverted, testing=True)
    assert found.one(0).negatives.size == 0
    assert found.one(1).positives.size == 0


def test_spread_takes_the_middles() -> None:
    assert spread(np.arange(100), 4).tolist() == [12, 37, 62, 87]
    assert spread(np.arange(3), 4).tolist() == [0, 1, 2]


def test_it_stops_when_told(made: support.Made) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        list(finder(made).many([0], progress))
