"""An import that is cancelled, killed, or runs out of disk continues to the same end."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library.library_samples import ROLES, content, records, run, unit, write_lines

from saerch_desktop import files
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.library import document_writer
from saerch_desktop.library.importing import import_records
from saerch_desktop.library.library import Library
from saerch_desktop.library.roles import Roles
from saerch_desktop.progress import Progress


def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_writer, "_BATCH_RECORDS", 100)


def test_cancelled_and_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    source = tmp_path / "a.jsonl.gz"
    rows = [*records(950), *records(950), *[{"id": f"e{n}", "text": ""} for n in range(50)]]
    source.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    whole = run(source, tmp_path / "whole")

    progress = Progress(lambda update: progress.cancel() if update.done and "400" in update.detail else None)
    with pytest.raises(Cancelled):
        run(source, tmp_path / "x", progress=progress)
    with Library.open(tmp_path / "x") as library:
        (finding,) = library.findings
        assert finding.severity == "warning"
        there = len(library.documents)
        assert 400 <= there < 950
        assert f"interrupted after {there} documents" in finding.what
        assert "same import again" in finding.remedy
        assert library.documents.keyword("galaxy")
    report = run(source, tmp_path / "x")
    assert report.resumed_at == there
    assert (report.documents, report.read, report.empty, report.duplicates) == (950, 1950, 50, 950)
    assert (report.documents, report.read, report.empty, report.duplicates) == (
        whole.documents, whole.read, whole.empty, whole.duplicates,
    )  # fmt: skip
    assert content(tmp_path / "x") == content(tmp_path / "whole")


def test_an_unfinished_import_of_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    source = write_lines(tmp_path / "a.jsonl", records(500))
    progress = Progress(lambda update: progress.cancel() if "200" in update.detail else None)
    with pytest.raises(Cancelled):
        run(source, tmp_path / "x", progress=progress)
    other = write_lines(tmp_path / "b.jsonl", records(400))
    with pytest.raises(UserError, match=r"unfinished import of a\.jsonl"):
        run(other, tmp_path / "x")
    with pytest.raises(UserError, match="in the same way"):
        run(source, tmp_path / "x", roles=Roles(text=("title",)))


PROGRAM = """
import os, signal, sys
from pathlib import Path
from saerch_desktop.library import document_writer
from saerch_desktop.library.importing import import_file
from saerch_desktop.progress import Progress
document_writer._BATCH_RECORDS = 100
source, library, vectors, moment = sys.argv[1:]
def listen(update):
    if update.stage == moment.split()[0].replace('-', ' ') and update.done >= int(moment.split()[1]):
        os.kill(os.getpid(), signal.SIGKILL)
import_file(Path(source), Path(library), vectors=Path(vectors), progress=Progress(listen))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("moment", ["Importing-documents 60000", "Storing-vectors 0"])
def test_killed_and_continued(tmp_path: Path, moment: str) -> None:
    source = write_lines(tmp_path / "a.jsonl", [*records(600), *records(10)])
    np.save(tmp_path / "v.npy", unit(610))
    run(source, tmp_path / "whole", vectors=tmp_path / "v.npy")
    root = Path(__file__).resolve().parents[2]
    arguments = [str(source), str(tmp_path / "x"), str(tmp_path / "v.npy"), moment]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], cwd=root, check=False)
    assert done.returncode == -signal.SIGKILL
    with Library.open(tmp_path / "x") as library:
        if moment.startswith("Importing"):
            assert 0 < len(library.documents) < 600
            assert "interrupted" in library.findings[0].what
        assert library.vectors is None
    report = run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    assert report.resumed_at > 0
    assert report.documents == 600
    assert content(tmp_path / "x") == content(tmp_path / "whole")
    assert (tmp_path / "x" / "vectors.npy").read_bytes() == (tmp_path / "whole" / "vectors.npy").read_bytes()


def test_killed_between_manifest_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(30))
    real = document_writer.DocumentWriter.commit

    def commit(self: document_writer.DocumentWriter, *, finished: bool = False) -> None:
        if finished:
            raise KeyboardInterrupt
        real(self)

    monkeypatch.setattr(document_writer.DocumentWriter, "commit", commit)
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "x")
    monkeypatch.undo()
    report = run(source, tmp_path / "x")
    assert (report.documents, report.resumed_at) == (30, 30)
    assert len(content(tmp_path / "x")[0]) == 30


def test_full_disk_in_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)
    source = write_lines(tmp_path / "a.jsonl", records(2000))
    Library.create(tmp_path / "x").close()
    real = Library.writing_connection

    def limited(self: Library) -> sqlite3.Connection:
        connection = real(self)
        connection.execute("PRAGMA max_page_count = 150")
        return connection

    monkeypatch.setattr(Library, "writing_connection", limited)
    with pytest.raises(UserError, match="disk is full") as caught:
        run(source, tmp_path / "x")
    assert "continues where it stopped" in caught.value.remedy
    monkeypatch.undo()
    report = run(source, tmp_path / "x")
    assert report.documents == 2000
    assert 0 < report.resumed_at < 2000
    run(source, tmp_path / "whole")
    assert content(tmp_path / "x") == content(tmp_path / "whole")


def test_full_disk_while_vectors_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(20))
    np.save(tmp_path / "v.npy", unit(20))
    real = os.fsync

    def full(descriptor: int) -> None:
        if any(path.name.startswith(".vectors.npy") for path in (tmp_path / "x").iterdir()):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UserError, match="disk is full"):
        run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    monkeypatch.undo()
    assert not list((tmp_path / "x").glob(".vectors*"))
    run(source, tmp_path / "x", vectors=tmp_path / "v.npy")
    with Library.open(tmp_path / "x") as library:
        assert library.vectors is not None


def test_library_open_for_writing_elsewhere(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", records(3))
    with Library.create(tmp_path / "x"), pytest.raises(UserError, match="being changed"):
        run(source, tmp_path / "x")


def test_records_from_a_generator_continue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_batches(monkeypatch)

    def stream(stop: int) -> Iterator[dict[str, Any]]:
        for record in records(350):
            if record["id"] == f"d{stop}":
                raise ZeroDivisionError
            yield record

    with pytest.raises(ZeroDivisionError):
        import_records(stream(230), tmp_path / "x", roles=ROLES, source="made", progress=Progress())
    report = import_records(stream(-1), tmp_path / "x", roles=ROLES, source="made", progress=Progress())
    assert (report.documents, report.resumed_at) == (350, 200)
    assert [document.row for document in content(tmp_path / "x")[0]] == list(range(350))
