"""Dense places and their names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from saerch_desktop.features.maps.point_index import PointIndex
from saerch_desktop.features.maps.regions import dense_places, level_of, name_by_documents, name_by_members

CENTRES = np.array([[0, 0], [4, 0], [0, 4], [8, 6], [2, 7]], float)
BOX = (-3.0, -3.0, 11.0, 10.0)


def groups(each: int = 120) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    chance = np.random.default_rng(1)
    of = np.repeat(np.arange(len(CENTRES)), each)
    xy = CENTRES[of] + chance.normal(size=(len(of), 2)) * 0.12
    return xy.astype(np.float32), of


def features_of(codes: NDArray[np.int32], count: int) -> Any:
    """What naming looks at of a set of features: codes, how common each is, how many documents."""
    values = np.ones(codes.shape, np.float32)
    met = np.bincount(codes.ravel(), minlength=count)
    return SimpleNamespace(
        sae=SimpleNamespace(config=SimpleNamespace(features=count)),
        statistics=SimpleNamespace(count=met),
        documents=len(codes),
        codes=SimpleNamespace(indices=codes, values=values),
    )


def test_groups_are_found_where_they_are() -> None:
    xy, of = groups()
    places = dense_places(PointIndex.of(xy), BOX, 0)
    near = {int(np.hypot(*(CENTRES - (place.x, place.y)).T).argmin()) for place in places}
    assert near == set(range(len(CENTRES)))
    for place in places:
        assert np.hypot(*(CENTRES - (place.x, place.y)).T).min() < 0.4
        assert len(set(of[place.rows].tolist())) == 1
    assert [place.weight for place in places] == sorted((p.weight for p in places), reverse=True) or len(
        places
    ) > 5


@pytest.mark.parametrize("level", [0, 1, 2])
def test_moving_over_the_map_never_moves_a_place(level: int) -> None:
    xy, _ = groups()
    index = PointIndex.of(xy)
    whole = {(place.x, place.y) for place in dense_places(index, BOX, level, most=999)}
    for box in ((-1.0, -1.0, 5.0, 5.0), (1.03, 2.71, 9.0, 8.0)):
        part = {(place.x, place.y) for place in dense_places(index, box, level, most=999)}
        x0, y0, x1, y1 = box
        assert part == {(x, y) for x, y in whole if x0 <= x <= x1 and y0 <= y <= y1}


def test_a_place_is_named_by_what_sets_its_documents_apart() -> None:
    xy, of = groups()
    chance = np.random.default_rng(0)
    # Feature of its group, one that all have, and noise.
    codes = np.stack([of, np.full(len(of), 6), 7 + chance.integers(0, 60, len(of))], axis=1).astype(np.int32)
    features = features_of(codes, 70)
    places = dense_places(PointIndex.of(xy), BOX, 0)
    liked = np.ones(70, bool)
    found = name_by_documents(features, places, liked)
    assert {region.feature for region in found} == set(range(5))
    for region in found:
        assert np.hypot(*(CENTRES[region.feature] - (region.x, region.y))) < 0.4
    assert [r.weight for r in found] == sorted((r.weight for r in found), reverse=True)
    liked[2] = False
    assert {region.feature for region in name_by_documents(features, places, liked)} == {0, 1, 3, 4}


def test_places_without_anything_in_common_have_no_name() -> None:
    xy, of = groups()
    codes = np.random.default_rng(0).integers(0, 400, (len(of), 3)).astype(np.int32)
    places = dense_places(PointIndex.of(xy), BOX, 0)
    assert name_by_documents(features_of(codes, 400), places, np.ones(400, bool)) == []


def test_features_give_their_own_name() -> None:
    xy, of = groups(20)
    strength = np.random.default_rng(3).random(len(of))
    places = dense_places(PointIndex.of(xy), BOX, 0, least=1)
    found = name_by_members(places, strength, np.ones(len(of), bool))
    strongest = {int(np.flatnonzero(of == group)[strength[of == group].argmax()]) for group in range(5)}
    assert strongest <= {region.feature for region in found}
    assert name_by_members(places, strength, np.zeros(len(of), bool)) == []


def test_levels_are_halvings() -> None:
    assert [level_of(span, 16) for span in (40, 16, 8.1, 8, 4, 1)] == [0, 0, 0, 1, 2, 4]


def test_a_view_from_very_far_is_no_trouble() -> None:
    xy, _ = groups(10)
    assert dense_places(PointIndex.of(xy), (-1e9, -1e9, 1e9, 1e9), 3) == []


def test_what_is_common_everywhere_names_no_place() -> None:
    xy, of = groups()
    chance = np.random.default_rng(5)
    # Active in half of every place, with twice the strength of anything else.
    everywhere = np.where(chance.random(len(of)) < 0.5, 0, 1 + chance.integers(0, 60, len(of)))
    mostly = np.where((of == 1) & (chance.random(len(of)) < 0.3), 0, everywhere)
    codes = np.stack([mostly, 70 + of * 400 + chance.integers(0, 400, len(of))], axis=1).astype(np.int32)
    places = dense_places(PointIndex.of(xy), BOX, 0)
    assert name_by_documents(features_of(codes, 2100), places, np.ones(2100, bool)) == []


def test_only_what_is_denser_than_the_rest_of_the_view_is_a_place() -> None:
    chance = np.random.default_rng(6)
    thin = chance.uniform(0, 8, (6000, 2))
    crowd = np.array([2.0, 2.0]) + chance.normal(size=(600, 2)) * 0.1
    xy = np.concatenate((thin, crowd)).astype(np.float32)
    places = dense_places(PointIndex.of(xy), (-1.0, -1.0, 9.0, 9.0), 0)
    assert len(places) == 1
    assert np.hypot(places[0].x - 2, places[0].y - 2) < 0.3
