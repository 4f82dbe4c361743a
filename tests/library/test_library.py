"""Opening, locking, and what opening notices about damaged libraries."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.library import manifest as layout
from saerch_desktop.library.library import Library
from saerch_desktop.library.manifest import FileRecord, SaeRecord
from saerch_desktop.library.vacancy import is_vacant

Make = Callable[..., Path]


def severities(path: Path) -> list[tuple[str, str]]:
    with Library.open(path) as library:
        return [(finding.severity, finding.what) for finding in library.findings]


def test_create_and_reopen(tmp_path: Path) -> None:
    path = tmp_path / "My corpus.saerch"
    with Library.create(path) as library:
        assert library.writable
        assert library.manifest.name == "My corpus"
        assert len(library.documents) == 0
        assert library.vectors is None
    with Library.open(path) as library:
        assert not library.writable
        assert library.findings == ()
        with pytest.raises(RuntimeError):
            library.update(documents=1)


def test_create_refuses_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(UserError, match="already exists"):
            Library.create(path)
    assert (tmp_path / "file").read_text() == "x"


def test_a_whole_library_has_no_findings(make_library: Make) -> None:
    with Library.open(make_library()) as library:
        assert library.findings == ()
        assert library.vectors is not None
        assert library.vectors.array.shape == (20, 8)


def test_moved_library_opens(make_library: Make, tmp_path: Path) -> None:
    path = make_library()
    moved = tmp_path / "elsewhere" / "b.saerch"
    moved.parent.mkdir()
    path.rename(moved)
    with Library.open(moved) as library:
        assert library.findings == ()
        assert len(library.documents) == 20
    assert str(tmp_path) not in (moved / "library.json").read_text()


def test_one_writer_at_a_time(make_library: Make) -> None:
    path = make_library()
    with Library.open(path, write=True):
        with pytest.raises(UserError, match="being changed"):
            Library.open(path, write=True)
        with Library.open(path) as reader:
            assert len(reader.documents) == 20
    with Library.open(path, write=True) as library:
        assert library.writable


def test_lock_held_by_another_process(make_library: Make) -> None:
    path = make_library()
    program = (
        "import sys; from pathlib import Path; from saerch_desktop.library.library import Library\n"
        "library = Library.open(Path(sys.argv[1]), write=True); print('open', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
    ) as holder:  # fmt: skip
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(UserError, match="being changed by another") as caught:
            Library.open(path, write=True)
        assert "reading" in caught.value.meaning
        holder.stdin.close()
    Library.open(path, write=True).close()


def test_a_lock_taken_in_one_thread_is_released_in_another(make_library: Make) -> None:
    path = make_library()
    opened: list[Library] = []
    thread = threading.Thread(target=lambda: opened.append(Library.open(path, write=True)))
    thread.start()
    thread.join()
    opened[0].close()
    Library.open(path, write=True).close()


def test_refresh_sees_what_a_writer_did(make_library: Make) -> None:
    path = make_library(dtype=None)
    with Library.open(path) as reader:
        with Library.open(path, write=True) as writer:
            writer.update(name="renamed")
        assert reader.manifest.name == "made"
        reader.refresh()
        assert reader.manifest.name == "renamed"


def test_read_only_folder(make_library: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = make_library()
    real = sqlite3.connect

    def connect(address: Any, *arguments: Any, **options: Any) -> sqlite3.Connection:
        if "mode=rw" in str(address):
            raise sqlite3.OperationalError("unable to open database file")
        return real(address, *arguments, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    with Library.open(path) as library:
        assert library.documents.get(3).id == "d3"
        assert library.documents.keyword("galaxy")

    def refuse(*arguments: Any, **options: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(UserError, match="cannot be written to"):
        Library.open(path, write=True)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UserError, match="cannot be written to"):
        Library.create(tmp_path / "new.saerch")


def test_full_disk_keeps_the_old_manifest(make_library: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_library()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Library.open(path, write=True) as library:
        monkeypatch.setattr(files.os, "fsync", full)
        with pytest.raises(UserError, match="disk is full"):
            library.update(name="other")
        monkeypatch.undo()
    with Library.open(path) as library:
        assert library.manifest.name == "made"
    assert not list(path.glob(".*.tmp"))


def test_sae_folders(make_library: Make) -> None:
    path = make_library()
    with Library.open(path, write=True) as library:
        folder = library.new_sae_folder("first")
        (folder / "sae.json").write_text("{}")
        record = SaeRecord(
            name="first", features=8, k=2, files={"sae.json": FileRecord.of(folder / "sae.json")}
        )
        library.record_sae(record)
        assert library.sae_names() == ["first"]
        assert library.sae_folder("first") == folder
        for hostile in ("../x", "/etc", "first/../../x"):
            with pytest.raises(UserError, match="no SAE named"):
                library.sae_folder(hostile)
            with pytest.raises(UserError, match="cannot be the name"):
                library.new_sae_folder(hostile)
        with pytest.raises(UserError, match="already an SAE named 'first'"):
            library.new_sae_folder("First")
    assert severities(path) == []
    (folder / "sae.json").write_text("{ }")
    found = severities(path)
    assert found[0][0] == "error"
    assert "3 bytes instead of 2" in found[0][1]


@pytest.mark.parametrize("name", ["library.json", "documents.sqlite"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage"])
def test_damage_that_makes_a_library_unusable(make_library: Make, name: str, damage: str) -> None:
    path = make_library(400)
    spoil(path / name, damage)
    with pytest.raises(UserError) as caught:
        Library.open(path)
    assert name in caught.value.happened
    assert caught.value.meaning
    assert "backup" in caught.value.remedy


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage"])
def test_damaged_vectors_leave_the_documents_usable(make_library: Make, damage: str) -> None:
    path = make_library(400)
    spoil(path / "vectors.npy", damage)
    with Library.open(path) as library:
        assert library.vectors is None
        (finding,) = library.findings
        assert finding.severity == "error"
        assert "vectors cannot be used" in finding.what
        assert "keyword" in finding.usable
        assert library.documents.keyword("galaxy")


def test_changed_numbers_in_vectors_are_noticed(make_library: Make) -> None:
    path = make_library(400)
    data = bytearray((path / "vectors.npy").read_bytes())
    data[-3] ^= 0xFF
    (path / "vectors.npy").write_bytes(data)
    assert "has changed since it was written" in severities(path)[0][1]


def test_counts_that_disagree(make_library: Make) -> None:
    path = make_library(20)
    manifest = json.loads((path / "library.json").read_text())
    manifest["documents"] = 25
    (path / "library.json").write_text(json.dumps(manifest))
    said = [what for _, what in severities(path)]
    assert "The library should hold 25 documents and holds 20." in said
    assert any("20 vectors for 25 documents" in what for what in said)


def test_copy_made_while_open_is_whole(make_library: Make, tmp_path: Path) -> None:
    path = make_library(dtype=None)
    with Library.open(path):
        copy = tmp_path / "copy.saerch"
        shutil.copytree(path, copy)
    assert severities(copy) == []


def spoil(file: Path, damage: str) -> None:
    if damage == "missing":
        file.unlink()
        return
    data = file.read_bytes()
    file.write_bytes(
        {"empty": b"", "cut": data[: 2 * len(data) // 3], "garbage": b"\x00rubbish" * 999}[damage]
    )


def test_vectors_are_not_used_without_all_their_documents(make_library: Make) -> None:
    path = make_library(20)
    with contextlib.closing(sqlite3.connect(path / "documents.sqlite")) as connection:
        connection.execute("DELETE FROM documents WHERE row > 15")
        connection.commit()
    with Library.open(path) as library:
        assert library.vectors is None


def test_a_name_that_no_folder_can_have() -> None:
    for path in (Path("x" * 300), Path("x" * 300, "y")):
        with pytest.raises(UserError, match="cannot be read"):
            Library.open(path)


def test_unreadable_notes_of_a_job_are_as_none(make_library: Make) -> None:
    path = make_library(20)
    with Library.open(path, write=True) as library:
        library.set_state("import", "{no json")
        assert library.documents.state("import") is None


def test_a_library_whose_making_was_killed_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.saerch"
    with monkeypatch.context() as killed:
        killed.setattr(layout, "write_manifest", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            Library.create(path)
    (path / ".library.json.0.tmp").write_text("{")
    assert is_vacant(path)
    Library.create(path).close()
    assert not is_vacant(path)
    assert not (path / ".library.json.0.tmp").exists()
    with pytest.raises(UserError, match="is not empty"):
        Library.create(path)


def test_a_library_with_documents_is_never_made_again(make_library: Make) -> None:
    path = make_library(20, dtype=None)
    (path / "library.json").unlink()
    assert not is_vacant(path)
    (path / "documents.sqlite").write_bytes(b"damaged")
    assert not is_vacant(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only there may a name be any bytes")
def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.saerch")
    Library.create(path).close()
    with Library.open(path) as library:
        assert library.path == path
