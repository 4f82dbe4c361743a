"""`library.json` is read defensively and keeps what it must."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from saerch_desktop.errors import UserError
from saerch_desktop.library.manifest import (
    EmbedderIdentity,
    FileRecord,
    Manifest,
    SaeRecord,
    is_safe_name,
    read_manifest,
    write_manifest,
)


def a_manifest(**changes: Any) -> Manifest:
    return Manifest(name="corpus", created="2026-01-01T00:00:00+00:00", **changes)


def test_round_trip(tmp_path: Path) -> None:
    sae = SaeRecord(name="first", features=64, k=4, files={"sae.json": FileRecord(sha256="ab", bytes=2)})
    manifest = a_manifest(documents=3, saes={"first": sae})
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest


def test_an_older_manifest_says_nothing_of_the_width() -> None:
    old = SaeRecord.model_validate({"name": "first", "features": 64, "k": 4})
    assert (old.width, old.code_width) == (None, 4)
    assert SaeRecord.model_validate({**old.model_dump(), "width": 9}).code_width == 9
    with pytest.raises(ValidationError):
        SaeRecord(name="first", features=64, k=4, width=0)


def test_newer_version_is_refused_in_plain_words(tmp_path: Path) -> None:
    newer = {**json.loads(a_manifest().to_bytes()), "schema_version": 99, "documents": {"not": "a number"}}
    (tmp_path / "library.json").write_text(json.dumps(newer))
    with pytest.raises(UserError, match="newer version of SAErch Desktop") as caught:
        read_manifest(tmp_path)
    assert "Update" in caught.value.remedy


@pytest.mark.parametrize(
    "content", ["", "{", "[" * 100_000, '{"format": "saerch-library"}', '{"a": 1}', "null"]
)
def test_damaged_or_foreign(tmp_path: Path, content: str) -> None:
    (tmp_path / "library.json").write_text(content)
    with pytest.raises(UserError):
        read_manifest(tmp_path)


def test_not_a_library(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a library"):
        read_manifest(tmp_path)
    with pytest.raises(UserError, match="There is no library"):
        read_manifest(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "a\\b", "", ".", "..", "con", "LPT1.x", "a" * 65, " x", "x.", "x\n"]
)
def test_hostile_names(name: str) -> None:
    assert not is_safe_name(name)
    with pytest.raises(ValidationError):
        SaeRecord(name=name, features=1, k=1)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "C:x", "a\\b", ".."])
def test_hostile_file_names(name: str) -> None:
    with pytest.raises(ValidationError):
        SaeRecord(name="x", features=1, k=1, files={name: FileRecord(sha256="", bytes=0)})


def test_friendly_names() -> None:
    assert all(map(is_safe_name, ("paper16", "n 3072, k 32".replace(",", ""), "Größe-2", "a.b_c+d")))


def test_embedders_that_may_be_mixed() -> None:
    here = EmbedderIdentity(kind="folder", name="/models/a", dim=4, fingerprint="f")
    moved = EmbedderIdentity(kind="folder", name="D:/a", dim=4, fingerprint="f")
    retrained = EmbedderIdentity(kind="folder", name="/models/a", dim=4, fingerprint="g")
    assert here.same_as(moved)
    assert not here.same_as(retrained)
    assert not here.same_as(here.model_copy(update={"dim": 5}))
    online = EmbedderIdentity(kind="openai", name="small", dim=4)
    assert online.same_as(online.model_copy())
    assert not online.same_as(online.model_copy(update={"name": "large"}))
    minilm = EmbedderIdentity(kind="minilm", name="all-MiniLM-L6-v2", dim=384, fingerprint="x")
    assert minilm.same_as(minilm.model_copy(update={"fingerprint": ""}))


def test_specs() -> None:
    assert EmbedderIdentity(kind="minilm", name="all-MiniLM-L6-v2", dim=384).spec == "minilm"
    assert EmbedderIdentity(kind="openai", name="m", dim=3).spec == "openai:m"
    assert EmbedderIdentity(kind="given", name="v", dim=3).spec == "given:v"
