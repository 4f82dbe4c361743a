"""A library of the version before opens as it is, and is brought up to date by whoever writes it first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_library import make_documents

from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library import upgrade
from saerch_desktop.library.checks import check_library
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A library as version 1 wrote it."""
    path = make_documents(tmp_path / "Older.saerch", 12)
    raw = json.loads((path / layout.MANIFEST_FILE).read_bytes())
    del raw["id"]
    raw["schema_version"] = 1
    (path / layout.MANIFEST_FILE).write_text(json.dumps(raw, indent=2), encoding="utf-8")
    with Library.open(path) as library:  # its second copy, in the database, is as old
        copy = library.documents.state(layout.MANIFEST_STATE)
    assert copy is not None
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.glob("library*.json")}


def test_reading_leaves_every_byte_as_it_is(older: Path) -> None:
    before = contents(older)
    with Library.open(older) as library:
        assert library.manifest.schema_version == layout.SCHEMA_VERSION
        assert len(library.manifest.id) == 32
        assert len(library.documents) == 12
        assert library.findings == ()
    assert contents(older) == before


def test_writing_keeps_the_former_description_beside_the_new_one(older: Path) -> None:
    before = (older / layout.MANIFEST_FILE).read_bytes()
    with Library.open(older) as library:
        identity = library.manifest.id
    with Library.open(older, write=True) as library:
        assert library.manifest.id == identity, "links that were made before still find it"
    assert (older / "library.version-1.json").read_bytes() == before
    now = json.loads((older / layout.MANIFEST_FILE).read_bytes())
    assert (now["schema_version"], now["id"]) == (layout.SCHEMA_VERSION, identity)
    assert check_library(older, repair=False, progress=Progress()) == []
    with Library.open(older, write=True):
        pass
    assert (older / "library.version-1.json").read_bytes() == before


def test_a_former_description_that_cannot_be_kept_stops_the_writing(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(older)

    def full(path: Path, data: bytes) -> None:
        raise UserError("The disk is full.", "", "")

    monkeypatch.setattr("saerch_desktop.files.write_bytes", full)
    with pytest.raises(UserError, match="full"):
        Library.open(older, write=True)
    monkeypatch.undo()
    assert contents(older) == before
    with Library.open(older, write=True):
        pass


def test_new_libraries_are_told_apart_and_copies_are_not(tmp_path: Path) -> None:
    ids = []
    for name in ("a", "b"):
        with Library.create(tmp_path / f"{name}.saerch", "The same name") as library:
            ids.append(library.manifest.id)
    assert len(set(ids)) == 2
    assert all(len(one) == 32 for one in ids)


def test_steps_follow_each_other() -> None:
    steps = {1: lambda raw: {**raw, "a": 1}, 2: lambda raw: {**raw, "b": raw["a"] + 1}}
    assert upgrade.upgraded({"schema_version": 1}, 3, steps) == {"schema_version": 3, "a": 1, "b": 2}
    assert upgrade.upgraded({"a": 5, "schema_version": 2}, 3, steps)["b"] == 6
    assert upgrade.upgraded({"x": 0, "schema_version": 3}, 3, steps) == {"x": 0, "schema_version": 3}


@pytest.mark.parametrize("version", ["1", 0, -3, True, None, 1.5, [1]])
def test_a_version_that_is_none_is_damage(older: Path, version: object) -> None:
    raw = json.loads((older / layout.MANIFEST_FILE).read_bytes()) | {"schema_version": version}
    with pytest.raises(layout.Damaged, match="schema_version"):
        layout.parse_manifest(json.dumps(raw).encode(), "x")
