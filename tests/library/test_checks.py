"""The deep check: finds what the quick look cannot see, repairs what is derivable, touches nothing else."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from saerch_desktop import files
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library.checks import check_library
from saerch_desktop.library.findings import Finding
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import FileRecord, SaeRecord
from saerch_desktop.progress import Progress

Make = Callable[..., Path]


def check(path: Path, repair: bool = False) -> list[Finding]:
    return check_library(path, repair=repair, progress=Progress())


def with_sae(path: Path, rows: int) -> Path:
    """Adds an SAE with all kinds of files; returns its folder."""
    with Library.open(path, write=True) as library:
        folder = library.new_sae_folder("one")
        (folder / "sae.json").write_text("{}")
        (folder / "sae.safetensors").write_bytes(b"weights")
        np.save(folder / "code_indices.npy", np.arange(rows * 2, dtype=np.int32).reshape(rows, 2) % 8)
        np.save(folder / "code_values.npy", np.ones((rows, 2), dtype=np.float32))
        (folder / "labels.json").write_text("[]")
        names = ("sae.json", "sae.safetensors", "code_indices.npy", "code_values.npy", "labels.json")
        listed = {name: FileRecord.of(folder / name) for name in names}
        library.record_sae(SaeRecord(name="one", features=8, k=2, files=listed))
    return folder


def change(path: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(path / "documents.sqlite", isolation_level=None)) as connection:
        connection.execute(sql)


def test_a_sound_library(make_library: Make) -> None:
    path = make_library(50)
    with_sae(path, 50)
    assert check(path) == []
    assert check(path, repair=True) == []


def test_keyword_index(make_library: Make) -> None:
    path = make_library(50)
    change(
        path,
        "INSERT INTO documents_fts(documents_fts, rowid, title, text) VALUES ('delete', 3, 'wrong', 'words')",
    )
    (found,) = check(path, repair=True)
    assert (found.severity, "was built again" in found.what) == ("note", True)
    assert check(path, repair=True) == []
    change(path, "DELETE FROM documents_fts_docsize WHERE id > 40")
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("warning", True)
    check(path, repair=True)
    assert check(path) == []
    with Library.open(path) as library:
        assert len(library.documents.keyword("told", 99)) == 50


def test_a_keyword_index_in_ruins(make_library: Make) -> None:
    path = make_library(50)
    change(path, "DELETE FROM documents_fts_data WHERE id > 1")
    check(path, repair=True)
    assert check(path, repair=True) == []
    with Library.open(path) as library:
        assert len(library.documents.keyword("told", 99)) == 50


def test_facets(make_library: Make) -> None:
    path = make_library(50)
    with Library.open(path) as library:
        before = library.documents.facets_of(range(50))
    change(path, "UPDATE facets SET value = 'wrong' WHERE row = 7 AND position = 0")
    change(path, "DELETE FROM facets WHERE row = 9")
    change(path, "INSERT INTO facets VALUES (77, 0, 'a', 'b')")
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("warning", True)
    assert "facets of 2 documents" in found.what
    (found,) = check(path, repair=True)
    assert found.severity == "note"
    assert check(path) == []
    with Library.open(path) as library:
        assert library.documents.facets_of(range(50)) == before


def test_missing_rows(make_library: Make) -> None:
    path = make_library(50)
    change(path, "DELETE FROM documents WHERE row = 20")
    found = check(path, repair=True)
    assert [finding.severity for finding in found] == ["error"]
    assert "1 documents are missing" in found[0].what


def test_wrong_count_in_the_manifest(make_library: Make) -> None:
    path = make_library(20, dtype=None)
    edit_manifest(path, documents=25)
    assert [finding.severity for finding in check(path)] == ["error"]
    assert [finding.severity for finding in check(path, repair=True)] == ["note"]
    assert check(path) == []


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_the_manifest_comes_back_from_its_copy(make_library: Make, content: str | None) -> None:
    path = make_library(20)
    before = (path / "library.json").read_bytes()
    (path / "library.json").unlink()
    if content is not None:
        (path / "library.json").write_text(content)
    if content == "[]":  # somebody else's file, not a damaged one of ours
        with pytest.raises(UserError, match="does not describe"):
            check(path, repair=True)
        return
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("error", True)
    (found,) = check(path, repair=True)
    assert found.severity == "note"
    assert (path / "library.json").read_bytes() == before
    assert check(path) == []


def test_newer_or_foreign_libraries_are_left_alone(make_library: Make, tmp_path: Path) -> None:
    path = make_library(5)
    edit_manifest(path, schema_version=99)
    before = (path / "library.json").read_bytes()
    with pytest.raises(UserError, match="newer version"):
        check(path, repair=True)
    assert (path / "library.json").read_bytes() == before
    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match="is not a library"):
        check(tmp_path / "other", repair=True)


@pytest.mark.parametrize("damage", ["cut", "missing", "zeros", "nan", "long"])
def test_vectors_that_cannot_be_used(make_library: Make, damage: str) -> None:
    path = make_library(50)
    file = path / "vectors.npy"
    if damage == "missing":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    else:
        array = np.load(file)
        array[17] = {"zeros": 0, "nan": np.nan, "long": 3}[damage]
        np.save(file, array)
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("error", True)
    assert "keyword" in found.usable
    (found,) = check(path, repair=True)
    assert found.severity == "warning"
    assert (path / "vectors.damaged.npy").exists() == (damage != "missing")
    with Library.open(path) as library:
        assert library.manifest.vectors is None
        assert library.findings == ()
    assert check(path) == []


def test_changed_but_sound_vectors_are_accepted_on_repair(make_library: Make) -> None:
    path = make_library(50)
    array = np.load(path / "vectors.npy")
    array[3] = array[4]
    np.save(path / "vectors.npy", array)
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("error", True)
    check(path, repair=True)
    assert check(path) == []
    with Library.open(path) as library:
        assert library.vectors is not None


def test_weights_cannot_be_repaired(make_library: Make) -> None:
    path = make_library(20)
    folder = with_sae(path, 20)
    (folder / "sae.safetensors").write_bytes(b"WEIGHTS")
    (found,) = check(path, repair=True)
    assert found.severity == "error"
    assert "train it again" in found.remedy
    assert (folder / "sae.safetensors").exists()


@pytest.mark.parametrize("damage", ["changed", "missing", "out of range", "negative", "rows"])
def test_damaged_codes_are_removed_to_be_made_again(make_library: Make, damage: str) -> None:
    path = make_library(20)
    folder = with_sae(path, 20)
    file = folder / ("code_values.npy" if damage == "negative" else "code_indices.npy")
    if damage == "missing":
        file.unlink()
    else:
        array = np.load(file)
        if damage == "rows":
            array = array[:-1]
        array[0, 0] = {"changed": 5, "out of range": 8, "negative": -1, "rows": 0}[damage]
        np.save(file, array)
        if damage != "changed":  # written so by whoever made it: hashes agree, the content is impossible
            with Library.open(path, write=True) as library:
                record = library.manifest.saes["one"]
                listed = {**record.files, file.name: FileRecord.of(file)}
                library.record_sae(record.model_copy(update={"files": listed}))
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("warning", True)
    (found,) = check(path, repair=True)
    assert (found.severity, "will be rebuilt" in found.what) == ("note", True)
    assert sorted(entry.name for entry in folder.iterdir()) == ["sae.json", "sae.safetensors"]
    with Library.open(path) as library:
        assert set(library.manifest.saes["one"].files) == {"sae.json", "sae.safetensors"}
        assert library.findings == ()


@pytest.mark.parametrize(
    ("k", "width", "sound"), [(2, None, True), (1, 2, True), (2, 4, False), (1, None, False)]
)
def test_codes_are_as_wide_as_the_library_says(
    make_library: Make, k: int, width: int | None, sound: bool
) -> None:
    path = make_library(20)
    with_sae(path, 20)
    with Library.open(path, write=True) as library:
        record = library.manifest.saes["one"]
        library.record_sae(record.model_copy(update={"k": k, "width": width}))
    assert (check(path) == []) == sound


def test_damaged_labels_leave_the_codes(make_library: Make) -> None:
    path = make_library(20)
    folder = with_sae(path, 20)
    (folder / "labels.json").write_text("[}")
    check(path, repair=True)
    assert (folder / "code_values.npy").exists()
    assert not (folder / "labels.json").exists()


def test_neighbour_index(make_library: Make) -> None:
    path = make_library(20)
    home = path / "index"
    data = home / "hnsw.bin"
    data.write_bytes(b"graph")
    with Library.open(path) as library:
        assert library.manifest.vectors is not None
        sha256 = library.manifest.vectors.sha256
    about = {"bytes": 5, "sha256": files.sha256(data), "vectors_sha256": sha256}
    (home / "hnsw.json").write_text(json.dumps(about))
    assert check(path) == []
    data.write_bytes(b"grapH")
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("warning", True)
    check(path, repair=True)
    assert list(home.iterdir()) == []
    assert check(path) == []


def test_leftovers_of_killed_writes(make_library: Make) -> None:
    path = make_library(20)
    stale = path / ".vectors.npy.abc.tmp"
    stale.write_bytes(b"x" * 100)
    assert check(path)[0].repairable
    assert stale.exists()
    check(path, repair=True)
    assert not stale.exists()


def test_damaged_documents_are_named_and_nothing_is_changed(make_library: Make) -> None:
    path = make_library(2000)
    file = path / "documents.sqlite"
    data = bytearray(file.read_bytes())
    for page in range(30, len(data) // 4096, 5):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    file.write_bytes(data)
    found = check(path)
    assert found[0].severity == "error"
    assert "documents.sqlite is damaged" in found[0].what
    file.write_bytes(b"")
    found = check(path, repair=True)
    assert [finding.severity for finding in found] == ["error"]
    assert "vectors and SAEs were not touched" in found[0].usable


def test_repair_needs_the_lock(make_library: Make) -> None:
    path = make_library(5)
    with Library.open(path, write=True):
        assert check(path) == []
        with pytest.raises(UserError, match="being changed"):
            check(path, repair=True)


def test_cancel(make_library: Make) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        check_library(make_library(5), repair=False, progress=progress)


def edit_manifest(path: Path, **changes: object) -> None:
    file = path / "library.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def of_another_time(path: Path) -> Path:
    """The same library, as if it had been made at another moment."""
    with Library.open(path, write=True) as library:
        library.update(created="2001-01-01T00:00:00+00:00")
    return path


def test_the_documents_of_another_library(make_library: Make) -> None:
    path, other = make_library(20), of_another_time(make_library(20, name="other.saerch"))
    (path / "documents.sqlite").write_bytes((other / "documents.sqlite").read_bytes())
    with Library.open(path) as library:
        assert library.vectors is None
        assert "two different libraries" in library.findings[0].what
    before = (path / "library.json").read_bytes(), (path / "vectors.npy").read_bytes()
    for repair in (False, True):
        (found,) = check(path, repair=repair)
        assert found.severity == "error"
        assert "other" in found.what
    assert ((path / "library.json").read_bytes(), (path / "vectors.npy").read_bytes()) == before


def test_the_manifest_of_another_library(make_library: Make) -> None:
    path, other = make_library(20), of_another_time(make_library(15, name="other.saerch"))
    before = (path / "library.json").read_bytes()
    (path / "library.json").write_bytes((other / "library.json").read_bytes())
    (found,) = check(path)
    assert (found.severity, found.repairable) == ("error", True)
    (found,) = check(path, repair=True)
    assert found.severity == "note"
    assert (path / "library.json").read_bytes() == before
    assert check(path) == []
