"""Maps on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop.errors import UserError
from saerch_desktop.features.maps.map_files import load_map, map_file, save_map
from saerch_desktop.features.maps.points import MapPoints, MapRecord


@pytest.fixture
def points() -> MapPoints:
    xy = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    xy[3] = np.nan
    record = MapRecord(of="documents", method="umap", source="aa", rows=20, points=19, seed=4, neighbours=15)
    return MapPoints(xy, record)


def test_a_map_comes_back_as_it_was(points: MapPoints, tmp_path: Path) -> None:
    kept = save_map(tmp_path / "maps", points)
    found = load_map(tmp_path / "maps", "documents", "umap", "aa", 20)
    assert found is not None
    np.testing.assert_array_equal(found.xy, points.xy)
    assert found.record == kept.record
    assert found.record.seed == 4
    assert found.placed.tolist() == [row for row in range(20) if row != 3]
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == [
        "documents_umap.json",
        "documents_umap.npy",
    ]
    assert map_file("features", "pca") == "map_pca.npy"


def test_a_map_of_something_else_is_none(points: MapPoints, tmp_path: Path) -> None:
    assert load_map(tmp_path, "documents", "umap", "aa", 20) is None
    save_map(tmp_path, points)
    assert load_map(tmp_path, "documents", "umap", "bb", 20) is None
    assert load_map(tmp_path, "documents", "pca", "aa", 20) is None


def test_a_map_that_was_half_replaced_is_none(points: MapPoints, tmp_path: Path) -> None:
    save_map(tmp_path, points)
    np.save(tmp_path / "documents_umap.npy", points.xy + 1)
    assert load_map(tmp_path, "documents", "umap", "aa", 20) is None


def test_a_place_is_both_coordinates_or_none(points: MapPoints, tmp_path: Path) -> None:
    points.xy[5, 0], points.xy[6, 1] = np.inf, np.nan
    save_map(tmp_path, points)
    found = load_map(tmp_path, "documents", "umap", "aa", 20)
    assert found is not None
    assert np.isnan(found.xy[5:7]).all()
    assert len(found.placed) == 17


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("documents_umap.json", b"{"),
        ("documents_umap.json", b'{"format": "other"}'),
        ("documents_umap.npy", b"not an array"),
    ],
)
def test_damage_is_told(points: MapPoints, tmp_path: Path, file: str, content: bytes) -> None:
    save_map(tmp_path, points)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        load_map(tmp_path, "documents", "umap", "aa", 20)


@pytest.mark.parametrize(
    "xy", [np.zeros((19, 2), np.float32), np.zeros((20, 2)), np.zeros((20, 3), np.float32)]
)
def test_arrays_of_another_form_are_refused(points: MapPoints, tmp_path: Path, xy: np.ndarray) -> None:
    save_map(tmp_path, points)
    np.save(tmp_path / "documents_umap.npy", xy)
    with pytest.raises(UserError, match="cannot be read"):
        load_map(tmp_path, "documents", "umap", "aa", 20)


def test_a_newer_file_is_told_apart_from_a_damaged_one(points: MapPoints, tmp_path: Path) -> None:
    save_map(tmp_path, points)
    description = tmp_path / "documents_umap.json"
    description.write_text(json.dumps(json.loads(description.read_text()) | {"schema_version": 9}))
    with pytest.raises(UserError, match="newer version"):
        load_map(tmp_path, "documents", "umap", "aa", 20)


def test_a_point_beyond_all_measure_has_no_place(points: MapPoints, tmp_path: Path) -> None:
    points.xy[5], points.xy[6] = 3e38, (0, -3e38)
    save_map(tmp_path, points)
    found = load_map(tmp_path, "documents", "umap", "aa", 20)
    assert found is not None
    assert np.isnan(found.xy[5:7]).all()
    assert found.record.points == len(found.placed) == 17


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seconds", float("inf")),
        ("points", 10**30),
        ("neighbours", 10**30),
        ("seed", -1),
        ("explained", [float("nan")]),
        ("explained", [0.1] * 1000),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(
    points: MapPoints, tmp_path: Path, field: str, value: object
) -> None:
    save_map(tmp_path, points)
    path = tmp_path / "documents_umap.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(UserError, match="cannot be read"):
        load_map(tmp_path, "documents", "umap", "aa", 20)


def test_a_description_cannot_steer_a_terminal(points: MapPoints, tmp_path: Path) -> None:
    save_map(tmp_path, points)
    path = tmp_path / "documents_umap.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "made": "\x1b[2J2026"}))
    found = load_map(tmp_path, "documents", "umap", "aa", 20)
    assert found is not None
    assert found.record.made == "[2J2026"
